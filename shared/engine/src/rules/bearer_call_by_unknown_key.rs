//! Bearer calls that belong to no API key that a record or a listing shows.

use std::collections::BTreeMap;

use super::Rule;
use crate::attribution::{Attribution, Candidates};
use crate::document::{Document, Facts, Hour};
use crate::ended::called_after;
use crate::finding::{Finding, Severity};
use crate::ids::CredentialId;
use crate::policy::Policy;
use crate::subject::{Kind, Part, SubjectId};
use crate::time::{Span, Time};
use crate::world::World;

pub(super) const RULE: Rule = Rule {
    id: "bearer_call_by_unknown_key",
    title: "Bearer call by an unknown API key",
    why: "Somebody uses an API key that Keytrail has never seen created or listed: it can be neither judged nor named.",
    severity: Severity::Medium,
    // The creation's record comes by another way (IAM reports in one region only) and may come later.
    settle: Span::hours(1),
    judges: &[Kind::Usage],
    judge,
};

fn judge(document: &Document, world: &World, _: &Policy, _: Time) -> Vec<Finding> {
    let (Part::Main, Facts::Usage(_)) = (&document.part, &document.facts) else { return Vec::new() };
    let candidates = Candidates::of(&document.subject, world);
    let keys = document
        .subject
        .service_and_user()
        .map(|(service, user)| world.keys_of(&document.subject, &user, &service));
    let keys = keys.unwrap_or_default();
    // One finding per unknown id; id-less calls by calendar month.
    let mut unknown: BTreeMap<String, Vec<(Option<&CredentialId>, &Hour)>> = BTreeMap::new();
    for (credential, hour) in world.hours(&document.subject) {
        let Some(first) = hour.seen.first else { continue };
        let bucket = match credential {
            Some(id) if known(&document.subject, id, world) => continue,
            Some(id) => id.to_string(),
            // What comes after a key's end has a rule of its own.
            None if called_after(&keys, None, hour).is_some() => continue,
            None if candidates.attribute(hour) == Attribution::Unknown => {
                first.to_string().chars().take(7).collect()
            }
            None => continue,
        };
        unknown.entry(bucket).or_default().push((credential, hour));
    }
    unknown.into_iter().filter_map(|(bucket, hours)| finding(&document.subject, &bucket, &hours)).collect()
}

fn known(usage: &SubjectId, id: &CredentialId, world: &World) -> bool {
    world.api_key(&SubjectId::api_key(usage.partition.clone(), usage.account.clone(), id)).is_some()
}

fn finding(usage: &SubjectId, bucket: &str, hours: &[(Option<&CredentialId>, &Hour)]) -> Option<Finding> {
    let (service, user) = usage.service_and_user()?;
    let first = hours.iter().filter_map(|(_, hour)| hour.seen.first).min()?;
    let last = hours.iter().filter_map(|(_, hour)| hour.seen.last).max()?;
    let what = match hours.first()?.0 {
        Some(id) => {
            format!("User {user} calls {service} with API key {id}, which no record or listing shows")
        }
        None => format!("User {user} calls {service}, and no API key is known that could be used then"),
    };
    let list = format!(
        "aws iam list-service-specific-credentials --user-name {} --service-name {service}",
        super::quoted(user.as_str())
    );
    Some(
        RULE.found(usage, bucket, what)
            .since(first)
            .evidence("hours with calls", Some(hours.len()))
            .evidence("first call", Some(first))
            .evidence("last call", Some(last))
            .evidence("networks", super::joined(hours.iter().flat_map(|(_, hour)| hour.networks.values())))
            .evidence("user agents", super::joined(hours.iter().flat_map(|(_, hour)| hour.agents.values())))
            .next(format!("See which keys the user has: {list}")),
    )
}
