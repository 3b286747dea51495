//! Lookers and writers of one file at once.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::sync::Barrier;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use keytrail_engine::document::Document;
use keytrail_engine::event::{Caller, Event, Place, What};
use keytrail_engine::ids::RecordId;
use keytrail_engine::subject::{DocumentId, SubjectId};
use keytrail_engine::time::Time;
use keytrail_ledger::{Commit, Ledger, LedgerError, Write};
use keytrail_sqlite::SqliteLedger;
use rusqlite::Connection;

const NOW: Time = Time::from_millis(1_785_542_400_000);

fn user(name: &str, tags: u64) -> Document {
    let subject = SubjectId::user("aws".into(), "111122223333".into(), &name.into());
    let mut document = Document::empty(&DocumentId::main(subject)).unwrap();
    for tag in 0..tags {
        document.absorb(&Event {
            record: RecordId(tag),
            event_id: None,
            revision: 0,
            time: Some(NOW),
            place: Place {
                partition: "aws".into(),
                account: "111122223333".into(),
                region: "us-east-1".into(),
            },
            caller: Caller::default(),
            foreign_envelope: false,
            what: What::UserTagged {
                user: name.into(),
                tag: "tag".into(),
                value: Some(tag.to_string().into()),
            },
        });
    }
    document
}

#[test]
fn a_looker_sees_what_was_committed_while_a_transaction_is_open() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("state.ktrl");
    let ledger = SqliteLedger::open(&file).unwrap();
    ledger.join_all([&user("gateway", 1)]).unwrap();

    let slow = Connection::open(&file).unwrap();
    slow.execute_batch("BEGIN IMMEDIATE; DELETE FROM documents;").unwrap();
    let looker = SqliteLedger::open_read_only(&file).unwrap();
    let begun = Instant::now();
    assert_eq!(looker.world().unwrap().len(), 1);
    assert_eq!(ledger.world().unwrap().len(), 1, "the writer's own readers too");
    assert!(begun.elapsed() < Duration::from_secs(2), "nobody waited");
    slow.execute_batch("COMMIT").unwrap();
    assert!(looker.world().unwrap().is_empty());
}

#[test]
fn lookers_see_whole_transactions_while_a_writer_works() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("state.ktrl");
    let ledger = SqliteLedger::open(&file).unwrap();
    let names: Vec<String> = (0..20).map(|n| format!("u{n}")).collect();
    let all = |tags| names.iter().map(|name| user(name, tags)).collect::<Vec<_>>();
    ledger.join_all(&all(1)).unwrap();
    let (done, begin) = (AtomicBool::new(false), Barrier::new(3));
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                let looker = SqliteLedger::open_read_only(&file).unwrap();
                begin.wait();
                let mut last = 0;
                while !done.load(Ordering::Relaxed) {
                    let world = looker.world().unwrap();
                    let states: Vec<String> =
                        world.documents().map(|it| serde_json::to_string(&it.facts).unwrap()).collect();
                    assert_eq!(states.len(), names.len());
                    assert!(states.iter().all(|state| *state == states[0]), "a transaction by halves");
                    assert!(states[0].len() >= last, "time went back");
                    last = states[0].len();
                }
            });
        }
        begin.wait();
        for tags in 2..40 {
            ledger.join_all(&all(tags)).unwrap();
        }
        done.store(true, Ordering::Relaxed);
    });
}

#[test]
fn writers_wait_for_each_other() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("state.ktrl");
    drop(SqliteLedger::open(&file).unwrap());
    let each = 25;
    thread::scope(|scope| {
        for writer in 0..4 {
            let file = &file;
            scope.spawn(move || {
                // As another process would: with connections of its own.
                let ledger = SqliteLedger::open(file).unwrap();
                for n in 0..each {
                    let document = user(&format!("w{writer}-{n}"), 1);
                    let mine = Write { document, expected: None, expires: None };
                    let commit = Commit { writes: vec![mine], ..Commit::at(NOW) };
                    pollster::block_on(ledger.commit(&commit)).unwrap();
                    bump(&ledger);
                }
            });
        }
    });
    let ledger = SqliteLedger::open(&file).unwrap();
    assert_eq!(ledger.world().unwrap().len(), 4 * each + 1);
    let shared = pollster::block_on(ledger.load(&[user("shared", 0).id()], NOW)).unwrap().remove(0);
    assert_eq!(shared.version.number(), 4 * each as u64, "no write on an old version");
}

/// Writes the same document as everybody else.
fn bump(ledger: &SqliteLedger) {
    loop {
        let document = user("shared", 0);
        let stored = pollster::block_on(ledger.load(&[document.id()], NOW)).unwrap().pop();
        let expected = stored.map(|stored| stored.version);
        let write = Write { document, expected, expires: None };
        match pollster::block_on(ledger.commit(&Commit { writes: vec![write], ..Commit::at(NOW) })) {
            Ok(_) => return,
            Err(LedgerError::Conflict { .. }) => {}
            Err(error) => panic!("{error}"),
        }
    }
}
