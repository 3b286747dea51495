//! Calls from a network that the user never called from.

use super::Rule;
use super::learnt::{Excuse, Learnt};
use crate::document::Document;
use crate::finding::{Finding, Severity};
use crate::ids::Network;
use crate::policy::Policy;
use crate::subject::Kind;
use crate::time::{Span, Time};
use crate::world::World;

pub(super) const RULE: Rule = Rule {
    id: "first_seen_network",
    title: "Bearer call from a new network",
    why: "A stolen key is used from somewhere else than where its sender runs.",
    severity: Severity::Low,
    // An earlier call from there may be recorded late, and so may the calls of others that share the network.
    settle: Span::hours(1),
    judges: &[Kind::Usage],
    judge,
};

fn judge(document: &Document, world: &World, policy: &Policy, _: Time) -> Vec<Finding> {
    let Some(learnt) = Learnt::of(document, policy) else { return Vec::new() };
    let far = learnt.strange_blocks(Excuse::Shared, world, policy).into_iter();
    let far = far.filter_map(|(at, block, networks)| finding(&learnt, at, block, &networks, Severity::Low));
    let near = learnt.strange_neighbours(world, policy).into_iter();
    let near = near.filter_map(|(at, network)| finding(&learnt, at, network, &[network], Severity::Info));
    far.chain(near).collect()
}

/// One for a new block, whatever number of its networks is used; one for a new network in a block that is known, which
/// may as well be the sender's own provider.
fn finding(
    learnt: &Learnt<'_>,
    at: Time,
    whence: &Network,
    networks: &[&Network],
    severity: Severity,
) -> Option<Finding> {
    let user = learnt.user()?;
    let usual = &learnt.facts.sightings.networks;
    let what = format!("User {user} calls from {whence}, where none of its calls came from before");
    let mut finding = RULE
        .found(learnt.subject, whence.as_str(), what)
        .since(at)
        .evidence("networks there", super::joined(networks.iter()))
        .evidence("networks until then", learnt.usual(usual))
        .evidence("watched since", learnt.facts.sightings.allowed.first)
        .next("If the sender has moved, say so: add the network to `networks.known` in the policy.");
    finding.severity = severity;
    Some(finding)
}
