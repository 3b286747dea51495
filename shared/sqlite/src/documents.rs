//! Rows of documents.

use keytrail_engine::document::Document;
use keytrail_engine::subject::{DocumentId, Kind, SubjectId};
use keytrail_engine::time::Time;
use keytrail_ledger::{Check, Cursor, Damaged, LedgerError, Page, Parts, Stored, Version, Write, form};
use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::error::failed;

const READING: &str = "read documents";
const WRITING: &str = "write a document";

/// The columns that [`of_row`] reads.
macro_rules! columns {
    () => {
        "subject, part, version, expires, body"
    };
}

/// What has not aged out by `?1`.
macro_rules! unexpired {
    () => {
        "(expires IS NULL OR expires > ?1)"
    };
}

struct Raw {
    at: String,
    version: u64,
    expires: Option<i64>,
    body: String,
}

fn of_row(row: &Row<'_>) -> rusqlite::Result<Raw> {
    let (subject, part): (String, String) = (row.get(0)?, row.get(1)?);
    Ok(Raw { at: format!("{subject}#{part}"), version: row.get(2)?, expires: row.get(3)?, body: row.get(4)? })
}

fn stored(raw: &Raw) -> Result<Stored, LedgerError> {
    Ok(Stored {
        document: form::read_document(&raw.at, &raw.body)?,
        version: Version::new(raw.version),
        expires: raw.expires.map(Time::from_millis),
    })
}

fn all(
    connection: &Connection,
    sql: &'static str,
    parameters: impl rusqlite::Params,
) -> Result<Vec<Stored>, LedgerError> {
    let mut statement = connection.prepare_cached(sql).map_err(failed(READING))?;
    let rows = statement.query_map(parameters, of_row).map_err(failed(READING))?;
    rows.map(|row| stored(&row.map_err(failed(READING))?)).collect()
}

/// See [`keytrail_ledger::Ledger::load`].
pub(crate) fn load(
    connection: &Connection,
    ids: &[DocumentId],
    now: Time,
) -> Result<Vec<Stored>, LedgerError> {
    let mut found = Vec::with_capacity(ids.len());
    for id in ids {
        found.extend(one(connection, id)?.filter(|stored| !expired(stored, now)));
    }
    Ok(found)
}

/// The document at an address, aged out or not.
pub(crate) fn one(connection: &Connection, id: &DocumentId) -> Result<Option<Stored>, LedgerError> {
    let sql = concat!("SELECT ", columns!(), " FROM documents WHERE subject = ?1 AND part = ?2");
    let mut statement = connection.prepare_cached(sql).map_err(failed(READING))?;
    let row = statement.query_row(params![id.subject.to_string(), id.part.to_string()], of_row);
    row.optional().map_err(failed(READING))?.map(|raw| stored(&raw)).transpose()
}

fn expired(stored: &Stored, now: Time) -> bool {
    stored.expires.is_some_and(|expires| expires <= now)
}

/// See [`keytrail_ledger::Ledger::parts`].
pub(crate) fn parts(
    connection: &Connection,
    subject: &SubjectId,
    parts: Parts,
    now: Time,
) -> Result<Vec<Stored>, LedgerError> {
    let sql = concat!(
        "SELECT ",
        columns!(),
        " FROM documents WHERE subject = ?2 AND part >= ?3 AND part < ?4 AND ",
        unexpired!(),
        " ORDER BY part"
    );
    // Every prefix ends in a slash, and zero is the character after it.
    let end = format!("{}0", parts.prefix().trim_end_matches('/'));
    all(connection, sql, params![now.millis(), subject.to_string(), parts.prefix(), end])
}

