//! What speaks for a compromise: reports, told apart by what may follow from them.

use std::collections::BTreeMap;

use crate::document::{ApiKey, ReportEntry, User};
use crate::event::CompromiseSource;
use crate::finding::Severity;
use crate::lattice::Entry;
use crate::policy::Policy;
use crate::subject::SubjectId;
use crate::time::Time;
use crate::world::World;

/// From this severity on, in tenths, a GuardDuty finding may be acted upon.
///
/// Source: <https://docs.aws.amazon.com/guardduty/latest/ug/guardduty_findings-severity.html>
pub const SEVERE: u16 = 70;

/// A report, with all that was said of it later.
#[derive(Clone, Debug, PartialEq)]
pub struct Claim<'a> {
    /// What tells it from others; updates of a GuardDuty finding share it until one of them is severe.
    pub name: String,
    /// When it was first made.
    pub at: Time,
    /// Who makes it, as said last.
    pub source: &'a CompromiseSource,
    /// How bad that is.
    pub severity: Severity,
    /// Whether policy may act upon it. What is only suspected pages a person.
    pub acts: bool,
    /// Whether a delivery from the account itself makes it.
    pub own_envelope: bool,
}

/// The claims that reports make and that nobody has closed, in the order in which they were first made.
///
/// `closed` says whether what was first reported at a moment has been closed since; later updates of the same GuardDuty
/// finding then are closed with it.
pub fn claims<'a>(
    reports: impl Iterator<Item = &'a Entry<ReportEntry>>,
    closed: impl Fn(Time) -> bool,
    policy: &Policy,
) -> Vec<Claim<'a>> {
    let mut groups: BTreeMap<String, Vec<&Entry<ReportEntry>>> = BTreeMap::new();
    for report in reports {
        groups.entry(name_of(report)).or_default().push(report);
    }
    let open = groups.into_iter().filter(|(_, group)| !group.first().is_some_and(|first| closed(first.at)));
    let mut claims: Vec<Claim<'a>> = open.flat_map(|(name, group)| of_group(&name, &group, policy)).collect();
    claims.sort_by(|a, b| (a.at, &a.name).cmp(&(b.at, &b.name)));
    claims
}

/// Whether what was said of a key at a moment is closed: a person cleared the key since.
pub fn key_closed(key: &ApiKey, said: Time, now: Time) -> bool {
    key.course.cleared(now).is_some_and(|cleared| said <= cleared)
}

/// Whether what was said of a user at a moment is closed: a person cleared each key that the user had then and still has.
pub fn user_closed(subject: &SubjectId, user: &User, world: &World, said: Time, now: Time) -> bool {
    let key = |id| world.api_key(&SubjectId::api_key(subject.partition.clone(), subject.account.clone(), id));
    let was_there = |key: &&ApiKey| key.created().is_none_or(|created| created <= said);
    let keys: Vec<&ApiKey> = user.key_ids().filter_map(key).filter(was_there).collect();
    let is_gone = |key: &ApiKey| key.deleted.at().is_some_and(|at| at <= now);
    keys.iter().any(|key| key_closed(key, said, now))
        && keys.iter().all(|key| is_gone(key) || key_closed(key, said, now))
}

fn name_of(report: &Entry<ReportEntry>) -> String {
    match &report.value.source {
        CompromiseSource::GuardDuty { finding_id, .. } => format!("guardduty/{finding_id}"),
        CompromiseSource::Health(_) | CompromiseSource::QuarantinePolicy(_) => report.record.to_string(),
    }
}

/// The claims of one report and its updates: one, or two where a GuardDuty finding became severe only later, since that
/// is news and pages again.
fn of_group<'a>(name: &str, group: &[&'a Entry<ReportEntry>], policy: &Policy) -> Vec<Claim<'a>> {
    let (Some(first), Some(newest)) = (group.first(), group.last()) else { return Vec::new() };
    let claim = |name: String, first: &Entry<ReportEntry>, severity, acts, own_envelope| {
        let (at, source) = (first.at, &newest.value.source);
        Claim { name, at, source, severity, acts, own_envelope }
    };
    let CompromiseSource::GuardDuty { archived, .. } = &newest.value.source else {
        let (severity, acts) = of_aws(&newest.value.source);
        return vec![claim(name.to_owned(), first, severity, acts, newest.value.own_envelope)];
    };
    let severe = group.iter().find(|report| is_severe(&report.value.source));
    let mut claims = Vec::new();
    if severe.is_none_or(|severe| severe.at > first.at) {
        let mildest = guardduty_severity(&first.value.source);
        claims.push(claim(name.to_owned(), first, mildest, false, first.value.own_envelope));
    }
    if let Some(severe) = severe {
        let acts = !archived && listed(&newest.value.source, policy);
        let own = group.iter().any(|report| is_severe(&report.value.source) && report.value.own_envelope);
        let severity = guardduty_severity(&severe.value.source);
        claims.push(claim(format!("{name}/severe"), severe, severity, acts, own));
    }
    claims
}

/// What AWS Health and AWS's quarantine mean. An exposure or a compromise that Health states as a fact is acted upon.
fn of_aws(source: &CompromiseSource) -> (Severity, bool) {
    match source {
        CompromiseSource::Health(code) => match &**code {
            "AWS_RISK_CREDENTIALS_EXPOSED" | "AWS_RISK_CREDENTIALS_COMPROMISED" => (Severity::Critical, true),
            _ => (Severity::High, false),
        },
        CompromiseSource::QuarantinePolicy(_) | CompromiseSource::GuardDuty { .. } => {
            (Severity::Critical, false)
        }
    }
}

/// GuardDuty's own bands; a sample is no alarm, and what somebody archived is settled.
fn guardduty_severity(source: &CompromiseSource) -> Severity {
    match source {
        CompromiseSource::GuardDuty { sample: true, .. } => Severity::Info,
        CompromiseSource::GuardDuty { archived: true, .. } => Severity::Low,
        CompromiseSource::GuardDuty { severity_tenths: ..40, .. } => Severity::Low,
        CompromiseSource::GuardDuty { severity_tenths: ..SEVERE, .. } => Severity::Medium,
        CompromiseSource::GuardDuty { severity_tenths: ..90, .. } => Severity::High,
        _ => Severity::Critical,
    }
}

const fn is_severe(source: &CompromiseSource) -> bool {
    matches!(
        source,
        CompromiseSource::GuardDuty { severity_tenths: SEVERE.., sample: false, archived: false, .. }
    )
}

fn listed(source: &CompromiseSource, policy: &Policy) -> bool {
    let CompromiseSource::GuardDuty { finding_type, .. } = source else { return false };
    policy.compromise.guardduty_types.iter().any(|pattern| pattern.matches(finding_type))
}

#[cfg(test)]
mod tests;
