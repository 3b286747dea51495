//! What a timeline says of a moment and of a range of time.

use super::super::register::Reading;
use super::{Entry, Timeline};
use crate::time::{Span, Time};

impl<V: Ord, const K: usize> Timeline<V, K> {
    /// The entries that stand, in order of time; those that a correction superseded are left out.
    pub fn entries(&self) -> impl DoubleEndedIterator<Item = &Entry<V>> {
        self.entries.iter().filter(|entry| {
            !self.entries.iter().any(|other| other.record == entry.record && other.revision > entry.revision)
        })
    }

    /// The entries that stand in the seconds from `from`'s to before `until`.
    pub fn between(&self, from: Time, until: Time) -> impl DoubleEndedIterator<Item = &Entry<V>> {
        let from = from.floor_second();
        self.entries().filter(move |entry| from <= entry.at && entry.at < until)
    }

    /// Whether it forgot anything.
    pub const fn overflowed(&self) -> bool {
        self.gap.is_some()
    }

    /// The first second of which it says something; of what was before, nothing is known.
    pub fn known_since(&self) -> Option<Time> {
        self.entries().next().map(|entry| entry.at)
    }

    /// Whether something that it forgot may lie in the seconds from `from`'s to before `until`.
    pub fn may_have_forgotten(&self, from: Time, until: Time) -> bool {
        // Closed at both ends: a forgotten entry may share a second with its neighbours.
        self.gap_between().is_some_and(|(low, high)| from.floor_second() <= high.0 && low.0 < until)
    }

    /// The value at `time`, as the newest second up to `time`'s own says it.
    ///
    /// Unknown before the first entry, and wherever a forgotten entry may have said otherwise.
    pub fn value_at(&self, time: Time) -> Reading<&V> {
        let Some(since) = self.deciding_second(time) else { return Reading::Unknown };
        if self.may_have_forgotten(since, end_of(time)) {
            return Reading::Unknown;
        }
        let mut values = self.between(since, end_of(since)).map(|entry| &entry.value);
        match values.next() {
            Some(value) if values.all(|other| other == value) => Reading::Settled(value, since),
            Some(_) => Reading::Contested,
            None => Reading::Unknown,
        }
    }

    /// Whether two records set different values in `time`'s second.
    pub fn contested_at(&self, time: Time) -> bool {
        let mut values = self.between(time, end_of(time)).map(|entry| &entry.value);
        values.next().is_some_and(|value| values.any(|other| other != value))
    }

    /// Whether the value met `condition` all the time from `from` to before `until`, beyond doubt: known at
    /// `from`, nothing forgotten since, and every value met it, the contested ones too.
    pub fn certainly(&self, from: Time, until: Time, condition: impl Fn(&V) -> bool) -> bool {
        let until = until.max(end_of(from));
        self.deciding_second(from).is_some_and(|since| {
            !self.may_have_forgotten(since, until)
                && self.between(since, until).all(|entry| condition(&entry.value))
        })
    }

    /// The newest second up to `time`'s own of which an entry stands.
    fn deciding_second(&self, time: Time) -> Option<Time> {
        self.entries().rev().map(|entry| entry.at).find(|at| *at <= time)
    }
}

/// The start of the next second.
fn end_of(time: Time) -> Time {
    time.floor_second() + Span::seconds(1)
}
