//! Calls in a region that the user never called in.

use super::Rule;
use super::learnt::Learnt;
use crate::document::Document;
use crate::finding::{Finding, Severity};
use crate::policy::Policy;
use crate::subject::Kind;
use crate::time::{Span, Time};
use crate::world::World;

pub(super) const RULE: Rule = Rule {
    id: "first_seen_region",
    title: "Bearer call in a new region",
    why: "A key works in every region, its sender seldom does.",
    severity: Severity::Low,
    settle: Span::hours(1),
    judges: &[Kind::Usage],
    judge,
};

fn judge(document: &Document, _: &World, policy: &Policy, _: Time) -> Vec<Finding> {
    let Some(learnt) = Learnt::of(document, policy) else { return Vec::new() };
    let (Some(user), values) = (learnt.user(), &learnt.facts.sightings.regions) else { return Vec::new() };
    let found = learnt.news(values).into_iter().map(|(at, value)| {
        let what = format!("User {user} calls in {value}, for the first time");
        RULE.found(learnt.subject, value.as_str(), what)
            .since(at)
            .evidence("regions until then", learnt.usual(values))
            .evidence("watched since", learnt.facts.sightings.allowed.first)
            .next("Ask whoever runs the sender whether it sends there.")
    });
    found.collect()
}
