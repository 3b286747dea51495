//! One user's key in use at places that nobody gets between in that time.

use super::Rule;
use super::learnt::{Excuse, Learnt};
use crate::document::Document;
use crate::finding::{Finding, Severity};
use crate::geography::Place;
use crate::ids::Network;
use crate::lattice::Seen;
use crate::network::{first_address, lies_in};
use crate::policy::Policy;
use crate::subject::Kind;
use crate::time::{Span, Time};
use crate::world::World;

pub(super) const RULE: Rule = Rule {
    id: "impossible_travel",
    title: "One key at two distant places within the hour",
    why: "Who carries a key needs hours to get to another continent; a sender that is moved there needs minutes.",
    // What moves is mostly a deployment: a hint, and no more.
    severity: Severity::Info,
    settle: Span::hours(1),
    judges: &[Kind::Usage],
    judge,
};

/// No airliner is faster, in km/h.
const FASTEST: f64 = 1_000.0;
/// What databases say of a place is wrong by less, in km.
const FAR: f64 = 500.0;

/// Without a database that tells where addresses are it finds nothing. Calls that overlap are [`super::impossible_concurrency`]'s.
fn judge(document: &Document, world: &World, policy: &Policy, _: Time) -> Vec<Finding> {
    if policy.networks.atlas.is_empty() {
        return Vec::new();
    }
    let Some(learnt) = Learnt::of(document, policy) else { return Vec::new() };
    let Some(user) = learnt.user() else { return Vec::new() };
    let strange = learnt.strange_blocks(Excuse::LongShared, world, policy);
    let is_strange = |block: &Network| strange.iter().any(|(_, it, _)| *it == block);
    let place = |network: &Network| policy.networks.atlas.place(first_address(network)?);
    let networks = &learnt.facts.sightings.networks;
    let home_of = |block: &Network| {
        networks.earliest().into_iter().map(|(_, it)| it).find(|it| lies_in(it, block)).and_then(place)
    };
    let travelled = |block: &Network, there: &Place| {
        world.hours(&document.subject).find_map(|(_, hour)| {
            let (_, its) = hour.blocks.values().find(|(it, _)| *it == block)?;
            hour.blocks.values().filter(|(it, _)| !is_strange(it)).find_map(|(it, home)| {
                let (at, gap) = gap(&its, &home)?;
                let here = home_of(it)?;
                let (far, hours) = (there.kilometres_to(&here), gap.millis().max(1) as f64 / 3_600_000.0);
                (far >= FAR && far / hours > FASTEST).then_some((at, gap, far, here))
            })
        })
    };
    let found = strange.iter().filter_map(|(_, block, networks)| {
        let there = networks.iter().find_map(|network| place(network))?;
        let (at, gap, far, here) = travelled(block, &there)?;
        let named = |place: &Place| place.name.as_deref().unwrap_or("another place").to_owned();
        let minutes = gap.millis() / 60_000;
        let what = format!("User {user} calls from {} and, {minutes} minutes apart, from {}", named(&here), named(&there));
        Some(
            RULE.found(learnt.subject, block.as_str(), what)
                .since(at)
                .evidence("kilometres between them", Some(far.round()))
                .evidence("new networks", super::joined(networks.iter()))
                .next("Find out what runs there. If the sender was moved, add the network to `networks.known` in the policy."),
        )
    });
    found.collect()
}

/// The time between two spans that don't overlap, and when the later one begins.
fn gap(one: &Seen, two: &Seen) -> Option<(Time, Span)> {
    let between = |earlier: &Seen, later: &Seen| {
        let (last, first) = (earlier.last?, later.first?);
        (last <= first).then(|| (first, first.since(last)))
    };
    between(one, two).or_else(|| between(two, one))
}
