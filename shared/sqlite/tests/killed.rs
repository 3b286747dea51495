//! A writer that is killed at any moment leaves a file that opens, is sound, holds everything that was reported as
//! committed, and nothing by halves.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test fails by panicking, and its child reports"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use keytrail_engine::document::Document;
use keytrail_engine::event::{Caller, Event, Place, What};
use keytrail_engine::finding::{Finding, FindingId, Severity};
use keytrail_engine::ids::RecordId;
use keytrail_engine::subject::{DocumentId, SubjectId};
use keytrail_engine::time::Time;
use keytrail_ledger::{Commit, Item, ItemKind, Ledger, Write};
use keytrail_sqlite::SqliteLedger;
use rusqlite::Connection;

/// Steps of the work. Every tenth is a bulk join, the others are commits of two documents and an item.
const STEPS: u64 = 400;
const NOW: Time = Time::from_millis(1_785_542_400_000);

const FILE: &str = "KEYTRAIL_KILLED_FILE";
const FROM: &str = "KEYTRAIL_KILLED_FROM";

fn user(name: &str) -> SubjectId {
    SubjectId::user("aws".into(), "111122223333".into(), &name.into())
}

fn learn(document: &mut Document, step: u64) {
    let user = (&*document.subject.name).into();
    document.absorb(&Event {
        record: RecordId(step),
        event_id: None,
        revision: 0,
        time: Some(NOW),
        place: Place { partition: "aws".into(), account: "111122223333".into(), region: "us-east-1".into() },
        caller: Caller::default(),
        foreign_envelope: false,
        what: What::UserTagged { user, tag: "step".into(), value: Some(step.to_string().into()) },
    });
}

fn work(ledger: &SqliteLedger, step: u64) {
    if step % 10 == 9 {
        let documents: Vec<Document> = (0..60).map(|n| learnt(&format!("bulk{n}"), step)).collect();
        ledger.join_all(&documents).unwrap();
        return;
    }
    let mut commit = Commit::at(NOW);
    for side in ["left", "right"] {
        let id = DocumentId::main(user(&format!("{side}{}", step % 7)));
        let stored = pollster::block_on(ledger.load(std::slice::from_ref(&id), NOW)).unwrap().pop();
        let expected = stored.as_ref().map(|stored| stored.version);
        let mut document = stored.map_or_else(|| Document::empty(&id).unwrap(), |stored| stored.document);
        learn(&mut document, step);
        commit.writes.push(Write { document, expected, expires: None });
    }
    commit.items.push(Item::finding(finding(step), NOW));
    pollster::block_on(ledger.commit(&commit)).unwrap();
}

fn learnt(name: &str, step: u64) -> Document {
    let mut document = Document::empty(&DocumentId::main(user(name))).unwrap();
    learn(&mut document, step);
    document
}

fn finding(step: u64) -> Finding {
    let subject = user(&format!("left{}", step % 7));
    Finding {
        id: FindingId::of("rule", &subject, &step.to_string()),
        rule: "rule".into(),
        severity: Severity::Info,
        subject,
        what: "what".into(),
        why: "why".into(),
        since: None,
        settles: None,
        evidence: Vec::new(),
        next: Vec::new(),
        remedy: None,
        objection: None,
        deadline: None,
        mark: None,
    }
}

/// Not a test of its own: the writer that the test below starts as a process and kills.
#[test]
fn writer() {
    let (Ok(file), Ok(from)) = (std::env::var(FILE), std::env::var(FROM)) else { return };
    let ledger = SqliteLedger::open(file).unwrap();
    for step in from.parse().unwrap()..STEPS {
        work(&ledger, step);
        // A line of its own: the test harness writes to the same output.
        println!("\ncommitted {step}");
        std::io::stdout().flush().unwrap();
    }
}

/// Starts the writer, and passes on what it reports until its end.
fn start(file: &Path, from: u64) -> (Child, Receiver<u64>) {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "writer", "--nocapture"])
        .env(FILE, file)
        .env(FROM, from.to_string())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let (sender, receiver) = channel();
    std::thread::spawn(move || {
        for line in lines.map_while(Result::ok) {
            let step = line.strip_prefix("committed ").map(|step| step.parse().unwrap());
            step.into_iter().for_each(|step| sender.send(step).unwrap_or_default());
        }
    });
    (child, receiver)
}

