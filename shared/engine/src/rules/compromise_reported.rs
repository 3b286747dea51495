//! AWS says that an API key, or its user, is compromised.

use super::Rule;
use crate::action::ActionKind;
use crate::document::{ApiKey, Document, Facts, Standing};
use crate::event::CompromiseSource;
use crate::finding::{Finding, Severity};
use crate::ids::{CredentialId, RecordId, UserName};
use crate::policy::Policy;
use crate::subject::Kind;
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

fn judge(document: &Document, _: &World, _: &Policy, now: Time) -> Vec<Finding> {
    if let Facts::Account(account) = &document.facts {
        let reports = account.reports.entries();
        let found = reports.map(|report| {
            let who = format!("access key {}", report.value.access_key);
            finding(document, &who, report.at, report.record, &report.value.source, None)
        });
        return found.collect();
    }
    let name = &document.subject.name;
    let (reports, remedy, who) = match &document.facts {
        Facts::ApiKey(key) if key.standing(now) != Standing::Deleted => {
            (&key.reports, deactivate(name, key), format!("API key {name} of {}", super::user_of(key)))
        }
        Facts::User(user) => {
            let deny = ActionKind::DenyBearerCalls { user: UserName::new(name) };
            (&user.reports, Some(deny), format!("user {name}"))
        }
        _ => return Vec::new(),
    };
    let found = reports.entries().map(|report| {
        let remedy = remedy.clone().filter(|_| sure(&report.value));
        finding(document, &who, report.at, report.record, &report.value, remedy)
    });
    found.collect()
}

fn finding(
    document: &Document,
    who: &str,
    at: Time,
    record: RecordId,
    source: &CompromiseSource,
    remedy: Option<ActionKind>,
) -> Finding {
    RULE.found(
        &document.subject,
        &discriminator(source, record),
        format!("{} reports {who} as compromised", reporter(source)),
    )
    .since(at)
    .evidence("report", Some(detail(source)))
    .remedy(remedy)
    .next("Look at what was done with it since it was last trusted, then replace it.")
}

fn deactivate(name: &str, key: &ApiKey) -> Option<ActionKind> {
    let (user, service) = (key.user.value()?.clone(), key.service.value()?.clone());
    Some(ActionKind::DeactivateApiKey { key: CredentialId::new(name), user, service })
}

/// An exposure or compromise that AWS Health states as a fact. What is only suspected, and what GuardDuty or a
/// quarantine policy says of a user, pages a person.
fn sure(source: &CompromiseSource) -> bool {
    match source {
        CompromiseSource::Health(code) => {
            matches!(&**code, "AWS_RISK_CREDENTIALS_EXPOSED" | "AWS_RISK_CREDENTIALS_COMPROMISED")
        }
        CompromiseSource::GuardDuty { .. } | CompromiseSource::QuarantinePolicy(_) => false,
    }
}

/// Updates of a GuardDuty finding share its id; everything else is one record.
fn discriminator(source: &CompromiseSource, record: RecordId) -> String {
    match source {
        CompromiseSource::GuardDuty { finding_id, .. } => format!("guardduty/{finding_id}"),
        CompromiseSource::Health(_) | CompromiseSource::QuarantinePolicy(_) => record.to_string(),
    }
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
