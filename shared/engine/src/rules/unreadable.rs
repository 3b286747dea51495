//! How rules name what can't be read without a KMS key, and from what a lost key comes back.

use crate::dependents::{Dependent, Need, has_imported_material, is_lost, relatives};
use crate::finding::Finding;
use crate::subject::SubjectId;
use crate::time::Time;
use crate::world::World;

/// Dependents that a finding names one by one.
const SHOWN: usize = 20;

/// How many log targets.
pub(super) fn count(needs: &[Dependent]) -> String {
    match needs.len() {
        1 => "a log target".to_owned(),
        many => format!("{many} log targets"),
    }
}

/// That they need it.
pub(super) fn need_it(needs: &[Dependent]) -> String {
    match needs.len() {
        1 => "a log target needs it".to_owned(),
        many => format!("{many} log targets need it"),
    }
}

/// Names the log targets, the first ones by name.
pub(super) fn unreadable(finding: Finding, needs: &[Dependent]) -> Finding {
    named(finding, "becomes unreadable", needs)
}

/// Names the log targets, the first ones by name, each under a label.
pub(super) fn named(mut finding: Finding, label: &str, needs: &[Dependent]) -> Finding {
    for need in needs.iter().take(SHOWN) {
        finding = finding.evidence(label, Some(describe(need)));
    }
    let more = needs.len().checked_sub(SHOWN).filter(|more| *more > 0);
    finding.evidence("and more", more)
}

/// Names the multi-Region keys with the same material as a key that goes: those from which it can be made again, and those that are
/// lost, or will be, themselves.
pub(super) fn kin(finding: Finding, key: &SubjectId, world: &World, now: Time) -> Finding {
    let (lost, left): (Vec<_>, Vec<_>) =
        relatives(key, world).into_iter().partition(|kin| is_lost(kin, world, now));
    let finding = finding
        .evidence("same material", arns(&left))
        .evidence("same material, deleted or scheduled for it too", arns(&lost));
    if left.is_empty() {
        return finding;
    }
    if has_imported_material(key, world) {
        return finding.next(
            "The keys with the same material do not bring it back: KMS copies no imported material. Whoever keeps it outside AWS must import it again.",
        );
    }
    let (region, id) = (&key.region, super::quoted(&key.name));
    finding.next(format!(
        "Once it is gone, while a key with the same material is left, it can be made again from the primary among them: aws kms replicate-key --region REGION_OF_THE_PRIMARY --key-id {id} --replica-region {region}"
    ))
}

/// Names the multi-Region keys with the same material as a key that is there and can't be used, and says that they are no help.
pub(super) fn no_help(finding: Finding, key: &SubjectId, world: &World, why: &str) -> Finding {
    let kin = relatives(key, world);
    if kin.is_empty() {
        return finding;
    }
    finding.evidence("same material", arns(&kin)).next(why)
}

/// Why the relatives of a key don't stand in for it.
pub(super) const OWN_REGION: &str =
    "The keys with the same material are no help: CloudWatch Logs uses the key of its own Region.";

fn arns(keys: &[SubjectId]) -> Option<String> {
    super::joined(keys.iter().map(super::kms_arn))
}

fn describe(need: &Dependent) -> String {
    let target = super::log_target(&need.target);
    match need.need {
        Need::Now { since, .. } => format!("{target}, encrypted with it since {since}"),
        Need::Until { since, until } => format!("{target}, data from {since}, kept until {until}"),
        Need::ForEver { since } => format!("{target}, data from {since}, kept for ever as far as is known"),
    }
}
