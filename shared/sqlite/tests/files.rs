//! Which files are opened, and by whom.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

use std::collections::BTreeSet;
use std::error::Error;
use std::path::PathBuf;

use keytrail_engine::document::Document;
use keytrail_engine::event::{Caller, Event, Place, What};
use keytrail_engine::ids::RecordId;
use keytrail_engine::notice::Notice;
use keytrail_engine::subject::{DocumentId, SubjectId};
use keytrail_engine::time::Time;
use keytrail_engine::trouble::Trouble;
use keytrail_ledger::{Commit, Item, ItemKind, Ledger, LedgerError, Write};
use keytrail_sqlite::{Joined, OpenError, SqliteLedger};
use rusqlite::Connection;

fn folder() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("keys.ktrl");
    (folder, file)
}

fn user(name: &str, record: u64) -> Document {
    let subject = SubjectId::user("aws".into(), "111122223333".into(), &name.into());
    let mut document = Document::empty(&DocumentId::main(subject)).unwrap();
    document.absorb(&Event {
        record: RecordId(record),
        event_id: None,
        revision: 0,
        time: Some(Time::from_millis(1_000)),
        place: Place { partition: "aws".into(), account: "111122223333".into(), region: "us-east-1".into() },
        caller: Caller::default(),
        foreign_envelope: false,
        what: What::UserCreated { user: name.into() },
    });
    document
}

fn chain(error: &dyn Error) -> String {
    error.source().map_or_else(|| error.to_string(), |source| format!("{error}: {}", chain(source)))
}

#[test]
fn what_is_joined_twice_changes_nothing() {
    let (_folder, file) = folder();
    let ledger = SqliteLedger::open(&file).unwrap();
    let (one, two) = (user("gateway", 1), user("billing", 2));
    let created = Joined { created: 2, ..Joined::default() };
    assert_eq!(ledger.join_all([&one, &two]).unwrap(), created);
    assert_eq!(ledger.join_all([&two, &one]).unwrap(), Joined { unchanged: 2, ..Joined::default() });
    let more = user("gateway", 3);
    assert_eq!(ledger.join_all([&more]).unwrap(), Joined { changed: 1, ..Joined::default() });
    drop(ledger);
    let mut world = keytrail_engine::world::World::default();
    [one, two, more].into_iter().for_each(|document| world.add(document));
    assert_eq!(SqliteLedger::open_read_only(&file).unwrap().world().unwrap(), world);
}

#[test]
fn another_programs_files_are_refused_and_left_as_they_are() {
    let (folder, file) = folder();
    std::fs::write(
        &file,
        "not a database at all, but long enough to hold a header of a hundred bytes ".repeat(20),
    )
    .unwrap();
    let other = folder.path().join("other.db");
    Connection::open(&other).unwrap().execute_batch("CREATE TABLE cookies (name TEXT)").unwrap();
    let marked = folder.path().join("marked.db");
    Connection::open(&marked).unwrap().pragma_update(None, "application_id", 7).unwrap();
    for file in [file, other, marked] {
        let before = std::fs::read(&file).unwrap();
        for error in
            [SqliteLedger::open(&file).unwrap_err(), SqliteLedger::open_read_only(&file).unwrap_err()]
        {
            assert!(matches!(error, OpenError::Foreign { .. }), "{}", chain(&error));
            let name = file.display().to_string();
            assert!(
                error.to_string().starts_with(&format!("{name} is not a Keytrail state file")),
                "{error}"
            );
        }
        assert_eq!(std::fs::read(&file).unwrap(), before);
    }
}

#[test]
fn a_newer_layout_is_refused_and_a_newer_minor_one_is_not() {
    let (_folder, file) = folder();
    drop(SqliteLedger::open(&file).unwrap());
    Connection::open(&file).unwrap().pragma_update(None, "user_version", 1_007).unwrap();
    SqliteLedger::open(&file).unwrap();
    Connection::open(&file).unwrap().pragma_update(None, "user_version", 2_000).unwrap();
    let before = std::fs::read(&file).unwrap();
    for error in [SqliteLedger::open(&file).unwrap_err(), SqliteLedger::open_read_only(&file).unwrap_err()] {
        let name = file.display();
        assert_eq!(
            error.to_string(),
            format!(
                "{name} was written by a newer version of Keytrail (layout 2, this one knows 1): upgrade, or replay \
                 into a new file"
            )
        );
    }
    assert_eq!(std::fs::read(&file).unwrap(), before);
}

