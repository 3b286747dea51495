//! Calls from a provider's network that the user never called from.

use std::collections::BTreeMap;

use super::Rule;
use super::learnt::{Excuse, Learnt};
use crate::document::Document;
use crate::finding::{Finding, Severity};
use crate::geography::System;
use crate::ids::Network;
use crate::network::first_address;
use crate::policy::Policy;
use crate::subject::Kind;
use crate::time::{Span, Time};
use crate::world::World;

pub(super) const RULE: Rule = Rule {
    id: "first_seen_provider",
    title: "Bearer call from a new provider",
    why: "Senders move within their provider's networks; a thief calls from home, from a cheap host or through Tor.",
    severity: Severity::Low,
    settle: Span::hours(1),
    judges: &[Kind::Usage],
    judge,
};

/// Without a database that tells whose addresses are whose it finds nothing.
fn judge(document: &Document, world: &World, policy: &Policy, _: Time) -> Vec<Finding> {
    let atlas = &policy.networks.atlas;
    if atlas.is_empty() {
        return Vec::new();
    }
    let Some(learnt) = Learnt::of(document, policy) else { return Vec::new() };
    let Some(user) = learnt.user() else { return Vec::new() };
    let system = |network: &Network| atlas.system(first_address(network)?);
    let networks = &learnt.facts.sightings.networks;
    let old = networks.earliest().into_iter().filter(|(at, _)| *at <= learnt.since);
    let usual: BTreeMap<u32, System> =
        old.filter_map(|(_, network)| system(network)).map(|it| (it.number, it)).collect();
    // Whose first networks no database knows may come from any provider.
    if usual.is_empty() {
        return Vec::new();
    }
    let mut news: BTreeMap<u32, (Time, System, Vec<&Network>)> = BTreeMap::new();
    for (at, network) in learnt.strange_networks(Excuse::Shared, world, policy) {
        let Some(system) = system(network).filter(|it| !usual.contains_key(&it.number)) else { continue };
        let (first, _, its) = news.entry(system.number).or_insert((at, system, Vec::new()));
        *first = at.min(*first);
        its.push(network);
    }
    let found = news.into_iter().map(|(number, (at, system, networks))| {
        let what = format!(
            "User {user} calls from the networks of {system}, which none of its calls came from before"
        );
        RULE.found(learnt.subject, &format!("AS{number}"), what)
            .since(at)
            .evidence("networks there", super::joined(networks.iter()))
            .evidence("providers until then", super::joined(usual.values()))
            .next("If the sender has moved, say so: add the network to `networks.known` in the policy.")
    });
    found.collect()
}
