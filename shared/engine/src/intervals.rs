//! Stretches of time.

use crate::time::Time;

/// Stretches of time, each from its start to before its end: sorted, disjoint, not touching.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Intervals(Vec<(Time, Time)>);

impl Intervals {
    /// The union of stretches, in any order; empty ones are left out.
    pub fn of(stretches: impl IntoIterator<Item = (Time, Time)>) -> Self {
        let mut all: Vec<(Time, Time)> = stretches.into_iter().filter(|(from, to)| from < to).collect();
        all.sort_unstable();
        let mut merged: Vec<(Time, Time)> = Vec::with_capacity(all.len());
        for (from, to) in all {
            match merged.last_mut() {
                Some((_, end)) if from <= *end => *end = (*end).max(to),
                _ => merged.push((from, to)),
            }
        }
        Self(merged)
    }

    /// What lies in either.
    #[must_use]
    pub fn union(&self, other: &Self) -> Self {
        Self::of(self.0.iter().chain(&other.0).copied())
    }

    /// What lies in both.
    #[must_use]
    pub fn intersection(&self, other: &Self) -> Self {
        let both = self.0.iter().flat_map(|(from, to)| {
            let overlap = |(its_from, its_to): &(Time, Time)| ((*from).max(*its_from), (*to).min(*its_to));
            other.0.iter().map(overlap)
        });
        Self::of(both)
    }

    /// The start of the stretch in which a moment lies.
    pub fn start_of(&self, at: Time) -> Option<Time> {
        self.0.iter().find(|(from, to)| *from <= at && at < *to).map(|(from, _)| *from)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn intervals(stretches: &[(i64, i64)]) -> Intervals {
        Intervals::of(stretches.iter().map(|(from, to)| (Time::from_millis(*from), Time::from_millis(*to))))
    }

    fn holds(intervals: &Intervals, at: i64) -> bool {
        intervals.start_of(Time::from_millis(at)).is_some()
    }

    #[test]
    fn a_stretch_holds_its_start_and_not_its_end() {
        let day = intervals(&[(10, 20), (20, 30), (40, 40)]);
        assert_eq!(day, intervals(&[(10, 30)]));
        assert_eq!([9, 10, 29, 30, 40].map(|at| holds(&day, at)), [false, true, true, false, false]);
    }

    proptest! {
        #[test]
        fn they_are_what_the_moments_in_them_are(
            one in prop::collection::vec((0_i64..30, 0_i64..30), 0..5),
            two in prop::collection::vec((0_i64..30, 0_i64..30), 0..5),
        ) {
            let plain = |stretches: &[(i64, i64)], at| stretches.iter().any(|(from, to)| *from <= at && at < *to);
            let (a, b) = (intervals(&one), intervals(&two));
            for at in 0..30 {
                prop_assert_eq!(holds(&a.union(&b), at), plain(&one, at) || plain(&two, at));
                prop_assert_eq!(holds(&a.intersection(&b), at), plain(&one, at) && plain(&two, at));
            }
        }
    }
}
