//! The smallest lattices: the earliest, the latest, both, and whether at all.

use std::cmp::Ordering;

use serde::{Deserialize, Serialize};

use super::Join;
use crate::time::Time;

/// A value and its moment; ordered by moment, then value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Stamped<T> {
    /// When.
    pub at: Time,
    /// What.
    pub value: T,
}

/// The value with the least (time, value); `null` in JSON when there is none.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Earliest<T>(Option<Stamped<T>>);

/// The value with the greatest (time, value); `null` in JSON when there is none.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Latest<T>(Option<Stamped<T>>);

/// Replaces what the slot holds by what compares as `wanted` to it. Clones only what it keeps.
fn keep<T, Q>(slot: &mut Option<Stamped<T>>, at: Time, value: &Q, wanted: Ordering) -> bool
where
    Q: Ord + ToOwned<Owned = T> + ?Sized,
    T: std::borrow::Borrow<Q>,
{
    match slot {
        Some(held) if at.cmp(&held.at).then_with(|| value.cmp(held.value.borrow())) != wanted => false,
        _ => {
            *slot = Some(Stamped { at, value: value.to_owned() });
            true
        }
    }
}

macro_rules! extreme {
    ($name:ident, $wanted:expr) => {
        impl<T: Ord> $name<T> {
            /// Takes in one sighting. Returns whether anything changed.
            pub fn absorb<Q>(&mut self, at: Time, value: &Q) -> bool
            where
                Q: Ord + ToOwned<Owned = T> + ?Sized,
                T: std::borrow::Borrow<Q>,
            {
                keep(&mut self.0, at, value, $wanted)
            }

            /// The value and its moment.
            pub fn get(&self) -> Option<&Stamped<T>> {
                self.0.as_ref()
            }

            /// Its moment.
            pub fn at(&self) -> Option<Time> {
                self.0.as_ref().map(|held| held.at)
            }

            /// The value.
            pub fn value(&self) -> Option<&T> {
                self.0.as_ref().map(|held| &held.value)
            }
        }

        impl<T> Default for $name<T> {
            fn default() -> Self {
                Self(None)
            }
        }

        impl<T: Ord + Clone> Join for $name<T> {
            fn join(&mut self, other: &Self) -> bool {
                other.0.as_ref().is_some_and(|theirs| keep(&mut self.0, theirs.at, &theirs.value, $wanted))
            }
        }
    };
}

extreme!(Earliest, Ordering::Less);
extreme!(Latest, Ordering::Greater);

/// The first and last moment of something. Both or none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seen {
    /// The earliest sighting.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first: Option<Time>,
    /// The latest sighting.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last: Option<Time>,
}

impl Seen {
    /// Seen once.
    pub const fn at(at: Time) -> Self {
        Self { first: Some(at), last: Some(at) }
    }

    /// Takes in one sighting. Returns whether anything changed.
    pub fn absorb(&mut self, at: Time) -> bool {
        self.join(&Self::at(at))
    }

    /// Whether it was never seen.
    pub const fn is_never(&self) -> bool {
        self.last.is_none()
    }
}

impl Join for Seen {
    fn join(&mut self, other: &Self) -> bool {
        let earlier = other.first.filter(|theirs| self.first.is_none_or(|mine| *theirs < mine));
        let later = other.last.filter(|theirs| self.last.is_none_or(|mine| *theirs > mine));
        self.first = earlier.or(self.first);
        self.last = later.or(self.last);
        earlier.is_some() || later.is_some()
    }
}

/// Whether it happened at all. Once true, true.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Any(pub bool);

impl Any {
    /// It happened. Returns whether that is new.
    pub fn raise(&mut self) -> bool {
        !std::mem::replace(&mut self.0, true)
    }
}

impl Join for Any {
    fn join(&mut self, other: &Self) -> bool {
        other.0 && self.raise()
    }
}

#[cfg(test)]
mod tests {
    use super::super::laws::{self, Absorb};
    use super::*;
    use proptest::prelude::*;

    type Fact = (i64, String);

    impl Absorb<Fact> for Earliest<String> {
        fn take(&mut self, (millis, value): &Fact) -> bool {
            self.absorb(Time::from_millis(*millis), value.as_str())
        }
    }

    impl Absorb<Fact> for Latest<String> {
        fn take(&mut self, (millis, value): &Fact) -> bool {
            self.absorb(Time::from_millis(*millis), value.as_str())
        }
    }

    impl Absorb<Fact> for Seen {
        fn take(&mut self, (millis, _): &Fact) -> bool {
            self.absorb(Time::from_millis(*millis))
        }
    }

    impl Absorb<Fact> for Any {
        fn take(&mut self, (_, value): &Fact) -> bool {
            value == "c" && self.raise()
        }
    }

    proptest! {
        #[test]
        fn extremes_converge_on_the_extremes(deliveries in laws::deliveries((0_i64..5, "[a-c]"), 0..12)) {
            let facts = &deliveries.facts;
            let earliest = laws::converges::<Earliest<String>, _>(&deliveries)?;
            let latest = laws::converges::<Latest<String>, _>(&deliveries)?;
            let seen = laws::converges::<Seen, _>(&deliveries)?;
            let any = laws::converges::<Any, _>(&deliveries)?;

            let pair = |held: &Stamped<String>| (held.at.millis(), held.value.clone());
            prop_assert_eq!(earliest.get().map(pair), facts.iter().min().cloned());
            prop_assert_eq!(latest.get().map(pair), facts.iter().max().cloned());
            prop_assert_eq!((seen.first, seen.last), (earliest.at(), latest.at()));
            prop_assert_eq!(seen.is_never(), facts.is_empty());
            prop_assert_eq!(any.0, facts.iter().any(|(_, value)| value == "c"));
        }
    }

    #[test]
    fn json_is_for_people_too() {
        let mut latest = Latest::<String>::default();
        assert_eq!(serde_json::to_string(&latest).unwrap(), "null");
        latest.absorb(Time::from_millis(0), "Active");
        assert_eq!(
            serde_json::to_string(&latest).unwrap(),
            r#"{"at":"1970-01-01T00:00:00Z","value":"Active"}"#
        );
        assert_eq!(serde_json::to_string(&Seen::default()).unwrap(), "{}");
        assert_eq!(serde_json::to_string(&Any(true)).unwrap(), "true");
    }
}
