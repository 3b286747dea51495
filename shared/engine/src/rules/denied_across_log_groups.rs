//! Refused calls for log groups that are none of the sender's.

use std::collections::BTreeMap;

use super::Rule;
use super::learnt::{Learnt, week};
use crate::document::Document;
use crate::finding::{Finding, Severity};
use crate::ids::LogGroupName;
use crate::lattice::Answer;
use crate::policy::Policy;
use crate::subject::Kind;
use crate::time::{Span, Time};
use crate::world::World;

pub(super) const RULE: Rule = Rule {
    id: "denied_across_log_groups",
    title: "Refused calls for log groups of others",
    why: "Somebody feels around for what the key opens; a sender knows where it sends to.",
    severity: Severity::Low,
    settle: Span::hours(1),
    judges: &[Kind::Usage],
    judge,
};

/// So many strange log groups in a calendar week: one may be a mistake.
const GROUPS: usize = 2;

fn judge(document: &Document, _: &World, policy: &Policy, _: Time) -> Vec<Finding> {
    let Some(learnt) = Learnt::of(document, policy) else { return Vec::new() };
    let Some(user) = learnt.user() else { return Vec::new() };
    let (refused, allowed) = (&learnt.facts.habits.refused, &learnt.facts.sightings.log_groups);
    let mut weeks: BTreeMap<i64, Vec<(Time, &LogGroupName)>> = BTreeMap::new();
    for (at, group) in learnt.news(refused) {
        // What the key has opened before is refused by mistake; what nobody remembers is unknown.
        let is_strange = match allowed.contains(group) {
            Answer::No => true,
            Answer::Yes { first: Some(first), .. } => first > at,
            Answer::Yes { first: None, .. } | Answer::Unknown => false,
        };
        if is_strange {
            weeks.entry(week(at)).or_default().push((at, group));
        }
    }
    let found = weeks.into_iter().filter(|(_, groups)| groups.len() >= GROUPS).map(|(week, groups)| {
        // The moment at which there were enough of them.
        let at = groups.get(GROUPS - 1).map(|(at, _)| *at);
        let count = groups.len();
        let what = format!("Calls of user {user} for {count} log groups that it never sent to are refused");
        let finding = RULE
            .found(learnt.subject, &format!("week {week}"), what)
            .evidence("refused", super::joined(groups.iter().map(|(_, group)| group)))
            .evidence("log groups until then", learnt.usual(allowed))
            .next("Find out who asks for them. If nobody knows it, switch the key off and replace it.");
        match at {
            Some(at) => finding.since(at),
            None => finding,
        }
    });
    found.collect()
}
