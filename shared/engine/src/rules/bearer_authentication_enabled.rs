//! A log group was opened to bearer tokens.

use super::Rule;
use crate::document::{Document, Facts};
use crate::finding::{Finding, Severity};
use crate::policy::Policy;
use crate::subject::Kind;
use crate::time::{Span, Time};
use crate::world::World;

pub(super) const RULE: Rule = Rule {
    id: "bearer_authentication_enabled",
    title: "Bearer authentication switched on",
    why: "From now on whoever holds an API key of the account may write to this log group, without a signature.",
    severity: Severity::Low,
    settle: Span::hours(0),
    judges: &[Kind::LogTarget],
    judge,
};

fn judge(document: &Document, _: &World, _: &Policy, now: Time) -> Vec<Finding> {
    let Facts::LogTarget(target) = &document.facts else { return Vec::new() };
    if target.deleted(now) || target.bearer_authentication_at(now) == Some(false) {
        return Vec::new();
    }
    let entries: Vec<_> = target.bearer_authentication.entries().collect();
    let switched = entries.iter().enumerate().filter(|(index, entry)| {
        let before = index.checked_sub(1).and_then(|before| entries.get(before));
        // Switched on again while it was on is no news.
        entry.value && before.is_none_or(|before| !before.value)
    });
    let name = super::log_target(&document.subject);
    let found = switched.map(|(_, entry)| {
        RULE.found(&document.subject, &entry.record.to_string(), format!("{name} takes bearer tokens now"))
            .since(entry.at)
            .next("If nobody sends to it with an API key, switch bearer authentication off again.")
    });
    found.collect()
}
