//! Rows of items.

use keytrail_engine::notice::Outcome;
use keytrail_engine::subject::SubjectId;
use keytrail_engine::time::Time;
use keytrail_ledger::{
    BoxError, Change, Cursor, Damaged, Item, ItemId, ItemKind, LedgerError, Page, State, StoredItem, Version,
    form,
};
use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::error::failed;

const READING: &str = "read items";
const WRITING: &str = "write an item";

/// The columns that [`of_row`] reads.
macro_rules! columns {
    () => {
        "kind, name, subject, state, due, outcome, created, changed, version, body"
    };
}

struct Raw {
    kind: String,
    name: String,
    subject: String,
    state: String,
    due: Option<i64>,
    outcome: Option<String>,
    created: i64,
    changed: i64,
    version: u64,
    body: String,
}

fn of_row(row: &Row<'_>) -> rusqlite::Result<Raw> {
    Ok(Raw {
        kind: row.get(0)?,
        name: row.get(1)?,
        subject: row.get(2)?,
        state: row.get(3)?,
        due: row.get(4)?,
        outcome: row.get(5)?,
        created: row.get(6)?,
        changed: row.get(7)?,
        version: row.get(8)?,
        body: row.get(9)?,
    })
}

fn stored(raw: Raw) -> Result<StoredItem, LedgerError> {
    let at = format!("{}/{}", raw.kind, raw.name);
    let corrupt = |source: BoxError| LedgerError::Corrupt { what: at.clone().into(), source };
    let kind = ItemKind::from_word(&raw.kind).ok_or_else(|| corrupt("no such kind of item".into()))?;
    let body = form::read_body(&ItemId { kind, name: raw.name.into() }, &raw.body)?;
    let state = State::from_word(&raw.state, raw.due.map(Time::from_millis));
    let outcome: Option<Outcome> = raw
        .outcome
        .map(|text| serde_json::from_str(&text))
        .transpose()
        .map_err(|source| corrupt(source.into()))?;
    let item = Item {
        subject: SubjectId::parse(&raw.subject).ok_or_else(|| corrupt("no subject id".into()))?,
        body,
        state: state.ok_or_else(|| corrupt("no such state".into()))?,
        outcome,
        created: Time::from_millis(raw.created),
        changed: Time::from_millis(raw.changed),
    };
    Ok(StoredItem { item, version: Version::new(raw.version) })
}

fn all(
    connection: &Connection,
    sql: &'static str,
    parameters: impl rusqlite::Params,
) -> Result<Vec<StoredItem>, LedgerError> {
    let mut statement = connection.prepare_cached(sql).map_err(failed(READING))?;
    let rows = statement.query_map(parameters, of_row).map_err(failed(READING))?;
    rows.map(|row| stored(row.map_err(failed(READING))?)).collect()
}

/// See [`keytrail_ledger::Ledger::items`].
pub(crate) fn load(connection: &Connection, ids: &[ItemId]) -> Result<Vec<StoredItem>, LedgerError> {
    let mut found = Vec::with_capacity(ids.len());
    for id in ids {
        found.extend(one(connection, id)?);
    }
    Ok(found)
}

fn one(connection: &Connection, id: &ItemId) -> Result<Option<StoredItem>, LedgerError> {
    let sql = concat!("SELECT ", columns!(), " FROM items WHERE kind = ?1 AND name = ?2");
    let mut statement = connection.prepare_cached(sql).map_err(failed(READING))?;
    let row = statement.query_row(params![id.kind.word(), &*id.name], of_row);
    row.optional().map_err(failed(READING))?.map(stored).transpose()
}

/// See [`keytrail_ledger::Ledger::items_about`].
pub(crate) fn about(
    connection: &Connection,
    subject: &SubjectId,
    kind: ItemKind,
) -> Result<Vec<StoredItem>, LedgerError> {
    let sql = concat!("SELECT ", columns!(), " FROM items WHERE subject = ?1 AND kind = ?2 ORDER BY name");
    all(connection, sql, params![subject.to_string(), kind.word()])
}

/// See [`keytrail_ledger::Ledger::items_of_kind`].
pub(crate) fn of_kind(
    connection: &Connection,
    kind: ItemKind,
    after: Option<&Cursor>,
    limit: usize,
) -> Result<Page<StoredItem>, LedgerError> {
    let sql =
        concat!("SELECT ", columns!(), " FROM items WHERE kind = ?1 AND name > ?2 ORDER BY name LIMIT ?3");
    let after = after.map_or("", |cursor| &*cursor.0);
    let cursor = |last: &Raw| Cursor(last.name.as_str().into());
    page(connection, sql, params![kind.word(), after, rows(limit)], limit, cursor)
}

