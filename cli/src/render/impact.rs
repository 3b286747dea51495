//! What depends on a KMS key, for people.

use std::fmt::Write as _;

use keytrail_engine::time::Time;

use super::prose::{day, minute};
use super::table::Columns;
use super::tables::{kms_keys, target_name};
use crate::report::ImpactReport;

/// What depends on a KMS key.
pub fn impact(report: &ImpactReport, now: Time, width: usize) -> String {
    let mut text = kms_keys(std::slice::from_ref(&report.key), now, width);
    let many = super::plural(report.dependents.len() as u64, "log target needs", "log targets need");
    let answer = match report.verdict {
        "in_use" => format!("IN USE: {many} it."),
        "no_dependency" => {
            "NO DEPENDENCY in CloudWatch Logs is known, and all that could depend on it is.".to_owned()
        }
        _ => "UNKNOWN: nothing is known to depend on it, but not all is known.".to_owned(),
    };
    // Writing to a string never fails.
    let _ = write!(text, "\n{answer}\n\n");
    if !report.dependents.is_empty() {
        text += &dependents(report, width);
        let until = match report.free_from {
            Some(at) => format!("From {} on, none of them will need it.", minute(at)),
            None => "No day is known from which none of them will need it.".to_owned(),
        };
        let _ = write!(text, "\n{until}\n");
    }
    for relative in &report.relatives {
        let _ = writeln!(
            text,
            "The key of {} has the same material: a lost one can be replicated from it.",
            relative.region
        );
    }
    for lost in &report.lost {
        let _ = writeln!(
            text,
            "The key of {} with the same material is deleted or will be: what hangs on it can be read again only while this one is left.",
            lost.region
        );
    }
    for missing in &report.missing {
        let _ = writeln!(text, "Not known: {missing}.");
    }
    let _ = writeln!(text, "{}\n\nAs of {now}.", report.caution);
    text
}

fn dependents(report: &ImpactReport, width: usize) -> String {
    let mut columns = Columns::new(&["LOG TARGET", "ACCOUNT", "REGION", "NEEDS IT", "SINCE"], width);
    for it in &report.dependents {
        let needs = match (it.need, it.until) {
            ("now", _) if it.pending => "now (may take five minutes)".to_owned(),
            ("now", _) => "now".to_owned(),
            (_, Some(until)) => format!("until {}", minute(until)),
            _ => "for ever, as far as is known".to_owned(),
        };
        let (account, region) = (it.target.account.to_string(), it.target.region.to_string());
        columns.row(vec![target_name(&it.target), account, region, needs, day(it.since)]);
    }
    columns.text()
}
