//! A status as a register ordered by event time.

use std::borrow::Borrow;

use serde::{Deserialize, Serialize};

use super::Join;
use crate::ids::RecordId;
use crate::time::Time;

/// What a history says of one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reading<V> {
    /// Nothing is known, or something that is forgotten may have said otherwise.
    Unknown,
    /// This value, since this second.
    Settled(V, Time),
    /// The newest second has two values, and records do not say which came last. Permits nothing.
    Contested,
}

impl<V> Reading<V> {
    /// The value, if there is one and no other.
    pub fn settled(self) -> Option<V> {
        match self {
            Self::Settled(value, _) => Some(value),
            Self::Unknown | Self::Contested => None,
        }
    }
}

/// More records than this that set one thing in one second are too many to tell apart.
const CLAIMS: usize = 8;

/// The newest value, and who says so.
///
/// Holds the newest *second* (one source writes whole seconds, another milliseconds, and both tell of the
/// same call) and what each record of that second said: at most `CLAIMS` records, those of the smallest
/// identity, and a flag when there were more. All of that is a function of the set of facts: a record among
/// the smallest in the end was among the smallest whenever it was looked at, so it was never dropped.
///
/// A correction in the same second supersedes its original. A correction that moves a record to an *earlier*
/// second cannot call the original back, for only the newest second is remembered: where that matters, keep a
/// [`Timeline`](super::Timeline).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Written<V>", bound(deserialize = "V: Ord + Clone + Deserialize<'de>"))]
pub struct Register<V> {
    #[serde(skip_serializing_if = "Option::is_none")]
    at: Option<Time>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    claims: Vec<Claim<V>>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    overflowed: bool,
}

/// What one record said: its highest revision alone. `rival` is there when one revision came with two values,
/// which no honest source sends; of more than two, the least and the greatest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Claim<V> {
    record: RecordId,
    #[serde(default, skip_serializing_if = "is_original")]
    revision: u8,
    value: V,
    #[serde(default = "none", skip_serializing_if = "Option::is_none")]
    rival: Option<V>,
}

fn none<V>() -> Option<V> {
    None
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands out references")]
pub(super) fn is_original(revision: &u8) -> bool {
    *revision == 0
}

impl<V: Ord> Claim<V> {
    fn absorb<Q>(&mut self, revision: u8, value: &Q) -> bool
    where
        Q: Ord + ToOwned<Owned = V> + ?Sized,
        V: Borrow<Q>,
    {
        if revision != self.revision {
            if revision > self.revision {
                (self.revision, self.value, self.rival) = (revision, value.to_owned(), None);
                return true;
            }
            return false;
        }
        let (least, greatest) = (self.value.borrow(), self.rival.as_ref().unwrap_or(&self.value).borrow());
        if value < least {
            let was = std::mem::replace(&mut self.value, value.to_owned());
            self.rival.get_or_insert(was);
            true
        } else if value > greatest {
            self.rival = Some(value.to_owned());
            true
        } else {
            false
        }
    }
}

impl<V: Ord> Register<V> {
    /// Takes in that `record`, in this revision, set `value` at `at`. Returns whether anything changed.
    pub fn absorb<Q>(&mut self, at: Time, record: RecordId, revision: u8, value: &Q) -> bool
    where
        Q: Ord + ToOwned<Owned = V> + ?Sized,
        V: Borrow<Q>,
    {
        let at = Some(at.floor_second());
        if at < self.at {
            return false;
        }
        if at > self.at {
            (self.at, self.overflowed) = (at, false);
            self.claims.clear();
        }
        match self.claims.binary_search_by_key(&record, |claim| claim.record) {
            Ok(index) => self.claims.get_mut(index).is_some_and(|claim| claim.absorb(revision, value)),
            Err(CLAIMS..) => !std::mem::replace(&mut self.overflowed, true),
            Err(index) => {
                self.claims.insert(index, Claim { record, revision, value: value.to_owned(), rival: None });
                self.overflowed |= self.claims.len() > CLAIMS;
                self.claims.truncate(CLAIMS);
                true
            }
        }
    }

    /// What the newest second says. Too many records to tell apart are contested.
    pub fn state(&self) -> Reading<&V> {
        let (Some(at), Some(newest)) = (self.at, self.claims.first()) else { return Reading::Unknown };
        let agreed = |claim: &Claim<V>| claim.rival.is_none() && claim.value == newest.value;
        if self.overflowed || !self.claims.iter().all(agreed) {
            return Reading::Contested;
        }
        Reading::Settled(&newest.value, at)
    }

    /// The newest second.
    pub const fn at(&self) -> Option<Time> {
        self.at
    }

    /// Every value that the newest second may have set, contested or not; with repeats.
    pub fn candidates(&self) -> impl Iterator<Item = &V> {
        self.claims.iter().flat_map(|claim| std::iter::once(&claim.value).chain(&claim.rival))
    }
}

impl<V> Default for Register<V> {
    fn default() -> Self {
        Self { at: None, claims: Vec::new(), overflowed: false }
    }
}

impl<V: Ord + Clone> Join for Register<V> {
    fn join(&mut self, other: &Self) -> bool {
        if other.at > self.at {
            self.clone_from(other);
            return true;
        }
        let Some(at) = other.at.filter(|_| other.at == self.at) else { return false };
        let mut changed = false;
        for claim in &other.claims {
            for value in std::iter::once(&claim.value).chain(&claim.rival) {
                changed |= self.absorb(at, claim.record, claim.revision, value);
            }
        }
        if other.overflowed && !self.overflowed {
            self.overflowed = true;
            changed = true;
        }
        changed
    }
}

/// The written form. Reading takes claims in one by one: no order or bound is taken on trust.
#[derive(Deserialize)]
struct Written<V> {
    #[serde(default)]
    at: Option<Time>,
    #[serde(default = "Vec::new")]
    claims: Vec<Claim<V>>,
    #[serde(default)]
    overflowed: bool,
}

impl<V: Ord + Clone> From<Written<V>> for Register<V> {
    fn from(written: Written<V>) -> Self {
        let mut register = Self::default();
        if let Some(at) = written.at {
            let Written { claims, overflowed, .. } = written;
            register.at = Some(at.floor_second());
            register.join(&Self { at: register.at, claims, overflowed });
        }
        register
    }
}

#[cfg(test)]
mod tests;
