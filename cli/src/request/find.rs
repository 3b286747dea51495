//! The key that a request is about.

use keytrail_engine::document::{ApiKey, Document, Facts};
use keytrail_engine::ids::CredentialId;
use keytrail_engine::subject::{DocumentId, Kind, SubjectId};
use keytrail_engine::time::Time;
use keytrail_ledger::{Ledger as _, LedgerError};

use crate::args::request::Ask;
use crate::ledger::{Opened, Who};

/// Keys of a page.
const PAGE: usize = 500;

/// A key that the ledger knows.
pub(super) struct Found {
    pub(super) subject: SubjectId,
    pub(super) key: Box<ApiKey>,
}

/// Looks where the key most likely is (the account that was named, or the caller's own), then among all. IAM gives no id
/// twice, in whatever account.
pub(super) fn find(ledger: &Opened, who: &Who, ask: &Ask, now: Time) -> anyhow::Result<Option<Found>> {
    let id = CredentialId::new(&ask.key);
    if let Some((partition, account)) = &who.home {
        let account = ask.account.as_deref().map_or_else(|| account.clone(), Into::into);
        let likely = DocumentId::main(SubjectId::api_key(partition.clone(), account, &id));
        let loaded = ledger.run(ledger.load(std::slice::from_ref(&likely), now))?;
        if let Some(found) = loaded.into_iter().find_map(|stored| of(stored.document)) {
            return Ok(Some(found));
        }
    }
    ledger.run(among_all(ledger, ask, now))
}

async fn among_all(ledger: &Opened, ask: &Ask, now: Time) -> Result<Option<Found>, LedgerError> {
    let mut after = None;
    loop {
        let page = ledger.scan(Kind::ApiKey, now, after.as_ref(), PAGE).await?;
        let is_it = |subject: &SubjectId| {
            *subject.name == *ask.key
                && ask.account.as_ref().is_none_or(|account| subject.account.as_str() == account)
        };
        let mut found = page.entries.into_iter().filter(|stored| is_it(&stored.document.subject));
        if let Some(stored) = found.next() {
            return Ok(of(stored.document));
        }
        match page.next {
            Some(next) => after = Some(next),
            None => return Ok(None),
        }
    }
}

fn of(document: Document) -> Option<Found> {
    match document.facts {
        Facts::ApiKey(key) => Some(Found { subject: document.subject, key }),
        _ => None,
    }
}
