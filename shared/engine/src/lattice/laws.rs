//! The laws that every type here keeps, as one check for all: given the same facts, every way of delivering
//! them ends in the same value.

use std::fmt::Debug;

use proptest::collection::{SizeRange, vec};
use proptest::prelude::*;
use proptest::sample::Index;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::Join;

/// A lattice that takes facts of kind `F`.
pub(super) trait Absorb<F>:
    Join + Default + Clone + PartialEq + Debug + Serialize + DeserializeOwned
{
    /// Takes in one fact; returns whether anything changed.
    fn take(&mut self, fact: &F) -> bool;
}

/// Facts, and one way in which they reach several workers.
#[derive(Clone, Debug)]
pub(super) struct Deliveries<F> {
    /// In the order in which they were made.
    pub facts: Vec<F>,
    /// All of them, some repeatedly, in any order, each with the worker that it reaches.
    pub arrivals: Vec<(F, usize)>,
}

const WORKERS: usize = 4;

/// Any facts, delivered in any way.
pub(super) fn deliveries<F: Clone + Debug>(
    fact: impl Strategy<Value = F>,
    size: impl Into<SizeRange>,
) -> impl Strategy<Value = Deliveries<F>> {
    vec(fact, size)
        .prop_flat_map(|facts| {
            let repeats = if facts.is_empty() { 0 } else { 8 };
            (Just(facts), vec(any::<Index>(), 0..=repeats))
        })
        .prop_flat_map(|(facts, repeats)| {
            let mut sent = facts.clone();
            sent.extend(repeats.iter().map(|index| index.get(&facts).clone()));
            let workers = vec(0..WORKERS, sent.len());
            (Just(facts), Just(sent).prop_shuffle(), workers)
        })
        .prop_map(|(facts, sent, workers)| Deliveries {
            facts,
            arrivals: sent.into_iter().zip(workers).collect(),
        })
}

/// Checks every law on these deliveries and returns the value that all of them lead to.
pub(super) fn converges<L: Absorb<F>, F>(deliveries: &Deliveries<F>) -> Result<L, TestCaseError> {
    let mut end = L::default();
    for fact in &deliveries.facts {
        changes_when_it_says_so(&mut end, |state| state.take(fact))?;
    }
    for fact in &deliveries.facts {
        prop_assert!(!end.take(fact), "a repeat is nothing new");
    }

    let mut other_order = L::default();
    let mut parts: Vec<L> = vec![L::default(); WORKERS];
    for (fact, worker) in &deliveries.arrivals {
        changes_when_it_says_so(&mut other_order, |state| state.take(fact))?;
        parts[*worker].take(fact);
    }
    prop_assert_eq!(&other_order, &end, "one by one, in another order");

    for part in parts.iter().chain([&end]) {
        let json = serde_json::to_string(part).map_err(|e| TestCaseError::fail(e.to_string()))?;
        let read: L = serde_json::from_str(&json).map_err(|e| TestCaseError::fail(format!("{e}: {json}")))?;
        prop_assert_eq!(&read, part, "{}", json);
    }

    let [a, b, c, d] = <[L; WORKERS]>::try_from(parts).map_err(|_| TestCaseError::fail("workers"))?;
    prop_assert_eq!(&join(&a, &b)?, &join(&b, &a)?, "commutative");
    prop_assert_eq!(&join(&join(&a, &b)?, &c)?, &join(&a, &join(&b, &c)?)?, "associative");
    prop_assert_eq!(&join(&a, &a)?, &a, "idempotent");
    prop_assert_eq!(&join(&a, &L::default())?, &a, "nothing adds nothing");
    prop_assert_eq!(&join(&end, &b)?, &end, "what is known adds nothing");

    prop_assert_eq!(&join(&join(&a, &b)?, &join(&c, &d)?)?, &end, "parts, joined as a tree");
    prop_assert_eq!(&join(&d, &join(&c, &join(&b, &a)?)?)?, &end, "parts, joined one after another");

    let mut mixed = join(&b, &a)?;
    for (fact, _) in deliveries.arrivals.iter().filter(|(_, worker)| *worker == 2) {
        mixed.take(fact);
    }
    prop_assert_eq!(&join(&mixed, &d)?, &end, "absorbed and joined in turn");
    Ok(end)
}

fn join<L: Join + Clone + PartialEq + Debug>(one: &L, two: &L) -> Result<L, TestCaseError> {
    let mut joined = one.clone();
    changes_when_it_says_so(&mut joined, |state| state.join(two))?;
    Ok(joined)
}

fn changes_when_it_says_so<L: Clone + PartialEq + Debug>(
    state: &mut L,
    change: impl FnOnce(&mut L) -> bool,
) -> Result<(), TestCaseError> {
    let before = state.clone();
    let said = change(state);
    prop_assert_eq!(said, *state != before, "whether it changed: {:?} to {:?}", before, state);
    Ok(())
}
