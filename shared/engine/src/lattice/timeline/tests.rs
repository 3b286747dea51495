use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::super::laws::{self, Absorb};
use super::super::register::Reading;
use super::*;
use crate::time::Span;

type Fact = (i64, u64, u8, u8);

impl<const K: usize> Absorb<Fact> for Timeline<u8, K> {
    fn take(&mut self, &(millis, record, revision, value): &Fact) -> bool {
        self.absorb(Time::from_millis(millis), RecordId(record), revision, &value)
    }
}

/// Facts crowded enough to repeat, contest, correct, and overflow a small timeline.
fn facts() -> impl Strategy<Value = laws::Deliveries<Fact>> {
    laws::deliveries((-2_000_i64..9_000, 0_u64..6, 0_u8..3, 0_u8..3), 0..24)
}

/// The same history without a bound.
fn unbounded(facts: &[Fact]) -> Vec<Entry<u8>> {
    let mut all: BTreeMap<Key, (u8, u8)> = BTreeMap::new();
    for &(millis, record, revision, value) in facts {
        let held = all.entry((Time::from_millis(millis).floor_second(), RecordId(record))).or_default();
        *held = (*held).max((revision, value));
    }
    let entry = |((at, record), (revision, value))| Entry { at, record, revision, value };
    all.into_iter().map(entry).collect()
}

fn keeps_both_ends<const K: usize>(deliveries: &laws::Deliveries<Fact>) -> Result<(), TestCaseError> {
    let timeline = laws::converges::<Timeline<u8, K>, _>(deliveries)?;
    let all = unbounded(&deliveries.facts);
    prop_assert_eq!(timeline.overflowed(), all.len() > 2 * K);
    if all.len() <= 2 * K {
        prop_assert_eq!(&timeline.entries, &all);
    } else {
        let (low, high) = timeline.entries.split_at(K);
        prop_assert_eq!(low, &all[..K]);
        prop_assert_eq!(high, &all[all.len() - K..]);
    }
    Ok(())
}

/// Without moving corrections, no bounded answer is wrong: it is what the unbounded one says, or unknown.
fn tells_no_lies<const K: usize>(facts: &[Fact]) -> Result<(), TestCaseError> {
    let mut timeline = Timeline::<u8, K>::default();
    let mut whole = Timeline::<u8, 1_000>::default();
    for fact in facts {
        timeline.take(fact);
        whole.take(fact);
    }
    for half_second in -6_i64..22 {
        let time = Time::from_millis(half_second * 500);
        let (said, truth) = (timeline.value_at(time), whole.value_at(time));
        prop_assert!(said == truth || said == Reading::Unknown, "{time}: {said:?}, truly {truth:?}");
        if !timeline.overflowed() {
            prop_assert_eq!(said, truth);
        }
        prop_assert!(whole.contested_at(time) || !timeline.contested_at(time));
        for length in [0, 500, 2_000, 5_000] {
            let until = Time::from_millis(time.millis() + length);
            let forgotten = whole.between(time, until).count() > timeline.between(time, until).count();
            prop_assert!(timeline.may_have_forgotten(time, until) || !forgotten, "{time} to {until}");
            if timeline.certainly(time, until, |value| *value > 0) {
                prop_assert!(whole.certainly(time, until, |value| *value > 0), "{time} to {until}");
            }
        }
    }
    Ok(())
}

proptest! {
    #[test]
    fn both_ends_are_kept_in_any_order(deliveries in facts()) {
        keeps_both_ends::<1>(&deliveries)?;
        keeps_both_ends::<3>(&deliveries)?;
        keeps_both_ends::<16>(&deliveries)?;
    }

    #[test]
    fn a_bounded_answer_is_the_whole_answer_or_unknown(
        facts in prop::collection::vec((-2_000_i64..9_000, 0_u8..3), 0..24)
    ) {
        let facts: Vec<Fact> =
            facts.iter().zip(0..).map(|(&(millis, value), record)| (millis, record, 0, value)).collect();
        tells_no_lies::<1>(&facts)?;
        tells_no_lies::<3>(&facts)?;
    }

    /// What a version with another bound has written is read, joined and answered without a lie.
    #[test]
    fn another_bound_is_read_as_it_stands(
        old in prop::collection::vec((0_i64..9_000, 0_u64..6, 0_u8..1, 0_u8..3), 0..24),
        new in prop::collection::vec((0_i64..9_000, 6_u64..9, 0_u8..1, 0_u8..3), 0..24),
        both_know in any::<bool>()
    ) {
        let new = if both_know { [new, old.clone()].concat() } else { new };
        forgets_nothing_unsaid(&old, &new)?;
    }
}

