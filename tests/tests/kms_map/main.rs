//! The map between KMS keys and log targets, held against an oracle that sees the same history in order.
//!
//! The oracle (`oracle.rs`) is separate, simple code: it keeps what was written under which key as it happens. The map
//! is made of documents, into which the same events come in any order, repeated.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may fail by panicking"
)]

mod history;
mod oracle;

use std::collections::BTreeMap;

use keytrail_engine::dependents::{Need, dependents, last_hope_of, protectors, recoverable_from, relatives};
use keytrail_engine::document::Deletion;
use keytrail_engine::event::Event;
use keytrail_engine::rescue::left_disabled;
use keytrail_engine::subject::SubjectId;
use keytrail_engine::time::{Span, Time};
use keytrail_engine::world::World;
use keytrail_testkit::random::Random;
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestCaseError;

use history::{History, history, keys, targets};
use oracle::Oracle;

/// The events, some of them repeated, in an order that the seed names.
fn delivered(events: &[Event], seed: u64) -> World {
    let mut random = Random::new(seed);
    let mut order: Vec<&Event> = events.iter().collect();
    for event in events {
        if random.below(3) == 0 {
            order.push(event);
        }
    }
    random.shuffle(&mut order);
    // Two workers, put together.
    let mut parts = [World::default(), World::default()];
    for event in order {
        parts[random.below(2) as usize].absorb(event);
    }
    let [mut one, other] = parts;
    one.join(other);
    one
}

type Needs = BTreeMap<(SubjectId, SubjectId), Need>;

fn of_keys(world: &World, now: Time) -> Needs {
    let of = |key: SubjectId| {
        dependents(&key, world, now).into_iter().map(move |it| ((key.clone(), it.target), it.need))
    };
    keys().into_iter().flat_map(of).collect()
}

fn of_targets(world: &World, now: Time) -> Needs {
    let of = |target: SubjectId| {
        protectors(&target, world, now).into_iter().map(move |it| ((it.key, target.clone()), it.need))
    };
    targets().into_iter().flat_map(of).collect()
}

fn equal(world: &World, oracle: &Oracle, now: Time) -> Result<(), TestCaseError> {
    let expected = oracle.needs(now);
    prop_assert_eq!(&of_keys(world, now), &expected, "keys at {}", now);
    prop_assert_eq!(&of_targets(world, now), &expected, "targets at {}", now);
    for key in keys() {
        let facts = world.kms_key(&key).cloned().unwrap_or_default();
        let expected = oracle.key(&key);
        let deletion = match facts.deletion(now) {
            Deletion::No => "no",
            Deletion::Scheduled { date: Some(_), .. } => "scheduled",
            Deletion::Scheduled { date: None, .. } => "waits",
            Deletion::Contested => "contested",
            Deletion::Done(_) => "done",
        };
        prop_assert_eq!(deletion, expected.deletion, "{} at {}", key, now);
        if deletion != "done" {
            prop_assert_eq!(facts.state(now), expected.state, "{} at {}", key, now);
        }
        // Once its deletion was scheduled: whether a rescue would enable it.
        if let Some(enable) = expected.enable {
            prop_assert_eq!(left_disabled(&facts, now).is_none(), enable, "{} at {}", key, now);
        }
    }
    Ok(())
}

/// Kinship has no moment: keys that have the same material once have it for ever.
fn same_kin(world: &World, oracle: &Oracle, now: Time) -> Result<(), TestCaseError> {
    for key in keys() {
        prop_assert_eq!(relatives(&key, world), oracle.relatives(&key), "{}", key);
        let left = recoverable_from(&key, world, now);
        prop_assert_eq!(left, oracle.recoverable_from(&key), "{} at {}", key, now);
        let hope = last_hope_of(&key, world, now).into_iter();
        let hope = hope.flat_map(|(kin, needs)| needs.into_iter().map(move |it| (kin.clone(), it.target)));
        prop_assert_eq!(hope.collect::<Vec<_>>(), oracle.last_hope_of(&key, now), "{} at {}", key, now);
    }
    Ok(())
}

