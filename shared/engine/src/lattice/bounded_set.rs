//! A set with a bound that tells what it does not know.

use std::borrow::Borrow;

use serde::{Deserialize, Serialize};

use super::Join;
use super::sketch::{Count, Sketch};
use crate::fingerprint::hash64;
use crate::time::Time;

mod ends;

use ends::End;

/// What a sketch counts a value by: equal values have equal hashes, on every machine and in every version.
pub trait Sketched {
    /// A stable 64-bit hash of the value.
    fn sketch_hash(&self) -> u64;
}

impl<T: Borrow<str> + ?Sized> Sketched for T {
    fn sketch_hash(&self) -> u64 {
        let text: &str = self.borrow();
        hash64("value", text)
    }
}

/// Whether a value was ever seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// It was. A moment that is given is exact; one that is not was forgotten.
    Yes {
        /// The earliest sighting, if the value is among the K first ones.
        first: Option<Time>,
        /// The latest sighting, if the value is among the K last ones.
        last: Option<Time>,
    },
    /// It never was: every distinct value ever seen is accounted for.
    No,
    /// There were too many values to say.
    Unknown,
}

/// A value that the set holds; at least one of the moments is known, and what is known is exact.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Held<T> {
    /// The value.
    pub value: T,
    /// Its earliest sighting, if it is among the K first values.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first: Option<Time>,
    /// Its latest sighting, if it is among the K last values.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last: Option<Time>,
}

/// The values that something had: the K that were first seen earliest, with when; the K that were last seen
/// latest, with when; and how many distinct ones there were.
///
/// # Why this is order-proof
/// Let m(v) be the least time at which v was seen, and keep the K least (m(v), v), ties in time by value. The
/// K-th least of what a state has seen only falls as it sees more. So a sighting that is dropped for lying
/// beyond it lies beyond it for ever: had it been kept, it would have been pushed out later. And the sighting
/// that makes v's place among the final K never lies beyond, so it is kept whenever it arrives. The state is
/// thus a function of the set of sightings, and so it converges. It follows that a value that is held has its
/// *exact* first: it was never dropped since the sighting that gave it. The same holds, mirrored, for the K
/// latest.
///
/// A least-recently-used set is not order-proof: what it evicts depends on what it has seen so far, and a
/// value that returns after its eviction brings a first (and a place) that in another order would have been
/// older.
///
/// # What may be said
/// While every distinct value is accounted for (held, or its hash in the exact part of the sketch), "no" is
/// certain. After that, a value that is not held is *unknown*, never new.
///
/// A time may be floored by the caller (documents floor to the hour), a value's length must be bounded by it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Written<T>", bound(deserialize = "T: Ord + Sketched + Deserialize<'de>"))]
pub struct BoundedSet<T, const K: usize = 16> {
    /// Sorted by value, without repeats.
    values: Vec<Held<T>>,
    /// The hash of every value ever seen; absent while `values` are exactly those.
    #[serde(skip_serializing_if = "Option::is_none")]
    distinct: Option<Sketch>,
}

impl<T: Ord + Sketched, const K: usize> BoundedSet<T, K> {
    /// Takes in one sighting. Returns whether anything changed.
    pub fn absorb<Q>(&mut self, at: Time, value: &Q) -> bool
    where
        Q: Ord + Sketched + ToOwned<Owned = T> + ?Sized,
        T: Borrow<Q>,
    {
        match self.position(value) {
            Ok(index) => self.see_again(index, at),
            Err(index) => self.see(index, at, value),
        }
    }

    fn position<Q: Ord + ?Sized>(&self, value: &Q) -> Result<usize, usize>
    where
        T: Borrow<Q>,
    {
        self.values.binary_search_by(|held| held.value.borrow().cmp(value))
    }

    fn see_again(&mut self, index: usize, at: Time) -> bool {
        let Some(held) = self.values.get(index) else { return false };
        let [first, last] = End::BOTH.map(|end| self.improves(end, held, at));
        let fills_a_slot = first && held.first.is_none() || last && held.last.is_none();
        if let Some(held) = self.values.get_mut(index) {
            held.first = if first { Some(at) } else { held.first };
            held.last = if last { Some(at) } else { held.last };
        }
        if fills_a_slot {
            self.settle();
        }
        first || last
    }

    fn see<Q>(&mut self, index: usize, at: Time, value: &Q) -> bool
    where
        Q: Ord + Sketched + ToOwned<Owned = T> + ?Sized,
        T: Borrow<Q>,
    {
        let first = self.admits(End::First, at, value).then_some(at);
        let last = self.admits(End::Last, at, value).then_some(at);
        if first.is_none() && last.is_none() {
            return self.distinct.get_or_insert_with(|| sketch_of(&self.values)).absorb(value.sketch_hash());
        }
        if let Some(distinct) = &mut self.distinct {
            distinct.absorb(value.sketch_hash());
        }
        self.values.insert(index, Held { value: value.to_owned(), first, last });
        self.settle();
        true
    }

