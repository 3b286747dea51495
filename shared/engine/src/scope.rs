//! How far a compromise may reach: what was done with a key since it was last trusted.

use crate::attribution::Candidates;
use crate::document::{ApiKey, Facts, Life, Use};
use crate::finding::{Finding, Severity};
use crate::ids::CredentialId;
use crate::judge::judge;
use crate::lattice::BoundedSet;
use crate::policy::Policy;
use crate::rules::joined;
use crate::silence::usage_of;
use crate::subject::{DocumentId, Part, SubjectId};
use crate::time::{Span, Time};
use crate::world::World;

/// Adds to a finding what was done with an API key since it was last trusted: since its secret is what it is, or since a
/// person looked at the evidence against it and closed it. To the hour, as use is remembered.
pub(crate) fn reported(
    finding: Finding,
    subject: &SubjectId,
    key: &ApiKey,
    world: &World,
    policy: &Policy,
    now: Time,
) -> Finding {
    let Some(usage) = usage_of(subject, key) else { return finding };
    let trusted = trusted(key, now);
    let finding = finding.evidence("last trusted", trusted);
    let Some((facts, whose)) = use_of(&usage, subject, world) else {
        return finding.evidence("calls since", Some("none that was recorded"));
    };
    let since = trusted.map(Time::floor_hour);
    let its = &facts.sightings;
    let lies_since = |at: &Time| since.is_none_or(|since| *at >= since);
    let calls = its.allowed.last.filter(lies_since);
    let from = its.allowed.first.map(|first| since.map_or(first, |since| first.max(since)));
    let during = |last: Time| match from {
        Some(from) if from < last => format!("{from} to {last}, {whose}"),
        _ => format!("{last}, {whose}"),
    };
    finding
        .evidence("calls since", Some(calls.map_or_else(|| "none that was recorded".to_owned(), during)))
        .evidence("refused calls, the last", its.denied.last.filter(lies_since))
        .evidence("networks since", lately(&its.networks, since))
        .evidence("user agents since", lately(&its.agents, since))
        .evidence("regions since", lately(&its.regions, since))
        .evidence("log groups since", lately(&its.log_groups, since))
        .evidence("first suspicious call", first_suspicious(&usage, since, world, policy, now))
}

/// Since when nobody else can have the secret, as far as is known.
fn trusted(key: &ApiKey, now: Time) -> Option<Time> {
    let made = key.life.entries().filter(|entry| entry.at <= now);
    let made = made.filter(|entry| matches!(entry.value.what, Life::Created | Life::Reset));
    let made = made.map(|entry| entry.at).max().or_else(|| key.created());
    made.max(key.course.cleared(now))
}

/// The calls with the key's id where records carry one, else those of its user; and whose they are.
fn use_of<'w>(usage: &SubjectId, key: &SubjectId, world: &'w World) -> Option<(&'w Use, String)> {
    let part = Part::Credential(CredentialId::new(&key.name));
    if let Some(Facts::CredentialUse(own)) =
        world.get(&DocumentId { subject: usage.clone(), part }).map(|document| &document.facts)
    {
        return Some((own, "with its id".to_owned()));
    }
    let facts = world.usage(usage)?;
    let keys = Candidates::of(usage, world).len();
    let whose = match keys {
        0 | 1 => "with its user's only key".to_owned(),
        keys => format!("with any of its user's {keys} keys: the records don't say which"),
    };
    Some((facts, whose))
}

/// The values that were seen since a moment.
fn lately<T: Ord + ToString + crate::lattice::Sketched, const K: usize>(
    set: &BoundedSet<T, K>,
    since: Option<Time>,
) -> Option<String> {
    let held =
        set.values().filter(|held| since.is_none_or(|since| held.last.is_some_and(|last| last >= since)));
    joined(held.map(|held| held.value.to_string()))
}

/// The first call since then of which a rule says that it is unlike the sender's, and the rule.
fn first_suspicious(
    usage: &SubjectId,
    since: Option<Time>,
    world: &World,
    policy: &Policy,
    now: Time,
) -> Option<String> {
    let calls = world.get(&DocumentId::main(usage.clone()))?;
    let found = judge(calls, world, policy, now);
    let suspicious =
        |it: &&Finding| it.severity >= Severity::Medium || policy.correlation.weights.contains_key(&*it.rule);
    let first = found
        .iter()
        .filter(suspicious)
        .filter(|it| it.since.is_some_and(|at| since.is_none_or(|since| at + Span::hours(1) > since)))
        .min_by_key(|it| (it.since, it.rule.clone()))?;
    Some(format!("{} ({}: {})", first.since?, first.rule, first.what))
}

