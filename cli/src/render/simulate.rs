//! A simulation, day by day.

use std::fmt::Write as _;

use keytrail_engine::finding::Severity;

use super::prose::{day, minute};
use super::table::Columns;
use super::{plural, thousands};
use crate::simulate::{Day, Done, Simulated};

/// Days on which nobody would have noticed anything are only counted.
fn is_quiet(day: &Day) -> bool {
    day.findings.is_empty() && day.notices + day.actions + day.calls_refused == 0 && day.held_back.is_empty()
}

/// A simulation.
pub(crate) fn simulated(simulated: &Simulated, width: usize) -> String {
    let loud: Vec<&Day> = simulated.days.iter().filter(|day| !is_quiet(day)).collect();
    let mut out = String::new();
    if !loud.is_empty() {
        out += &days(&loud, width);
        out.push('\n');
    }
    if !simulated.actions.is_empty() {
        let _ = writeln!(out, "Actions ({})", simulated.actions.len());
        out += &actions(&simulated.actions, width);
        out.push('\n');
    }
    if !simulated.held_back.is_empty() {
        out += "Held back\n";
        for (reason, count) in &simulated.held_back {
            let _ = writeln!(out, "  {:>7}  {reason}", thousands(*count));
        }
        out.push('\n');
    }
    out += &summary(simulated, loud.len());
    out
}

fn days(days: &[&Day], width: usize) -> String {
    let headers = [
        "DAY", "EVENTS", "CRITICAL", "HIGH", "MEDIUM", "LOW", "INFO", "MESSAGES", "ACTIONS", "HELD",
        "REFUSED",
    ];
    let mut columns = Columns::new(&headers, width);
    for of in days {
        let number = |count: u64| if count == 0 { String::new() } else { thousands(count) };
        let mut cells = vec![day(of.date), number(of.events)];
        for severity in Severity::ALL.into_iter().rev() {
            cells.push(number(of.findings.get(severity.word()).copied().unwrap_or_default()));
        }
        cells.extend([
            number(of.notices),
            number(of.actions),
            number(of.held_back.values().sum()),
            number(of.calls_refused),
        ]);
        columns.row(cells);
    }
    columns.text()
}

fn actions(actions: &[Done], width: usize) -> String {
    let mut columns = Columns::new(&["AT", "ACTION", "TARGET", "RULE", "AFTERWARDS"], width);
    for done in actions {
        columns.row(vec![
            minute(done.at),
            done.action.to_owned(),
            done.target.clone(),
            done.rule.to_string(),
            afterwards(done),
        ]);
    }
    columns.text()
}

/// What followed, in the archive or from what is known of the target.
fn afterwards(done: &Done) -> String {
    let calls = |many| plural(many, "call", "calls");
    let refused = done
        .first_refused
        .map(|first| format!("{} refused, from {}", calls(done.calls_refused), minute(first)));
    let averted = done.deletion_averted.map(|at| format!("not deleted {}", day(at)));
    let said = [refused, done.afterwards.clone(), averted].into_iter().flatten().collect::<Vec<_>>();
    said.join("; ")
}

/// What a rescue takes that no record says.
const RESCUES: &str = "A KMS key is rescued only where the stack has RescueKmsKeys=true, and only with the tag keytrail:rescue=true on the key. \
                       No record says whether it had: that is taken for granted here.";

fn summary(simulated: &Simulated, loud: usize) -> String {
    let total = |of: fn(&Day) -> u64| simulated.days.iter().map(of).sum::<u64>();
    let (notices, held) = (total(|day| day.notices), simulated.held_back.values().sum());
    let refused = total(|day| day.calls_refused);
    let mut out = format!(
        "Read {}: {} over {}, on {} of which something would have been seen.\n",
        plural(simulated.records, "record", "records"),
        plural(simulated.events, "event", "events"),
        plural(simulated.days.len() as u64, "day", "days"),
        thousands(loud as u64),
    );
    let _ = writeln!(
        out,
        "This policy would have sent {}, taken {} and held {} back.",
        plural(notices, "message", "messages"),
        plural(simulated.actions.len() as u64, "action", "actions"),
        thousands(held),
    );
    if simulated.actions.iter().any(|done| done.user.is_none()) {
        let _ = writeln!(out, "{RESCUES}");
    }
    if refused > 0 {
        let calls = plural(refused, "call", "calls");
        let _ = writeln!(
            out,
            "{calls} of the archive would have been refused: look at whom these actions would have hit."
        );
    }
    out
}
