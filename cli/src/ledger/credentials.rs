//! Region and credentials: from the environment, or from a profile of the AWS CLI.
//!
//! Profiles know single sign-on, roles, second factors and helper programs. The AWS CLI gives out what any of them comes
//! to, so that nothing of that has to be known here.
//!
//! Source: <https://docs.aws.amazon.com/cli/latest/reference/configure/export-credentials.html>

use std::io::ErrorKind;
use std::process::{Command, Stdio};

use anyhow::{Context as _, bail};
use keytrail_aws::AwsConfig;
use serde::Deserialize;

use crate::args::place::Aws;

const HOW: &str = "put credentials into the environment (`aws configure export-credentials --format env` prints yours) or name \
                   a profile with --profile";

/// What `aws configure export-credentials --format process` prints.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Exported {
    access_key_id: String,
    secret_access_key: String,
    session_token: Option<String>,
}

/// The clients' configuration.
pub(crate) fn config(asked: &Aws) -> anyhow::Result<AwsConfig> {
    let set = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    // As the AWS CLI does it: what is named on the command line comes first, then keys, then AWS_PROFILE.
    let by_variable = || set("AWS_ACCESS_KEY_ID").is_none().then(|| set("AWS_PROFILE")).flatten();
    let profile = asked.profile.clone().or_else(by_variable);
    let exported = profile.as_deref().map(exported).transpose()?;
    let region = asked.region.clone().or_else(|| set("AWS_REGION")).or_else(|| set("AWS_DEFAULT_REGION"));
    let region = region.or_else(|| region_of(profile.as_deref()?));
    let Some(region) = region else {
        bail!("no region is known: name it with --region, or set AWS_REGION");
    };
    let read = |name: &str| match (name, &exported) {
        ("AWS_REGION", _) => Some(region.clone()),
        ("AWS_ACCESS_KEY_ID", Some(exported)) => Some(exported.access_key_id.clone()),
        ("AWS_SECRET_ACCESS_KEY", Some(exported)) => Some(exported.secret_access_key.clone()),
        ("AWS_SESSION_TOKEN", Some(exported)) => exported.session_token.clone(),
        _ => set(name),
    };
    AwsConfig::read(read).context(HOW)
}

fn exported(profile: &str) -> anyhow::Result<Exported> {
    let mut command = Command::new("aws");
    command.args(["configure", "export-credentials", "--profile", profile, "--format", "process"]);
    // It may ask for a second factor, and says itself what is wrong.
    let output = match command.stdin(Stdio::inherit()).stderr(Stdio::inherit()).output() {
        Ok(output) => output,
        Err(error) if error.kind() == ErrorKind::NotFound => {
            bail!(
                "the profile {profile} is read by the AWS CLI, version 2.9 or later, and there is no `aws` here: {HOW}"
            )
        }
        Err(error) => return Err(error).context("cannot run the AWS CLI (`aws`)"),
    };
    if !output.status.success() {
        bail!(
            "the AWS CLI gives no credentials for the profile {profile} (`aws configure export-credentials`)"
        );
    }
    // Not even a part of what can't be read is repeated: it holds a secret.
    serde_json::from_slice(&output.stdout)
        .map_err(|_| anyhow::anyhow!("the AWS CLI's answer for the profile {profile} holds no credentials"))
}

/// The region of a profile, if it has one.
fn region_of(profile: &str) -> Option<String> {
    let asked =
        Command::new("aws").args(["configure", "get", "region", "--profile", profile]).output().ok()?;
    let region = String::from_utf8(asked.stdout).ok()?.trim().to_owned();
    (asked.status.success() && !region.is_empty()).then_some(region)
}
