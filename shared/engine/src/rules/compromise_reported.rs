//! AWS says that an API key, or its user, is compromised.

use super::Rule;
use crate::action::{ActionKind, Reason};
use crate::compromise::{Claim, claims, key_closed, user_closed};
use crate::document::{ApiKey, Document, Facts, ReportEntry, Standing, User};
use crate::event::{CompromiseSource, Status};
use crate::finding::{Finding, Severity};
use crate::ids::{CredentialId, UserName};
use crate::lattice::Entry;
use crate::policy::Policy;
use crate::scope::reported;
use crate::silence::last_possible_use;
use crate::subject::{Kind, SubjectId};
use crate::time::{Span, Time};
use crate::world::World;

pub(super) const RULE: Rule = Rule {
    id: "compromise_reported",
    title: "Compromise reported",
    why: "Somebody outside may hold a working key to your account's logs.",
    severity: Severity::Critical,
    settle: Span::hours(0),
    judges: &[Kind::ApiKey, Kind::User, Kind::Account],
    judge,
};

fn judge(document: &Document, world: &World, policy: &Policy, now: Time) -> Vec<Finding> {
    match &document.facts {
        Facts::ApiKey(key) => of_key(document, key, world, policy, now),
        Facts::User(user) => of_user(document, user, world, policy, now),
        Facts::Account(account) => {
            let found = account.reports.entries().flat_map(|report| {
                let who = format!("access key {}", report.value.access_key);
                let value = ReportEntry { source: report.value.source.clone(), own_envelope: true };
                let entry = Entry { at: report.at, record: report.record, revision: 0, value };
                let claims = claims(std::iter::once(&entry), |_| false, policy);
                claims.iter().map(|claim| finding(document, &who, claim, "")).collect::<Vec<_>>()
            });
            found.collect()
        }
        _ => Vec::new(),
    }
}

/// What is said of a key, and of its user where policy wants all keys of such a user switched off.
fn of_key(document: &Document, key: &ApiKey, world: &World, policy: &Policy, now: Time) -> Vec<Finding> {
    if key.standing(now) == Standing::Deleted {
        return Vec::new();
    }
    let (subject, closed) = (&document.subject, |said| key_closed(key, said, now));
    let name = &subject.name;
    let who = format!("API key {name} of {}", super::user_of(key));
    let deactivate = deactivate(name, key);
    let scoped = |found: Finding| {
        let found = reported(found, subject, key, world, policy, now);
        super::replace_key(key, name, policy, now).into_iter().fold(found, Finding::next)
    };
    let own = claims(key.reports.entries(), closed, policy);
    let own =
        own.iter().map(|claim| acted(scoped(finding(document, &who, claim, "")), claim, deactivate.clone()));
    let mut found: Vec<Finding> = own.collect();
    let user = key.user.value().filter(|_| policy.compromise.all_keys);
    let user = user.and_then(|user| {
        world.user(&SubjectId::user(subject.partition.clone(), subject.account.clone(), user))
    });
    if let Some(user) = user {
        let whose = format!("{}, and so all its keys: API key {name}", super::user_of(key));
        let of_user = claims(user.reports.entries(), closed, policy);
        // A key that came after the report is not what was reported.
        let of_user = of_user
            .iter()
            .filter(|claim| claim.acts && key.created().is_none_or(|created| created <= claim.at));
        found.extend(of_user.map(|claim| {
            acted(scoped(finding(document, &whose, claim, "user/")), claim, deactivate.clone())
        }));
    }
    found
}

/// What is said of a user: denying its bearer calls needs no guess which of its keys is meant.
fn of_user(document: &Document, user: &User, world: &World, policy: &Policy, now: Time) -> Vec<Finding> {
    let name = &document.subject.name;
    let deny = ActionKind::DenyBearerCalls { user: UserName::new(name) };
    let closed = |said| user_closed(&document.subject, user, world, said, now);
    let keys = working_keys(&document.subject, user, world, now);
    let claims = claims(user.reports.entries(), closed, policy);
    let found = claims.iter().map(|claim| {
        let found = finding(document, &format!("user {name}"), claim, "").evidence("API keys", keys.as_ref());
        acted(found, claim, Some(deny.clone()))
    });
    found.collect()
}

fn finding(document: &Document, who: &str, claim: &Claim<'_>, of: &str) -> Finding {
    let what = format!("{} reports {who} as compromised", reporter(claim.source));
    let mut finding = RULE.found(&document.subject, &format!("{of}{}", claim.name), what);
    finding.severity = claim.severity;
    finding
        .since(claim.at)
        .evidence("report", Some(detail(claim.source)))
        .next("Look at what was done with it since it was last trusted, then replace it.")
}

fn acted(finding: Finding, claim: &Claim<'_>, remedy: Option<ActionKind>) -> Finding {
    let objection = (!claim.own_envelope).then_some(Reason::ForeignEnvelope);
    finding.remedy(remedy.filter(|_| claim.acts)).objection(objection.filter(|_| claim.acts))
}

fn deactivate(name: &str, key: &ApiKey) -> Option<ActionKind> {
    let (user, service) = (key.user.value()?.clone(), key.service.value()?.clone());
    Some(ActionKind::DeactivateApiKey { key: CredentialId::new(name), user, service })
}

/// The user's API keys that work, or may, each with the last call that may have been its own.
fn working_keys(subject: &SubjectId, user: &User, world: &World, now: Time) -> Option<String> {
    let may_work = |id: &&CredentialId| {
        let key = SubjectId::api_key(subject.partition.clone(), subject.account.clone(), id);
        let standing = world.api_key(&key).map_or(Standing::Unknown, |key| key.standing(now));
        !matches!(standing, Standing::Deleted | Standing::Is(Status::Inactive | Status::Expired))
    };
    let with_use = |id: &CredentialId| {
        let key = SubjectId::api_key(subject.partition.clone(), subject.account.clone(), id);
        match world.api_key(&key).and_then(|facts| last_possible_use(&key, facts, world)) {
            Some(last) => format!("{id} (last possible use {last})"),
            None => format!("{id} (no use seen)"),
        }
    };
    super::joined(user.key_ids().filter(may_work).map(with_use))
}

fn reporter(source: &CompromiseSource) -> &'static str {
    match source {
        CompromiseSource::Health(_) => "AWS Health",
        CompromiseSource::GuardDuty { .. } => "GuardDuty",
        CompromiseSource::QuarantinePolicy(_) => "AWS's quarantine policy",
    }
}

fn detail(source: &CompromiseSource) -> String {
    match source {
        CompromiseSource::Health(code) => code.to_string(),
        CompromiseSource::GuardDuty { finding_type, finding_id, severity_tenths, sample, archived } => {
            let severity = f64::from(*severity_tenths) / 10.0;
            let sample = if *sample { ", a sample" } else { "" };
            let archived = if *archived { ", archived" } else { "" };
            format!("{finding_type}, severity {severity}, finding {finding_id}{sample}{archived}")
        }
        CompromiseSource::QuarantinePolicy(policy) => policy.to_string(),
    }
}

#[cfg(test)]
mod tests;
