//! A log group that the policy wants encrypted has no KMS key.

use super::Rule;
use crate::document::{Association, Document, Facts};
use crate::event::LogTargetName;
use crate::finding::{Finding, Severity};
use crate::policy::Policy;
use crate::subject::Kind;
use crate::time::{Span, Time};
use crate::world::World;

pub(super) const RULE: Rule = Rule {
    id: "log_group_without_key",
    title: "Log group without a KMS key",
    why: "The policy wants these logs encrypted with a key of yours. What is written now is not, and stays so.",
    severity: Severity::Medium,
    settle: Span::hours(0),
    judges: &[Kind::LogTarget],
    judge,
};

/// Found only where a record or a listing says that there is no key; a log group of which nobody said it is unknown.
fn judge(document: &Document, _: &World, policy: &Policy, now: Time) -> Vec<Finding> {
    let Facts::LogTarget(target) = &document.facts else { return Vec::new() };
    let Some(LogTargetName::LogGroup(name)) = document.subject.log_target_name() else { return Vec::new() };
    let wanted = policy.kms.encrypted_log_groups.iter().find(|pattern| pattern.matches(name.as_str()));
    let (Some(wanted), Association::None { since }) = (wanted, target.association(now)) else {
        return Vec::new();
    };
    if target.deleted(now) {
        return Vec::new();
    }
    // One finding for the name: a later record may move every moment in its history.
    let what = format!("Log group {name} has no KMS key, and the policy wants one");
    vec![
        RULE.found(&document.subject, "without key", what)
            .since(since)
            .evidence("wanted by", Some(wanted))
            .next(format!("Give it one: {}", super::associate(&document.subject, None))),
    ]
}
