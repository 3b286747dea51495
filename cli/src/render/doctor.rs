//! What is wrong with a deployment, for people.

use std::fmt::Write as _;

use super::prose::{plural, wrapped};
use super::{BAD, DIM, HEADING, WARNING, visible};
use crate::doctor::{Diagnosis, Weight};

/// A diagnosis. What comes from AWS is made visible: a name can hold anything.
pub fn diagnosis(found: &Diagnosis, stack: &str, width: usize) -> String {
    let mut text = String::new();
    for problem in &found.problems {
        let (word, style) = match problem.weight {
            Weight::Error => ("error", BAD),
            Weight::Warning => ("warning", WARNING),
        };
        // Writing to a string never fails.
        let _ = writeln!(text, "{style}{word}{style:#} {HEADING}{}{HEADING:#}", problem.check);
        let _ = writeln!(text, "{}", wrapped(&visible(&problem.what), width, "  "));
        let _ = writeln!(
            text,
            "{DIM}{}{DIM:#}\n",
            wrapped(&format!("To do: {}", visible(&problem.fix)), width, "  ")
        );
    }
    if !found.unread.is_empty() {
        let _ = writeln!(text, "{HEADING}Could not be looked at{HEADING:#}");
        for gap in &found.unread {
            let line = format!("{}: {} says {}", gap.about, gap.call, gap.code);
            let _ = writeln!(text, "{}", wrapped(&visible(&line), width, "  "));
        }
        text.push('\n');
    }
    if let Some(alert) = &found.test_alert {
        let line = format!(
            "The test alert {} was written at {} and published by {}. Look whether it came to everybody who is subscribed: \
             that SNS delivers, the ledger does not see.",
            alert.notice, alert.written, alert.published
        );
        let _ = writeln!(text, "{}\n", wrapped(&line, width, ""));
    }
    let count = |weight| found.problems.iter().filter(|problem| problem.weight == weight).count() as u64;
    let _ = writeln!(
        text,
        "{}: {} looked at, {}, {}, {} not to be read.",
        visible(stack),
        plural(found.looked_at as u64, "part", "parts"),
        plural(count(Weight::Error), "error", "errors"),
        plural(count(Weight::Warning), "warning", "warnings"),
        found.unread.len(),
    );
    text
}
