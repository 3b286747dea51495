//! The two ends of a bounded set, as one piece of code: what holds of firsts holds, mirrored, of lasts.

use std::borrow::Borrow;
use std::cmp::Ordering;

use super::{BoundedSet, Held};
use crate::time::Time;

#[derive(Clone, Copy)]
pub(super) enum End {
    First,
    Last,
}

impl End {
    pub(super) const BOTH: [Self; 2] = [Self::First, Self::Last];

    /// Orders by rank: the best comes first, the worst last.
    fn rank<L: Ord + ?Sized>(self, a: &L, b: &L) -> Ordering {
        match self {
            Self::First => a.cmp(b),
            Self::Last => b.cmp(a),
        }
    }

    /// The one that ranks better; one that is there ranks before none.
    pub(super) fn better<L: Ord>(self, a: Option<L>, b: Option<L>) -> Option<L> {
        match (a, b) {
            (Some(a), Some(b)) => Some(if self.rank(&a, &b).is_le() { a } else { b }),
            (a, b) => a.or(b),
        }
    }
}

impl<T> Held<T> {
    pub(super) const fn at(&self, end: End) -> Option<Time> {
        match end {
            End::First => self.first,
            End::Last => self.last,
        }
    }

    pub(super) const fn slot(&mut self, end: End) -> &mut Option<Time> {
        match end {
            End::First => &mut self.first,
            End::Last => &mut self.last,
        }
    }
}

impl<T: Ord, const K: usize> BoundedSet<T, K> {
    fn ranked(&self, end: End) -> impl Iterator<Item = (Time, &T)> {
        self.values.iter().filter_map(move |held| Some((held.at(end)?, &held.value)))
    }

    /// What this end holds, the best first.
    pub(super) fn best(&self, end: End) -> Vec<(Time, &T)> {
        let mut best: Vec<_> = self.ranked(end).collect();
        best.sort_unstable_by(|a, b| end.rank(a, b));
        best
    }

    fn worst(&self, end: End) -> Option<(Time, &T)> {
        self.ranked(end).max_by(|a, b| end.rank(a, b))
    }

    fn has_forgotten(&self, end: End) -> bool {
        self.distinct.is_some() || self.values.iter().any(|held| held.at(end).is_none())
    }

    /// The worst that this end holds, once it forgot what ranked behind it.
    ///
    /// A set that was written under a smaller K has forgotten although it holds fewer than K: it is the
    /// limit, not the number, that says what is still complete.
    pub(super) fn limit(&self, end: End) -> Option<(Time, &T)> {
        if self.has_forgotten(end) { self.worst(end) } else { None }
    }

    /// Whether a sighting that this end does not hold belongs into it.
    pub(super) fn admits<Q>(&self, end: End, at: Time, value: &Q) -> bool
    where
        Q: Ord + ?Sized,
        T: Borrow<Q>,
    {
        if !self.has_forgotten(end) && self.ranked(end).count() < K {
            return true;
        }
        self.worst(end).is_some_and(|(worst, held)| end.rank(&(at, value), &(worst, held.borrow())).is_lt())
    }

    /// Whether a sighting of what it holds changes this end.
    pub(super) fn improves(&self, end: End, held: &Held<T>, at: Time) -> bool {
        match held.at(end) {
            Some(known) => end.rank(&at, &known).is_lt(),
            None => self.admits(end, at, &held.value),
        }
    }

    /// Forgets all but the K best moments of this end.
    pub(super) fn keep_best(&mut self, end: End) {
        for _ in K..self.ranked(end).count() {
            let held = self.values.iter_mut().filter(|held| held.at(end).is_some());
            let worst = held.max_by(|a, b| end.rank(&(a.at(end), &a.value), &(b.at(end), &b.value)));
            if let Some(worst) = worst {
                *worst.slot(end) = None;
            }
        }
    }

    /// Forgets the moments that rank behind a limit.
    pub(super) fn forget_beyond(&mut self, end: End, limit: Option<(Time, &T)>) {
        let Some(limit) = limit else { return };
        for held in &mut self.values {
            if held.at(end).is_some_and(|at| end.rank(&(at, &held.value), &limit).is_gt()) {
                *held.slot(end) = None;
            }
        }
    }
}
