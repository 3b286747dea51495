//! An API key that never expires, in either encoding of never.

use super::Rule;
use crate::document::{Document, Facts, Standing};
use crate::event::Expiry;
use crate::finding::{Finding, Severity};
use crate::policy::Policy;
use crate::subject::Kind;
use crate::time::{Span, Time};
use crate::world::World;

pub(super) const RULE: Rule = Rule {
    id: "key_without_expiry",
    title: "API key without an expiry",
    why: "A key that never expires stays a way in for as long as nobody remembers it.",
    severity: Severity::Medium,
    settle: Span::hours(0),
    judges: &[Kind::ApiKey],
    judge,
};

fn judge(document: &Document, _: &World, policy: &Policy, now: Time) -> Vec<Finding> {
    let Facts::ApiKey(key) = &document.facts else { return Vec::new() };
    if key.standing(now) == Standing::Deleted || key.expires.value() != Some(&Expiry::Never) {
        return Vec::new();
    }
    let id = &document.subject.name;
    let user = super::user_of(key);
    let mut finding = RULE
        .found(&document.subject, id, format!("API key {id} of {user} never expires"))
        .evidence("user", key.user.value())
        .evidence("service", key.service.value())
        .evidence("created by", super::creator(key))
        .next(format!("Replace it by one that expires: {}", super::create_key(key, policy)));
    if let Some(created) = key.created() {
        finding = finding.since(created);
    }
    vec![finding]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::{ApiKeySeen, What};
    use crate::telling::{SERVICE, START, Telling, key, minute};

    /// IAM has no call that gives a key an expiry after its creation. If it ever shows one, the key has one.
    #[test]
    fn a_key_that_iam_shows_with_an_expiry_after_all_is_left_alone() {
        let mut telling = Telling::with_key("ACCA1", "gateway");
        assert_eq!(telling.found(RULE.id, &key("ACCA1"), minute(1)).len(), 1);
        let seen = ApiKeySeen {
            key: "ACCA1".into(),
            user: Some("gateway".into()),
            service: Some(SERVICE.into()),
            status: None,
            created: Some(START),
            expires: Some(Expiry::At(minute(90 * 24 * 60))),
            alias: None,
        };
        telling.tell(minute(2), What::ApiKeyObserved(seen));
        assert_eq!(telling.found(RULE.id, &key("ACCA1"), minute(3)), []);
    }
}
