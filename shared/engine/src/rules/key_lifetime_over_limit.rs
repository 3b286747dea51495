//! An API key that was given a longer life than the policy allows.

use super::Rule;
use crate::document::{Document, Facts, Standing};
use crate::event::{Expiry, Status};
use crate::finding::{Finding, Severity};
use crate::policy::Policy;
use crate::subject::Kind;
use crate::time::{Span, Time};
use crate::world::World;

pub(super) const RULE: Rule = Rule {
    id: "key_lifetime_over_limit",
    title: "API key with a longer life than the limit",
    why: "The longer a key lives, the longer a copy of it is worth having.",
    severity: Severity::Low,
    settle: Span::hours(0),
    judges: &[Kind::ApiKey],
    judge,
};

/// IAM counts a key's days from its creation, and the record's two dates may differ by the call's own seconds.
const SECONDS_OF_GRACE: Span = Span::minutes(1);

fn judge(document: &Document, _: &World, policy: &Policy, now: Time) -> Vec<Finding> {
    let Facts::ApiKey(key) = &document.facts else { return Vec::new() };
    if matches!(key.standing(now), Standing::Deleted | Standing::Is(Status::Expired)) {
        return Vec::new();
    }
    let (Some(created), Some(Expiry::At(end))) = (key.created(), key.expires.value().copied()) else {
        return Vec::new();
    };
    let life = end.since(created);
    let limit = policy.max_lifetime();
    if end <= created + limit + SECONDS_OF_GRACE {
        return Vec::new();
    }
    let (id, user) = (&document.subject.name, super::user_of(key));
    let (days, limit) = (life.whole_days(), limit.whole_days());
    vec![
        RULE.found(
            &document.subject,
            id,
            format!("API key {id} of {user} lives {days} days; the limit is {limit}"),
        )
        .since(created)
        .evidence("user", key.user.value())
        .evidence("service", key.service.value())
        .evidence("expires", Some(end))
        .evidence("created by", super::creator(key))
        .next(format!("Replace it by one within the limit: {}", super::create_key(key, policy))),
    ]
}
