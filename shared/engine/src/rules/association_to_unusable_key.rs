//! A log target was given a KMS key that can't encrypt logs.

use super::Rule;
use super::standing::{Standing, standing_on};
use super::unreadable::kin;
use crate::document::{CLOCK_TOLERANCE, Deletion, Document, Facts, KmsKey};
use crate::event::KmsKeyState;
use crate::finding::{Finding, Severity};
use crate::policy::Policy;
use crate::subject::{Kind, Part};
use crate::time::{Span, Time};
use crate::world::World;

pub(super) const RULE: Rule = Rule {
    id: "association_to_unusable_key",
    title: "Logs are associated with a KMS key that cannot encrypt them",
    why: "CloudWatch Logs needs an enabled symmetric encryption key: with any other, what is written is lost or can't be read.",
    severity: Severity::High,
    settle: Span::hours(0),
    judges: &[Kind::KmsKey],
    judge,
};

/// Judged on the key, whose document comes with those of its log targets: whichever of them changes, it is judged.
fn judge(document: &Document, world: &World, _: &Policy, now: Time) -> Vec<Finding> {
    let (Part::Main, Facts::KmsKey(key)) = (&document.part, &document.facts) else { return Vec::new() };
    let targets = standing_on(&document.subject, world, now);
    let found = targets.filter_map(|it| {
        let found = finding(&it, &unusable(key, it.entry.at)?);
        let gone = key.deletion(it.entry.at - CLOCK_TOLERANCE) != Deletion::No;
        Some(if gone { kin(found, &document.subject, world, now) } else { found })
    });
    found.collect()
}

fn finding(it: &Standing<'_>, reason: &str) -> Finding {
    let by = &it.entry.value.by;
    let what =
        format!("{} was associated with KMS key {}, {reason}", super::log_target(it.subject), it.key.name);
    RULE.found(it.key, &it.entry.record.to_string(), what)
        .since(it.entry.at)
        .evidence("KMS key", Some(super::kms_arn(it.key)))
        .evidence("associated by", by.who.as_ref())
        .evidence("from", by.from.as_ref())
        .evidence("event", by.event_id.as_ref())
        .next(format!(
            "Associate an enabled key of spec SYMMETRIC_DEFAULT: {}",
            super::associate(it.subject, None)
        ))
}

/// Why a key was of no use at the moment of its association. What became of it later is for other rules.
///
/// Source: <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_AssociateKmsKey.html>
fn unusable(key: &KmsKey, at: Time) -> Option<String> {
    let make = key.make();
    if let Some(spec) = make.and_then(|make| make.spec.as_deref()).filter(|spec| *spec != "SYMMETRIC_DEFAULT")
    {
        return Some(format!("which is of spec {spec}"));
    }
    if let Some(usage) =
        make.and_then(|make| make.usage.as_deref()).filter(|usage| *usage != "ENCRYPT_DECRYPT")
    {
        return Some(format!("which is for {usage}"));
    }
    // A view looks a little ahead of its moment; what came after the association doesn't count.
    let then = at - CLOCK_TOLERANCE;
    match key.deletion(then) {
        Deletion::Done(since) => return Some(format!("which was deleted on {since}")),
        Deletion::Scheduled { .. } => return Some("which was waiting for its deletion".to_owned()),
        Deletion::No | Deletion::Contested => {}
    }
    match key.state(then)? {
        KmsKeyState::Disabled => Some("which was disabled".to_owned()),
        KmsKeyState::PendingImport => Some("which had no key material".to_owned()),
        KmsKeyState::Unavailable => Some("whose key store could not be reached".to_owned()),
        _ => None,
    }
}
