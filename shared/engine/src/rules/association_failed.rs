//! Giving a log target a KMS key failed.

use super::Rule;
use crate::document::{Document, Facts, FailedAssociation};
use crate::finding::{Finding, Severity};
use crate::ids::RecordId;
use crate::policy::Policy;
use crate::subject::Kind;
use crate::time::{Span, Time};
use crate::world::World;

pub(super) const RULE: Rule = Rule {
    id: "association_failed",
    title: "Association of a log group with a KMS key failed",
    why: "Whoever asked for it believes that the logs are encrypted with that key. They are not.",
    severity: Severity::Medium,
    settle: Span::hours(0),
    judges: &[Kind::LogTarget, Kind::Account],
    judge,
};

fn judge(document: &Document, _: &World, _: &Policy, now: Time) -> Vec<Finding> {
    match &document.facts {
        Facts::LogTarget(target) => {
            // A later success settles what failed before, whatever became of it since.
            let recorded = target.associations.entries().filter(|entry| entry.value.key.is_some());
            let listed = target.observed.get().filter(|seen| seen.at <= now && seen.value.key.is_some());
            let healed = recorded
                .map(|entry| entry.at)
                .filter(|at| *at <= now)
                .chain(listed.map(|seen| seen.at))
                .max();
            let failures = target.failures.entries().filter(|failed| healed.is_none_or(|at| failed.at > at));
            failures.map(|failed| finding(document, failed.at, failed.record, &failed.value)).collect()
        }
        Facts::Account(account) => {
            let failures = account.failures.entries();
            failures.map(|failed| finding(document, failed.at, failed.record, &failed.value)).collect()
        }
        _ => Vec::new(),
    }
}

fn finding(document: &Document, at: Time, record: RecordId, failed: &FailedAssociation) -> Finding {
    let subject = &document.subject;
    let target = super::log_target(subject);
    RULE.found(subject, &record.to_string(), format!("Associating {target} with a KMS key failed: {}", failed.code))
        .since(at)
        .evidence("error", Some(&failed.code))
        .evidence("meaning", meaning(&failed.code))
        .evidence("KMS key", failed.key.as_ref().map(super::key_name))
        .evidence("tried by", failed.by.who.as_ref())
        .evidence("event", failed.by.event_id.as_ref())
        .next("Check that the key exists, is enabled and symmetric, and that its policy lets CloudWatch Logs use it; then associate it again.")
}

/// What AssociateKmsKey's own errors mean.
///
/// Source: <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_AssociateKmsKey.html>
fn meaning(code: &str) -> Option<&'static str> {
    Some(match code {
        "InvalidParameterException" => "the key does not exist, is disabled, or a parameter is wrong",
        "ResourceNotFoundException" => "the log group does not exist",
        "OperationAbortedException" => "another request for the same resource was under way",
        "ServiceUnavailableException" => "CloudWatch Logs could not complete the request",
        "AccessDeniedException" | "AccessDenied" => "the caller may not do this",
        "ResourceAlreadyExistsException" => "the log group exists already; its key was left as it was",
        _ => return None,
    })
}
