//! A user that has an API key got another, and nobody who rotates keys made it.
//!
//! A rotation begins with a second key, and so does a way back in: whoever has an intruder's second key goes on when the
//! first is switched off.

use super::Rule;
use crate::document::{ApiKey, Document, Facts, Life, LifeEntry, Standing};
use crate::finding::{Finding, Severity};
use crate::ids::CredentialId;
use crate::lattice::Entry;
use crate::policy::Policy;
use crate::subject::{Kind, SubjectId};
use crate::switched::by_rotator;
use crate::time::{Span, Time};
use crate::world::World;

pub(super) const RULE: Rule = Rule {
    id: "unexpected_second_key",
    title: "Second API key of a user, not made by a rotator",
    why: "A second key is the first step of a rotation, or a way back in that outlives the first key.",
    severity: Severity::Medium,
    settle: Span::hours(0),
    judges: &[Kind::User],
    judge,
};

fn judge(document: &Document, world: &World, policy: &Policy, now: Time) -> Vec<Finding> {
    let Facts::User(user) = &document.facts else { return Vec::new() };
    let subject = &document.subject;
    let life = |id: &CredentialId| {
        world.api_key(&SubjectId::api_key(subject.partition.clone(), subject.account.clone(), id))
    };
    let keys: Vec<(&CredentialId, &ApiKey)> = user.key_ids().filter_map(|id| Some((id, life(id)?))).collect();
    let found = keys.iter().filter_map(|(id, key)| {
        let made = creation(key, now).filter(|_| key.standing(now) != Standing::Deleted)?;
        if by_rotator(&made.value.by, policy) {
            return None;
        }
        let beside = others(&keys, id, key, made.at);
        let confirmed =
            keys.iter().any(|(_, other)| other.course.replaced(now).is_some_and(|(_, by)| by == *id));
        let (first, _) = beside.first().filter(|_| !confirmed)?;
        Some(found(subject, (id, key), made, &beside, first))
    });
    found.collect()
}

fn creation(key: &ApiKey, now: Time) -> Option<&Entry<LifeEntry>> {
    key.life.entries().find(|entry| entry.value.what == Life::Created && entry.at <= now)
}

/// The user's other keys of the same service that were there, and may have worked, when a key was made. Of two that were
/// made in one second the id says which was first.
fn others<'a>(
    keys: &[(&'a CredentialId, &'a ApiKey)],
    id: &CredentialId,
    key: &ApiKey,
    made: Time,
) -> Vec<(&'a CredentialId, &'a ApiKey)> {
    let same_service = |other: &ApiKey| match (key.service.value(), other.service.value()) {
        (Some(one), Some(two)) => one == two,
        _ => true,
    };
    let was_there = |its: &CredentialId, other: &ApiKey| {
        other.created().is_some_and(|at| (at, its) < (made, id)) && !other.certainly_unusable(made, made)
    };
    let of = keys.iter().filter(|(its, other)| *its != id && same_service(other) && was_there(its, other));
    of.copied().collect()
}

fn found(
    subject: &SubjectId,
    (id, key): (&CredentialId, &ApiKey),
    made: &Entry<LifeEntry>,
    beside: &[(&CredentialId, &ApiKey)],
    first: &CredentialId,
) -> Finding {
    let by = &made.value.by;
    let who = by.who.as_ref().map_or_else(|| "nobody knows whom".to_owned(), ToString::to_string);
    let what = format!("User {} got a second API key, {id}, made by {who}", subject.name);
    RULE.found(subject, id.as_str(), what)
        .since(made.at)
        .evidence("created by", by.who.as_ref())
        .evidence("from", by.from.as_ref())
        .evidence("event", by.event_id.as_ref())
        .evidence("service", key.service.value())
        .evidence("keys it had", super::joined(beside.iter().map(|(id, _)| id)))
        .next(format!(
            "If it is to take the place of {first}: keytrail replace {first} --by {id} --why REASON --table TABLE"
        ))
        .next(format!("If nobody knows it: {}", super::deactivate_key(key, id.as_str())))
        .next("If whoever made it rotates keys, name them in the policy's principals.rotators.")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::{Request, Status, What};
    use crate::policy::Pattern;
    use crate::telling::{KEYTRAIL, SOMEBODY, Telling, minute, user};

    fn second_key() -> Telling {
        let mut telling = Telling::with_key("ACCA1", "gateway");
        telling.created(minute(60), "ACCA2", "gateway");
        telling
    }

    fn answers(telling: &Telling) -> Vec<String> {
        telling.answers(RULE.id, &user("gateway"), minute(120))
    }

    #[test]
    fn anybody_elses_second_key_is_asked_about_and_a_rotators_is_not() {
        let mut telling = second_key();
        assert_eq!(answers(&telling), ["medium: nothing"]);
        telling.policy.principals.rotators = vec![Pattern::new("*:role/rotation")];
        assert_eq!(answers(&telling).len(), 1, "a pattern that names somebody else");
        telling.policy.principals.rotators = vec![Pattern::new(SOMEBODY)];
        assert_eq!(answers(&telling), [""; 0]);
    }

    #[test]
    fn a_person_confirms_it_on_the_key_that_it_replaces() {
        let mut telling = second_key();
        telling.asked(minute(70), "ACCA1", Request::Replace { by: "ACCA9".into() });
        assert_eq!(answers(&telling).len(), 1, "another key");
        telling.asked(minute(80), "ACCA1", Request::Replace { by: "ACCA2".into() });
        assert_eq!(answers(&telling), [""; 0]);
    }

    #[test]
    fn a_key_that_did_not_work_any_more_makes_no_second() {
        let mut telling = Telling::with_key("ACCA1", "gateway");
        telling.set(minute(10), SOMEBODY, "ACCA1", Status::Inactive);
        telling.created(minute(60), "ACCA2", "gateway");
        assert_eq!(answers(&telling), [""; 0]);
        let mut telling = Telling::with_key("ACCA1", "gateway");
        telling.created(minute(60), "ACCA2", "another");
        assert_eq!(answers(&telling), [""; 0], "of another user");
        let mut telling = second_key();
        telling.tell_by(minute(90), KEYTRAIL, What::ApiKeyDeleted { key: "ACCA2".into(), user: None });
        assert_eq!(answers(&telling), [""; 0], "it is gone");
    }
}
