//! How rules name what can't be read without a KMS key.

use crate::dependents::{Dependent, Need};
use crate::finding::Finding;

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

fn describe(need: &Dependent) -> String {
    let target = super::log_target(&need.target);
    match need.need {
        Need::Now { since, .. } => format!("{target}, encrypted with it since {since}"),
        Need::Until { since, until } => format!("{target}, data from {since}, kept until {until}"),
        Need::ForEver { since } => format!("{target}, data from {since}, kept for ever as far as is known"),
    }
}
