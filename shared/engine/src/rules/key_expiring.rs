//! An API key that expires soon, or has: 30, 14, 7 and 1 days before, and then.

use super::Rule;
use crate::document::{ApiKey, Document, Facts, Standing};
use crate::event::{Expiry, Status};
use crate::finding::{Finding, Severity};
use crate::policy::Policy;
use crate::silence::usage_of;
use crate::subject::{Kind, SubjectId};
use crate::time::{Span, Time};
use crate::world::World;

pub(super) const RULE: Rule = Rule {
    id: "key_expiring",
    title: "API key that expires",
    why: "When a key expires, whatever sends with it falls silent.",
    severity: Severity::Low,
    settle: Span::hours(0),
    judges: &[Kind::ApiKey],
    judge,
};

/// Days before the expiry, and how bad that is; the nearest that is reached counts.
const COUNTDOWN: [(i64, Severity); 5] = [
    (0, Severity::High),
    (1, Severity::High),
    (7, Severity::Medium),
    (14, Severity::Low),
    (30, Severity::Low),
];

fn judge(document: &Document, world: &World, policy: &Policy, now: Time) -> Vec<Finding> {
    let Facts::ApiKey(key) = &document.facts else { return Vec::new() };
    let works =
        matches!(key.standing(now), Standing::Is(Status::Active | Status::Expired) | Standing::Unknown);
    let Some(Expiry::At(end)) = key.expires.value().copied().filter(|_| works) else { return Vec::new() };
    let reached = COUNTDOWN.into_iter().find(|(days, _)| now >= end - Span::days(*days));
    let Some((days, severity)) = reached else { return Vec::new() };
    // A key that was made for hardly more time than this needs no such warning.
    if days > 0 && key.created().is_some_and(|created| end.since(created) <= Span::days(days + 1)) {
        return Vec::new();
    }
    let (id, user) = (&document.subject.name, super::user_of(key));
    let date: String = end.to_string().chars().take(10).collect();
    let what = match days {
        0 => format!("API key {id} of {user} expired on {date}"),
        1 => format!("API key {id} of {user} expires within a day, on {date}"),
        days => format!("API key {id} of {user} expires within {days} days, on {date}"),
    };
    let mut finding = RULE.found(&document.subject, &format!("{end}/{days}"), what);
    finding.severity = severity;
    vec![
        finding
            .since(end - Span::days(days))
            .deadline(Some(end).filter(|end| *end > now))
            .evidence("user", key.user.value())
            .evidence("service", key.service.value())
            .evidence("expires", Some(end))
            .evidence("log groups that it may feed", feeds(&document.subject, key, world))
            .next(format!("Give its sender another one: {}", super::create_key(key, policy))),
    ]
}

/// The log groups that the key's user sent to.
fn feeds(subject: &SubjectId, key: &ApiKey, world: &World) -> Option<String> {
    let facts = world.usage(&usage_of(subject, key)?)?;
    super::joined(facts.sightings.log_groups.values().map(|group| &group.value))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::Document;
    use crate::event::{ApiKeySeen, Caller, Event, Place, What};
    use crate::ids::RecordId;
    use crate::subject::DocumentId;

    const CREATED: Time = Time::from_millis(1_785_542_400_000);

    fn found(life: i64, left: Span) -> Vec<String> {
        let end = CREATED + Span::days(life);
        let seen = ApiKeySeen {
            key: "ACCA1".into(),
            user: Some("u".into()),
            service: Some("logs.amazonaws.com".into()),
            status: Some(Status::Active),
            created: Some(CREATED),
            expires: Some(Expiry::At(end)),
            alias: None,
        };
        let event = Event {
            record: RecordId(1),
            event_id: None,
            revision: 0,
            time: Some(CREATED),
            place: Place { partition: "aws".into(), account: "111122223333".into(), region: "global".into() },
            caller: Caller::default(),
            foreign_envelope: false,
            what: What::ApiKeyCreated(seen),
        };
        let subject = SubjectId::api_key("aws".into(), "111122223333".into(), &"ACCA1".into());
        let mut document = Document::empty(&DocumentId::main(subject)).unwrap();
        document.absorb(&event);
        let found = judge(&document, &World::default(), &Policy::default(), end - left);
        found.into_iter().map(|it| format!("{} {}", it.severity, it.what)).collect()
    }

    #[test]
    fn each_step_of_the_countdown_begins_on_its_moment_and_not_before() {
        let seconds = |days: i64, more: i64| Span::seconds(86_400 * days + more);
        let before = |days: i64| seconds(days, 1);
        assert_eq!(found(90, before(30)), [""; 0]);
        for (days, said, earlier) in [
            (30, "low API key ACCA1 of user u expires within 30 days", None),
            (14, "low API key ACCA1 of user u expires within 14 days", Some("low")),
            (7, "medium API key ACCA1 of user u expires within 7 days", Some("low")),
            (1, "high API key ACCA1 of user u expires within a day", Some("medium")),
            (0, "high API key ACCA1 of user u expired on", Some("high")),
        ] {
            for left in [Span::days(days), seconds(days, -1)] {
                assert!(found(90, left)[0].starts_with(said), "{days}: {:?}", found(90, left));
            }
            if let Some(earlier) = earlier {
                let just_before = &found(90, before(days))[0];
                assert!(just_before.starts_with(earlier) && !just_before.starts_with(said), "{just_before}");
            }
        }
    }

    #[test]
    fn a_short_life_is_not_announced_at_its_beginning() {
        assert_eq!(found(5, Span::days(5)), [""; 0]);
        assert_eq!(found(5, Span::days(1)).len(), 1);
    }
}
