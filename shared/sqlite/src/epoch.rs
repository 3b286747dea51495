//! The row that says which ledger this is, and the one of its epoch.

use keytrail_ledger::{Epoch, LedgerError, Version};
use rusqlite::{Connection, OptionalExtension, params};

use crate::error::failed;

const READING: &str = "read the epoch";
const WRITING: &str = "write the epoch";

/// See [`keytrail_ledger::Ledger::identity`]: drawn at random when the file was made.
pub(crate) fn identity(connection: &Connection) -> Result<Box<str>, LedgerError> {
    let sql = "SELECT body FROM ledger WHERE name = 'identity'";
    connection.query_row(sql, [], |row| row.get(0)).map_err(failed(READING))
}

/// See [`keytrail_ledger::Ledger::epoch`].
pub(crate) fn read(connection: &Connection) -> Result<Option<(Epoch, Version)>, LedgerError> {
    let sql = "SELECT body, version FROM ledger WHERE name = 'epoch'";
    let row = connection.query_row(sql, [], |row| Ok((row.get::<_, String>(0)?, row.get(1)?)));
    let Some((body, version)) = row.optional().map_err(failed(READING))? else { return Ok(None) };
    let corrupt =
        |source: serde_json::Error| LedgerError::Corrupt { what: "the epoch".into(), source: source.into() };
    Ok(Some((serde_json::from_str(&body).map_err(corrupt)?, Version::new(version))))
}

/// See [`keytrail_ledger::Ledger::set_epoch`].
pub(crate) fn write(
    connection: &Connection,
    epoch: &Epoch,
    expected: Option<Version>,
) -> Result<(), LedgerError> {
    let unstorable = |_| LedgerError::Unstorable { what: "the epoch".into(), why: "it has no JSON form" };
    let body = serde_json::to_string(epoch).map_err(unstorable)?;
    let version = Version::after(expected).number();
    let written = match expected {
        Some(expected) => connection.execute(
            "UPDATE ledger SET body = ?1, version = ?2 WHERE name = 'epoch' AND version = ?3",
            params![body, version, expected.number()],
        ),
        None => connection.execute(
            "INSERT INTO ledger (name, body, version) VALUES ('epoch', ?1, ?2) ON CONFLICT (name) DO NOTHING",
            params![body, version],
        ),
    };
    match written.map_err(failed(WRITING))? {
        1 => Ok(()),
        _ => Err(LedgerError::Conflict { what: "the epoch".into() }),
    }
}
