//! The obvious bounded set, and the proof that it does not converge: it runs through the same laws as the
//! types that Keytrail uses, and they must find it out.

use std::collections::BTreeMap;

use proptest::test_runner::{Config, TestRunner};
use serde::{Deserialize, Serialize};

use super::Join;
use super::laws::{self, Absorb, Deliveries};

const K: usize = 2;

/// Value → (first, last); over its bound, it evicts the value that was seen longest ago. Even by *event*
/// time, not arrival, and with ties by value, so that only the principle is at fault.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct LeastRecentlyUsed(BTreeMap<char, (i64, i64)>);

impl LeastRecentlyUsed {
    fn sight(&mut self, value: char, first: i64, last: i64) {
        let seen = self.0.entry(value).or_insert((first, last));
        *seen = (seen.0.min(first), seen.1.max(last));
        while self.0.len() > K {
            let oldest = self.0.iter().map(|(value, (_, last))| (*last, *value)).min();
            oldest.map(|(_, value)| self.0.remove(&value));
        }
    }
}

impl Absorb<(i64, char)> for LeastRecentlyUsed {
    fn take(&mut self, &(at, value): &(i64, char)) -> bool {
        let before = self.clone();
        self.sight(value, at, at);
        *self != before
    }
}

impl Join for LeastRecentlyUsed {
    fn join(&mut self, other: &Self) -> bool {
        let before = self.clone();
        for (value, (first, last)) in &other.0 {
            self.sight(*value, *first, *last);
        }
        *self != before
    }
}

#[test]
fn four_sightings_in_two_orders_end_differently() {
    let facts = [(1, 'a'), (2, 'b'), (3, 'c'), (4, 'a')];
    let end = |order: [usize; 4]| {
        let mut set = LeastRecentlyUsed::default();
        order.iter().for_each(|index| _ = set.take(&facts[*index]));
        set.0
    };
    assert_eq!(
        end([0, 1, 2, 3]),
        BTreeMap::from([('a', (4, 4)), ('c', (3, 3))]),
        "evicted, then back as if new"
    );
    assert_eq!(end([0, 3, 1, 2]), BTreeMap::from([('a', (1, 4)), ('c', (3, 3))]), "never evicted");

    let other_order = [0, 3, 1, 2].map(|index| (facts[index], 0));
    let deliveries = Deliveries { facts: facts.to_vec(), arrivals: other_order.to_vec() };
    assert!(laws::converges::<LeastRecentlyUsed, _>(&deliveries).is_err());
}

#[test]
fn the_laws_find_it_out_by_themselves() {
    let mut runner = TestRunner::new(Config { failure_persistence: None, ..Config::default() });
    let facts = laws::deliveries((0_i64..8, proptest::char::range('a', 'e')), 0..12);
    let found =
        runner.run(&facts, |deliveries| laws::converges::<LeastRecentlyUsed, _>(&deliveries).map(drop));
    assert!(found.is_err(), "a set that forgets by use must not pass");
}
