//! Findings, gravest first: what, why, on what it rests, what to do next.

use std::fmt::Write as _;

use anstyle::Style;
use keytrail_engine::finding::{Finding, Severity};

use super::prose::{minute, wrapped};
use super::visible::visible;
use super::{BAD, DIM, HEADING, WARNING};

/// Findings in the order given, under a heading for each severity.
pub fn findings(findings: &[Finding], width: usize) -> String {
    let mut out = String::new();
    for group in findings.chunk_by(|a, b| a.severity == b.severity) {
        let Some(first) = group.first() else { continue };
        let (style, word) = (style(first.severity), first.severity.word().to_uppercase());
        // Writing to a string never fails, here and below.
        let _ = writeln!(out, "{style}{word}{style:#} ({})\n", group.len());
        for finding in group {
            one(&mut out, finding, width);
        }
    }
    out
}

const fn style(severity: Severity) -> Style {
    match severity {
        Severity::Critical | Severity::High => BAD,
        Severity::Medium => WARNING,
        Severity::Low | Severity::Info => HEADING,
    }
}

fn one(out: &mut String, finding: &Finding, width: usize) {
    let what = wrapped(&visible(&finding.what), width, "  ");
    let _ = writeln!(out, "{HEADING}{what}{HEADING:#}");
    let since = finding.since.map(|at| format!(", since {} UTC", minute(at))).unwrap_or_default();
    let _ =
        writeln!(out, "  {DIM}{} in {}{since}{DIM:#}", finding.rule, visible(&finding.subject.to_string()));
    let _ = writeln!(out, "  {DIM}finding {}{DIM:#}", finding.id);
    let _ = writeln!(out, "{}", wrapped(&visible(&finding.why), width, "  "));
    let label_width = finding.evidence.iter().map(|it| it.label.chars().count()).max().unwrap_or_default();
    for evidence in &finding.evidence {
        let _ = writeln!(out, "    {:<label_width$}  {}", evidence.label, visible(&evidence.value));
    }
    for step in &finding.next {
        next(out, &visible(step), width);
    }
    out.push('\n');
}

/// A command stands on a line of its own, unbroken, so that it can be copied.
fn next(out: &mut String, step: &str, width: usize) {
    let (say, command) = match step.split_once(": aws ") {
        Some((say, command)) => (format!("{say}:"), Some(command)),
        None => (step.to_owned(), None),
    };
    let mut lines = wrapped(&say, width, "    ");
    lines.replace_range(..4.min(lines.len()), "  → ");
    let _ = writeln!(out, "{lines}");
    if let Some(command) = command {
        let _ = writeln!(out, "    aws {command}");
    }
}
