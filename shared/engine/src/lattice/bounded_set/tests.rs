use std::collections::BTreeMap;

use proptest::prelude::*;

use super::super::laws::{self, Absorb};
use super::*;

type Fact = (i64, String);

impl<const K: usize> Absorb<Fact> for BoundedSet<String, K> {
    fn take(&mut self, (millis, value): &Fact) -> bool {
        self.absorb(Time::from_millis(*millis), value.as_str())
    }
}

/// The same set without a bound: each value's first and last.
fn unbounded<'a>(facts: impl IntoIterator<Item = &'a Fact>) -> BTreeMap<&'a str, (Time, Time)> {
    let mut all = BTreeMap::new();
    for (millis, value) in facts {
        let at = Time::from_millis(*millis);
        let seen = all.entry(value.as_str()).or_insert((at, at));
        *seen = (seen.0.min(at), seen.1.max(at));
    }
    all
}

/// Every answer that the set gives, against the set that forgets nothing.
fn answers_as_stated<const K: usize>(
    set: &BoundedSet<String, K>,
    facts: &[Fact],
) -> Result<(), TestCaseError> {
    let all = unbounded(facts);
    let mut firsts: Vec<_> = all.iter().map(|(value, seen)| (seen.0, *value)).collect();
    let mut lasts: Vec<_> = all.iter().map(|(value, seen)| (seen.1, *value)).collect();
    firsts.sort();
    lasts.sort_by(|a, b| b.cmp(a));
    firsts.truncate(K);
    lasts.truncate(K);
    let plain =
        |held: Vec<(Time, &String)>| held.iter().map(|(at, v)| (*at, v.to_string())).collect::<Vec<_>>();
    let owned = |held: &[(Time, &str)]| held.iter().map(|(at, v)| (*at, v.to_string())).collect::<Vec<_>>();
    prop_assert_eq!(plain(set.earliest()), owned(&firsts));
    prop_assert_eq!(plain(set.latest()), owned(&lasts));

    let exact = all.len() <= Sketch::<10>::EXACT;
    let mut held = 0;
    for (value, _) in all.iter() {
        let first = firsts.iter().find(|(_, v)| v == value).map(|(at, _)| *at);
        let last = lasts.iter().find(|(_, v)| v == value).map(|(at, _)| *at);
        held += usize::from(first.is_some() || last.is_some());
        let expected = if exact || first.is_some() || last.is_some() {
            Answer::Yes { first, last }
        } else {
            Answer::Unknown
        };
        prop_assert_eq!(set.contains(*value), expected, "{}", value);
    }
    prop_assert_eq!(set.contains("never seen"), if exact { Answer::No } else { Answer::Unknown });
    prop_assert_eq!(set.values().len(), held);
    prop_assert_eq!(set.is_complete(), held == all.len());
    match set.count() {
        Count::Exact(n) => prop_assert_eq!(n, all.len() as u64),
        Count::About(_) => prop_assert!(!exact),
    }
    if let Some(since) = set.others_since() {
        for (value, (first, _)) in all {
            prop_assert!(firsts.contains(&(first, value)) || first >= since);
        }
    }
    Ok(())
}

