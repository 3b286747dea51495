//! Many more calls in an hour than this hour of the week ever has.

use std::collections::BTreeMap;

use super::Rule;
use super::learnt::Learnt;
use crate::document::{Document, Habits};
use crate::finding::{Finding, Severity};
use crate::needs::{SPIKE_FROM, hours_like};
use crate::policy::Policy;
use crate::subject::Kind;
use crate::time::{Span, Time};
use crate::world::World;

pub(super) const RULE: Rule = Rule {
    id: "volume_spike",
    title: "Many more calls than usual",
    why: "Who holds a stolen key makes the most of it before it is switched off.",
    severity: Severity::Info,
    settle: Span::hours(1),
    judges: &[Kind::Usage],
    judge,
};

/// So many times what is usual is a spike; so many times is one that no sender's bad day explains.
const SPIKE: u64 = 4;
const FLOOD: u64 = 10;

fn judge(document: &Document, world: &World, policy: &Policy, _: Time) -> Vec<Finding> {
    let Some(learnt) = Learnt::of(document, policy) else { return Vec::new() };
    let Some(user) = learnt.user() else { return Vec::new() };
    let mut calls: BTreeMap<Time, u64> = BTreeMap::new();
    for (_, hour) in world.hours(&document.subject) {
        if let Some(first) = hour.seen.first {
            *calls.entry(first.floor_hour()).or_default() += hour.calls.count().number();
        }
    }
    let spikes = calls.iter().filter(|(at, number)| **number >= SPIKE_FROM && **at > learnt.since);
    let found = spikes.filter_map(|(at, number)| {
        let usual = usual(&learnt.facts.habits, &calls, *at, *number)?;
        let least = usual.max(SPIKE_FROM / SPIKE / 2);
        (*number >= SPIKE * least).then(|| {
            let what =
                format!("User {user} makes {number} calls in an hour that usually has {usual} at most");
            let mut finding = RULE
                .found(learnt.subject, &at.to_string(), what)
                .since(*at)
                .evidence("calls", Some(number))
                .evidence("second most in this hour of the last four weeks", Some(usual))
                .next("Ask whoever runs the sender what it did then.");
            if *number >= FLOOD * least {
                finding.severity = Severity::Low;
            }
            finding
        })
    });
    found.collect()
}

/// The second most calls of this hour of the week, or one beside it, in the weeks before: silent hours count as none, and
/// one earlier spike changes nothing, unless it was much like this one, as a monthly job's is. `None` where an hour that
/// had calls is not at hand, or too little is known.
fn usual(habits: &Habits, calls: &BTreeMap<Time, u64>, at: Time, number: u64) -> Option<u64> {
    let first = habits.hours.first()?;
    let known = hours_like(at).filter(|hour| *hour >= first);
    let mut before = Vec::new();
    for hour in known {
        before.push(match (habits.hours.contains(hour), calls.get(&hour)) {
            (_, Some(number)) => *number,
            (false, None) => 0,
            (true, None) => return None,
        });
    }
    before.sort_unstable();
    if before.last().is_some_and(|most| 2 * most >= number) {
        return None;
    }
    // Two weeks' worth of such hours.
    (before.len() >= 6).then(|| before.iter().rev().nth(1).copied().unwrap_or_default())
}
