//! The imported material of a KMS key is gone, or will be soon, while logs hang on it.

use super::Rule;
use super::unreadable::{need_it, no_help, unreadable};
use crate::dependents::dependents;
use crate::document::{CLOCK_TOLERANCE, Deletion, Document, Facts};
use crate::event::KmsKeyChange;
use crate::finding::{Finding, Severity};
use crate::policy::Policy;
use crate::subject::{Kind, Part};
use crate::time::{Span, Time};
use crate::world::World;

pub(super) const RULE: Rule = Rule {
    id: "kms_key_material_deleted_or_expiring",
    title: "Imported material of a KMS key in use is gone or expires soon",
    why: "Without its material the key opens nothing. Only the very same material, from whoever keeps it outside AWS, brings the logs back.",
    severity: Severity::Critical,
    settle: Span::hours(0),
    judges: &[Kind::KmsKey],
    judge,
};

/// Material that expires within this time is reported. The owner must fetch it from outside AWS.
const SOON: Span = Span::days(14);

/// Related multi-Region keys have the material each for itself.
///
/// Source: <https://docs.aws.amazon.com/kms/latest/developerguide/multi-region-keys-import.html>
const NOT_COPIED: &str = "The related keys with the same material are no help: KMS copies no imported material from one to another.";

fn judge(document: &Document, world: &World, _: &Policy, now: Time) -> Vec<Finding> {
    let (Part::Main, Facts::KmsKey(key)) = (&document.part, &document.facts) else { return Vec::new() };
    if matches!(key.deletion(now), Deletion::Done(_)) {
        return Vec::new();
    }
    let horizon = now + CLOCK_TOLERANCE;
    let of_material = |change: &KmsKeyChange| {
        let (deleted, expired) = (KmsKeyChange::MaterialDeleted, KmsKeyChange::MaterialExpired);
        matches!(change, KmsKeyChange::MaterialImported { .. }) || *change == deleted || *change == expired
    };
    let newest = key.changes.entries().rfind(|entry| entry.at <= horizon && of_material(&entry.value.change));
    let Some(newest) = newest else { return Vec::new() };
    let id = &document.subject.name;
    let what = match newest.value.change {
        KmsKeyChange::MaterialDeleted => format!("The material of KMS key {id} was deleted"),
        KmsKeyChange::MaterialExpired => format!("The material of KMS key {id} has expired"),
        KmsKeyChange::MaterialImported { expires: Some(at) } if at <= now + SOON => {
            format!("The material of KMS key {id} expires on {at}")
        }
        _ => return Vec::new(),
    };
    let needs = dependents(&document.subject, world, now);
    if needs.is_empty() {
        return Vec::new();
    }
    let finding = RULE
        .found(&document.subject, &newest.record.to_string(), format!("{what}, and {}", need_it(&needs)))
        .since(newest.at)
        .evidence("by", newest.value.by.who.as_ref())
        .evidence("from", newest.value.by.from.as_ref())
        .evidence("event", newest.value.by.event_id.as_ref());
    let (region, id) = (&document.subject.region, super::quoted(id));
    let finding = unreadable(finding, &needs)
            .next("Find who keeps the key material outside AWS.")
            .next(format!(
                "Import the same material again: aws kms get-parameters-for-import --region {region} --key-id {id} --wrapping-algorithm RSAES_OAEP_SHA_256 --wrapping-key-spec RSA_4096, then aws kms import-key-material"
            ));
    vec![no_help(finding, &document.subject, world, NOT_COPIED)]
}
