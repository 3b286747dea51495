//! Somebody gave an API key a new secret.

use super::Rule;
use crate::document::{Document, Facts, Life, Standing};
use crate::finding::{Finding, Severity};
use crate::policy::Policy;
use crate::subject::Kind;
use crate::time::{Span, Time};
use crate::world::World;

pub(super) const RULE: Rule = Rule {
    id: "key_reset",
    title: "API key reset",
    why: "A reset hands out a new secret under the old id: whoever did it can use the key, and its old holder can't.",
    severity: Severity::Medium,
    settle: Span::hours(0),
    judges: &[Kind::ApiKey],
    judge,
};

fn judge(document: &Document, _: &World, _: &Policy, now: Time) -> Vec<Finding> {
    let Facts::ApiKey(key) = &document.facts else { return Vec::new() };
    if key.standing(now) == Standing::Deleted {
        return Vec::new();
    }
    let (id, user) = (&document.subject.name, super::user_of(key));
    let resets = key.life.entries().filter(|entry| entry.value.what == Life::Reset);
    let found = resets.map(|reset| {
        RULE.found(
            &document.subject,
            &reset.record.to_string(),
            format!("API key {id} of {user} got a new secret"),
        )
        .since(reset.at)
        .evidence("service", key.service.value())
        .evidence("reset by", reset.value.by.who.as_ref())
        .evidence("from", reset.value.by.from.as_ref())
        .evidence("event", reset.value.by.event_id.as_ref())
        .next("If nobody expects it, switch it off: ".to_owned() + &super::deactivate_key(key, id))
    });
    found.collect()
}
