//! What Keytrail remembers of records, as join-semilattices: any order, any repetition, any batching and any
//! merging of partial states ends in the same value.
//!
//! Each type takes facts in one at a time (`absorb`) and merges with another of its kind ([`Join::join`]).
//! Both say whether anything changed, so that an unchanged document is not written. Both are commutative,
//! associative and idempotent: all that a state may depend on is the *set* of facts that reached it. The
//! tests feed the same facts in many orders, splits and repetitions and compare (see `laws`), and show that
//! the obvious least-recently-used set fails them (see `least_recently_used`).
//!
//! Everything is bounded but [`BTreeMap`] and [`BTreeSet`], which are for keys that are few by nature. A
//! bound on the length of a value is the caller's to keep.
//!
//! Bounds may change from one version to the next. Each type reads what was written under another bound and
//! answers no more than it knows; equal bounds are needed only for two states to be equal. The size of a
//! [`Sketch`] alone is for good: reading another is an error.

mod bounded_set;
mod estimate;
mod extremes;
mod few;
mod few_seen;
mod recent_hours;
mod register;
mod sketch;
mod timeline;

#[cfg(test)]
mod laws;
#[cfg(test)]
mod least_recently_used;

use std::collections::{BTreeMap, BTreeSet};

pub use bounded_set::{Answer, BoundedSet, Held, Sketched};
pub use extremes::{Any, Earliest, Latest, Seen, Stamped};
pub use few::Few;
pub use few_seen::FewSeen;
pub use recent_hours::RecentHours;
pub use register::{Reading, Register};
pub use sketch::{Count, Sketch};
pub use timeline::{Entry, Timeline};

/// A value that merges with another of its kind: associative, commutative, idempotent.
pub trait Join {
    /// Takes in all that `other` knows. Returns whether `self` changed.
    fn join(&mut self, other: &Self) -> bool;
}

impl<T: Join + Clone> Join for Option<T> {
    fn join(&mut self, other: &Self) -> bool {
        match (self, other) {
            (_, None) => false,
            (Some(mine), Some(theirs)) => mine.join(theirs),
            (mine @ None, theirs) => {
                mine.clone_from(theirs);
                true
            }
        }
    }
}

/// Key by key. It grows with its keys: only for keys that are few by nature.
impl<K: Ord + Clone, V: Join + Clone> Join for BTreeMap<K, V> {
    fn join(&mut self, other: &Self) -> bool {
        let mut changed = false;
        for (key, theirs) in other {
            if let Some(mine) = self.get_mut(key) {
                changed |= mine.join(theirs);
            } else {
                self.insert(key.clone(), theirs.clone());
                changed = true;
            }
        }
        changed
    }
}

/// The union. It grows with its values: only for values that are few by nature.
impl<T: Ord + Clone> Join for BTreeSet<T> {
    fn join(&mut self, other: &Self) -> bool {
        let before = self.len();
        for value in other {
            if !self.contains(value) {
                self.insert(value.clone());
            }
        }
        self.len() != before
    }
}

/// Implements [`Join`] for a struct, field by field.
///
/// The list names every field, in any order: one left out does not compile. Fields after `keeps` are what a
/// document is *about* (equal on both sides by construction); they stay as they are.
///
/// ```
/// use keytrail_engine::ids::Region;
/// use keytrail_engine::join_fields;
/// use keytrail_engine::lattice::{Any, Join, Seen};
/// use keytrail_engine::time::Time;
///
/// struct Use {
///     region: Region,
///     seen: Seen,
///     denied: Any,
/// }
/// join_fields!(Use { seen, denied } keeps { region });
///
/// let mut one = Use { region: Region::global(), seen: Seen::default(), denied: Any::default() };
/// let two = Use { region: Region::global(), seen: Seen::at(Time::from_millis(5)), denied: Any(true) };
/// assert!(one.join(&two));
/// assert!(!one.join(&two), "nothing new the second time");
/// ```
#[macro_export]
macro_rules! join_fields {
    ($name:ident { $($field:ident),+ $(,)? } $(keeps { $($kept:ident),+ $(,)? })?) => {
        impl $crate::lattice::Join for $name {
            fn join(&mut self, other: &Self) -> bool {
                let Self { $($field,)+ $($($kept: _,)+)? } = self;
                let mut changed = false;
                $(changed |= $crate::lattice::Join::join($field, &other.$field);)+
                changed
            }
        }
    };
}

#[cfg(test)]
mod tests {
    use super::laws::{self, Absorb};
    use super::*;
    use crate::time::Time;
    use proptest::prelude::*;
    use serde::{Deserialize, Serialize};

    #[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
    struct Story {
        by_kind: BTreeMap<u8, Seen>,
        kinds: BTreeSet<u8>,
        newest: Option<Latest<u8>>,
        odd: Any,
    }
    join_fields!(Story { by_kind, kinds, newest, odd });

    impl Absorb<(i64, u8)> for Story {
        fn take(&mut self, &(millis, kind): &(i64, u8)) -> bool {
            let at = Time::from_millis(millis);
            let mut changed = !self.by_kind.contains_key(&kind);
            changed |= self.by_kind.entry(kind).or_default().absorb(at);
            changed |= self.kinds.insert(kind);
            changed |= self.newest.get_or_insert_default().absorb(at, &kind);
            if kind % 2 == 1 {
                changed |= self.odd.raise();
            }
            changed
        }
    }

    proptest! {
        #[test]
        fn maps_sets_options_and_structs_converge(
            deliveries in laws::deliveries((0_i64..20, 0_u8..5), 0..20)
        ) {
            laws::converges::<Story, _>(&deliveries)?;
        }
    }
}
