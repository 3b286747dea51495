//! How rules name what can't be read without a KMS key, and from what a lost key comes back.

use crate::dependents::{Dependent, Need, recoverable_from, relatives};
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
pub(super) fn unreadable(mut finding: Finding, needs: &[Dependent]) -> Finding {
    for need in needs.iter().take(SHOWN) {
        finding = finding.evidence("becomes unreadable", Some(describe(need)));
    }
    let more = needs.len().checked_sub(SHOWN).filter(|more| *more > 0);
    finding.evidence("and more", more)
}

/// Names the multi-Region keys with the same material: those from which a lost one can be made again, and those that are lost, or
/// will be, themselves.
pub(super) fn kin(finding: Finding, key: &SubjectId, world: &World, now: Time) -> Finding {
    let left = recoverable_from(key, world, now);
    let lost: Vec<SubjectId> = relatives(key, world).into_iter().filter(|kin| !left.contains(kin)).collect();
    let arns = |keys: &[SubjectId]| super::joined(keys.iter().map(super::kms_arn));
    let finding = finding
        .evidence("same material", arns(&left))
        .evidence("same material, deleted or scheduled for it too", arns(&lost));
    if left.is_empty() {
        return finding;
    }
    finding.next(
        "While one of the keys with the same material is left, a lost one can be replicated from it again.",
    )
}

fn describe(need: &Dependent) -> String {
    let target = super::log_target(&need.target);
    match need.need {
        Need::Now { since, .. } => format!("{target}, encrypted with it since {since}"),
        Need::Until { since, until } => format!("{target}, data from {since}, kept until {until}"),
        Need::ForEver { since } => format!("{target}, data from {since}, kept for ever as far as is known"),
    }
}
