//! A ledger in memory: what a commit checks is checked, and nothing is written in halves.

mod state;
mod write;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use keytrail_engine::subject::{DocumentId, Kind, SubjectId};
use keytrail_engine::time::Time;
use keytrail_ledger::{
    Commit, Committed, Cursor, Epoch, Item, ItemId, ItemKind, Ledger, LedgerError, Page, Parts, Slots, State,
    Stored, StoredItem, Version,
};

use super::wire::{Mishap, Wire};

/// What a reader of the stream is shown of an item: that it was made, or moved into another state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Streamed {
    /// The item.
    pub item: ItemId,
    /// Its new state.
    pub state: State,
    /// True if it was made, false if it was moved.
    pub made: bool,
}

/// A ledger in memory.
#[derive(Clone, Debug)]
pub struct MemoryLedger {
    wire: Wire,
    state: Arc<Mutex<state::State>>,
}

impl MemoryLedger {
    /// An empty ledger at the end of a wire.
    pub fn new(wire: Wire) -> Self {
        let state = state::State { identity: "memory".into(), ..state::State::default() };
        Self { wire, state: Arc::new(Mutex::new(state)) }
    }

    /// What happened to items since `from` records of it were read.
    pub fn stream(&self, from: usize) -> Vec<Streamed> {
        self.lock().stream.iter().skip(from).cloned().collect()
    }

    /// Every document that there is, in the order of their addresses.
    pub fn documents(&self) -> Vec<Stored> {
        self.lock().documents.values().cloned().collect()
    }

    /// Every item that there is, in the order of their ids.
    pub fn all_items(&self) -> Vec<StoredItem> {
        self.lock().items.values().cloned().collect()
    }

    /// Every small value that there is, by name.
    pub fn slots(&self) -> BTreeMap<String, serde_json::Value> {
        self.lock().slots.iter().map(|(name, (value, _))| (name.clone(), value.clone())).collect()
    }

    /// Puts an item there by hand, past every check, as somebody with access to the table could.
    pub fn plant(&self, id: ItemId, item: Item) {
        self.lock().items.insert(id, StoredItem { item, version: Version::FIRST });
    }

    /// Damages an item: from now on it can't be read.
    pub fn damage(&self, id: ItemId) {
        self.lock().damaged.insert(id);
    }

    /// Lets the ledger be another one, as after a restore from a backup.
    pub fn set_identity(&self, identity: &str) {
        self.lock().identity = identity.into();
    }

    fn lock(&self) -> MutexGuard<'_, state::State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn read<T>(
        &self,
        operation: &'static str,
        about: impl std::fmt::Display,
        look: impl FnOnce(&state::State) -> T + Send,
    ) -> Result<T, LedgerError> {
        let mishap = self.wire.begin("ledger", operation, about).await;
        before(mishap)?;
        let seen = look(&self.lock());
        after(mishap)?;
        Ok(seen)
    }

    async fn write<T: Send>(
        &self,
        operation: &'static str,
        about: impl std::fmt::Display,
        change: impl FnOnce(&mut state::State) -> Result<T, LedgerError> + Send,
    ) -> Result<T, LedgerError> {
        let mishap = self.wire.begin("ledger", operation, about).await;
        before(mishap)?;
        let changed = change(&mut self.lock());
        self.wire.end().await;
        after(mishap)?;
        changed
    }
}

fn before(mishap: Option<Mishap>) -> Result<(), LedgerError> {
    let unavailable = |why: &str| LedgerError::Unavailable { attempt: "reach it", source: why.into() };
    match mishap {
        None | Some(Mishap::AnswerLost) => Ok(()),
        Some(Mishap::Throttled) => Err(LedgerError::Throttled { source: "throttled".into() }),
        Some(Mishap::Unreachable) => Err(unavailable("no answer")),
        Some(Mishap::Refused("Corrupt")) => {
            Err(LedgerError::Corrupt { what: "something".into(), source: "it is damaged".into() })
        }
        Some(Mishap::Refused("Conflict")) => Err(LedgerError::Conflict { what: "something".into() }),
        Some(Mishap::Refused(code)) => Err(unavailable(code)),
    }
}

