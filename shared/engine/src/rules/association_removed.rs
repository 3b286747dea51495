//! Somebody took a log target's KMS key away.

use super::Rule;
use crate::document::{Association, Document, Facts};
use crate::event::KmsKeyRef;
use crate::finding::{Finding, Severity};
use crate::policy::Policy;
use crate::subject::Kind;
use crate::time::{Span, Time};
use crate::world::World;

pub(super) const RULE: Rule = Rule {
    id: "association_removed",
    title: "KMS key taken from a log group",
    why: "What is written from now on is no longer encrypted with your key; what was written before still needs the old one.",
    severity: Severity::Medium,
    settle: Span::hours(0),
    judges: &[Kind::LogTarget],
    judge,
};

fn judge(document: &Document, _: &World, _: &Policy, now: Time) -> Vec<Finding> {
    let Facts::LogTarget(target) = &document.facts else { return Vec::new() };
    if target.deleted(now) || !matches!(target.association(now), Association::None { .. }) {
        return Vec::new();
    }
    let Some(removal) = target.associations.entries().rfind(|entry| entry.value.key.is_none()) else {
        return Vec::new();
    };
    let before =
        target.associations.entries().rfind(|entry| entry.at < removal.at && entry.value.key.is_some());
    let old: Option<&KmsKeyRef> = before.and_then(|entry| entry.value.key.as_ref());
    let name = super::log_target(&document.subject);
    vec![
        RULE.found(
            &document.subject,
            &removal.record.to_string(),
            format!("{name} is no longer encrypted with a KMS key of yours"),
        )
        .since(removal.at)
        .evidence("old KMS key", old.map(super::key_name))
        .evidence("removed by", removal.value.by.who.as_ref())
        .evidence("from", removal.value.by.from.as_ref())
        .evidence("event", removal.value.by.event_id.as_ref())
        .next(format!(
            "If that was not meant, associate it again: {}",
            super::associate(&document.subject, old)
        ))
        .next("Keep the old key for as long as data written under it is kept."),
    ]
}
