//! How the map between KMS keys and log groups bears a hundred thousand log groups on a thousand keys.
//!
//! `bench-kms [LOG_GROUPS] [KEYS]` associates every log group with a key and half of them with another one later,
//! takes in two daily listings of all of them (what a sweep reconciles), asks `impact` of every key and judges
//! everything. It prints times, the peak of memory and the largest document of each kind: none may grow with the
//! number of dependents. Build it with `--release`.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a command prints its result")]

use std::collections::BTreeMap;
use std::process::ExitCode;
use std::time::Instant;

use keytrail_engine::event::{
    Caller, Event, KmsKeyMake, KmsKeyRef, KmsKeyState, LogGroupSeen, LogTargetName, Place, What,
};
use keytrail_engine::ids::RecordId;
use keytrail_engine::impact::{Evidence, Verdict, impact};
use keytrail_engine::judge::judge_all;
use keytrail_engine::policy::Policy;
use keytrail_engine::subject::{Part, SubjectId};
use keytrail_engine::time::{Span, Time};
use keytrail_engine::world::World;

/// 2026-08-01T00:00:00Z.
const START: Time = Time::from_millis(1_785_542_400_000);

fn vouched() -> Evidence {
    Evidence { vouched_since: Some(START), ..Evidence::default() }
}

fn key(number: u32) -> SubjectId {
    let id = format!("{number:08x}-12ab-34cd-56ef-1234567890ab");
    SubjectId::kms_key("aws".into(), "111122223333".into(), "us-east-1".into(), &id.as_str().into())
}

fn group(number: u32) -> LogTargetName {
    LogTargetName::LogGroup(format!("/service/{number}").as_str().into())
}

fn event(record: u64, at: Time, what: What) -> Event {
    Event {
        record: RecordId(record.wrapping_mul(0x9E37_79B9_7F4A_7C15)),
        event_id: None,
        revision: 0,
        time: Some(at),
        place: Place { partition: "aws".into(), account: "111122223333".into(), region: "us-east-1".into() },
        caller: Caller::default(),
        foreign_envelope: false,
        what,
    }
}

/// What happens: keys made, log groups associated, every second one with another key a week later.
fn history(groups: u32, keys: u32) -> impl Iterator<Item = Event> {
    let made = (0..keys).map(move |number| {
        let what = What::KmsKeyCreated {
            key: key(number),
            make: KmsKeyMake::default(),
            state: Some(KmsKeyState::Enabled),
            policy: None,
        };
        event(u64::from(number), START, what)
    });
    let changes = (0..groups).flat_map(move |number| {
        let record = u64::from(keys) + u64::from(number) * 3;
        let associated = |by: u32| What::Associated {
            target: group(number),
            key: KmsKeyRef::Key(key((number + by) % keys)),
        };
        let kept = What::RetentionSet { target: group(number), days: Some(30) };
        let first = [associated(0), kept].into_iter().enumerate();
        let first = first.map(move |(nth, what)| event(record + nth as u64, START + Span::minutes(1), what));
        let second = (number % 2 == 1).then(|| event(record + 2, START + Span::days(7), associated(1)));
        first.chain(second)
    });
    made.chain(changes)
}

/// What a listing shows, `day` days after the start.
fn listing(groups: u32, keys: u32, day: i64) -> impl Iterator<Item = Event> {
    (0..groups).map(move |number| {
        let seen = LogGroupSeen {
            key: Some(KmsKeyRef::Key(key((number + number % 2) % keys))),
            retention_days: Some(30),
            bearer_authentication: None,
        };
        let what = What::LogGroupObserved { target: group(number), seen };
        event(u64::MAX - u64::from(number), START + Span::days(day), what)
    })
}

fn peak_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak =
        status.lines().find_map(|line| line.strip_prefix("VmHWM:")?.trim().strip_suffix(" kB")?.parse().ok());
    peak.unwrap_or_default()
}

/// The largest document of each kind and part, in bytes of JSON.
fn largest(world: &World) -> BTreeMap<String, usize> {
    let mut largest: BTreeMap<String, usize> = BTreeMap::new();
    for document in world.documents() {
        let part = if matches!(document.part, Part::Edge(_)) { "edge" } else { "main" };
        let size = serde_json::to_vec(document).map_or(0, |bytes| bytes.len());
        let held = largest.entry(format!("{}/{part}", document.subject.kind.word())).or_default();
        *held = size.max(*held);
    }
    largest
}

fn timed<T>(what: &str, work: impl FnOnce() -> T) -> T {
    let began = Instant::now();
    let done = work();
    println!("{what:<44} {:>9.3} s   peak {:>7} KiB", began.elapsed().as_secs_f64(), peak_kib());
    done
}

fn run(groups: u32, keys: u32) {
    println!("{groups} log groups on {keys} keys");
    let mut world = World::default();
    timed("take in their history", || history(groups, keys).for_each(|event| world.absorb(&event)));
    for day in [8, 9] {
        timed(&format!("reconcile with a listing of all, day {day}"), || {
            listing(groups, keys, day).for_each(|event| world.absorb(&event));
        });
    }
    let now = START + Span::days(9);
    let (mut used, mut dependents) = (0_u32, 0_usize);
    timed("impact of every key", || {
        for number in 0..keys {
            let found = impact(&key(number), &world, &vouched(), now);
            used += u32::from(found.verdict == Verdict::InUse);
            dependents += found.dependents.len();
        }
    });
    println!("  {used} keys in use, {dependents} dependents");
    timed("impact of one key", || impact(&key(0), &world, &vouched(), now));
    let findings = timed("judge everything", || judge_all(&world, &Policy::default(), now).len());
    println!("  {} documents, {findings} findings", world.len());
    for (kind, size) in largest(&world) {
        println!("  largest {kind:<20} {size:>6} bytes");
    }
}

fn main() -> ExitCode {
    let numbers: Result<Vec<u32>, _> = std::env::args().skip(1).map(|number| number.parse()).collect();
    let (groups, keys) = match numbers.as_deref() {
        Ok([]) => (100_000, 1_000),
        Ok([groups]) => (*groups, 1_000),
        Ok([groups, keys]) if *keys > 0 => (*groups, *keys),
        _ => {
            eprintln!("usage: bench-kms [LOG_GROUPS] [KEYS]");
            return ExitCode::FAILURE;
        }
    };
    run(groups, keys);
    ExitCode::SUCCESS
}
