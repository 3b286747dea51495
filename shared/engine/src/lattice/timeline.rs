//! A bounded history: the earliest and the latest of what was said, and whether something between is
//! forgotten.

use std::borrow::Borrow;
use std::cmp::Reverse;

use serde::{Deserialize, Serialize};

use super::Join;
use super::register::is_original;
use crate::ids::RecordId;
use crate::time::Time;

mod reading;

/// One thing that a record said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry<V> {
    /// The second of the event.
    pub at: Time,
    /// Which record.
    pub record: RecordId,
    /// 0 as first written; a correction counts up.
    #[serde(default, skip_serializing_if = "is_original")]
    pub revision: u8,
    /// What it said.
    pub value: V,
}

type Key = (Time, RecordId);

impl<V> Entry<V> {
    const fn key(&self) -> Key {
        (self.at, self.record)
    }
}

/// The history of a value: one entry for each (second, record), which holds the greatest (revision, value).
///
/// Keeps the K earliest and the K latest entries. Once there were more than 2 K, it has a *gap*: between its
/// two halves lies what it forgot. Order-proof, since a key among the K earliest of all is among the K
/// earliest of every part that has seen it, and so it is never dropped anywhere; the same holds for the
/// latest; and more than 2 K distinct keys show in whichever state first holds 2 K and meets another.
///
/// Views resolve corrections: of entries of one record, those of the highest revision stand, even if it moved
/// the record to another second. (A correction that moved a record *into the gap* is forgotten with the rest,
/// and its original stands.)
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Written<V>", bound(deserialize = "V: Deserialize<'de>"))]
pub struct Timeline<V, const K: usize = 16> {
    /// Sorted by key, without repeats.
    entries: Vec<Entry<V>>,
    /// The index of the first entry after the gap; neither half is ever empty.
    #[serde(skip_serializing_if = "Option::is_none")]
    gap: Option<usize>,
}

impl<V, const K: usize> Timeline<V, K> {
    /// Drops the middle until each half has at most K entries.
    fn trim(&mut self) {
        const { assert!(K > 0, "a timeline keeps at least one entry at each end") };
        let (low, high) = match self.gap {
            Some(gap) => (gap.min(K), self.entries.len().saturating_sub(gap).min(K)),
            None if self.entries.len() > 2 * K => (K, K),
            None => return,
        };
        self.entries.drain(low..self.entries.len() - high);
        self.gap = Some(low);
    }
}

impl<V: Ord, const K: usize> Timeline<V, K> {
    /// Takes in that `record`, in this revision, said `value` of `at`. Returns whether anything changed.
    pub fn absorb<Q>(&mut self, at: Time, record: RecordId, revision: u8, value: &Q) -> bool
    where
        Q: Ord + ToOwned<Owned = V> + ?Sized,
        V: Borrow<Q>,
    {
        let at = at.floor_second();
        match self.entries.binary_search_by_key(&(at, record), Entry::key) {
            Ok(index) => {
                let held = self.entries.get_mut(index);
                let Some(held) = held.filter(|held| (held.revision, held.value.borrow()) < (revision, value))
                else {
                    return false;
                };
                (held.revision, held.value) = (revision, value.to_owned());
            }
            Err(index) if self.gap == Some(index) => return false,
            Err(index) => {
                self.entries.insert(index, Entry { at, record, revision, value: value.to_owned() });
                if let Some(gap) = self.gap.as_mut().filter(|gap| index < **gap) {
                    *gap += 1;
                }
                self.trim();
            }
        }
        true
    }

    /// The last key before the gap and the first after: what is forgotten lies strictly between.
    fn gap_between(&self) -> Option<(Key, Key)> {
        let gap = self.gap?;
        Some((self.entries.get(gap.checked_sub(1)?)?.key(), self.entries.get(gap)?.key()))
    }

    /// Whether joining `other` would change nothing.
    fn covers(&self, other: &Self) -> bool {
        let gap_covered = match (self.gap_between(), other.gap_between()) {
            (_, None) => true,
            (None, Some(_)) => false,
            (Some(mine), Some(theirs)) => mine.0 <= theirs.0 && mine.1 >= theirs.1,
        };
        gap_covered
            && other.entries.iter().all(|theirs| {
                match self.entries.binary_search_by_key(&theirs.key(), Entry::key) {
                    Ok(index) => self
                        .entries
                        .get(index)
                        .is_some_and(|mine| (mine.revision, &mine.value) >= (theirs.revision, &theirs.value)),
                    Err(index) => self.gap == Some(index),
                }
            })
    }
}

impl<V: Ord + Clone, const K: usize> Join for Timeline<V, K> {
    fn join(&mut self, other: &Self) -> bool {
        if self.covers(other) {
            return false;
        }
        let gap = match (self.gap_between(), other.gap_between()) {
            (Some(mine), Some(theirs)) => Some((mine.0.min(theirs.0), mine.1.max(theirs.1))),
            (mine, theirs) => mine.or(theirs),
        };
        self.entries.extend_from_slice(&other.entries);
        self.entries.sort_unstable_by(|a, b| {
            let best_first =
                || (Reverse(a.revision), Reverse(&a.value)).cmp(&(Reverse(b.revision), Reverse(&b.value)));
            a.key().cmp(&b.key()).then_with(best_first)
        });
        self.entries.dedup_by_key(|entry| entry.key());
        self.gap = gap.map(|(low, high)| {
            self.entries.retain(|entry| entry.key() <= low || entry.key() >= high);
            self.entries.partition_point(|entry| entry.key() <= low)
        });
        self.trim();
        true
    }
}

impl<V, const K: usize> Default for Timeline<V, K> {
    fn default() -> Self {
        Self { entries: Vec::new(), gap: None }
    }
}

#[derive(Deserialize)]
struct Written<V> {
    #[serde(default = "Vec::new")]
    entries: Vec<Entry<V>>,
    #[serde(default)]
    gap: Option<usize>,
}

impl<V, const K: usize> TryFrom<Written<V>> for Timeline<V, K> {
    type Error = &'static str;

    /// What was written under a greater bound is trimmed to this one; under a smaller, it keeps its gap.
    fn try_from(written: Written<V>) -> Result<Self, Self::Error> {
        let Written { entries, gap } = written;
        if !entries.is_sorted_by(|a, b| a.key() < b.key()) {
            return Err("a timeline's entries ascend by second and record");
        }
        if gap.is_some_and(|gap| gap == 0 || gap >= entries.len()) {
            return Err("a timeline's gap lies between two of its entries");
        }
        let mut timeline = Self { entries, gap };
        timeline.trim();
        Ok(timeline)
    }
}

#[cfg(test)]
mod tests;
