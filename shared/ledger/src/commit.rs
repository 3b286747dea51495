//! What is written together or not at all.

use std::collections::BTreeSet;
use std::fmt;

use keytrail_engine::document::Document;
use keytrail_engine::subject::DocumentId;
use keytrail_engine::time::Time;
use serde::{Deserialize, Serialize};

use crate::error::LedgerError;
use crate::item::{Change, Item, ItemId};

/// What a commit may hold at most: writes, checks, items and changes together.
///
/// DynamoDB takes 100 in a transaction:
/// <https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html>
pub const LARGEST_COMMIT: usize = 100;

/// Counts how often something was written, from 1. A writer names the version that it read; if another one was
/// faster, that version is gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Version(u64);

impl Version {
    /// The version of what is written for the first time.
    pub const FIRST: Self = Self(1);

    /// A version as a store holds it.
    pub const fn new(number: u64) -> Self {
        Self(number)
    }

    /// The number.
    pub const fn number(self) -> u64 {
        self.0
    }

    /// The version after this one.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }

    /// The version that a write makes of what it expects.
    #[must_use]
    pub fn after(expected: Option<Self>) -> Self {
        expected.map_or(Self::FIRST, Self::next)
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

/// A document as the ledger has it.
#[derive(Clone, Debug, PartialEq)]
pub struct Stored {
    /// The document.
    pub document: Document,
    /// Its version.
    pub version: Version,
    /// When it ages out, if it does. From then on nobody is shown it.
    pub expires: Option<Time>,
}

/// A document to write.
#[derive(Clone, Debug, PartialEq)]
pub struct Write {
    /// The document.
    pub document: Document,
    /// The version that it was read with; `None` if the ledger must not have it, or only an aged-out one.
    pub expected: Option<Version>,
    /// When it ages out, if it does.
    pub expires: Option<Time>,
}

/// A document that is not written but must not have changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    /// Its address.
    pub document: DocumentId,
    /// The version that it was read with; `None` if the ledger must not have it.
    pub version: Option<Version>,
}

/// What is written together or not at all. At most [`LARGEST_COMMIT`], and nothing twice.
#[derive(Clone, Debug, PartialEq)]
pub struct Commit {
    /// The moment of writing, by which what has aged out is told from what has not.
    pub now: Time,
    /// Documents to write.
    pub writes: Vec<Write>,
    /// Documents that must not have changed.
    pub checks: Vec<Check>,
    /// Items to create. One that is already there stays as it is, and is no conflict.
    pub items: Vec<Item>,
    /// Items to move on.
    pub changes: Vec<Change>,
}

impl Commit {
    /// A commit of nothing yet.
    pub const fn at(now: Time) -> Self {
        Self { now, writes: Vec::new(), checks: Vec::new(), items: Vec::new(), changes: Vec::new() }
    }

    /// How much it holds.
    pub const fn len(&self) -> usize {
        self.writes.len() + self.checks.len() + self.items.len() + self.changes.len()
    }

    /// Whether it holds nothing.
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Refuses what no ledger takes: too much, or the same address twice. Every ledger asks this first, so that
    /// what one takes the other takes.
    ///
    /// # Errors
    ///
    /// [`LedgerError::Unstorable`].
    pub fn validate(&self) -> Result<(), LedgerError> {
        let refuse = |what: String, why| Err(LedgerError::Unstorable { what: what.into(), why });
        if self.len() > LARGEST_COMMIT {
            return refuse(format!("a commit of {} writes", self.len()), "it is too large");
        }
        let mut documents = BTreeSet::new();
        let written = self.writes.iter().map(|write| write.document.id());
        for id in written.chain(self.checks.iter().map(|check| check.document.clone())) {
            let text = format!("{}#{}", id.subject, id.part);
            if !documents.insert(id) {
                return refuse(text, "it is in the commit twice");
            }
        }
        let mut items = BTreeSet::new();
        for id in self.items.iter().map(Item::id).chain(self.changes.iter().map(|change| change.item.clone()))
        {
            let text = id.to_string();
            if !items.insert(id) {
                return refuse(text, "it is in the commit twice");
            }
        }
        Ok(())
    }
}

/// What a commit came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Committed {
    /// The items that were not there before, in the order of the commit.
    pub created: Vec<ItemId>,
}
