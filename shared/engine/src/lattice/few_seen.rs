//! A few values of many, each with its first and last sighting: for items that must stay small.

use serde::{Deserialize, Serialize};

use super::{Join, Seen};
use crate::time::Time;

/// The K least of the values that something had, each with when it was seen first and last, and whether there were
/// more.
///
/// Order-proof: a value among the K least of all is among the K least of every part that saw it, so it was never
/// dropped, and its moments are exact.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(bound(deserialize = "T: Deserialize<'de>"))]
pub struct FewSeen<T, const K: usize = 4> {
    /// Sorted, without repeats.
    values: Vec<(T, Seen)>,
    /// Whether there were others.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    more: bool,
}

impl<T, const K: usize> Default for FewSeen<T, K> {
    fn default() -> Self {
        Self { values: Vec::new(), more: false }
    }
}

impl<T: Ord + Clone, const K: usize> FewSeen<T, K> {
    /// Takes in a sighting. Returns whether anything changed.
    pub fn absorb(&mut self, at: Time, value: &T) -> bool {
        self.take(value, &Seen::at(at))
    }

    fn take(&mut self, value: &T, seen: &Seen) -> bool {
        match self.values.binary_search_by(|(held, _)| held.cmp(value)) {
            Ok(index) => self.values.get_mut(index).is_some_and(|(_, held)| held.join(seen)),
            Err(index) if index >= K => !std::mem::replace(&mut self.more, true),
            Err(index) => {
                self.values.insert(index, (value.clone(), *seen));
                self.more |= self.values.len() > K;
                self.values.truncate(K);
                true
            }
        }
    }

    /// The values that it kept, least first, with when they were seen.
    pub fn values(&self) -> impl ExactSizeIterator<Item = (&T, Seen)> {
        self.values.iter().map(|(value, seen)| (value, *seen))
    }

    /// Whether there were values that it did not keep.
    pub const fn has_more(&self) -> bool {
        self.more
    }
}

impl<T: Ord + Clone, const K: usize> Join for FewSeen<T, K> {
    fn join(&mut self, other: &Self) -> bool {
        let news = other.more && !std::mem::replace(&mut self.more, true);
        other.values.iter().fold(news, |changed, (value, seen)| self.take(value, seen) | changed)
    }
}

#[cfg(test)]
mod tests {
    use super::super::laws::{self, Absorb};
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    impl Absorb<(i64, u8)> for FewSeen<u8, 3> {
        fn take(&mut self, (millis, value): &(i64, u8)) -> bool {
            self.absorb(Time::from_millis(*millis), value)
        }
    }

    proptest! {
        #[test]
        fn it_converges_on_the_least_values_with_their_exact_moments(
            deliveries in laws::deliveries((0_i64..50, 0_u8..6), 0..16)
        ) {
            let few = laws::converges::<FewSeen<u8, 3>, (i64, u8)>(&deliveries)?;
            let mut all: BTreeMap<u8, (i64, i64)> = BTreeMap::new();
            for (at, value) in &deliveries.facts {
                let held = all.entry(*value).or_insert((*at, *at));
                *held = (held.0.min(*at), held.1.max(*at));
            }
            let shown = |(value, seen): (&u8, Seen)| {
                (*value, (seen.first.unwrap().millis(), seen.last.unwrap().millis()))
            };
            prop_assert_eq!(few.has_more(), all.len() > 3);
            prop_assert_eq!(few.values().map(shown).collect::<BTreeMap<_, _>>(), all.into_iter().take(3).collect());
        }
    }
}
