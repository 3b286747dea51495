//! The hours, of the latest 180 days of them, in which something happened.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::Join;
use crate::time::{Span, Time};

/// Hours since 1970, newest 180 days only.
///
/// Order-proof: an hour is forgotten only for lying 180 days before a later one, and then it does in every state
/// that holds both. Written as runs (`[first hour, number]`), so that steady activity takes no room.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RecentHours {
    /// Sorted, disjoint, not touching: first hour and number of hours.
    runs: Vec<(i64, i64)>,
}

/// How far back the hours reach.
const WINDOW: i64 = 180 * 24;

const HOUR: i64 = Span::hours(1).millis();

impl RecentHours {
    /// Takes in a moment. Returns whether anything changed.
    pub fn absorb(&mut self, at: Time) -> bool {
        self.add(at.millis().div_euclid(HOUR), 1)
    }

    fn add(&mut self, first: i64, number: i64) -> bool {
        let newest = self.newest().unwrap_or(i64::MIN).max(first + number - 1);
        let oldest = newest.saturating_sub(WINDOW - 1);
        let (start, end) = (first.max(oldest), first + number);
        if start >= end || self.runs.iter().any(|(from, count)| *from <= start && end <= from + count) {
            return false;
        }
        let (mut merged_start, mut merged_end) = (start, end);
        self.runs.retain(|(from, count)| {
            let touches = *from <= merged_end && merged_start <= from + count;
            if touches {
                merged_start = merged_start.min(*from);
                merged_end = merged_end.max(from + count);
            }
            !touches
        });
        let index = self.runs.partition_point(|(from, _)| *from < merged_start);
        self.runs.insert(index, (merged_start, merged_end - merged_start));
        self.forget_before(oldest);
        true
    }

    fn forget_before(&mut self, oldest: i64) {
        self.runs.retain_mut(|(from, count)| {
            let end = *from + *count;
            *from = (*from).max(oldest);
            *count = end - *from;
            *count > 0
        });
    }

    fn newest(&self) -> Option<i64> {
        self.runs.last().map(|(from, count)| from + count - 1)
    }

    /// The start of the newest hour.
    pub fn last(&self) -> Option<Time> {
        self.newest().map(|hour| Time::from_millis(hour.saturating_mul(HOUR)))
    }

    /// The start of the oldest hour that it still knows.
    pub fn first(&self) -> Option<Time> {
        self.runs.first().map(|(hour, _)| Time::from_millis(hour.saturating_mul(HOUR)))
    }

    /// Whether it knows the hour of a moment.
    pub fn contains(&self, at: Time) -> bool {
        let hour = at.millis().div_euclid(HOUR);
        let after = self.runs.partition_point(|(from, _)| *from <= hour);
        let before = after.checked_sub(1).and_then(|index| self.runs.get(index));
        before.is_some_and(|(from, count)| hour < from + count)
    }

    /// Its runs of hours without a gap, oldest first: when each begins, and when the hour after its last one does.
    pub fn runs(&self) -> impl Iterator<Item = (Time, Time)> {
        let start = |hour: i64| Time::from_millis(hour.saturating_mul(HOUR));
        self.runs.iter().map(move |(from, count)| (start(*from), start(from + count)))
    }

    /// How many hours it knows.
    pub fn len(&self) -> i64 {
        self.runs.iter().map(|(_, count)| count).sum()
    }

    /// Whether it knows none.
    pub const fn is_empty(&self) -> bool {
        self.runs.is_empty()
    }
}

impl Join for RecentHours {
    fn join(&mut self, other: &Self) -> bool {
        // Newest first: what it makes too old is then never taken in.
        other.runs.iter().rev().fold(false, |changed, (from, count)| self.add(*from, *count) | changed)
    }
}

impl Serialize for RecentHours {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.runs.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for RecentHours {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut hours = Self::default();
        for (first, number) in Vec::<(i64, i64)>::deserialize(deserializer)? {
            // A stored run is trusted in nothing: an hour beyond any calendar would overflow later.
            if number > 0 && first.unsigned_abs() < 1 << 40 && number <= WINDOW {
                hours.add(first, number);
            }
        }
        Ok(hours)
    }
}

#[cfg(test)]
mod tests {
    use super::super::laws::{self, Absorb};
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    impl Absorb<i64> for RecentHours {
        fn take(&mut self, hour: &i64) -> bool {
            self.absorb(Time::from_millis(hour * HOUR + 5))
        }
    }

    proptest! {
        #[test]
        fn it_converges(deliveries in laws::deliveries(0_i64..3 * WINDOW, 0..24)) {
            laws::converges::<RecentHours, i64>(&deliveries)?;
        }

        #[test]
        fn it_holds_what_a_plain_set_of_the_window_holds(hours in prop::collection::vec(0_i64..WINDOW + 40, 1..200)) {
            let mut ours = RecentHours::default();
            for hour in &hours {
                ours.take(hour);
            }
            let newest = *hours.iter().max().unwrap();
            let expected: BTreeSet<i64> = hours.into_iter().filter(|hour| *hour > newest - WINDOW).collect();
            let held: BTreeSet<i64> = ours.runs.iter().flat_map(|(from, count)| *from..from + count).collect();
            prop_assert_eq!(&held, &expected);
            for hour in 0..WINDOW + 40 {
                prop_assert_eq!(ours.contains(Time::from_millis(hour * HOUR + 7)), expected.contains(&hour));
            }
            let of_runs: i64 = ours.runs().map(|(from, to)| to.since(from).millis() / HOUR).sum();
            prop_assert_eq!(of_runs, ours.len());
        }
    }
}
