//! What can go wrong with a ledger, by what the caller does next.

use keytrail_engine::document::{SCHEMA, Schema};

/// An error of a store's own, kept as the source.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// What can go wrong with a ledger.
#[derive(Debug, thiserror::Error)]
pub enum LedgerError {
    /// Another writer was faster: nothing was written.
    #[error("{what} was changed by another writer")]
    Conflict {
        /// The address of what was changed, or of the first of several.
        what: Box<str>,
    },
    /// The store is busy: nothing was written.
    #[error("the ledger is busy and asks for a pause")]
    Throttled {
        /// The store's words.
        #[source]
        source: BoxError,
    },
    /// A newer Keytrail wrote it. An older one must not touch it: it would lose what it can't read.
    #[error(
        "{what} was written by a newer version of Keytrail (schema {}.{}; this one reads {}): upgrade this one",
        found.major, found.minor, SCHEMA.major
    )]
    NewerSchema {
        /// The address of the document, or the ledger itself.
        what: Box<str>,
        /// The schema found there.
        found: Schema,
    },
    /// The store can't be reached or doesn't do its work. Whether something was written isn't known.
    #[error("the ledger is unavailable: could not {attempt}")]
    Unavailable {
        /// What was attempted.
        attempt: &'static str,
        /// The store's words.
        #[source]
        source: BoxError,
    },
    /// What the ledger holds is not what a Keytrail writes.
    #[error("{what} in the ledger is damaged")]
    Corrupt {
        /// The address of what can't be read.
        what: Box<str>,
        /// What is wrong with it.
        #[source]
        source: BoxError,
    },
    /// It can't be stored, now or ever: an address that doesn't survive being written, a commit that is too large.
    #[error("{what} can't be stored: {why}")]
    Unstorable {
        /// The address of it.
        what: Box<str>,
        /// What is wrong with it.
        why: &'static str,
    },
}

/// What a caller does about an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// Load again, fold again, commit again.
    Reload,
    /// The same again, later.
    BackOff,
    /// Refuse the message, so that it stays in the queue until somebody has repaired or upgraded something.
    Refuse,
    /// Park the message with its reason: it would fail for ever.
    Park,
}

impl LedgerError {
    /// What the caller does next.
    pub const fn next(&self) -> Next {
        match self {
            Self::Conflict { .. } => Next::Reload,
            Self::Throttled { .. } | Self::Unavailable { .. } => Next::BackOff,
            Self::NewerSchema { .. } | Self::Corrupt { .. } => Next::Refuse,
            Self::Unstorable { .. } => Next::Park,
        }
    }
}
