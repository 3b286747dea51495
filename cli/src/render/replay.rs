//! A replay for people.

use std::fmt::Write as _;

use keytrail_engine::finding::Severity;
use keytrail_engine::time::Time;

use super::prose::{lacks, plural, thousands, wrapped};
use super::visible::visible;
use super::{DIM, HEADING, tables};
use crate::report::Report;

/// Rows that a replay shows of each kind; the rest is for the commands and formats that show nothing else.
const ROWS: usize = 100;

/// A replay: what was read, what there is, what is wrong.
pub fn replay(report: &Report, width: usize) -> String {
    let now = report.now.unwrap_or_default();
    let mut out = String::new();
    section(&mut out, "API keys", &report.keys, |rows| tables::keys(rows, now, width));
    section(&mut out, "KMS keys", &report.kms_keys, |rows| tables::kms_keys(rows, now, width));
    section(&mut out, "Log targets", &report.log_targets, |rows| tables::log_targets(rows, width));
    if !report.findings.is_empty() {
        let shown = report.findings.get(..ROWS).unwrap_or(&report.findings);
        out += &super::findings(shown, width);
        more(&mut out, report.findings.len() - shown.len());
    }
    withheld(&mut out, report);
    unresolved(&mut out, report, width);
    out += &summary(report);
    out
}

fn section<R>(out: &mut String, title: &str, rows: &[R], table: impl Fn(&[R]) -> String) {
    if rows.is_empty() {
        return;
    }
    // Writing to a string never fails, here and below.
    let _ = writeln!(out, "{HEADING}{title}{HEADING:#} ({})", thousands(rows.len() as u64));
    let shown = rows.get(..ROWS).unwrap_or(rows);
    out.push_str(&table(shown));
    more(out, rows.len() - shown.len());
    out.push('\n');
}

fn more(out: &mut String, left: usize) {
    if left > 0 {
        let _ = writeln!(out, "{DIM}… and {} more: use --format json{DIM:#}", thousands(left as u64));
    }
}

fn withheld(out: &mut String, report: &Report) {
    if report.withheld.is_empty() {
        return;
    }
    let _ = writeln!(out, "{HEADING}Held back{HEADING:#} ({})", report.withheld.len());
    for held in report.withheld.iter().take(ROWS) {
        let (action, target) = (held.action.kind.word(), held.action.kind.target());
        let _ = writeln!(out, "  {action} {}: {}", visible(&target), visible(&held.reason.to_string()));
    }
    more(out, report.withheld.len().saturating_sub(ROWS));
    out.push('\n');
}

fn unresolved(out: &mut String, report: &Report, width: usize) {
    if report.unresolved.is_empty() {
        return;
    }
    let _ = writeln!(
        out,
        "{HEADING}Unresolved{HEADING:#} ({}): records that should mean something and say too little. Their shapes \
         hold no\nvalues; please report them.",
        thousands(report.unresolved_count)
    );
    for it in report.unresolved.iter().take(ROWS) {
        let (name, source) = (visible(&it.name), visible(&it.source));
        let count = plural(it.count, "record", "records");
        let file = visible(&it.example.file);
        let _ = writeln!(out, "  {name} of {source}: {}; {count}, the first in {file}", lacks(it.lacks));
        let _ = writeln!(out, "{DIM}{}{DIM:#}", wrapped(&visible(&it.shape), width, "    "));
    }
    more(out, report.unresolved.len().saturating_sub(ROWS));
    out.push('\n');
}

fn summary(report: &Report) -> String {
    let mut text = format!(
        "Read {} from {}: {}, {} of no concern",
        plural(report.records, "record", "records"),
        plural(report.files, "file", "files"),
        plural(report.events, "event", "events"),
        plural(report.ignored_count, "record", "records"),
    );
    if report.unresolved_count > 0 {
        let _ = write!(text, ", {} unresolved", thousands(report.unresolved_count));
    }
    if report.skipped_count > 0 {
        let _ = write!(text, ", {} SKIPPED", thousands(report.skipped_count));
    }
    if !report.passed_over.is_empty() {
        let reasons: Vec<_> =
            report.passed_over.iter().map(|(why, count)| format!("{count} {why}")).collect();
        let _ = write!(text, " (passed over: {})", reasons.join(", "));
    }
    text.push_str(".\n");
    let counts = Severity::ALL.iter().rev().filter_map(|severity| {
        let count = report.findings.iter().filter(|finding| finding.severity == *severity).count();
        (count > 0).then(|| format!("{count} {severity}"))
    });
    let counts: Vec<_> = counts.collect();
    let findings = if counts.is_empty() { "nothing".to_owned() } else { counts.join(", ") };
    let _ = writeln!(text, "Found {findings}{}.", as_of(report.now));
    text
}

fn as_of(now: Option<Time>) -> String {
    now.map(|now| format!(", as of {now}")).unwrap_or_default()
}