/// See [`keytrail_ledger::Ledger::scan`].
pub(crate) fn scan(
    connection: &Connection,
    kind: Kind,
    now: Time,
    after: Option<&Cursor>,
    limit: usize,
) -> Result<Page<Stored>, LedgerError> {
    let sql = concat!(
        "SELECT ",
        columns!(),
        " FROM documents WHERE kind = ?2 AND part = 'main' AND subject > ?3 AND ",
        unexpired!(),
        " ORDER BY subject LIMIT ?4"
    );
    let after = after.map_or("", |cursor| &*cursor.0);
    let limit = limit.max(1);
    let rows = i64::try_from(limit).unwrap_or(i64::MAX);
    let mut statement = connection.prepare_cached(sql).map_err(failed(READING))?;
    let found = statement
        .query_map(params![now.millis(), kind.word(), after, rows], of_row)
        .map_err(failed(READING))?;
    let found = found.collect::<Result<Vec<Raw>, _>>().map_err(failed(READING))?;
    let last = found.last().filter(|_| found.len() == limit);
    let next = last.and_then(|last| Some(Cursor(last.at.strip_suffix("#main")?.into())));
    let mut page = Page { entries: Vec::with_capacity(found.len()), damaged: Vec::new(), next };
    for raw in found {
        match stored(&raw) {
            Ok(document) => page.entries.push(document),
            Err(error) => page.damaged.push(Damaged::of(raw.at, error)?),
        }
    }
    Ok(page)
}

/// All documents of the file, in the order of their addresses, each given to `take`.
pub(crate) fn every(connection: &Connection, mut take: impl FnMut(Stored)) -> Result<(), LedgerError> {
    let sql = concat!("SELECT ", columns!(), " FROM documents ORDER BY subject, part");
    let mut statement = connection.prepare_cached(sql).map_err(failed(READING))?;
    for row in statement.query_map([], of_row).map_err(failed(READING))? {
        take(stored(&row.map_err(failed(READING))?)?);
    }
    Ok(())
}

/// Writes on the expected version.
pub(crate) fn write(connection: &Connection, write: &Write, now: Time) -> Result<(), LedgerError> {
    let written = match write.expected {
        Some(expected) => update(connection, write, expected)?,
        None => insert(connection, write, now)?,
    };
    if written == 1 { Ok(()) } else { Err(conflict(&write.document.id())) }
}

fn insert(connection: &Connection, write: &Write, now: Time) -> Result<usize, LedgerError> {
    let sql =
        "INSERT INTO documents (subject, part, kind, version, expires, body) VALUES (?2, ?3, ?4, ?5, ?6, ?7)
               ON CONFLICT (subject, part) DO UPDATE
               SET version = excluded.version, expires = excluded.expires, body = excluded.body
               WHERE documents.expires <= ?1";
    let Document { subject, part, .. } = &write.document;
    let mut statement = connection.prepare_cached(sql).map_err(failed(WRITING))?;
    let written = statement.execute(params![
        now.millis(),
        subject.to_string(),
        part.to_string(),
        subject.kind.word(),
        Version::FIRST.number(),
        write.expires.map(Time::millis),
        form::write_document(&write.document)?,
    ]);
    written.map_err(failed(WRITING))
}

fn update(connection: &Connection, write: &Write, expected: Version) -> Result<usize, LedgerError> {
    let sql = "UPDATE documents SET version = ?4, expires = ?5, body = ?6
               WHERE subject = ?1 AND part = ?2 AND version = ?3";
    let Document { subject, part, .. } = &write.document;
    let mut statement = connection.prepare_cached(sql).map_err(failed(WRITING))?;
    let written = statement.execute(params![
        subject.to_string(),
        part.to_string(),
        expected.number(),
        expected.next().number(),
        write.expires.map(Time::millis),
        form::write_document(&write.document)?,
    ]);
    written.map_err(failed(WRITING))
}

/// Fails if a document is not at the version that a commit rests on.
pub(crate) fn check(connection: &Connection, check: &Check, now: Time) -> Result<(), LedgerError> {
    let found = one(connection, &check.document)?.filter(|stored| !expired(stored, now));
    let version = found.map(|stored| stored.version);
    if version == check.version { Ok(()) } else { Err(conflict(&check.document)) }
}

/// Deletes what has aged out.
pub(crate) fn forget_expired(connection: &Connection, now: Time) -> Result<u64, LedgerError> {
    let deleted = connection.execute("DELETE FROM documents WHERE expires <= ?1", [now.millis()]);
    deleted.map(|rows| rows as u64).map_err(failed("delete what has aged out"))
}

fn conflict(id: &DocumentId) -> LedgerError {
    LedgerError::Conflict { what: form::address(id) }
}