#[cfg(test)]
mod tests {
    use crate::event::{ApiKeySeen, Expiry, Request, Status, What};
    use crate::telling::{SERVICE, START, Telling, key};
    use crate::time::{Span, Time};

    fn day(days: i64) -> Time {
        START + Span::days(days)
    }

    /// A line of the evidence of what AWS reports of the key.
    fn evidence(telling: &Telling, label: &str) -> Option<String> {
        let found = telling.found("compromise_reported", &key("ACCA1"), day(31));
        let finding = found.into_iter().next().unwrap();
        finding.evidence.iter().find(|it| &*it.label == label).map(|it| it.value.to_string())
    }

    /// Used at home every day for twenty days, then from elsewhere; reported on day 30.
    fn story() -> Telling {
        let mut telling = Telling::with_key("ACCA1", "u");
        for at in 0..20 {
            telling.called(day(at) + Span::hours(2), "u", "192.0.2.10", "otel/1", false);
        }
        telling.called(day(25), "u", "203.0.113.5", "curl/8", false);
        telling.called(day(26), "u", "203.0.113.5", "curl/8", true);
        telling.exposed(day(30), "ACCA1");
        telling
    }

    #[test]
    fn it_reaches_back_to_when_the_secret_was_made() {
        let telling = story();
        assert_eq!(evidence(&telling, "last trusted").as_deref(), Some("2026-08-01T00:00:00Z"));
        let calls = evidence(&telling, "calls since").unwrap();
        assert_eq!(calls, "2026-08-01T02:00:00Z to 2026-08-26T00:00:00Z, with its user's only key");
        assert_eq!(evidence(&telling, "networks since").as_deref(), Some("192.0.2.0/24, 203.0.113.0/24"));
        assert_eq!(evidence(&telling, "log groups since").as_deref(), Some("/shop/checkout"));
        assert_eq!(evidence(&telling, "refused calls, the last").as_deref(), Some("2026-08-27T00:00:00Z"));
        let first = evidence(&telling, "first suspicious call").unwrap();
        assert!(first.starts_with("2026-08-26T00:00:00Z ("), "{first}");
    }

    #[test]
    fn a_new_secret_and_a_person_who_looked_begin_it_anew() {
        let mut telling = story();
        let seen = ApiKeySeen {
            key: "ACCA1".into(),
            user: Some("u".into()),
            service: Some(SERVICE.into()),
            status: Some(Status::Active),
            created: None,
            expires: Some(Expiry::Never),
            alias: None,
        };
        telling.tell(day(22), What::ApiKeyReset(seen));
        assert_eq!(evidence(&telling, "networks since").as_deref(), Some("203.0.113.0/24"));
        telling.asked(day(28), "ACCA1", Request::Cleared);
        assert_eq!(evidence(&telling, "networks since"), None);
        assert_eq!(evidence(&telling, "calls since").as_deref(), Some("none that was recorded"));
    }

    #[test]
    fn where_the_records_do_not_say_which_key_it_is_said() {
        let mut telling = story();
        telling.created(day(10), "ACCA2", "u");
        let calls = evidence(&telling, "calls since").unwrap();
        assert!(calls.ends_with("with any of its user's 2 keys: the records don't say which"), "{calls}");
    }

    #[test]
    fn what_to_do_next_is_another_key_then_the_end_of_this_one_or_a_new_secret() {
        let found = story().found("compromise_reported", &key("ACCA1"), day(31));
        let next: Vec<&str> = found[0].next.iter().map(|it| &**it).collect();
        assert!(
            next.iter().any(|it| it.contains("aws iam create-service-specific-credential --user-name u"))
        );
        assert!(next.iter().any(|it| it.contains("keytrail replace ACCA1 --by NEW_KEY")), "{next:?}");
        assert!(next.iter().any(|it| it.contains("keytrail reset ACCA1 --user u")), "{next:?}");
    }
}
