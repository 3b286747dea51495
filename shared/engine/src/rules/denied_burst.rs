//! Many refused calls in an hour.

use std::collections::BTreeMap;

use super::Rule;
use super::learnt::day;
use crate::document::{Document, Facts, Hour};
use crate::finding::{Finding, Severity};
use crate::policy::Policy;
use crate::subject::{Kind, Part};
use crate::time::{Span, Time};
use crate::world::World;

pub(super) const RULE: Rule = Rule {
    id: "denied_burst",
    title: "Many refused calls",
    why: "Who does not know what a key opens tries; a sender that is set up wrongly does the same.",
    severity: Severity::Low,
    settle: Span::hours(0),
    judges: &[Kind::Usage],
    judge,
};

/// From so many refused calls in an hour on. What a sender's usual refusals amount to stays below a quarter of its calls.
const BURST: u64 = 10;

fn judge(document: &Document, world: &World, _: &Policy, _: Time) -> Vec<Finding> {
    let (Part::Main, Facts::Usage(_)) = (&document.part, &document.facts) else { return Vec::new() };
    let Some((_, user)) = document.subject.service_and_user() else { return Vec::new() };
    let mut days: BTreeMap<String, Vec<&Hour>> = BTreeMap::new();
    for (_, hour) in world.hours(&document.subject) {
        let (denied, calls) = (hour.denied.count().number(), hour.calls.count().number());
        if let Some(first) = hour.seen.first.filter(|_| denied >= BURST && denied * 4 >= calls) {
            days.entry(day(first)).or_default().push(hour);
        }
    }
    let found = days.into_iter().filter_map(|(day, hours)| {
        let at = hours.iter().filter_map(|hour| hour.seen.first).min()?;
        let most = hours.iter().map(|hour| hour.denied.count().number()).max()?;
        let groups = hours.iter().flat_map(|hour| hour.log_groups.values());
        Some(
            RULE.found(
                &document.subject,
                &day,
                format!("Calls of user {user} are refused, {most} in an hour"),
            )
            .since(at)
            .evidence("such hours that day", Some(hours.len()))
            .evidence("networks", super::joined(hours.iter().flat_map(|hour| hour.networks.values())))
            .evidence("log groups", super::joined(groups))
            .next("Compare the sender's settings and the user's policy with what it asks for."),
        )
    });
    found.collect()
}
