//! Calls with a user agent that the user never called with.

use super::Rule;
use super::learnt::{Learnt, product};
use crate::document::Document;
use crate::finding::{Finding, Severity};
use crate::policy::Policy;
use crate::subject::Kind;
use crate::time::{Span, Time};
use crate::world::World;

pub(super) const RULE: Rule = Rule {
    id: "first_seen_user_agent",
    title: "Bearer call with a new user agent",
    why: "Who uses a stolen key seldom uses the sender's own software.",
    severity: Severity::Low,
    settle: Span::hours(1),
    judges: &[Kind::Usage],
    judge,
};

fn judge(document: &Document, _: &World, policy: &Policy, _: Time) -> Vec<Finding> {
    let Some(learnt) = Learnt::of(document, policy) else { return Vec::new() };
    let (Some(user), agents) = (learnt.user(), &learnt.facts.sightings.agents) else { return Vec::new() };
    let usual: Vec<&str> = agents
        .earliest()
        .into_iter()
        .filter(|(at, _)| *at <= learnt.since)
        .map(|(_, agent)| product(agent.as_str()))
        .collect();
    // Without a single agent in the habits (a service that records none), there is nothing to differ from.
    let news = if usual.is_empty() { Vec::new() } else { learnt.news(agents) };
    let found = news.into_iter().map(|(at, agent)| {
        let is_upgrade = usual.contains(&product(agent.as_str()));
        let mut finding = RULE
            .found(
                learnt.subject,
                agent.as_str(),
                format!("User {user} calls with {agent}, for the first time"),
            )
            .since(at)
            .evidence("user agents until then", learnt.usual(agents))
            .evidence("another version of a known one", is_upgrade.then_some("yes"))
            .evidence("watched since", learnt.facts.sightings.allowed.first)
            .next("Ask whoever runs the sender whether it was deployed then.");
        if is_upgrade {
            finding.severity = Severity::Info;
        }
        finding
    });
    found.collect()
}
