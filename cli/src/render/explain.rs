//! An explanation for people.

use std::fmt::Write as _;

use keytrail_engine::event::Event;

use super::prose::{lacks, wrapped};
use super::visible::visible;
use super::{BAD, DIM, HEADING};
use crate::explain::{Consequence, Explained, Explanation, Found, Looked};

/// Explanations, one record after another.
pub fn explain(explanations: &[Explanation], width: usize) -> String {
    let mut out = String::new();
    for explanation in explanations {
        one(&mut out, explanation, width);
    }
    out
}

fn one(out: &mut String, explanation: &Explanation, width: usize) {
    let part = |text: &Option<String>| {
        text.as_ref().map_or_else(|| "(none)".to_owned(), |it| visible(it).into_owned())
    };
    let record = explanation.place.position.map(|at| format!(", record {}", at.record)).unwrap_or_default();
    let (name, source) = (part(&explanation.name), part(&explanation.source));
    // Writing to a string never fails, here and below.
    let _ = writeln!(
        out,
        "{HEADING}{name}{HEADING:#} of {source} {DIM}({}{record}){DIM:#}",
        visible(&explanation.place.file)
    );
    match &explanation.meaning {
        Explained::Events { events } => {
            for event in events {
                consequence(out, event, width);
            }
        }
        Explained::Nothing => out.push_str("  means nothing to Keytrail\n"),
        Explained::Broken => out.push_str("  is no record that can be read\n"),
        Explained::Unresolved { lacks: gap, shape } => {
            let _ =
                writeln!(out, "  should mean something, but {}. Its shape, without any value:", lacks(*gap));
            let _ = writeln!(out, "{}", wrapped(&visible(shape), width, "    "));
        }
    }
    out.push('\n');
}

fn consequence(out: &mut String, consequence: &Consequence, width: usize) {
    let says = super::meaning(&consequence.event.what);
    let _ = writeln!(out, "{}", wrapped(&format!("means: {}", visible(&says)), width, "  "));
    let _ = writeln!(out, "  {DIM}{}{DIM:#}", visible(&circumstances(&consequence.event)));
    out.push_str("  touches:\n");
    for touched in &consequence.documents {
        let part = if touched.part == "main" { String::new() } else { format!(" {}", touched.part) };
        let unchanged = if touched.changed { "" } else { " (nothing new)" };
        let _ = writeln!(out, "    {}{}{unchanged}", visible(&touched.subject.to_string()), visible(&part));
    }
    out.push_str("  rules that looked:\n");
    for looks in consequence.rules.chunk_by(|a, b| a.subject == b.subject) {
        looked(out, looks, width);
    }
    if consequence.rules.is_empty() {
        out.push_str("    none\n");
    }
    done(out, consequence);
}

fn circumstances(event: &Event) -> String {
    let when = event.time.map_or_else(|| "at an unknown time".to_owned(), |time| format!("at {time}"));
    let who = event.caller.principal.as_ref().map(|who| format!(", by {who}"));
    let from = event.caller.network.as_ref().map(|network| format!(", from {network}"));
    let place = format!(", in {} {}", event.place.account, event.place.region);
    format!("{when}{}{}{place}", who.unwrap_or_default(), from.unwrap_or_default())
}

/// What the rules that look at one subject say.
fn looked(out: &mut String, looks: &[Looked], width: usize) {
    let Some(Looked { subject, .. }) = looks.first() else { return };
    let _ = writeln!(out, "    at {} {}", crate::explain::kind(subject.kind), visible(&subject.name));
    for look in looks {
        for Found { new, finding } in &look.found {
            let news = if *new { "new" } else { "as before" };
            let _ = writeln!(out, "      {BAD}{}{BAD:#}: {}, {news}", look.rule, finding.severity);
            let _ = writeln!(out, "{}", wrapped(&visible(&finding.what), width, "        "));
        }
        if !look.withdrawn.is_empty() {
            let _ = writeln!(out, "      {}: no longer finds what it found before", look.rule);
        }
    }
    let silent = |look: &&Looked| look.found.is_empty() && look.withdrawn.is_empty();
    for (enabled, say) in [(true, "nothing"), (false, "switched off by the policy")] {
        let rules = looks.iter().filter(silent).filter(|look| look.enabled == enabled).map(|look| look.rule);
        let rules: Vec<_> = rules.collect();
        if !rules.is_empty() {
            let _ = writeln!(out, "{}", wrapped(&format!("{say}: {}", rules.join(", ")), width, "      "));
        }
    }
}

fn done(out: &mut String, consequence: &Consequence) {
    out.push_str("  would be done:\n");
    if consequence.actions.is_empty() && consequence.withheld.is_empty() {
        out.push_str("    nothing: no finding here has a remedy that Keytrail could apply\n");
    }
    for action in &consequence.actions {
        let (action, target) = (action.kind.word(), action.kind.target());
        let _ = writeln!(out, "    {BAD}{action}{BAD:#} {}", visible(&target));
    }
    for held in &consequence.withheld {
        let (action, target) = (held.action.kind.word(), held.action.kind.target());
        let _ = writeln!(out, "    {action} {}: no, {}", visible(&target), visible(&held.reason.to_string()));
    }
}