/// The moments at which something may turn, from one moment to before another.
fn moments(oracle: &Oracle, from: Time, before: Time) -> Vec<Time> {
    let second = Span::seconds(1);
    let mut all = vec![from, from + Span::seconds(299), from + Span::seconds(300), before - second];
    for need in oracle.needs(from).values() {
        if let Need::Until { until, .. } = need {
            all.extend([*until - second, *until, *until + second]);
        }
    }
    all.retain(|at| (from..before).contains(at));
    all
}

/// Far enough ahead that everything that expires has expired.
const LATER: Span = Span::days(9_999);

fn every_moment(history: &History, seed: u64) -> Result<(), TestCaseError> {
    let mut oracle = Oracle::default();
    for (index, event) in history.events.iter().enumerate() {
        oracle.see(event);
        let world = delivered(&history.events[..=index], seed.wrapping_add(index as u64));
        let from = event.time.unwrap();
        let next = history.events.get(index + 1).map_or(from + LATER, |next| next.time.unwrap());
        for now in moments(&oracle, from, next) {
            equal(&world, &oracle, now)?;
        }
        same_kin(&world, &oracle, from)?;
    }
    Ok(())
}

/// A need as a moment: the longer the later.
fn length(need: Option<&Need>) -> Time {
    match need {
        None => Time::from_millis(i64::MIN),
        Some(Need::Until { until, .. }) => *until,
        Some(Need::Now { .. } | Need::ForEver { .. }) => Time::from_millis(i64::MAX),
    }
}

fn cases(least: u32) -> ProptestConfig {
    ProptestConfig { cases: ProptestConfig::default().cases.max(least), ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(cases(1_500))]

    /// At every moment of a history, however it was delivered, the map is the oracle's.
    #[test]
    fn the_map_is_the_oracles_at_every_moment(history in history(24), seed: u64) {
        every_moment(&history, seed)?;
    }

    /// Who knows the whole history can ask about every moment of it.
    #[test]
    fn the_past_is_what_it_was(history in history(24), seed: u64) {
        let told: Vec<Event> = history.events.iter().filter(|event| !history::listing(event)).cloned().collect();
        let world = delivered(&told, seed);
        for event in &told {
            let now = event.time.unwrap();
            let mut oracle = Oracle::default();
            let horizon = now + Span::minutes(15);
            told.iter().filter(|event| event.time.unwrap() <= horizon).for_each(|event| oracle.see(event));
            equal(&world, &oracle, now)?;
        }
    }

    /// A history that is longer than what is kept of it, with changes in one second and listings of names that were
    /// used before: nothing that is needed is ever said to be free.
    #[test]
    fn what_is_forgotten_makes_no_key_free(history in history::crowded(160), seed: u64) {
        let mut oracle = Oracle::default();
        history.events.iter().for_each(|event| oracle.see(event));
        let world = delivered(&history.events, seed);
        let Some(last) = history.events.last() else { return Ok(()) };
        let from = last.time.unwrap();
        for now in moments(&oracle, from, from + LATER) {
            let said = of_keys(&world, now);
            for (pair, need) in oracle.needs(now) {
                prop_assert!(
                    length(said.get(&pair)) >= length(Some(&need)),
                    "{:?} needs {:?} and the map says {:?} at {}", pair, need, said.get(&pair), now
                );
            }
        }
    }
}

#[test]
fn histories_have_every_kind_of_need() {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let (mut seen, mut rescued) = ([0_u32; 5], [0_u32; 2]);
    for _ in 0..600 {
        let history = history(24).new_tree(&mut runner).unwrap().current();
        let mut oracle = Oracle::default();
        for event in &history.events {
            oracle.see(event);
            for need in oracle.needs(event.time.unwrap()).values() {
                seen[match need {
                    Need::Now { pending: true, .. } => 0,
                    Need::Now { pending: false, .. } => 1,
                    Need::Until { .. } => 2,
                    Need::ForEver { .. } => 3,
                }] += 1;
            }
            for enable in keys().iter().filter_map(|key| oracle.key(key).enable) {
                rescued[usize::from(enable)] += 1;
            }
            seen[4] += u32::from(keys().iter().any(|key| !oracle.relatives(key).is_empty()));
        }
    }
    assert!(seen.iter().all(|count| *count > 30), "{seen:?}");
    assert!(rescued.iter().all(|count| *count > 10), "{rescued:?}");
}
