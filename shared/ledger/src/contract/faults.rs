//! A ledger between which and its user things go wrong.

use std::future::poll_fn;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::Poll;

use keytrail_engine::subject::{DocumentId, Kind, SubjectId};
use keytrail_engine::time::Time;

use crate::commit::{Commit, Committed, Stored, Version};
use crate::epoch::Epoch;
use crate::error::LedgerError;
use crate::item::{ItemId, ItemKind, StoredItem};
use crate::ledger::{Cursor, Ledger, Page, Parts};

/// Passes everything on to a ledger: each call after a wait of its own, and some not at all.
pub struct Faulty<'a, L> {
    ledger: &'a L,
    seed: usize,
    fault: Fault,
    calls: AtomicUsize,
}

/// What goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Nothing but waiting.
    None,
    /// From this call on nothing reaches the ledger.
    From(usize),
    /// The answer of this call is lost after it took effect, and nothing reaches the ledger from then on.
    AnswerLost(usize),
}

impl<'a, L: Ledger> Faulty<'a, L> {
    /// `seed` says how long the calls wait.
    pub const fn new(ledger: &'a L, seed: usize, fault: Fault) -> Self {
        Self { ledger, seed, fault, calls: AtomicUsize::new(0) }
    }

    /// Calls so far.
    pub fn calls(&self) -> usize {
        self.calls.load(Ordering::Relaxed)
    }

    async fn pass<T>(
        &self,
        call: impl Future<Output = Result<T, LedgerError>> + Send,
    ) -> Result<T, LedgerError> {
        let number = self.calls.fetch_add(1, Ordering::Relaxed);
        // A fair spread of waits that is another for each seed: the high bits of a multiplicative hash.
        let spread = (self.seed.wrapping_mul(31).wrapping_add(number)).wrapping_mul(0x9e37_79b9) >> 16;
        for _ in 0..spread % 5 {
            let mut waited = false;
            poll_fn(|context| {
                if std::mem::replace(&mut waited, true) {
                    return Poll::Ready(());
                }
                context.waker().wake_by_ref();
                Poll::Pending
            })
            .await;
        }
        let cut =
            LedgerError::Unavailable { attempt: "reach the ledger", source: "a fault of the test".into() };
        match self.fault {
            Fault::From(call) if number >= call => Err(cut),
            Fault::AnswerLost(call) if number > call => Err(cut),
            Fault::AnswerLost(at) if number == at => call.await.and(Err(cut)),
            _ => call.await,
        }
    }
}

impl<L: Ledger> Ledger for Faulty<'_, L> {
    async fn load(&self, ids: &[DocumentId], now: Time) -> Result<Vec<Stored>, LedgerError> {
        self.pass(self.ledger.load(ids, now)).await
    }

    async fn parts(&self, subject: &SubjectId, parts: Parts, now: Time) -> Result<Vec<Stored>, LedgerError> {
        self.pass(self.ledger.parts(subject, parts, now)).await
    }

    async fn scan(
        &self,
        kind: Kind,
        now: Time,
        after: Option<&Cursor>,
        limit: usize,
    ) -> Result<Page<Stored>, LedgerError> {
        self.pass(self.ledger.scan(kind, now, after, limit)).await
    }

    async fn commit(&self, commit: &Commit) -> Result<Committed, LedgerError> {
        self.pass(self.ledger.commit(commit)).await
    }

    async fn items(&self, ids: &[ItemId]) -> Result<Vec<StoredItem>, LedgerError> {
        self.pass(self.ledger.items(ids)).await
    }

    async fn items_about(&self, subject: &SubjectId, kind: ItemKind) -> Result<Vec<StoredItem>, LedgerError> {
        self.pass(self.ledger.items_about(subject, kind)).await
    }

    async fn items_of_kind(
        &self,
        kind: ItemKind,
        after: Option<&Cursor>,
        limit: usize,
    ) -> Result<Page<StoredItem>, LedgerError> {
        self.pass(self.ledger.items_of_kind(kind, after, limit)).await
    }

    async fn due(
        &self,
        until: Time,
        after: Option<&Cursor>,
        limit: usize,
    ) -> Result<Page<StoredItem>, LedgerError> {
        self.pass(self.ledger.due(until, after, limit)).await
    }

    async fn forget_expired(&self, now: Time) -> Result<u64, LedgerError> {
        self.pass(self.ledger.forget_expired(now)).await
    }

    async fn identity(&self) -> Result<Box<str>, LedgerError> {
        self.pass(self.ledger.identity()).await
    }

    async fn epoch(&self) -> Result<Option<(Epoch, Version)>, LedgerError> {
        self.pass(self.ledger.epoch()).await
    }

    async fn set_epoch(&self, epoch: &Epoch, expected: Option<Version>) -> Result<(), LedgerError> {
        self.pass(self.ledger.set_epoch(epoch, expected)).await
    }
}