/// A little disorder, the same in each run.
fn next(state: &mut u64) -> u64 {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    *state
}

fn assert_sound(file: &Path, committed: Option<u64>) {
    let ledger = SqliteLedger::open(file).unwrap();
    let world = ledger.world().unwrap();
    let text =
        |document: &Document| (document.subject.name.to_string(), serde_json::to_string(document).unwrap());
    let texts: BTreeMap<String, String> = world.documents().map(text).collect();
    let findings =
        pollster::block_on(ledger.items_of_kind(ItemKind::Finding, None, 100_000)).unwrap().entries;
    let fired: BTreeSet<Box<str>> = findings.into_iter().map(|it| it.item.id().name).collect();
    let fired = |step: u64| fired.contains(finding(step).id.as_str());
    let knows = |name: &str, step| texts.get(name).is_some_and(|text| text.contains(&format!("\"{step}\"")));
    for step in 0..STEPS {
        if step % 10 == 9 {
            let known = (0..60).filter(|n| knows(&format!("bulk{n}"), step)).count();
            assert!(known == 0 || known == 60, "step {step}: {known} of a transaction's documents");
            assert!(known == 60 || committed.is_none_or(|last| step > last), "step {step} is lost");
            continue;
        }
        let sides = ["left", "right"].map(|side| knows(&format!("{side}{}", step % 7), step));
        assert!(sides == [fired(step); 2], "step {step} by halves: {sides:?}, finding {}", fired(step));
        assert!(fired(step) || committed.is_none_or(|last| step > last), "step {step} is lost");
    }
    drop(ledger);
    let check: String =
        Connection::open(file).unwrap().query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
    assert_eq!(check, "ok");
}

#[test]
fn a_writer_that_is_killed_at_any_moment_leaves_no_half_done_work() {
    let folder = tempfile::tempdir().unwrap();
    let (killed, whole) = (folder.path().join("killed.ktrl"), folder.path().join("whole.ktrl"));
    let mut disorder = 0x5eed_u64;
    let (mut committed, mut kills) = (None::<u64>, 0);
    loop {
        let from = committed.map_or(0, |last| last + 1);
        let (mut child, reports) = start(&killed, from);
        // Some are killed while they open the file, most while they write.
        let steps = next(&mut disorder) % 24;
        for step in reports.iter().take(usize::try_from(steps).unwrap()) {
            committed = Some(step);
        }
        std::thread::sleep(Duration::from_micros(next(&mut disorder) % 6_000));
        let ended = child.try_wait().unwrap();
        child.kill().unwrap();
        child.wait().unwrap();
        committed = reports.iter().last().or(committed);
        if let Some(status) = ended {
            assert!(status.success(), "the writer failed by itself");
            break;
        }
        kills += 1;
        assert_sound(&killed, committed);
    }
    assert!(kills > 15, "only {kills} kills");

    let ledger = SqliteLedger::open(&whole).unwrap();
    (0..STEPS).for_each(|step| work(&ledger, step));
    let killed = SqliteLedger::open(&killed).unwrap();
    assert_eq!(killed.world().unwrap(), ledger.world().unwrap());
    let items =
        |ledger: &SqliteLedger| pollster::block_on(ledger.items_of_kind(ItemKind::Finding, None, 100_000));
    assert_eq!(items(&killed).unwrap(), items(&ledger).unwrap());
}

#[test]
fn a_writer_that_is_killed_while_it_makes_the_file_leaves_one_that_opens() {
    let folder = tempfile::tempdir().unwrap();
    let mut disorder = 0xfeed_u64;
    for round in 0..20 {
        let file = folder.path().join(format!("{round}.ktrl"));
        let (mut child, _reports) = start(&file, STEPS);
        // Until there is something to be cut off in the middle of.
        while !file.exists() && child.try_wait().unwrap().is_none() {
            std::thread::yield_now();
        }
        std::thread::sleep(Duration::from_micros(next(&mut disorder) % 4_000));
        child.kill().unwrap();
        child.wait().unwrap();
        let ledger = SqliteLedger::open(&file).unwrap();
        (0..3).for_each(|step| work(&ledger, step));
    }
}
