//! A KMS key will be deleted while logs hang on it.

use super::Rule;
use super::unreadable::{count, kin, named, unreadable};
use crate::action::ActionKind;
use crate::dependents::{dependents, last_hope_of, recoverable_from};
use crate::document::{CLOCK_TOLERANCE, Deletion, Document, Facts, KmsKey};
use crate::event::KmsKeyChange;
use crate::finding::{Finding, FindingId, Severity};
use crate::policy::Policy;
use crate::subject::{Kind, Part, SubjectId};
use crate::switched::by_keytrail;
use crate::time::{Span, Time};
use crate::world::World;

pub(super) const RULE: Rule = Rule {
    id: "kms_key_in_use_scheduled_for_deletion",
    title: "KMS key in use is scheduled for deletion",
    why: "When the key is gone, every log that was encrypted with it is unreadable for ever.",
    severity: Severity::Critical,
    settle: Span::hours(0),
    judges: &[Kind::KmsKey],
    judge,
};

/// Why it matters where another key of the set is known to be there, and nobody has scheduled that one.
const RECOVERABLE: &str = "When the key is gone, the logs that were encrypted with it are unreadable until it is replicated again from a related key. When the last of those is gone too, they are unreadable for ever.";

fn judge(document: &Document, world: &World, _: &Policy, now: Time) -> Vec<Finding> {
    let (Part::Main, Facts::KmsKey(key)) = (&document.part, &document.facts) else { return Vec::new() };
    let Deletion::Scheduled { record, asked, date, by } = key.deletion(now) else { return Vec::new() };
    let needs = dependents(&document.subject, world, now);
    let lost_with_it = last_hope_of(&document.subject, world, now);
    if needs.is_empty() && lost_with_it.is_empty() {
        return Vec::new();
    }
    let id = &document.subject.name;
    let end = date.map_or_else(
        || "waits for its replicas to be deleted".to_owned(),
        |date| format!("will be deleted on {date}"),
    );
    let what = if needs.is_empty() {
        let regions = super::joined(lost_with_it.iter().map(|(kin, _)| kin.region.to_string()));
        let regions = regions.unwrap_or_default();
        format!("KMS key {id} is the last with the material of the lost key in {regions}, and {end}")
    } else {
        format!("KMS key {id} protects {} and {end}", count(&needs))
    };
    let mut finding = RULE
        .found(&document.subject, &record.to_string(), what)
        .since(asked)
        .evidence("scheduled by", by.who.as_ref())
        .evidence("from", by.from.as_ref())
        .evidence("event", by.event_id.as_ref())
        .evidence("last moment to cancel", Some(date.map_or_else(unknown_date, |date| date.to_string())));
    finding = unreadable(finding, &needs);
    for (_, needs) in &lost_with_it {
        finding = named(finding, "becomes unreadable for ever", needs);
    }
    let left = recoverable_from(&document.subject, world, now);
    if lost_with_it.is_empty() && left.iter().any(|kin| world.kms_key(kin).is_some()) {
        finding.severity = Severity::High;
        finding.why = RECOVERABLE.into();
    }
    for step in steps(&document.subject) {
        finding = finding.next(step);
    }
    // The material lives on in a relative, from which KMS makes a replica of the same id anew.
    finding = kin(finding, &document.subject, world, now);
    vec![finding.remedy(Some(ActionKind::RescueKmsKey { key: document.subject.clone() }))]
}

/// What was found of a key whose deletion Keytrail itself has cancelled since, and nobody has scheduled again: its rescue may
/// not be over. As far as its role tells: where policy doesn't name Keytrail's roles, whoever cancelled counts as somebody else.
pub(crate) fn half_rescued(
    subject: &SubjectId,
    key: &KmsKey,
    finding: &FindingId,
    policy: &Policy,
    now: Time,
) -> Option<Finding> {
    let horizon = now + CLOCK_TOLERANCE;
    let mut changes = key.changes.entries().filter(|it| {
        let scheduled = matches!(it.value.change, KmsKeyChange::DeletionScheduled { .. });
        it.at <= horizon && (scheduled || it.value.change == KmsKeyChange::DeletionCancelled)
    });
    let of = |record: &str| FindingId::of(RULE.id, subject, record) == *finding;
    let asked = changes.find(|it| {
        matches!(it.value.change, KmsKeyChange::DeletionScheduled { .. }) && of(&it.record.to_string())
    })?;
    let cancelled = changes.next().filter(|it| it.value.change == KmsKeyChange::DeletionCancelled)?;
    if changes.next().is_some() || !by_keytrail(&cancelled.value.by, policy) {
        return None;
    }
    let what = format!("The deletion of KMS key {} was cancelled by Keytrail", subject.name);
    let found = RULE.found(subject, &asked.record.to_string(), what).since(asked.at);
    Some(found.remedy(Some(ActionKind::RescueKmsKey { key: subject.clone() })))
}

fn unknown_date() -> String {
    "not set: KMS sets it when the last replica is gone".to_owned()
}

fn steps(key: &SubjectId) -> [String; 2] {
    let (region, id) = (&key.region, super::quoted(&key.name));
    [
        format!("Cancel the deletion: aws kms cancel-key-deletion --region {region} --key-id {id}"),
        format!(
            "KMS leaves it disabled; switch it on again: aws kms enable-key --region {region} --key-id {id}"
        ),
    ]
}
