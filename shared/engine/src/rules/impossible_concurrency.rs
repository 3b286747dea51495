//! One user's key in use from two unrelated networks at the same time.

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
    id: "impossible_concurrency",
    title: "One key at two places at once",
    why: "A sender that moves is in one place after the other; a thief calls while the sender goes on.",
    severity: Severity::Low,
    settle: Span::hours(1),
    judges: &[Kind::Usage],
    judge,
};

fn judge(document: &Document, world: &World, policy: &Policy, _: Time) -> Vec<Finding> {
    let Some(learnt) = Learnt::of(document, policy) else { return Vec::new() };
    let strange = learnt.strange_blocks(Excuse::LongShared, world, policy);
    if strange.is_empty() {
        return Vec::new();
    }
    let is_strange = |block: &Network| strange.iter().any(|(_, it, _)| *it == block);
    let met = |block: &Network| {
        world.hours(&document.subject).find_map(|(_, hour)| {
            let (_, its) = hour.blocks.values().find(|(it, _)| *it == block)?;
            let (first, last) = (its.first?, its.last?);
            // Calls from elsewhere both after its first and before its last one.
            let (home, at) =
                hour.blocks.values().filter(|(it, _)| !is_strange(it)).find_map(|(it, home)| {
                    let overlap = home.first? < last && first < home.last?;
                    overlap.then_some((it.clone(), first.max(home.first?)))
                })?;
            Some((home, at, last))
        })
    };
    let found = strange.iter().filter_map(|(_, block, networks)| {
        let (user, (home, at, last)) = (learnt.user()?, met(block)?);
        let what = format!("User {user} calls from {block} and from {home} within minutes");
        Some(
            RULE.found(learnt.subject, block.as_str(), what)
                .since(at)
                .evidence("new networks", super::joined(networks.iter()))
                .evidence("last call of that hour from there", Some(last))
                .next("Find out what runs there. If it is yours, give it a key of its own."),
        )
    });
    found.collect()
}
