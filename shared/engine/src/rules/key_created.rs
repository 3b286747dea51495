//! Somebody created an API key.

use super::Rule;
use crate::document::{Document, Facts, Life, Standing};
use crate::event::Expiry;
use crate::finding::{Finding, Severity};
use crate::policy::Policy;
use crate::subject::Kind;
use crate::time::{Span, Time};
use crate::world::World;

pub(super) const RULE: Rule = Rule {
    id: "key_created",
    title: "API key created",
    why: "Every API key is a way in that needs no other proof; somebody should expect each one.",
    severity: Severity::Info,
    settle: Span::hours(0),
    judges: &[Kind::ApiKey],
    judge,
};

fn judge(document: &Document, _: &World, _: &Policy, now: Time) -> Vec<Finding> {
    let Facts::ApiKey(key) = &document.facts else { return Vec::new() };
    if key.standing(now) == Standing::Deleted {
        return Vec::new();
    }
    let creations = key.life.entries().filter(|entry| entry.value.what == Life::Created);
    let Some(creation) = creations.into_iter().next() else { return Vec::new() };
    let (id, user) = (&document.subject.name, super::user_of(key));
    let expires = key.expires.value().map(|expiry| match expiry {
        Expiry::Never => "never".to_owned(),
        Expiry::At(end) => end.to_string(),
    });
    vec![
        RULE.found(&document.subject, id, format!("API key {id} was created for {user}"))
            .since(creation.at)
            .evidence("service", key.service.value())
            .evidence("expires", expires)
            .evidence("created by", creation.value.by.who.as_ref())
            .evidence("from", creation.value.by.from.as_ref())
            .evidence("event", creation.value.by.event_id.as_ref())
            .next("If nobody expects it, switch it off: ".to_owned() + &super::deactivate_key(key, id)),
    ]
}
