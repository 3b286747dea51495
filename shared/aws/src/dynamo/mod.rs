//! The ledger in one DynamoDB table.
//!
//! `docs/ARCHITECTURE.md` shows every kind of item that the table holds.

mod attribute;
mod cell;
mod commit;
mod document;
mod due;
mod error;
mod outbox;
mod pack;
mod plan;
mod read;
mod spent;
mod table;

use aws_sdk_dynamodb::Client;
use keytrail_engine::subject::{DocumentId, Kind, SubjectId};
use keytrail_engine::time::Time;
use keytrail_ledger::{
    Commit, Committed, Cursor, Epoch, ItemId, ItemKind, Ledger, LedgerError, Page, Parts, Stored, StoredItem,
    Version,
};

use tokio::sync::{Semaphore, SemaphorePermit};

pub use outbox::item_id;
pub use spent::Spent;
pub use table::create_table;

/// How many calls may be under way at once. A batch about a hundred keys asks for hundreds: each call under way takes a
/// connection of its own, and in a small function the handshakes would take longer than the work.
const AT_ONCE: usize = 16;

/// The ledger in one DynamoDB table.
#[derive(Debug)]
pub struct DynamoLedger {
    client: Client,
    table: Box<str>,
    turns: Semaphore,
    meter: spent::Meter,
}

impl DynamoLedger {
    /// The ledger in a table that exists.
    pub fn new(client: Client, table: &str) -> Self {
        Self { client, table: table.into(), turns: Semaphore::new(AT_ONCE), meter: spent::Meter::default() }
    }

    /// What was spent since this was asked last. DynamoDB doesn't say what a write cost that it refused.
    pub fn take_spent(&self) -> Spent {
        self.meter.take()
    }

    /// Waits until fewer calls are under way. It is over when what is returned is dropped.
    async fn turn(&self) -> Option<SemaphorePermit<'_>> {
        // Nobody closes the semaphore; without it there would be no limit, and nothing worse.
        self.turns.acquire().await.ok()
    }
}

impl Ledger for DynamoLedger {
    async fn load(&self, ids: &[DocumentId], now: Time) -> Result<Vec<Stored>, LedgerError> {
        let _turn = self.turn().await;
        self.load_documents(ids, now).await
    }

    async fn parts(&self, subject: &SubjectId, parts: Parts, now: Time) -> Result<Vec<Stored>, LedgerError> {
        let _turn = self.turn().await;
        self.load_parts(subject, parts, now).await
    }

    async fn scan(
        &self,
        kind: Kind,
        now: Time,
        after: Option<&Cursor>,
        limit: usize,
    ) -> Result<Page<Stored>, LedgerError> {
        let _turn = self.turn().await;
        self.scan_kind(kind, now, after, limit).await
    }

    async fn commit(&self, commit: &Commit) -> Result<Committed, LedgerError> {
        let _turn = self.turn().await;
        self.write(commit).await
    }

    async fn items(&self, ids: &[ItemId]) -> Result<Vec<StoredItem>, LedgerError> {
        let _turn = self.turn().await;
        self.load_items(ids).await
    }

    async fn items_about(&self, subject: &SubjectId, kind: ItemKind) -> Result<Vec<StoredItem>, LedgerError> {
        let _turn = self.turn().await;
        self.load_items_about(subject, kind).await
    }

    async fn items_of_kind(
        &self,
        kind: ItemKind,
        after: Option<&Cursor>,
        limit: usize,
    ) -> Result<Page<StoredItem>, LedgerError> {
        let _turn = self.turn().await;
        self.list_items(kind, after, limit).await
    }

    async fn due(
        &self,
        until: Time,
        after: Option<&Cursor>,
        limit: usize,
    ) -> Result<Page<StoredItem>, LedgerError> {
        let _turn = self.turn().await;
        self.load_due(until, after, limit).await
    }

    /// DynamoDB does so by itself, some days later.
    async fn forget_expired(&self, _now: Time) -> Result<u64, LedgerError> {
        Ok(0)
    }

    async fn identity(&self) -> Result<Box<str>, LedgerError> {
        let _turn = self.turn().await;
        self.table_identity().await
    }

    async fn epoch(&self) -> Result<Option<(Epoch, Version)>, LedgerError> {
        let _turn = self.turn().await;
        self.load_epoch().await
    }

    async fn set_epoch(&self, epoch: &Epoch, expected: Option<Version>) -> Result<(), LedgerError> {
        let _turn = self.turn().await;
        self.write_epoch(epoch, expected).await
    }
}
