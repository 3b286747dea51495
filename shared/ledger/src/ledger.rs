//! The durable store.

use keytrail_engine::subject::{DocumentId, Kind, SubjectId};
use keytrail_engine::time::Time;
use serde::{Deserialize, Serialize};

use crate::commit::{Commit, Committed, Stored, Version};
use crate::epoch::Epoch;
use crate::error::{LedgerError, Next};
use crate::item::{ItemId, ItemKind, StoredItem};

/// Which parts of a subject.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Parts {
    /// A usage subject's hours.
    Hours,
    /// A usage subject's single credentials.
    Credentials,
    /// A KMS key's edges.
    Edges,
}

impl Parts {
    /// What the text form of every such part begins with, and of no other.
    pub const fn prefix(self) -> &'static str {
        match self {
            Self::Hours => "hour/",
            Self::Credentials => "credential/",
            Self::Edges => "edge/",
        }
    }
}

/// Where a listing goes on. Opaque, and good for storing: it survives the process.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Cursor(pub Box<str>);

/// What a listing can't show: it is damaged, or a newer Keytrail wrote it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Damaged {
    /// Its address, as in messages.
    pub what: Box<str>,
    /// What is wrong with it, with its causes.
    pub why: Box<str>,
}

impl Damaged {
    /// What an error says about one entry.
    ///
    /// # Errors
    /// Every error that is about the ledger and not about this entry.
    pub fn of(what: impl Into<Box<str>>, error: LedgerError) -> Result<Self, LedgerError> {
        if error.next() != Next::Refuse {
            return Err(error);
        }
        let mut why = error.to_string();
        let mut source = std::error::Error::source(&error);
        while let Some(cause) = source {
            why.push_str(&format!(": {cause}"));
            source = cause.source();
        }
        Ok(Self { what: what.into(), why: why.into() })
    }
}

/// A page of a listing.
#[derive(Clone, Debug, PartialEq)]
pub struct Page<T> {
    /// Together with what is damaged at most as many as asked for. Fewer, even none, do not mean that there is nothing more.
    pub entries: Vec<T>,
    /// What stands here and can't be shown: it holds up none of the others.
    pub damaged: Vec<Damaged>,
    /// Where it goes on; `None` at the end.
    pub next: Option<Cursor>,
}

/// The durable store of documents and of the outbox.
///
/// Reads are consistent: they see everything that was committed before they began, save for listings over many
/// subjects ([`Ledger::scan`], [`Ledger::due`], [`Ledger::items_of_kind`]), which may lag a moment behind. A document
/// that has aged out is in no answer, whether or not it is deleted yet. A document of a newer major schema fails the
/// whole read with [`LedgerError::NewerSchema`], one that can't be read with [`LedgerError::Corrupt`]; only those listings
/// over many subjects show the others, and name it, see [`Page::damaged`].
pub trait Ledger: Send + Sync {
    /// The documents at these addresses, in any order; what the ledger doesn't have is left out.
    fn load(
        &self,
        ids: &[DocumentId],
        now: Time,
    ) -> impl Future<Output = Result<Vec<Stored>, LedgerError>> + Send;

    /// All such parts of a subject, in the order of their text forms: hours oldest first.
    fn parts(
        &self,
        subject: &SubjectId,
        parts: Parts,
        now: Time,
    ) -> impl Future<Output = Result<Vec<Stored>, LedgerError>> + Send;

    /// The main documents of all subjects of a kind, each once, in an order that stays the same.
    fn scan(
        &self,
        kind: Kind,
        now: Time,
        after: Option<&Cursor>,
        limit: usize,
    ) -> impl Future<Output = Result<Page<Stored>, LedgerError>> + Send;

    /// Writes all of it, or nothing. [`LedgerError::Conflict`] if an expected version is gone.
    fn commit(&self, commit: &Commit) -> impl Future<Output = Result<Committed, LedgerError>> + Send;

    /// The items at these addresses, in any order; what the ledger doesn't have is left out.
    fn items(&self, ids: &[ItemId]) -> impl Future<Output = Result<Vec<StoredItem>, LedgerError>> + Send;

    /// All items of a kind about a subject, in the order of their ids.
    fn items_about(
        &self,
        subject: &SubjectId,
        kind: ItemKind,
    ) -> impl Future<Output = Result<Vec<StoredItem>, LedgerError>> + Send;

    /// All items of a kind, each once, in an order that stays the same.
    fn items_of_kind(
        &self,
        kind: ItemKind,
        after: Option<&Cursor>,
        limit: usize,
    ) -> impl Future<Output = Result<Page<StoredItem>, LedgerError>> + Send;

    /// The items that were due by a moment, see [`crate::State::due`]; the longest due come first.
    fn due(
        &self,
        until: Time,
        after: Option<&Cursor>,
        limit: usize,
    ) -> impl Future<Output = Result<Page<StoredItem>, LedgerError>> + Send;

    /// Deletes documents that have aged out, and says how many. Nobody was shown them any more; a store that does
    /// so by itself says 0.
    fn forget_expired(&self, now: Time) -> impl Future<Output = Result<u64, LedgerError>> + Send;

    /// What tells this store from every other, also from the one whose backup it was restored from.
    fn identity(&self) -> impl Future<Output = Result<Box<str>, LedgerError>> + Send;

    /// The epoch that the ledger is in; `None` in a new one.
    fn epoch(&self) -> impl Future<Output = Result<Option<(Epoch, Version)>, LedgerError>> + Send;

    /// Begins an epoch, or ends its pause. [`LedgerError::Conflict`] if the expected version is gone.
    fn set_epoch(
        &self,
        epoch: &Epoch,
        expected: Option<Version>,
    ) -> impl Future<Output = Result<(), LedgerError>> + Send;
}
