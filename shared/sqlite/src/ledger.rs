//! The ledger's trait, on SQLite.

use keytrail_engine::subject::{DocumentId, Kind, SubjectId};
use keytrail_engine::time::Time;
use keytrail_ledger::{
    Commit, Committed, Cursor, Epoch, ItemId, ItemKind, Ledger, LedgerError, Page, Parts, Stored, StoredItem,
    Version,
};
use rusqlite::Connection;

use crate::connections::SqliteLedger;
use crate::{documents, epoch, items};

impl Ledger for SqliteLedger {
    async fn load(&self, ids: &[DocumentId], now: Time) -> Result<Vec<Stored>, LedgerError> {
        self.read("read documents", |connection| documents::load(connection, ids, now))
    }

    async fn parts(&self, subject: &SubjectId, parts: Parts, now: Time) -> Result<Vec<Stored>, LedgerError> {
        self.read("read parts of a subject", |connection| documents::parts(connection, subject, parts, now))
    }

    async fn scan(
        &self,
        kind: Kind,
        now: Time,
        after: Option<&Cursor>,
        limit: usize,
    ) -> Result<Page<Stored>, LedgerError> {
        self.read("list subjects", |connection| documents::scan(connection, kind, now, after, limit))
    }

    async fn commit(&self, commit: &Commit) -> Result<Committed, LedgerError> {
        commit.validate()?;
        self.write("commit", |connection| write(connection, commit))
    }

    async fn items(&self, ids: &[ItemId]) -> Result<Vec<StoredItem>, LedgerError> {
        self.read("read items", |connection| items::load(connection, ids))
    }

    async fn items_about(&self, subject: &SubjectId, kind: ItemKind) -> Result<Vec<StoredItem>, LedgerError> {
        self.read("read a subject's items", |connection| items::about(connection, subject, kind))
    }

    async fn items_of_kind(
        &self,
        kind: ItemKind,
        after: Option<&Cursor>,
        limit: usize,
    ) -> Result<Page<StoredItem>, LedgerError> {
        self.read("list items", |connection| items::of_kind(connection, kind, after, limit))
    }

    async fn due(
        &self,
        until: Time,
        after: Option<&Cursor>,
        limit: usize,
    ) -> Result<Page<StoredItem>, LedgerError> {
        self.read("list due items", |connection| items::due(connection, until, after, limit))
    }

    async fn forget_expired(&self, now: Time) -> Result<u64, LedgerError> {
        self.write("delete what has aged out", |connection| documents::forget_expired(connection, now))
    }

    async fn identity(&self) -> Result<Box<str>, LedgerError> {
        self.read("read the identity", epoch::identity)
    }

    async fn epoch(&self) -> Result<Option<(Epoch, Version)>, LedgerError> {
        self.read("read the epoch", epoch::read)
    }

    async fn set_epoch(&self, epoch: &Epoch, expected: Option<Version>) -> Result<(), LedgerError> {
        self.write("write the epoch", |connection| epoch::write(connection, epoch, expected))
    }
}

fn write(connection: &Connection, commit: &Commit) -> Result<Committed, LedgerError> {
    for check in &commit.checks {
        documents::check(connection, check, commit.now)?;
    }
    for write in &commit.writes {
        documents::write(connection, write, commit.now)?;
    }
    for change in &commit.changes {
        items::change(connection, change, commit.now)?;
    }
    let mut created = Vec::new();
    for item in &commit.items {
        if items::create(connection, item)? {
            created.push(item.id());
        }
    }
    Ok(Committed { created })
}
