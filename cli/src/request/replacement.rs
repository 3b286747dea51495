//! Whether one key can take another's place.

use keytrail_engine::document::{ApiKey, Facts, Standing};
use keytrail_engine::ids::CredentialId;
use keytrail_engine::subject::{DocumentId, SubjectId};
use keytrail_engine::time::Time;
use keytrail_ledger::Ledger as _;

use crate::ledger::Opened;

/// What speaks against it.
pub(super) fn objection(
    ledger: &Opened,
    old: &SubjectId,
    key: &ApiKey,
    by: &CredentialId,
    now: Time,
) -> anyhow::Result<Option<String>> {
    if *old.name == *by.as_str() {
        return Ok(Some("a key doesn't take its own place: --by names the other one".to_owned()));
    }
    let id = DocumentId::main(SubjectId::api_key(old.partition.clone(), old.account.clone(), by));
    let loaded = ledger.run(ledger.load(std::slice::from_ref(&id), now))?;
    let new = loaded.into_iter().find_map(|stored| match stored.document.facts {
        Facts::ApiKey(new) => Some(new),
        _ => None,
    });
    Ok(match new {
        None => Some(format!(
            "the {} knows no API key {by} in account {}: look for it with `keytrail keys`",
            ledger.place(),
            old.account
        )),
        Some(new) if new.standing(now) == Standing::Deleted => Some(format!("API key {by} is deleted")),
        Some(new) if new.service.value() != key.service.value() => {
            Some(format!("API key {by} is of another service"))
        }
        Some(_) => None,
    })
}