fn after(mishap: Option<Mishap>) -> Result<(), LedgerError> {
    match mishap {
        Some(Mishap::AnswerLost) => {
            Err(LedgerError::Unavailable { attempt: "hear its answer", source: "the answer was lost".into() })
        }
        _ => Ok(()),
    }
}

fn first<T: std::fmt::Display>(of: Option<T>) -> String {
    of.map(|it| it.to_string()).unwrap_or_default()
}

impl Ledger for MemoryLedger {
    async fn load(&self, ids: &[DocumentId], now: Time) -> Result<Vec<Stored>, LedgerError> {
        let about = first(ids.first().map(|id| &id.subject));
        self.read("load", about, |state| state.load(ids, now)).await?
    }

    async fn parts(&self, subject: &SubjectId, parts: Parts, now: Time) -> Result<Vec<Stored>, LedgerError> {
        self.read("parts", subject, |state| state.parts(subject, parts, now)).await?
    }

    async fn scan(
        &self,
        kind: Kind,
        now: Time,
        after: Option<&Cursor>,
        limit: usize,
    ) -> Result<Page<Stored>, LedgerError> {
        self.read("scan", kind.word(), |state| state.scan(kind, now, after, limit)).await?
    }

    async fn commit(&self, commit: &Commit) -> Result<Committed, LedgerError> {
        commit.validate()?;
        let documents = commit.writes.iter().map(|write| write.document.subject.to_string());
        let about = first(documents.chain(commit.changes.iter().map(|it| it.item.to_string())).next());
        self.write("commit", about, |state| state.commit(commit)).await
    }

    async fn items(&self, ids: &[ItemId]) -> Result<Vec<StoredItem>, LedgerError> {
        self.read("items", first(ids.first()), |state| state.items(ids)).await?
    }

    async fn items_about(&self, subject: &SubjectId, kind: ItemKind) -> Result<Vec<StoredItem>, LedgerError> {
        let about =
            |(id, stored): &(&ItemId, &StoredItem)| id.kind == kind && stored.item.subject == *subject;
        let all = |state: &state::State| state.items.iter().filter(about).map(|it| it.1.clone()).collect();
        self.read("items_about", subject, all).await
    }

    async fn items_of_kind(
        &self,
        kind: ItemKind,
        after: Option<&Cursor>,
        limit: usize,
    ) -> Result<Page<StoredItem>, LedgerError> {
        self.read("items_of_kind", kind.word(), |state| state.items_of_kind(kind, after, limit)).await?
    }

    async fn due(
        &self,
        until: Time,
        after: Option<&Cursor>,
        limit: usize,
    ) -> Result<Page<StoredItem>, LedgerError> {
        self.read("due", until, |state| state.due(until, after, limit)).await?
    }

    async fn forget_expired(&self, now: Time) -> Result<u64, LedgerError> {
        self.write("forget_expired", now, |state| Ok(state.forget_expired(now))).await
    }

    async fn identity(&self) -> Result<Box<str>, LedgerError> {
        self.read("identity", "", |state| state.identity.clone()).await
    }

    async fn epoch(&self) -> Result<Option<(Epoch, Version)>, LedgerError> {
        self.read("epoch", "", |state| state.epoch.clone()).await
    }

    async fn set_epoch(&self, epoch: &Epoch, expected: Option<Version>) -> Result<(), LedgerError> {
        self.write("set_epoch", epoch.number, |state| state.set_epoch(epoch, expected)).await
    }
}

impl Slots for MemoryLedger {
    async fn slot(&self, name: &str) -> Result<Option<(serde_json::Value, Version)>, LedgerError> {
        self.read("slot", name, |state| state.slots.get(name).cloned()).await
    }

    async fn set_slot(
        &self,
        name: &str,
        value: &serde_json::Value,
        expected: Option<Version>,
    ) -> Result<(), LedgerError> {
        self.write("set_slot", name, |state| state.set_slot(name, value, expected)).await
    }
}