#[test]
fn an_empty_file_becomes_a_ledger_and_none_is_no_ledger_to_look_at() {
    let (_folder, file) = folder();
    let error = SqliteLedger::open_read_only(&file).unwrap_err();
    assert!(matches!(error, OpenError::Missing { .. }), "{error}");
    std::fs::write(&file, "").unwrap();
    drop(SqliteLedger::open(&file).unwrap());
    assert!(SqliteLedger::open_read_only(&file).unwrap().world().unwrap().is_empty());
}

#[test]
fn who_only_looks_cannot_write() {
    let (_folder, file) = folder();
    drop(SqliteLedger::open(&file).unwrap());
    let looker = SqliteLedger::open_read_only(&file).unwrap();
    let write = Write { document: user("gateway", 1), expected: None, expires: None };
    let commit = Commit { writes: vec![write], ..Commit::at(Time::from_millis(0)) };
    let error = pollster::block_on(looker.commit(&commit)).unwrap_err();
    assert!(matches!(error, LedgerError::Unavailable { .. }), "{error}");
    assert!(chain(&error).contains("reading only"));
}

#[test]
fn a_file_tells_itself_from_every_other() {
    let (folder, file) = folder();
    let other = folder.path().join("other.ktrl");
    let of = |file: &PathBuf| pollster::block_on(SqliteLedger::open(file).unwrap().identity()).unwrap();
    assert_eq!(of(&file), of(&file));
    assert_ne!(of(&file), of(&other));
}

fn notice(number: u8) -> Item {
    let subject = SubjectId::user("aws".into(), "111122223333".into(), &"gateway".into());
    let trouble = Trouble::Damaged { what: number.to_string().into(), why: "a test".into() };
    let at = Time::from_millis(i64::from(number));
    Item::notice(subject.clone(), Notice::trouble(at, subject, trouble), at)
}

#[test]
fn a_damaged_item_holds_up_no_other() {
    let (_folder, file) = folder();
    let ledger = SqliteLedger::open(&file).unwrap();
    let items: Vec<Item> = (0..9).map(notice).collect();
    pollster::block_on(ledger.commit(&Commit { items: items.clone(), ..Commit::at(Time::from_millis(0)) }))
        .unwrap();
    let damaged: BTreeSet<String> = [0, 3, 4, 8].map(|n: usize| items[n].id().to_string()).into();
    let connection = Connection::open(&file).unwrap();
    for (n, damage) in
        [(0, "body = '{'"), (3, "state = 'asleep'"), (4, "subject = 'x'"), (8, "outcome = '{}'")]
    {
        let sql = format!("UPDATE items SET {damage} WHERE name = ?1");
        assert_eq!(connection.execute(&sql, [&*items[n].id().name]).unwrap(), 1);
    }
    for limit in [1, 2, 4, 9, 100] {
        let (mut found, mut named, mut after) = (BTreeSet::new(), BTreeSet::new(), None);
        for round in 0..20 {
            let page = pollster::block_on(ledger.due(Time::from_millis(100), after.as_ref(), limit)).unwrap();
            found.extend(page.entries.iter().map(|stored| stored.item.id().to_string()));
            named.extend(page.damaged.iter().map(|it| it.what.to_string()));
            after = page.next;
            if after.is_none() {
                break;
            }
            assert!(round < 15, "it ends");
        }
        assert_eq!(named, damaged, "limit {limit}");
        assert_eq!((found.len(), found.is_disjoint(&damaged)), (5, true), "limit {limit}");
    }
    let page = pollster::block_on(ledger.items_of_kind(ItemKind::Notice, None, 100)).unwrap();
    assert_eq!((page.entries.len(), page.damaged.len()), (5, 4));
}
