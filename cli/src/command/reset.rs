//! `keytrail reset`: a new secret, shown once, to a terminal only.

use std::io::{IsTerminal as _, Write as _};

use anyhow::{Context as _, bail};
use keytrail_aws::reset::{api_key, reset};
use keytrail_aws::{Failure, FailureKind};
use keytrail_engine::event::Status;
use keytrail_engine::ids::{CredentialId, UserName};

use crate::args::place::{Aws, Sure};
use crate::args::reset::Reset;
use crate::confirm::{Answer, confirmed};
use crate::exit::Exit;
use crate::ledger;
use crate::render;

pub(super) fn run(asked: &Reset) -> anyhow::Result<Exit> {
    // Before anything is asked of AWS: a secret that can't be shown must not be made.
    if !std::io::stdout().is_terminal() {
        bail!(
            "the new secret is shown on a terminal only, and standard output is none: it goes into no pipe and no file"
        );
    }
    let aws = ledger::aws(&Aws { region: asked.region.clone(), profile: asked.profile.clone() })?;
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().context("cannot start")?;
    let (client, user, key) = (aws.iam(), UserName::new(&asked.user), CredentialId::new(&asked.key));
    let found = match runtime.block_on(api_key(&client, &user, &key)) {
        Err(Failure { kind: FailureKind::NoSuchEntity, .. }) => None,
        found => found.context("cannot list the user's API keys")?,
    };
    let Some((service, status)) = found else {
        let why = format!(
            "IAM lists no API key {} of user {}: look at both names; a credential of another kind is never touched",
            asked.key, asked.user
        );
        render::complain("unknown key", &why);
        return Ok(Exit::UnknownKey);
    };
    if status == Status::Expired {
        let why = format!("{} has expired, and a new secret would not work: make another key", asked.key);
        render::complain("not reset", &why);
        return Ok(Exit::HeldBack);
    }
    let caller = runtime.block_on(aws.caller()).context("STS does not say whose credentials these are")?;
    let question = format!(
        "Reset API key {} of user {} for {service} ({status:?}) as {}? Its old secret stops working at once.",
        asked.key, asked.user, caller.arn
    );
    match confirmed(Sure { yes: asked.yes, dry_run: false }, &question)? {
        Answer::Yes => {}
        Answer::No => return Ok(Exit::Unconfirmed),
        Answer::Nobody => {
            render::complain(
                "not reset",
                "there is no terminal to ask on; with --yes it is reset without being asked",
            );
            return Ok(Exit::Unconfirmed);
        }
    }
    let secret = match runtime.block_on(reset(&client, &user, &key)) {
        Err(failure) if failure.kind == FailureKind::Unreachable => {
            let why = "no answer: the key may have a new secret that nobody knows. Reset it again, to get another one";
            return Err(anyhow::Error::new(failure).context(why));
        }
        secret => secret.context("cannot reset the key")?,
    };
    let mut out = std::io::stdout().lock();
    writeln!(out, "The new secret of {}, shown once and kept nowhere:\n\n{}\n", asked.key, secret.reveal())?;
    out.flush()?;
    Ok(Exit::Fine)
}
