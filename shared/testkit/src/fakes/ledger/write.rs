//! How the ledger in memory is written.

use keytrail_engine::time::Time;
use keytrail_ledger::form::{address, write_body, write_document};
use keytrail_ledger::{
    Change, Check, Commit, Committed, Epoch, Item, LedgerError, Stored, StoredItem, Version, Write,
};

use super::Streamed;
use super::state::{State, lives};

/// As [`keytrail_ledger::Slots`] says it.
const LARGEST_SLOT: usize = 16 * 1024;

impl State {
    /// Checks everything before it writes anything.
    pub(super) fn commit(&mut self, commit: &Commit) -> Result<Committed, LedgerError> {
        for write in &commit.writes {
            write_document(&write.document)?;
            self.demand(&Check { document: write.document.id(), version: write.expected }, commit.now)?;
        }
        for check in &commit.checks {
            self.demand(check, commit.now)?;
        }
        for change in &commit.changes {
            let version = self.items.get(&change.item).map(|stored| stored.version);
            if version != Some(change.expected) {
                return Err(LedgerError::Conflict { what: change.item.to_string().into() });
            }
        }
        for item in &commit.items {
            write_body(&item.id(), &item.body)?;
        }
        for write in &commit.writes {
            self.write(write);
        }
        for change in &commit.changes {
            self.change(change, commit.now);
        }
        let created = commit.items.iter().filter(|item| self.create(item)).map(Item::id).collect();
        Ok(Committed { created })
    }

    fn demand(&self, check: &Check, now: Time) -> Result<(), LedgerError> {
        let held = self.documents.get(&check.document).filter(|stored| match check.version {
            // A version that was read holds even if it ages out before it is written.
            Some(_) => true,
            None => lives(stored, now),
        });
        if held.map(|stored| stored.version) == check.version {
            return Ok(());
        }
        Err(LedgerError::Conflict { what: address(&check.document) })
    }

    fn write(&mut self, write: &Write) {
        let Write { document, expected, expires } = write;
        let stored =
            Stored { document: document.clone(), version: Version::after(*expected), expires: *expires };
        self.documents.insert(document.id(), stored);
    }

    fn change(&mut self, change: &Change, now: Time) {
        let Some(stored) = self.items.get_mut(&change.item) else { return };
        stored.version = stored.version.next();
        stored.item.state = change.state;
        stored.item.outcome.clone_from(&change.outcome);
        stored.item.changed = now;
        self.stream.push(Streamed { item: change.item.clone(), state: change.state, made: false });
    }

    fn create(&mut self, item: &Item) -> bool {
        let id = item.id();
        if self.items.contains_key(&id) {
            return false;
        }
        self.stream.push(Streamed { item: id.clone(), state: item.state, made: true });
        self.items.insert(id, StoredItem { item: item.clone(), version: Version::FIRST });
        true
    }

    pub(super) fn forget_expired(&mut self, now: Time) -> u64 {
        let before = self.documents.len();
        self.documents.retain(|_, stored| lives(stored, now));
        (before - self.documents.len()) as u64
    }

    pub(super) fn set_epoch(&mut self, epoch: &Epoch, expected: Option<Version>) -> Result<(), LedgerError> {
        if self.epoch.as_ref().map(|(_, version)| *version) != expected {
            return Err(LedgerError::Conflict { what: "the epoch".into() });
        }
        self.epoch = Some((epoch.clone(), Version::after(expected)));
        Ok(())
    }

    pub(super) fn set_slot(
        &mut self,
        name: &str,
        value: &serde_json::Value,
        expected: Option<Version>,
    ) -> Result<(), LedgerError> {
        let what = || format!("slot/{name}").into();
        if value.to_string().len() > LARGEST_SLOT {
            return Err(LedgerError::Unstorable { what: what(), why: "it is too large" });
        }
        if self.slots.get(name).map(|(_, version)| *version) != expected {
            return Err(LedgerError::Conflict { what: what() });
        }
        self.slots.insert(name.to_owned(), (value.clone(), Version::after(expected)));
        Ok(())
    }
}
