//! The files that say how to judge and what is known: policy and state.

use std::io::Read as _;
use std::path::Path;

use anyhow::{Context as _, bail, ensure};
use keytrail_engine::parse::ParseSettings;
use keytrail_engine::policy::{Policy, text};
use keytrail_engine::time::Time;
use keytrail_engine::world::World;
use keytrail_ledger::supply;
use keytrail_sqlite::SqliteLedger;

use crate::input::STANDARD_INPUT;

/// A policy is a page of text; whatever is larger is no policy.
const LARGEST_POLICY: u64 = 1 << 20;

/// The text of a policy.
fn policy_text(file: &Path) -> anyhow::Result<String> {
    let mut text = String::new();
    let read = if file.as_os_str() == STANDARD_INPUT {
        std::io::stdin().lock().take(LARGEST_POLICY + 1).read_to_string(&mut text)
    } else {
        std::fs::File::open(file).and_then(|open| open.take(LARGEST_POLICY + 1).read_to_string(&mut text))
    };
    let size = read.with_context(|| format!("cannot read the policy {}", file.display()))?;
    ensure!(size as u64 <= LARGEST_POLICY, "the policy {} is larger than a megabyte", file.display());
    Ok(text)
}

/// The policy of a file, or the default one.
pub(crate) fn policy(file: Option<&Path>) -> anyhow::Result<Policy> {
    let Some(file) = file else { return Ok(Policy::default()) };
    match text::read(&policy_text(file)?) {
        Ok(mut policy) => {
            let folder = file.parent().filter(|_| file.as_os_str() != STANDARD_INPUT);
            supply(&mut policy, folder.unwrap_or(Path::new(".")))?;
            Ok(policy)
        }
        Err(faults) => {
            let faults: Vec<String> = faults.iter().map(|fault| format!("\n  {fault}")).collect();
            bail!("the policy {} has faults:{}", file.display(), faults.concat())
        }
    }
}

/// What a policy says of reading records.
pub(crate) fn parse_settings(policy: &Policy) -> ParseSettings {
    ParseSettings::of(policy)
}

/// Everything that a state holds.
pub(crate) fn world(state: &Path) -> anyhow::Result<World> {
    let ledger = SqliteLedger::open_read_only(state).context("cannot use the state")?;
    ledger.world().with_context(|| format!("cannot read the state {}", state.display()))
}

/// The moment to judge at: the one that was asked for, else the newest event. Where there is neither, nothing is
/// known, so that any moment will do.
pub(crate) fn now(asked: Option<Time>, newest: Option<Time>) -> Time {
    asked.or(newest).unwrap_or_default()
}
