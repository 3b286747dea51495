//! A KMS key is disabled while logs hang on it.

use super::Rule;
use super::unreadable::{OWN_REGION, named, need_it, no_help};
use crate::dependents::dependents;
use crate::document::{CLOCK_TOLERANCE, Deletion, Document, Facts};
use crate::event::{KmsKeyChange, KmsKeyState};
use crate::finding::{Finding, Severity};
use crate::policy::Policy;
use crate::subject::{Kind, Part};
use crate::time::{Span, Time};
use crate::world::World;

pub(super) const RULE: Rule = Rule {
    id: "kms_key_in_use_disabled",
    title: "KMS key in use is disabled",
    why: "While it is disabled, nobody can read what was encrypted with it, and what is written to its log groups is lost.",
    severity: Severity::High,
    settle: Span::hours(0),
    judges: &[Kind::KmsKey],
    judge,
};

fn judge(document: &Document, world: &World, _: &Policy, now: Time) -> Vec<Finding> {
    let (Part::Main, Facts::KmsKey(key)) = (&document.part, &document.facts) else { return Vec::new() };
    if key.state(now) != Some(KmsKeyState::Disabled) || key.deletion(now) != Deletion::No {
        return Vec::new();
    }
    let horizon = now + CLOCK_TOLERANCE;
    let disabling = key.changes.entries().rfind(|entry| {
        let disables = matches!(entry.value.change, KmsKeyChange::Disabled | KmsKeyChange::DeletionCancelled);
        disables && entry.at <= horizon
    });
    let Some(disabled) = disabling else { return Vec::new() };
    let needs = dependents(&document.subject, world, now);
    if needs.is_empty() {
        return Vec::new();
    }
    let (region, id) = (&document.subject.region, &document.subject.name);
    let cancelled = disabled.value.change == KmsKeyChange::DeletionCancelled;
    let finding = RULE
        .found(
            &document.subject,
            &disabled.record.to_string(),
            format!("KMS key {id} is disabled, and {}", need_it(&needs)),
        )
        .since(disabled.at)
        .evidence("disabled by", disabled.value.by.who.as_ref())
        .evidence("from", disabled.value.by.from.as_ref())
        .evidence("event", disabled.value.by.event_id.as_ref())
        .evidence(
            "how",
            cancelled.then_some("its deletion was cancelled, and KMS leaves a rescued key disabled"),
        );
    let id = super::quoted(id);
    let finding = named(finding, "can't be read meanwhile", &needs)
        .next(format!("Enable it again: aws kms enable-key --region {region} --key-id {id}"));
    vec![no_help(finding, &document.subject, world, OWN_REGION)]
}
