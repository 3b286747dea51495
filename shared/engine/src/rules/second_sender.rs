//! Something new uses the key, and what used it before goes on.

use super::Rule;
use super::learnt::{Excuse, Learnt, product};
use crate::document::Document;
use crate::finding::{Finding, Severity};
use crate::policy::Policy;
use crate::subject::Kind;
use crate::time::{Span, Time};
use crate::world::World;

pub(super) const RULE: Rule = Rule {
    id: "second_sender",
    title: "A second sender uses the key",
    why: "A deployment or a move replaces what was there; a thief comes in addition to it.",
    severity: Severity::Low,
    settle: Span::hours(1),
    judges: &[Kind::Usage],
    judge,
};

/// A rollout is over by then. Moments are floored to the hour, so that two hours apart are more than one.
const ROLLOUT: Span = Span::hours(2);

fn judge(document: &Document, world: &World, policy: &Policy, _: Time) -> Vec<Finding> {
    let Some(learnt) = Learnt::of(document, policy) else { return Vec::new() };
    let Some(user) = learnt.user() else { return Vec::new() };
    let strange = learnt.strange_blocks(Excuse::LongShared, world, policy);
    let is_strange = |block: &str| strange.iter().any(|(_, it, _)| it.as_str() == block);
    let homes: Vec<(Time, &str)> = learnt
        .facts
        .habits
        .blocks
        .latest()
        .into_iter()
        .map(|(at, block)| (at, block.as_str()))
        .filter(|(_, block)| !is_strange(block))
        .collect();
    let places = strange.iter().filter_map(|(first, block, _)| {
        let (at, home) = homes.iter().find(|(at, _)| *at >= *first + ROLLOUT)?;
        Some((*first, *at, block.to_string(), (*home).to_owned()))
    });
    let agents = &learnt.facts.sightings.agents;
    let usual = |name: &str| {
        agents.earliest().into_iter().any(|(at, it)| at <= learnt.since && product(it.as_str()) == name)
    };
    let fresh = learnt.news(agents).into_iter().filter(|(_, agent)| !usual(product(agent.as_str())));
    let tools = fresh.filter_map(|(first, agent)| {
        let mut others = agents.latest().into_iter().filter(|(_, it)| {
            let since = agents.earliest().into_iter().find(|(_, one)| one == it).map(|(at, _)| at);
            product(it.as_str()) != product(agent.as_str()) && since.is_some_and(|since| since < first)
        });
        let (at, other) = others.find(|(at, _)| *at >= first + ROLLOUT)?;
        Some((first, at, agent.to_string(), other.to_string()))
    });
    let found = places.chain(tools).map(|(first, at, fresh, other)| {
        RULE.found(
            learnt.subject,
            &fresh,
            format!("User {user} calls from or with {fresh}, and {other} goes on"),
        )
        // Not the moment of the other's last call, which every further call would move.
        .since(first + ROLLOUT)
        .evidence("the new one since", Some(first))
        .evidence("the other again at", Some(at))
        .next("If both are yours, give each a key of its own.")
    });
    found.collect()
}