fn forgets_nothing_unsaid(old: &[Fact], new: &[Fact]) -> Result<(), TestCaseError> {
    let mut narrow = Timeline::<u8, 2>::default();
    let mut later = Timeline::<u8, 4>::default();
    old.iter().for_each(|fact| _ = narrow.take(fact));
    new.iter().for_each(|fact| _ = later.take(fact));
    let json = serde_json::to_string(&narrow).unwrap();
    let read: Timeline<u8, 4> = serde_json::from_str(&json).unwrap();

    let mut joined = read.clone();
    joined.join(&later);
    let mut other_way = later;
    other_way.join(&read);
    prop_assert_eq!(&joined, &other_way);
    let mut absorbed = read;
    new.iter().for_each(|fact| _ = absorbed.take(fact));

    for timeline in [joined, absorbed] {
        let held: BTreeSet<Key> = timeline.entries.iter().map(Entry::key).collect();
        for missing in unbounded(&[old, new].concat()).iter().filter(|entry| !held.contains(&entry.key())) {
            let at = missing.at;
            prop_assert!(timeline.may_have_forgotten(at, at + Span::seconds(1)), "{at}: {timeline:?}");
        }
    }
    Ok(())
}

fn second(n: i64) -> Time {
    Time::from_millis(n * 1_000)
}

#[test]
fn a_correction_stands_even_when_it_moves_the_record() {
    let mut timeline = Timeline::<String>::default();
    timeline.absorb(second(1), RecordId(1), 0, "Active");
    timeline.absorb(second(9), RecordId(2), 0, "Inactive");
    timeline.absorb(second(5), RecordId(2), 1, "Inactive");
    assert_eq!(timeline.value_at(second(4)), Reading::Settled(&"Active".to_owned(), second(1)));
    assert_eq!(timeline.value_at(second(10)), Reading::Settled(&"Inactive".to_owned(), second(5)));
    assert_eq!(timeline.entries().count(), 2);
    assert_eq!(timeline.value_at(second(0)), Reading::Unknown, "before all knowledge");
    assert_eq!(timeline.known_since(), Some(second(1)));
}

#[test]
fn two_values_in_one_second_are_contested_until_the_next() {
    let mut timeline = Timeline::<u8>::default();
    timeline.absorb(second(3), RecordId(1), 0, &1);
    timeline.absorb(Time::from_millis(3_700), RecordId(2), 0, &2);
    timeline.absorb(second(8), RecordId(3), 0, &2);
    assert!(timeline.contested_at(second(3)));
    assert_eq!(timeline.value_at(second(7)), Reading::Contested);
    assert_eq!(timeline.value_at(second(8)), Reading::Settled(&2, second(8)));
    assert!(timeline.certainly(second(4), second(9), |value| *value > 0), "contested, but either will do");
    assert!(!timeline.certainly(second(4), second(9), |value| *value > 1));
    assert!(timeline.certainly(second(8), second(9), |value| *value > 1));
    assert!(
        !timeline.certainly(second(8), second(8), |value| *value > 2),
        "an empty range is its first moment"
    );
}

#[test]
fn inside_the_gap_all_is_possible() {
    let mut timeline = Timeline::<u8, 2>::default();
    for n in 0..10 {
        timeline.absorb(second(n), RecordId(n as u64), 0, &(n as u8));
    }
    assert_eq!(timeline.value_at(second(0)), Reading::Settled(&0, second(0)));
    for n in 1..=8 {
        assert_eq!(timeline.value_at(second(n)), Reading::Unknown, "{n}");
    }
    assert_eq!(timeline.value_at(second(99)), Reading::Settled(&9, second(9)));
    assert!(!timeline.may_have_forgotten(second(0), second(1)));
    assert!(timeline.may_have_forgotten(second(4), second(5)));
    assert!(!timeline.may_have_forgotten(second(9), second(99)));
    assert!(!timeline.certainly(second(0), second(5), |_| true));
}

#[test]
fn json_is_compact_and_out_of_order_it_is_refused() {
    let mut timeline = Timeline::<u8, 1>::default();
    for n in 0..3 {
        timeline.absorb(second(n), RecordId(7), n as u8, &1);
    }
    let json = concat!(
        r#"{"entries":[{"at":"1970-01-01T00:00:00Z","record":"0000000000000007","value":1},"#,
        r#"{"at":"1970-01-01T00:00:02Z","record":"0000000000000007","revision":2,"value":1}],"gap":1}"#
    );
    assert_eq!(serde_json::to_string(&timeline).unwrap(), json);
    assert_eq!(serde_json::from_str::<Timeline<u8>>("{}").unwrap(), Timeline::default());
    for (from, to) in [(r#""gap":1"#, r#""gap":0"#), (r#""gap":1"#, r#""gap":2"#), ("00:00:00Z", "00:00:03Z")]
    {
        let broken = json.replacen(from, to, 1);
        assert!(serde_json::from_str::<Timeline<u8, 1>>(&broken).is_err(), "{broken}");
    }
}