/// See [`keytrail_ledger::Ledger::due`].
pub(crate) fn due(
    connection: &Connection,
    until: Time,
    after: Option<&Cursor>,
    limit: usize,
) -> Result<Page<StoredItem>, LedgerError> {
    let sql = concat!(
        "SELECT ",
        columns!(),
        " FROM items WHERE due <= ?1 AND (due, kind, name) > (?2, ?3, ?4) ORDER BY due, kind, name LIMIT ?5"
    );
    let (from, kind, name) = after.and_then(|cursor| position(&cursor.0)).unwrap_or((i64::MIN, "", ""));
    let cursor =
        |last: &Raw| Cursor(format!("{}/{}/{}", last.due.unwrap_or_default(), last.kind, last.name).into());
    page(connection, sql, params![until.millis(), from, kind, name, rows(limit)], limit, cursor)
}

/// A page of rows, and where the listing goes on if it is a full one.
fn page(
    connection: &Connection,
    sql: &'static str,
    parameters: impl rusqlite::Params,
    limit: usize,
    cursor: impl Fn(&Raw) -> Cursor,
) -> Result<Page<StoredItem>, LedgerError> {
    let mut statement = connection.prepare_cached(sql).map_err(failed(READING))?;
    let found = statement.query_map(parameters, of_row).map_err(failed(READING))?;
    let found = found.collect::<Result<Vec<Raw>, _>>().map_err(failed(READING))?;
    let next = found.last().filter(|_| found.len() == limit.max(1)).map(cursor);
    let mut page = Page { entries: Vec::with_capacity(found.len()), damaged: Vec::new(), next };
    for raw in found {
        let what = format!("{}/{}", raw.kind, raw.name);
        match stored(raw) {
            Ok(item) => page.entries.push(item),
            Err(error) => page.damaged.push(Damaged::of(what, error)?),
        }
    }
    Ok(page)
}

/// Reads a cursor over due items: when, kind, name.
fn position(cursor: &str) -> Option<(i64, &str, &str)> {
    let (due, item) = cursor.split_once('/')?;
    let (kind, name) = item.split_once('/')?;
    Some((due.parse().ok()?, kind, name))
}

fn rows(limit: usize) -> i64 {
    i64::try_from(limit.max(1)).unwrap_or(i64::MAX)
}

/// Creates an item; false if it is already there.
pub(crate) fn create(connection: &Connection, item: &Item) -> Result<bool, LedgerError> {
    let sql = "INSERT INTO items (kind, name, subject, state, due, outcome, created, changed, version, body)
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10) ON CONFLICT (kind, name) DO NOTHING";
    let id = item.id();
    let mut statement = connection.prepare_cached(sql).map_err(failed(WRITING))?;
    let written = statement.execute(params![
        id.kind.word(),
        &*id.name,
        item.subject.to_string(),
        item.state.word(),
        item.due().map(Time::millis),
        outcome(&id, item.outcome.as_ref())?,
        item.created.millis(),
        item.changed.millis(),
        Version::FIRST.number(),
        form::write_body(&id, &item.body)?,
    ]);
    Ok(written.map_err(failed(WRITING))? == 1)
}

/// Moves an item into another state, on the expected version.
pub(crate) fn change(connection: &Connection, change: &Change, now: Time) -> Result<(), LedgerError> {
    let sql = "UPDATE items SET state = ?4, due = ?5, outcome = ?6, changed = ?7, version = ?8
               WHERE kind = ?1 AND name = ?2 AND version = ?3";
    let Change { item, expected, state, outcome: ended } = change;
    let mut statement = connection.prepare_cached(sql).map_err(failed(WRITING))?;
    let written = statement.execute(params![
        item.kind.word(),
        &*item.name,
        expected.number(),
        state.word(),
        state.due(now).map(Time::millis),
        outcome(item, ended.as_ref())?,
        now.millis(),
        expected.next().number(),
    ]);
    match written.map_err(failed(WRITING))? {
        1 => Ok(()),
        _ => Err(LedgerError::Conflict { what: item.to_string().into() }),
    }
}

fn outcome(id: &ItemId, outcome: Option<&Outcome>) -> Result<Option<String>, LedgerError> {
    let unstorable = |_| LedgerError::Unstorable { what: id.to_string().into(), why: "it has no JSON form" };
    outcome.map(serde_json::to_string).transpose().map_err(unstorable)
}
