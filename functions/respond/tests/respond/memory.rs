//! Memory says that there is nothing left to do. It may be older than what somebody did since: IAM has the last word.

use keytrail_engine::event::{ApiKeySeen, Caller, Event, Place, Status, What};
use keytrail_engine::ids::{RecordId, Region};
use keytrail_engine::notice::Outcome;
use keytrail_engine::time::{Span, Time};
use keytrail_ledger::capability::{Clock, PolicySource};
use keytrail_ledger::{ItemId, Judging, record};
use keytrail_respond::Answer;
use keytrail_testkit::fakes::{Mishap, Stage, run};
use keytrail_testkit::record::ApiKey;

use super::{KEY, USER, assert_ended, deactivated, drive_to_the_end, handle, noon, reported, status};

/// A listing that shows the key inactive at a moment.
fn listed_inactive(stage: &Stage, at: Time) {
    let event = Event {
        record: RecordId(7),
        event_id: None,
        revision: 0,
        time: Some(at),
        place: Place { partition: "aws".into(), account: "111122223333".into(), region: Region::global() },
        caller: Caller::default(),
        foreign_envelope: false,
        what: What::ApiKeyObserved(ApiKeySeen {
            key: KEY.into(),
            user: Some(USER.into()),
            service: Some("logs.amazonaws.com".into()),
            status: Some(Status::Inactive),
            created: None,
            expires: None,
            alias: None,
        }),
    };
    let policy = run(stage.policy.policy()).policy;
    let judging = Judging { policy: &policy, now: stage.clock.now(), circumstances: Default::default() };
    assert_eq!(run(record(&stage.ledger, &[event], judging)).failed.len(), 0);
}

/// Reported, and listed inactive so long ago; IAM shows it active now.
fn switched_on_unheard(ago: Span) -> (Stage, ItemId) {
    let (stage, id) = reported();
    listed_inactive(&stage, noon() - ago);
    (stage, id)
}

#[test]
fn a_key_that_an_old_listing_shows_inactive_and_iam_active_is_switched_off() {
    for ago in [Span::minutes(6), Span::minutes(55)] {
        let (stage, id) = switched_on_unheard(ago);
        let done = Outcome::Done { already: false };
        assert_eq!(handle(&stage, &id), Answer::Ended(done.clone()), "{ago:?}");
        assert_eq!(stage.iam.writes(), [deactivated()]);
        assert_eq!(status(&stage), Some(Status::Inactive));
        assert_ended(&stage, &id, &done);
    }
}

/// A record of the last minutes outranks what IAM shows, which may be behind: it is asked again until it is not.
#[test]
fn what_a_new_record_says_and_iam_does_not_show_yet_is_asked_again() {
    let (stage, id) = reported();
    stage.tell(&[ApiKey::new(USER, KEY).update("Inactive", &noon().to_string()).json()]);
    let due = noon() + Span::seconds(30);
    assert_eq!(handle(&stage, &id), Answer::Waits(due), "nothing is told that IAM doesn't show");
    assert_eq!((stage.iam.writes(), stage.outcome_notices(&id)), (vec![], vec![]));
    stage.iam.add_key(&USER.into(), &KEY.into(), &"logs.amazonaws.com".into(), Status::Inactive);
    let done = Outcome::Done { already: true };
    assert_eq!(drive_to_the_end(&stage, &id), done);
    assert_ended(&stage, &id, &done);
    assert_eq!(stage.iam.writes(), []);
}

/// The same record, and IAM goes on showing the key active: after five minutes it is believed.
#[test]
fn a_key_that_iam_goes_on_showing_active_is_switched_off() {
    let (stage, id) = reported();
    stage.tell(&[ApiKey::new(USER, KEY).update("Inactive", &noon().to_string()).json()]);
    assert_eq!(drive_to_the_end(&stage, &id), Outcome::Done { already: false });
    assert!(stage.clock.now() > noon() + Span::minutes(5), "{}", stage.clock.now());
    assert_eq!(stage.iam.writes(), [deactivated()]);
}

#[test]
fn iam_out_of_reach_ends_nothing_and_a_refusal_is_told() {
    for mishap in [Mishap::Throttled, Mishap::Unreachable] {
        let (stage, id) = switched_on_unheard(Span::minutes(55));
        stage.wire.spoil_next("keys_of", 3, mishap);
        assert!(matches!(handle(&stage, &id), Answer::Waits(_)), "{mishap:?}");
        assert_eq!(stage.outcome_notices(&id), []);
        assert_eq!(drive_to_the_end(&stage, &id), Outcome::Done { already: false });
    }
    let (stage, id) = switched_on_unheard(Span::minutes(55));
    stage.wire.spoil_next("keys_of", usize::MAX, Mishap::Refused("AccessDenied"));
    let failed = Outcome::Failed { code: "AccessDenied".into() };
    assert_eq!(handle(&stage, &id), Answer::Ended(failed.clone()));
    assert_ended(&stage, &id, &failed);
}
