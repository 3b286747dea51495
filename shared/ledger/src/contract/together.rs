//! Several at once, and things that go wrong.

use keytrail_engine::event::{Event, What};
use keytrail_engine::policy::Policy;
use keytrail_engine::subject::DocumentId;
use keytrail_engine::world::World;

use super::faults::{Fault, Faulty};
use super::recording::{assert_in_line, assert_remembers, judging, put, replayed};
use super::story::{self, START, at, event, user};
use crate::commit::Write;
use crate::error::LedgerError;
use crate::ledger::Ledger;
use crate::record::{judge_again, record, together};

pub async fn concurrent_writers_lose_nothing<L: Ledger>(ledger: &L) {
    let id = DocumentId::main(user("gateway"));
    let events: Vec<Event> =
        (0..15).map(|n| event(n, 1, story::key_created(&format!("ACCA{n}"), "gateway"))).collect();
    let work = events.iter().zip(1..).map(async |(event, seed)| {
        let ledger = Faulty::new(ledger, seed, Fault::None);
        let mut conflicts = 0_usize;
        loop {
            let stored = ledger.load(std::slice::from_ref(&id), START).await.unwrap().pop();
            let mut document = match &stored {
                Some(stored) => stored.document.clone(),
                None => story::document(&id, &[]),
            };
            document.absorb(event);
            let write = Write { document, expected: stored.map(|it| it.version), expires: None };
            match ledger.commit(&story::writing([write])).await {
                Ok(_) => return conflicts,
                Err(LedgerError::Conflict { .. }) => conflicts += 1,
                Err(error) => panic!("{error:?}"),
            }
        }
    });
    let conflicts = together(work.collect()).await;
    assert!(conflicts.iter().sum::<usize>() > 0, "they never met");
    let stored = ledger.load(std::slice::from_ref(&id), START).await.unwrap().remove(0);
    assert_eq!(stored.document, story::document(&id, &events));
    assert_eq!(stored.version.number(), events.len() as u64);
}

pub async fn a_kms_key_and_its_log_target_never_miss_each_other<L: Ledger>(ledger: &L) {
    for seed in 0..48 {
        let (key, group) = (format!("k{seed}"), format!("/g{seed}"));
        let before = match seed % 3 {
            0 => vec![],
            1 => vec![event(1, 0, story::associated(&group, &key))],
            _ => vec![
                event(1, 0, story::associated(&group, &key)),
                event(2, 1, story::deletion_scheduled(&key)),
            ],
        };
        let other: What = match seed % 3 {
            0 => story::associated(&group, &key),
            1 => story::log_group_deleted(&group),
            _ => story::deletion_cancelled(&key),
        };
        let one = vec![event(3, 10, story::deletion_scheduled(&key))];
        let two = vec![event(4, 11, other)];
        put(ledger, &before, at(5)).await;
        let policy = Policy::default();
        let faulty = [Faulty::new(ledger, seed, Fault::None), Faulty::new(ledger, seed + 1_000, Fault::None)];
        let work = faulty.iter().zip([&one, &two]);
        let work = work.map(|(ledger, events)| record(ledger, events, judging(&policy, at(20)))).collect();
        for recorded in together(work).await {
            assert!(recorded.failed.is_empty(), "{:?}", recorded.failed);
        }
        let world = replayed(&[before, one, two].concat());
        assert_remembers(ledger, &world).await;
        assert_in_line(ledger, &world, at(20)).await;
    }
}

pub async fn concurrent_recorders_end_in_the_same_documents<L: Ledger>(ledger: &L) {
    let policy = Policy::default();
    for seed in 0..8 {
        let told = story::story(&format!("s{seed}"));
        let faulty: Vec<_> = (0..4).map(|n| Faulty::new(ledger, seed * 10 + n, Fault::None)).collect();
        let work = faulty.iter().zip(0..).map(async |(ledger, worker)| {
            // Each has most of it, and starts somewhere else.
            let mut mine = told.clone();
            mine.rotate_left(worker * 5);
            mine.truncate(told.len() - 4);
            for batch in mine.chunks(3 + worker) {
                let recorded = record(ledger, batch, judging(&policy, at(300))).await;
                assert!(recorded.failed.is_empty(), "{:?}", recorded.failed);
            }
        });
        together(work.collect()).await;
        let world = replayed(&told);
        assert_remembers(ledger, &world).await;
        swept(ledger, &world).await;
        assert_in_line(ledger, &world, at(300)).await;
    }
}

/// The daily pass: hours and keys are written apart and on no common version, so that a finding about both may wait
/// for it.
async fn swept<L: Ledger>(ledger: &L, world: &World) {
    let policy = Policy::default();
    for document in world.documents() {
        judge_again(ledger, &document.subject, judging(&policy, at(300))).await.unwrap();
    }
}

pub async fn a_failure_at_any_step_loses_nothing<L: Ledger>(ledger: &L) {
    let policy = Policy::default();
    let faults: [fn(usize) -> Fault; 2] = [Fault::From, Fault::AnswerLost];
    for (name, fault) in ["f", "l"].into_iter().zip(faults) {
        for step in 0.. {
            let told = story::story(&format!("{name}{step}"));
            let faulty = Faulty::new(ledger, 0, fault(step));
            let recorded = record(&faulty, &told, judging(&policy, at(300))).await;
            if faulty.calls() <= step {
                assert!(step > 10 && recorded.failed.is_empty(), "{step}: {:?}", recorded.failed);
                break;
            }
            assert!(!recorded.failed.is_empty(), "step {step} failed and nobody was told");
            put(ledger, &told, at(301)).await;
            let world = replayed(&told);
            assert_remembers(ledger, &world).await;
            assert_in_line(ledger, &world, at(301)).await;
        }
    }
}
