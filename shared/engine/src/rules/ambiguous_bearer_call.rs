//! Bearer calls that may belong to more than one API key of their user.

use std::collections::BTreeMap;

use super::Rule;
use crate::attribution::{Attribution, Candidates};
use crate::document::{Document, Facts, Hour};
use crate::finding::{Finding, Severity};
use crate::ids::CredentialId;
use crate::policy::Policy;
use crate::subject::{Kind, Part, SubjectId};
use crate::time::{Span, Time};
use crate::world::World;

pub(super) const RULE: Rule = Rule {
    id: "ambiguous_bearer_call",
    title: "Bearer call that may belong to several API keys",
    why: "Two keys of one user can't be told apart in CloudTrail, so neither can be called unused, nor be blamed.",
    severity: Severity::Low,
    // A deactivation or deletion that leaves one candidate may still be on its way.
    settle: Span::hours(1),
    judges: &[Kind::Usage],
    judge,
};

fn judge(document: &Document, world: &World, _: &Policy, _: Time) -> Vec<Finding> {
    let (Part::Main, Facts::Usage(_)) = (&document.part, &document.facts) else { return Vec::new() };
    let candidates = Candidates::of(&document.subject, world);
    let mut ambiguous: BTreeMap<Vec<CredentialId>, Vec<&Hour>> = BTreeMap::new();
    for (credential, hour) in world.hours(&document.subject) {
        if credential.is_some() {
            continue;
        }
        if let Attribution::Ambiguous(keys) = candidates.attribute(hour) {
            ambiguous.entry(keys).or_default().push(hour);
        }
    }
    ambiguous.into_iter().filter_map(|(keys, hours)| finding(&document.subject, &keys, &hours)).collect()
}

fn finding(usage: &SubjectId, keys: &[CredentialId], hours: &[&Hour]) -> Option<Finding> {
    let (service, user) = usage.service_and_user()?;
    let first = hours.iter().filter_map(|hour| hour.seen.first).min()?;
    let last = hours.iter().filter_map(|hour| hour.seen.last).max()?;
    let discriminator = keys.iter().map(CredentialId::as_str).collect::<Vec<_>>().join(",");
    let what = format!("Calls of user {user} to {service} may belong to any of {} API keys", keys.len());
    Some(
        RULE.found(usage, &discriminator, what)
            .since(first)
            .evidence("candidates", super::joined(keys.iter()))
            .evidence("hours with calls", Some(hours.len()))
            .evidence("first call", Some(first))
            .evidence("last call", Some(last))
            .next("Give each API key a user of its own, so that its calls can be told apart.")
            .next("If one of them is the old key of a rotation, switch it off once its sender has moved."),
    )
}