proptest! {
    #[test]
    fn a_small_set_answers_as_stated_in_any_order(
        deliveries in laws::deliveries((0_i64..12, "[a-h]"), 0..20)
    ) {
        let facts = &deliveries.facts;
        answers_as_stated(&laws::converges::<BoundedSet<String, 1>, _>(&deliveries)?, facts)?;
        answers_as_stated(&laws::converges::<BoundedSet<String, 3>, _>(&deliveries)?, facts)?;
        answers_as_stated(&laws::converges::<BoundedSet<String>, _>(&deliveries)?, facts)?;
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Up to some 130 distinct values: past the exact part of the sketch.
    #[test]
    fn a_crowded_set_answers_as_stated_in_any_order(
        deliveries in laws::deliveries((0_i64..50, "[a-o][a-j]"), 60..260)
    ) {
        let facts = &deliveries.facts;
        answers_as_stated(&laws::converges::<BoundedSet<String, 2>, _>(&deliveries)?, facts)?;
        answers_as_stated(&laws::converges::<BoundedSet<String>, _>(&deliveries)?, facts)?;
        answers_as_stated(&laws::converges::<BoundedSet<String, 40>, _>(&deliveries)?, facts)?;
    }

    /// What a version with another K has written is read, and no answer from then on is a lie.
    #[test]
    fn another_bound_is_read_without_a_lie(
        old in prop::collection::vec((0_i64..12, "[a-j]"), 0..20),
        new in prop::collection::vec((0_i64..12, "[a-m]"), 0..20),
    ) {
        tells_no_lies::<2, 5>(&old, &new)?;
        tells_no_lies::<5, 2>(&old, &new)?;
    }
}

fn tells_no_lies<const THEN: usize, const NOW: usize>(
    old: &[Fact],
    new: &[Fact],
) -> Result<(), TestCaseError> {
    let mut written = BoundedSet::<String, THEN>::default();
    let mut fresh = BoundedSet::<String, NOW>::default();
    old.iter().for_each(|fact| _ = written.take(fact));
    new.iter().for_each(|fact| _ = fresh.take(fact));
    let json = serde_json::to_string(&written).unwrap();
    let read: BoundedSet<String, NOW> = serde_json::from_str(&json).unwrap();

    let mut absorbed = read.clone();
    new.iter().for_each(|fact| _ = absorbed.take(fact));
    let mut joined = read.clone();
    joined.join(&fresh);
    let mut other_way = fresh;
    other_way.join(&read);

    let all = unbounded(old.iter().chain(new));
    for set in [absorbed, joined, other_way] {
        for value in ('a'..='n').map(String::from) {
            let truth = all.get(value.as_str());
            match (set.contains(&value), truth) {
                (Answer::Yes { first, last }, Some(truth)) => {
                    prop_assert!(first.is_none_or(|first| first == truth.0), "{value}: {set:?}");
                    prop_assert!(last.is_none_or(|last| last == truth.1), "{value}: {set:?}");
                }
                (Answer::No, None) | (Answer::Unknown, _) => {}
                (said, truth) => prop_assert!(false, "{value}: said {said:?}, truly {truth:?}"),
            }
        }
        prop_assert_eq!(set.count(), Count::Exact(all.len() as u64));
        prop_assert!(set.earliest().len() <= NOW && set.latest().len() <= NOW);
    }
    Ok(())
}

#[test]
fn a_value_that_came_back_has_no_first_that_was_forgotten() {
    let mut set = BoundedSet::<String, 1>::default();
    for (millis, value) in [(1, "a"), (2, "b"), (3, "c"), (4, "b")] {
        set.absorb(Time::from_millis(millis), value);
    }
    assert_eq!(set.contains("b"), Answer::Yes { first: None, last: Some(Time::from_millis(4)) });
    assert_eq!(set.contains("c"), Answer::Yes { first: None, last: None }, "its hash is still there");
    assert_eq!(set.contains("d"), Answer::No);
    assert_eq!(set.others_since(), Some(Time::from_millis(1)));
}

#[test]
fn json_holds_no_sketch_while_every_value_is_held() {
    let mut set = BoundedSet::<String, 1>::default();
    set.absorb(Time::from_millis(0), "a");
    assert_eq!(
        serde_json::to_string(&set).unwrap(),
        r#"{"values":[{"value":"a","first":"1970-01-01T00:00:00Z","last":"1970-01-01T00:00:00Z"}]}"#
    );
    set.absorb(Time::from_millis(1_000), "b");
    set.absorb(Time::from_millis(2_000), "c");
    let json = serde_json::to_value(&set).unwrap();
    assert_eq!(json["values"].as_array().unwrap().len(), 2);
    assert_eq!(json["distinct"]["exact"].as_str().unwrap().len(), 32, "three hashes");
}

#[test]
fn a_broken_document_is_put_in_order() {
    let read: BoundedSet<String, 2> = serde_json::from_str(
        r#"{"values":[{"value":"b","last":"1970-01-01T00:00:09Z"},{"value":"a"},
            {"value":"b","first":"1970-01-01T00:00:01Z","last":"1970-01-01T00:00:01Z"}]}"#,
    )
    .unwrap();
    assert_eq!(read.values().len(), 1);
    assert_eq!(read.count(), Count::Exact(2), "a value without a moment still counts");
    assert_eq!(
        read.contains("b"),
        Answer::Yes { first: Some(Time::from_millis(1_000)), last: Some(Time::from_millis(9_000)) }
    );
    assert_eq!(serde_json::from_str::<BoundedSet<String>>("{}").unwrap(), BoundedSet::default());
}
