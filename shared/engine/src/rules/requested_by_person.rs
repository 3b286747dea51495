//! A person asked Keytrail to do something to an API key, with one of its commands.
//!
//! Only the commands make such requests: nothing that CloudTrail records, or that anybody can put on a bus, becomes one.

use super::Rule;
use crate::action::{ActionKind, Reason};
use crate::document::{ApiKey, Document, Facts, RequestEntry, Standing};
use crate::event::Request;
use crate::finding::{Finding, Severity};
use crate::ids::{CredentialId, ServiceName, UserName};
use crate::lattice::Entry;
use crate::policy::Policy;
use crate::scope::reported;
use crate::subject::Kind;
use crate::time::{Span, Time};
use crate::world::World;

pub(super) const RULE: Rule = Rule {
    id: "requested_by_person",
    title: "A person's request",
    why: "A person outranks the machine: it is done without a budget, and within all other guard rails.",
    severity: Severity::Info,
    settle: Span::hours(0),
    judges: &[Kind::ApiKey],
    judge,
};

/// For how long a request is news. That somebody else may have the key stays true until a person clears it.
const NEWS: Span = Span::hours(6);

fn judge(document: &Document, world: &World, policy: &Policy, now: Time) -> Vec<Finding> {
    let Facts::ApiKey(key) = &document.facts else { return Vec::new() };
    if key.standing(now) == Standing::Deleted {
        return Vec::new();
    }
    in_force(key, now).map(|entry| found(document, key, entry, world, policy, now)).into_iter().collect()
}

/// The request that is in force: the newest of those that ask for something to be done. Nobody does what a later one
/// takes back.
fn in_force(key: &ApiKey, now: Time) -> Option<&Entry<RequestEntry>> {
    let asks = |entry: &&Entry<RequestEntry>| match entry.value.request {
        Request::Deactivate
        | Request::Reactivate
        | Request::Delete
        | Request::Compromised
        | Request::Cleared => true,
        Request::Hold { .. } | Request::Release | Request::Exempt { .. } | Request::Replace { .. } => false,
    };
    let newest = key.course.requests.entries().filter(|entry| entry.at <= now).rfind(asks)?;
    let lasts = match newest.value.request {
        Request::Compromised => true,
        Request::Cleared => false,
        _ => now.since(newest.at) <= NEWS,
    };
    lasts.then_some(newest)
}

fn found(
    document: &Document,
    key: &ApiKey,
    entry: &Entry<RequestEntry>,
    world: &World,
    policy: &Policy,
    now: Time,
) -> Finding {
    let (id, user) = (&document.subject.name, super::user_of(key));
    let RequestEntry { request, why, by } = &entry.value;
    let what = match request {
        Request::Compromised => format!("A person reports API key {id} of {user} as compromised"),
        request => format!("A person asks to {} API key {id} of {user}", request.word()),
    };
    let mut finding = RULE.found(&document.subject, &entry.record.to_string(), what);
    if *request == Request::Compromised {
        finding.severity = Severity::Critical;
    }
    let finding = finding
        .since(entry.at)
        .evidence("asked by", by.who.as_ref())
        .evidence("reason", Some(why))
        .evidence("request", by.event_id.as_ref())
        .evidence("service", key.service.value())
        .remedy(remedy(id, key, request));
    match request {
        Request::Compromised => {
            let finding = reported(finding, &document.subject, key, world, policy, now)
                .next("Look at what was done with it since it was last trusted, then replace it.");
            super::replace_key(key, id, policy, now).into_iter().fold(finding, Finding::next)
        }
        // A hold that was asked for later takes it back, even while it waits to be tried again.
        Request::Deactivate => finding
            .objection(key.course.held(now).map(|(until, _)| Reason::Held { until }))
            .next(format!("To undo it: {}", super::reactivate_key(key, id))),
        _ => finding,
    }
}

