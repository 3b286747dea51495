//! Other accounts, each through the role that it has for Keytrail (`infra/member.yaml`).
//!
//! Source: <https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html>

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;
use keytrail_engine::ids::{AccountId, Partition};
use tokio::sync::Mutex;

use crate::plain_call::element;
use crate::{AwsConfig, Failure, FailureKind};

/// The role that sweep takes, which may only read.
pub(crate) const READ: &str = "KeytrailRead";

/// Who took the role, in the other account's CloudTrail.
const SESSION: &str = "keytrail";

/// The least that STS gives, in seconds: what an invocation takes has an end long before.
const LASTS: &str = "900";

/// Credentials that end this soon are asked for anew: an invocation lasts five minutes at most.
const LEFT: Duration = Duration::from_secs(6 * 60);

/// Other accounts, each through a role of its own.
#[derive(Clone, Debug)]
pub struct Members {
    home: AwsConfig,
    external_id: Arc<str>,
    taken: Arc<Mutex<BTreeMap<(AccountId, &'static str), Taken>>>,
}

#[derive(Clone, Debug)]
struct Taken {
    there: AwsConfig,
    until: SystemTime,
}

impl Members {
    /// Those that know this external id.
    pub fn new(home: &AwsConfig, external_id: &str) -> Self {
        Self { home: home.clone(), external_id: external_id.into(), taken: Arc::default() }
    }

    /// What clients of an account are made from: the same region and endpoints, with the credentials of its role.
    ///
    /// # Errors
    /// [`Failure`] of STS: the account has no such role, or doesn't let this function take it.
    pub(crate) async fn config(
        &self,
        partition: &Partition,
        account: &AccountId,
        role: &'static str,
    ) -> Result<AwsConfig, Failure> {
        let mut taken = self.taken.lock().await;
        let still = SystemTime::now() + LEFT;
        if let Some(found) = taken.get(&(account.clone(), role)).filter(|it| it.until > still) {
            return Ok(found.there.clone());
        }
        let role_arn = format!("arn:{partition}:iam::{account}:role/{role}");
        let answer = self.home.sts().form(self.form(&role_arn)).await?.body;
        let (credentials, until) = read(&answer).ok_or_else(|| Failure {
            kind: FailureKind::Refused,
            code: "UnreadableAnswer".into(),
            source: format!("STS's answer holds no credentials of {role_arn}").into(),
        })?;
        let there = self.home.with_credentials(credentials);
        taken.insert((account.clone(), role), Taken { there: there.clone(), until });
        Ok(there)
    }

    fn form(&self, role_arn: &str) -> String {
        let asked = [
            ("Action", "AssumeRole"),
            ("Version", "2011-06-15"),
            ("RoleArn", role_arn),
            ("RoleSessionName", SESSION),
            ("ExternalId", &self.external_id),
            ("DurationSeconds", LASTS),
        ];
        form_urlencoded::Serializer::new(String::new()).extend_pairs(asked).finish()
    }
}

fn read(answer: &str) -> Option<(Credentials, SystemTime)> {
    let [key, secret, token] =
        ["AccessKeyId", "SecretAccessKey", "SessionToken"].map(|name| element(answer, name));
    let until = DateTime::from_str(element(answer, "Expiration")?, Format::DateTime).ok()?;
    let until = SystemTime::try_from(until).ok()?;
    Some((Credentials::new(key?, secret?, Some(token?.to_owned()), Some(until), "AssumeRole"), until))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANSWER: &str = "<AssumeRoleResponse><AssumeRoleResult><AssumedRoleUser><Arn>arn:aws:sts::444455556666:\
        assumed-role/KeytrailRead/keytrail</Arn></AssumedRoleUser><Credentials><AccessKeyId>ASIAIOSFODNN7EXAMPLE\
        </AccessKeyId><SecretAccessKey>not/a+secret</SecretAccessKey><SessionToken>not a token either</SessionToken>\
        <Expiration>2026-08-01T05:10:00Z</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>";

    #[test]
    fn an_answer_holds_credentials_and_their_end() {
        let (credentials, until) = read(ANSWER).unwrap();
        assert_eq!(credentials.access_key_id(), "ASIAIOSFODNN7EXAMPLE");
        assert_eq!(credentials.secret_access_key(), "not/a+secret");
        assert_eq!(credentials.session_token(), Some("not a token either"));
        assert_eq!(until, SystemTime::UNIX_EPOCH + Duration::from_secs(1_785_561_000));
        assert_eq!(credentials.expiry(), Some(until));
    }

    #[test]
    fn half_an_answer_holds_none() {
        for part in ["AccessKeyId", "SecretAccessKey", "SessionToken", "Expiration"] {
            assert!(read(&ANSWER.replace(part, "Other")).is_none(), "{part}");
        }
        assert!(read(&ANSWER.replace("2026-08-01T05:10:00Z", "soon")).is_none());
    }
}
