//! Lists with a bound and exact counts, the same for the same entries in any order.

use std::collections::{BTreeMap, BTreeSet};

use hashbrown::{Equivalent, HashMap};
use keytrail_engine::parse::Shape;

use super::tally::Place;

/// Entries that a list of faults shows. The counts beside it are exact.
pub const LISTED: usize = 1_000;

/// The first entries in their own order, and how many there were.
#[derive(Clone, Debug)]
pub struct Firsts<T> {
    /// How many there were.
    pub count: u64,
    first: BTreeSet<T>,
}

impl<T> Default for Firsts<T> {
    fn default() -> Self {
        Self { count: 0, first: BTreeSet::new() }
    }
}

impl<T: Ord> Firsts<T> {
    /// Counts an entry, and keeps it if it is among the first.
    pub(super) fn add(&mut self, entry: T) {
        self.count += 1;
        self.first.insert(entry);
        self.bound();
    }

    pub(super) fn join(&mut self, other: Self) {
        self.count += other.count;
        self.first.extend(other.first);
        self.bound();
    }

    fn bound(&mut self) {
        while self.first.len() > LISTED {
            self.first.pop_last();
        }
    }

    /// The first entries, at most [`LISTED`].
    pub fn list(&self) -> impl ExactSizeIterator<Item = &T> {
        self.first.iter()
    }
}

/// An `eventSource` and an `eventName`.
#[derive(PartialEq, Eq, Hash)]
pub(super) struct Name<'a> {
    pub(super) source: &'a str,
    pub(super) name: &'a str,
}

impl Equivalent<(Box<str>, Box<str>)> for Name<'_> {
    fn equivalent(&self, key: &(Box<str>, Box<str>)) -> bool {
        *self.source == *key.0 && *self.name == *key.1
    }
}

/// Ignored records by source and name. Once there are too many names, the last ones in order are dropped: a name that
/// is among the first in the end was so at any time, so its count is exact.
#[derive(Debug, Default)]
pub(super) struct Ignoring {
    pub(super) count: u64,
    pub(super) by_name: HashMap<(Box<str>, Box<str>), u64>,
}

impl Ignoring {
    pub(super) fn add(&mut self, name: &Name<'_>, count: u64) {
        self.count += count;
        if let Some(known) = self.by_name.get_mut(name) {
            *known += count;
            return;
        }
        self.by_name.insert((name.source.into(), name.name.into()), count);
        if self.by_name.len() > 4 * LISTED {
            let mut names: Vec<_> = self.by_name.drain().collect();
            names.sort_unstable();
            names.truncate(2 * LISTED);
            self.by_name.extend(names);
        }
    }

    pub(super) fn join(&mut self, other: Self) {
        let listed: u64 = other.by_name.values().sum();
        for ((source, name), count) in other.by_name {
            self.add(&Name { source: &source, name: &name }, count);
        }
        self.count += other.count - listed;
    }
}

/// Unresolved records by shape, bounded in the same way.
#[derive(Debug, Default)]
pub(super) struct Unresolving {
    pub(super) count: u64,
    pub(super) by_shape: BTreeMap<Shape, (u64, Place)>,
}

impl Unresolving {
    pub(super) fn add(&mut self, shape: Shape, count: u64, example: Place) {
        self.count += count;
        match self.by_shape.get_mut(&shape) {
            Some((known, first)) => {
                *known += count;
                if example < *first {
                    *first = example;
                }
            }
            None => {
                self.by_shape.insert(shape, (count, example));
            }
        }
        if self.by_shape.len() > LISTED {
            self.by_shape.pop_last();
        }
    }

    pub(super) fn join(&mut self, other: Self) {
        let listed: u64 = other.by_shape.values().map(|(count, _)| count).sum();
        for (shape, (count, example)) in other.by_shape {
            self.add(shape, count, example);
        }
        self.count += other.count - listed;
    }
}
