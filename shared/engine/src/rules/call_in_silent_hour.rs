//! Calls at an hour of the week at which the user never calls.

use std::collections::BTreeMap;

use super::Rule;
use super::learnt::{Learnt, day};
use crate::document::Document;
use crate::finding::{Finding, Severity};
use crate::policy::Policy;
use crate::subject::Kind;
use crate::time::{Span, Time};
use crate::world::World;

pub(super) const RULE: Rule = Rule {
    id: "call_in_silent_hour",
    title: "Bearer call at an hour that is always silent",
    why: "A nightly job that calls at noon may be somebody else.",
    severity: Severity::Low,
    settle: Span::hours(1),
    judges: &[Kind::Usage],
    judge,
};

/// So many weeks before, the same hour and those beside it must have been silent; at least as many must be known.
const WEEKS: i64 = 4;

fn judge(document: &Document, world: &World, policy: &Policy, _: Time) -> Vec<Finding> {
    let Some(learnt) = Learnt::of(document, policy) else { return Vec::new() };
    let (Some(user), Some(first)) = (learnt.user(), learnt.facts.sightings.allowed.first) else {
        return Vec::new();
    };
    let hours = &learnt.facts.habits.hours;
    let mut days: BTreeMap<String, Vec<Time>> = BTreeMap::new();
    for (_, hour) in world.hours(&document.subject) {
        let Some(at) = hour.blocks.values().filter_map(|(_, seen)| seen.first).min() else { continue };
        let known = at > learnt.since && first + Span::days(7 * (WEEKS - 1)) <= at;
        let beside = |week: i64| (-1..=1).map(move |hour| Span::hours(hour - 7 * 24 * week));
        if known && !(1..=WEEKS).flat_map(beside).any(|ago| hours.contains(at + ago)) {
            days.entry(day(at)).or_default().push(at);
        }
    }
    let found = days.into_iter().filter_map(|(day, moments)| {
        let at = *moments.iter().min()?;
        let what = format!("User {user} calls at an hour at which it was silent for {WEEKS} weeks");
        Some(
            RULE.found(learnt.subject, &day, what)
                .since(at)
                .evidence("such hours that day", Some(moments.len()))
                .evidence("first call", Some(at))
                .evidence("hours with calls in ninety days", Some(hours.len()))
                .next("Ask whoever runs the sender whether its schedule changed."),
        )
    });
    found.collect()
}