fn remedy(id: &str, key: &ApiKey, request: &Request) -> Option<ActionKind> {
    let (key, user, service): (CredentialId, UserName, ServiceName) =
        (CredentialId::new(id), key.user.value()?.clone(), key.service.value()?.clone());
    match request {
        Request::Deactivate | Request::Compromised => {
            Some(ActionKind::DeactivateApiKey { key, user, service })
        }
        Request::Reactivate => Some(ActionKind::ReactivateApiKey { key, user, service }),
        Request::Delete => Some(ActionKind::DeleteApiKey { key, user, service }),
        Request::Hold { .. }
        | Request::Release
        | Request::Exempt { .. }
        | Request::Replace { .. }
        | Request::Cleared => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decide::{Circumstances, Decision, decide};
    use crate::event::{ApiKeySeen, Caller, Event, Expiry, Place, Status, What};
    use crate::ids::RecordId;
    use crate::judge::judge as judge_document;
    use crate::policy::{Cause, Mode};
    use crate::subject::{DocumentId, SubjectId};

    const START: Time = Time::from_millis(1_785_542_400_000);

    fn subject() -> SubjectId {
        SubjectId::parse("aws/111122223333/global/api-key/ACCA1").unwrap()
    }

    /// A key, and what was asked, an hour apart.
    fn world(asked: &[What]) -> World {
        let seen = ApiKeySeen {
            key: "ACCA1".into(),
            user: Some("gateway".into()),
            service: Some("logs.amazonaws.com".into()),
            status: None,
            created: None,
            expires: Some(Expiry::Never),
            alias: None,
        };
        let mut world = World::default();
        let all = std::iter::once(What::ApiKeyCreated(seen)).chain(asked.iter().cloned());
        for (hour, what) in (0..).zip(all) {
            let principal = Some("arn:aws:iam::111122223333:user/operator".into());
            world.absorb(&Event {
                record: RecordId(hour),
                event_id: Some("r".into()),
                revision: 0,
                time: Some(START + Span::hours(i64::try_from(hour).unwrap())),
                place: Place {
                    partition: "aws".into(),
                    account: "111122223333".into(),
                    region: "global".into(),
                },
                caller: Caller { principal, ..Caller::default() },
                foreign_envelope: false,
                what,
            });
        }
        world
    }

    fn asked(request: Request) -> What {
        What::Requested { key: "ACCA1".into(), request, why: "seen in a paste".into() }
    }

    fn status(status: Status) -> What {
        What::ApiKeyStatusChanged { key: "ACCA1".into(), user: None, status }
    }

    fn findings(world: &World, policy: &Policy, hour: i64) -> Vec<Finding> {
        let document = world.get(&DocumentId::main(subject())).unwrap();
        let mut found = judge_document(document, world, policy, START + Span::hours(hour));
        found.retain(|finding| *finding.rule == *RULE.id);
        found
    }

    fn enforced() -> Policy {
        let enrolled_accounts = ["111122223333".into()].into();
        Policy { mode: Mode::Enforce, enrolled_accounts, ..Policy::default() }
    }

    /// What follows from the one request that is in force at an hour.
    fn decided(whats: &[What], hour: i64) -> Option<Decision> {
        let (world, policy) = (world(whats), enforced());
        let found = findings(&world, &policy, hour);
        assert!(found.len() <= 1, "{found:#?}");
        let now = START + Span::hours(hour);
        found.first().map(|finding| decide(finding, &world, &policy, now, Circumstances::default()))
    }

    fn word(decision: Option<Decision>) -> String {
        match decision {
            None => "nothing found".to_owned(),
            Some(Decision::Nothing) => "nothing to do".to_owned(),
            Some(Decision::Act(action)) => {
                assert_eq!(Cause::of(&action.rule), Cause::Person, "a person has no budget");
                action.kind.word().to_owned()
            }
            Some(Decision::Withhold(withheld)) => withheld.reason.to_string(),
        }
    }

    #[test]
    fn the_newest_request_is_the_one_that_is_done() {
        let hold = || asked(Request::Hold { until: START + Span::days(30) });
        for (whats, expected) in [
            (vec![], "nothing found"),
            (vec![hold()], "nothing found"),
            (vec![asked(Request::Deactivate)], "deactivate_api_key"),
            (vec![asked(Request::Compromised)], "deactivate_api_key"),
            (vec![hold(), asked(Request::Compromised)], "deactivate_api_key"),
            (vec![hold(), asked(Request::Deactivate)], "deactivate_api_key"),
            (vec![asked(Request::Deactivate), hold()], "held by a person until 2026-08-31T00:00:00Z"),
            (vec![asked(Request::Deactivate), hold(), asked(Request::Release)], "deactivate_api_key"),
            (vec![asked(Request::Compromised), asked(Request::Cleared)], "nothing found"),
            (vec![asked(Request::Deactivate), asked(Request::Reactivate)], "nothing is left to do"),
            (vec![asked(Request::Delete)], "nothing is left to do"),
            (vec![status(Status::Inactive), asked(Request::Reactivate)], "reactivate_api_key"),
            (vec![status(Status::Inactive), asked(Request::Delete)], "delete_api_key"),
            (
                vec![status(Status::Inactive), asked(Request::Deactivate), asked(Request::Reactivate)],
                "reactivate_api_key",
            ),
        ] {
            let hour = i64::try_from(whats.len()).unwrap();
            assert_eq!(word(decided(&whats, hour)), expected, "{whats:?}");
        }
    }

    #[test]
    fn a_request_is_news_for_six_hours_and_a_compromise_until_it_is_cleared() {
        let at = |request: Request, hour| word(decided(&[asked(request)], hour));
        assert_eq!(at(Request::Deactivate, 7), "deactivate_api_key");
        assert_eq!(at(Request::Deactivate, 8), "nothing found");
        assert_eq!(at(Request::Compromised, 7), "deactivate_api_key");
        assert!(at(Request::Compromised, 8).starts_with("the event is too old"), "told, and no longer done");
    }

    #[test]
    fn who_asked_and_why_is_told() {
        let world = world(&[asked(Request::Compromised)]);
        let finding = findings(&world, &enforced(), 1).remove(0);
        assert_eq!(finding.severity, Severity::Critical);
        let said: Vec<_> = finding.evidence.iter().map(|line| (&*line.label, &*line.value)).collect();
        assert!(said.contains(&("asked by", "arn:aws:iam::111122223333:user/operator")), "{said:?}");
        assert!(said.contains(&("reason", "seen in a paste")), "{said:?}");
    }
}
