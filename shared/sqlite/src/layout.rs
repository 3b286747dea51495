//! How a Keytrail file is told from others, and its tables made.

use std::path::Path;

use rusqlite::{Connection, TransactionBehavior};

use crate::error::OpenError;

/// `Ktrl`, in the file's header: <https://www.sqlite.org/pragma.html#pragma_application_id>
const APPLICATION: i32 = 0x4b74_726c;
/// Readers of another major layout refuse the file.
const MAJOR: i32 = 1;
/// A minor step only adds tables, indexes, and columns with a default.
const MINOR: i32 = 0;
/// `user_version` is major times this, plus minor.
const MAJOR_STEP: i32 = 1_000;

/// What a file is.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Content {
    /// Nothing yet.
    Nothing,
    /// A ledger that this version reads and writes.
    Ledger,
}

/// Says what a file is, without changing it.
pub(crate) fn inspect(connection: &Connection, file: &Path) -> Result<Content, OpenError> {
    let number = |sql| connection.query_row(sql, [], |row| row.get::<_, i32>(0));
    let unreadable = OpenError::of(file);
    let application = number("PRAGMA application_id").map_err(unreadable)?;
    let version = number("PRAGMA user_version").map_err(unreadable)?;
    let tables = number("SELECT count(*) FROM sqlite_schema").map_err(unreadable)?;
    match (application, version, tables) {
        (0, 0, 0) => Ok(Content::Nothing),
        (APPLICATION, version, _) if version.div_euclid(MAJOR_STEP) > MAJOR => {
            let found = version.div_euclid(MAJOR_STEP);
            Err(OpenError::Newer { file: file.into(), found, known: MAJOR })
        }
        (APPLICATION, version, _) if version.div_euclid(MAJOR_STEP) == MAJOR => Ok(Content::Ledger),
        _ => Err(OpenError::Foreign { file: file.into() }),
    }
}

/// Makes the tables, unless another process just did. All or nothing: the header's numbers are part of the
/// transaction.
pub(crate) fn create(connection: &mut Connection, file: &Path) -> Result<(), OpenError> {
    let unreadable = OpenError::of(file);
    let begin = connection.transaction_with_behavior(TransactionBehavior::Immediate);
    let transaction = begin.map_err(unreadable)?;
    if inspect(&transaction, file)? == Content::Nothing {
        transaction.execute_batch(include_str!("schema.sql")).map_err(unreadable)?;
        transaction.pragma_update(None, "application_id", APPLICATION).map_err(unreadable)?;
        transaction.pragma_update(None, "user_version", MAJOR * MAJOR_STEP + MINOR).map_err(unreadable)?;
    }
    transaction.commit().map_err(unreadable)
}
