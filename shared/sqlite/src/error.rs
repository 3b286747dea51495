//! What can go wrong, and how SQLite's words become the ledger's.

use std::path::{Path, PathBuf};

use keytrail_ledger::LedgerError;
use rusqlite::ErrorCode;

/// Why a file can't be opened as a ledger. Each message names the file and what to do.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// It is something else: another program's database, or none at all.
    #[error("{} is not a Keytrail state file: name another file, it was left as it is", file.display())]
    Foreign {
        /// The file.
        file: PathBuf,
    },
    /// A newer Keytrail wrote it.
    #[error(
        "{} was written by a newer version of Keytrail (layout {found}, this one knows {known}): upgrade, or replay \
         into a new file",
        file.display()
    )]
    Newer {
        /// The file.
        file: PathBuf,
        /// The major layout found.
        found: i32,
        /// The major layout that this version knows.
        known: i32,
    },
    /// There is no such file, and the caller only wants to look.
    #[error("{} does not exist: make it with `keytrail replay PATH --state {}`", file.display(), file.display())]
    Missing {
        /// The file.
        file: PathBuf,
    },
    /// It can't be opened or read.
    #[error("could not open {}: is it a file that you may read and write, on a disk with room?", file.display())]
    Unreadable {
        /// The file.
        file: PathBuf,
        /// SQLite's words.
        #[source]
        source: rusqlite::Error,
    },
}

impl OpenError {
    /// SQLite's words about a file.
    pub(crate) fn of(file: &Path) -> impl Fn(rusqlite::Error) -> Self + Copy {
        move |source| match source.sqlite_error_code() {
            Some(ErrorCode::NotADatabase) => Self::Foreign { file: file.into() },
            _ => Self::Unreadable { file: file.into(), source },
        }
    }
}

/// SQLite's words as the ledger's.
pub(crate) fn failed(attempt: &'static str) -> impl Fn(rusqlite::Error) -> LedgerError {
    move |source| match source.sqlite_error_code() {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
            LedgerError::Throttled { source: source.into() }
        }
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
            LedgerError::Corrupt { what: "the state file".into(), source: source.into() }
        }
        _ => LedgerError::Unavailable { attempt, source: source.into() },
    }
}