    /// Brings the set back within its bounds; no hash is lost with its value.
    fn settle(&mut self) {
        const {
            assert!(
                K > 0 && 2 * K <= Sketch::<10>::EXACT,
                "a set that forgot no value is one whose count is exact"
            );
        }
        for end in End::BOTH {
            self.keep_best(end);
        }
        if self.values.iter().any(Held::is_forgotten) {
            self.distinct.get_or_insert_with(|| sketch_of(&self.values));
            self.values.retain(|held| !held.is_forgotten());
        }
        // One form for one content: a value that was dropped may have come back.
        if self.distinct.as_ref().and_then(Sketch::exact_len) == Some(self.values.len()) {
            self.distinct = None;
        }
    }

    /// Whether the value was ever seen.
    pub fn contains<Q>(&self, value: &Q) -> Answer
    where
        Q: Ord + Sketched + ?Sized,
        T: Borrow<Q>,
    {
        if let Some(held) = self.position(value).ok().and_then(|index| self.values.get(index)) {
            return Answer::Yes { first: held.first, last: held.last };
        }
        match self.distinct.as_ref().map(|distinct| distinct.contains_exactly(value.sketch_hash())) {
            None | Some(Some(false)) => Answer::No,
            Some(Some(true)) => Answer::Yes { first: None, last: None },
            Some(None) => Answer::Unknown,
        }
    }

    /// How many distinct values there were.
    pub fn count(&self) -> Count {
        self.distinct.as_ref().map_or(Count::Exact(self.values.len() as u64), Sketch::count)
    }

    /// Whether every value ever seen is held.
    pub const fn is_complete(&self) -> bool {
        self.distinct.is_none()
    }

    /// The values held, in their own order.
    pub fn values(&self) -> impl ExactSizeIterator<Item = &Held<T>> {
        self.values.iter()
    }

    /// The values that were first seen earliest, from the earliest on; at most K.
    pub fn earliest(&self) -> Vec<(Time, &T)> {
        self.best(End::First)
    }

    /// The values that were last seen latest, from the latest on; at most K.
    pub fn latest(&self) -> Vec<(Time, &T)> {
        self.best(End::Last)
    }

    /// The moment before which no value was first seen but those that are held with their first; `None` while
    /// every value has one.
    pub fn others_since(&self) -> Option<Time> {
        self.limit(End::First).map(|(at, _)| at)
    }
}

impl<T> Held<T> {
    const fn is_forgotten(&self) -> bool {
        self.first.is_none() && self.last.is_none()
    }
}

fn sketch_of<T: Sketched>(values: &[Held<T>]) -> Sketch {
    let mut sketch = Sketch::default();
    for held in values {
        sketch.absorb(held.value.sketch_hash());
    }
    sketch
}

impl<T, const K: usize> Default for BoundedSet<T, K> {
    fn default() -> Self {
        Self { values: Vec::new(), distinct: None }
    }
}

impl<T: Ord + Sketched + Clone, const K: usize> Join for BoundedSet<T, K> {
    fn join(&mut self, other: &Self) -> bool {
        if self.covers(other) {
            return false;
        }
        let before = self.clone();
        if self.distinct.is_some() || other.distinct.is_some() {
            let mine = self.distinct.get_or_insert_with(|| sketch_of(&before.values));
            match &other.distinct {
                Some(theirs) => mine.join(theirs),
                None => mine.join(&sketch_of(&other.values)),
            };
        }
        let limits = End::BOTH.map(|end| (end, end.better(before.limit(end), other.limit(end))));
        self.values.extend_from_slice(&other.values);
        self.unite();
        for (end, limit) in limits {
            self.forget_beyond(end, limit);
        }
        self.settle();
        *self != before
    }
}

impl<T: Ord + Sketched, const K: usize> BoundedSet<T, K> {
    /// A cheap and sufficient sign that joining `other` changes nothing: it forgot nothing, and all of it is
    /// known.
    fn covers(&self, other: &Self) -> bool {
        let known = |theirs: &Held<T>| {
            let mine = self.position(&theirs.value).ok().and_then(|index| self.values.get(index));
            mine.is_some_and(|mine| {
                End::BOTH.iter().all(|end| theirs.at(*end).is_some_and(|at| !self.improves(*end, mine, at)))
            })
        };
        self == other || (other.distinct.is_none() && other.values.iter().all(known))
    }

    /// Sorts, and makes one of what is held twice.
    fn unite(&mut self) {
        self.values.sort_unstable_by(|a, b| a.value.cmp(&b.value));
        self.values.dedup_by(|gone, kept| {
            let same = gone.value == kept.value;
            if same {
                for end in End::BOTH {
                    let best = end.better(kept.at(end), gone.at(end));
                    *kept.slot(end) = best;
                }
            }
            same
        });
    }
}

/// The written form. Reading restores order and bounds: none is taken on trust.
#[derive(Deserialize)]
struct Written<T> {
    #[serde(default = "Vec::new")]
    values: Vec<Held<T>>,
    #[serde(default)]
    distinct: Option<Sketch>,
}

impl<T: Ord + Sketched, const K: usize> From<Written<T>> for BoundedSet<T, K> {
    fn from(written: Written<T>) -> Self {
        let mut set = Self { values: written.values, distinct: written.distinct };
        set.unite();
        set.settle();
        set
    }
}

#[cfg(test)]
mod tests;
