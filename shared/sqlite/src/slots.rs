//! Small named values, beside the epoch's row.

use keytrail_ledger::{LedgerError, Slots, Version};
use rusqlite::{Connection, OptionalExtension, params};
use serde_json::Value;

use crate::connections::SqliteLedger;
use crate::error::failed;

/// As [`Slots`] says.
const LARGEST: usize = 16 * 1024;

impl Slots for SqliteLedger {
    async fn slot(&self, name: &str) -> Result<Option<(Value, Version)>, LedgerError> {
        self.read("read a value", |connection| read(connection, name))
    }

    async fn set_slot(
        &self,
        name: &str,
        value: &Value,
        expected: Option<Version>,
    ) -> Result<(), LedgerError> {
        self.write("write a value", |connection| write(connection, name, value, expected))
    }
}

/// The row of a slot: no other row of the table has such a name.
fn row(name: &str) -> String {
    format!("slot/{name}")
}

fn read(connection: &Connection, name: &str) -> Result<Option<(Value, Version)>, LedgerError> {
    let row = row(name);
    let sql = "SELECT body, version FROM ledger WHERE name = ?1";
    let found = connection.query_row(sql, [&row], |found| Ok((found.get::<_, String>(0)?, found.get(1)?)));
    let Some((body, version)) = found.optional().map_err(failed("read a value"))? else { return Ok(None) };
    let value = serde_json::from_str(&body)
        .map_err(|source| LedgerError::Corrupt { what: row.into(), source: source.into() })?;
    Ok(Some((value, Version::new(version))))
}

fn write(
    connection: &Connection,
    name: &str,
    value: &Value,
    expected: Option<Version>,
) -> Result<(), LedgerError> {
    let (row, body) = (row(name), value.to_string());
    if body.len() > LARGEST {
        return Err(LedgerError::Unstorable { what: row.into(), why: "it is too large" });
    }
    let version = Version::after(expected).number();
    let written = match expected {
        Some(expected) => connection.execute(
            "UPDATE ledger SET body = ?1, version = ?2 WHERE name = ?3 AND version = ?4",
            params![body, version, row, expected.number()],
        ),
        None => connection.execute(
            "INSERT INTO ledger (name, body, version) VALUES (?1, ?2, ?3) ON CONFLICT (name) DO NOTHING",
            params![row, body, version],
        ),
    };
    match written.map_err(failed("write a value"))? {
        1 => Ok(()),
        _ => Err(LedgerError::Conflict { what: row.into() }),
    }
}
