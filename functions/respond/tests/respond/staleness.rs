//! What respond reads again right before a key goes for being unused.

use keytrail_engine::action::Reason;
use keytrail_engine::event::{
    ApiKeySeen, BearerCall, Caller, Event, Expiry, Place, Selectors, Status, Token, TrailSeen, What,
};
use keytrail_engine::ids::RecordId;
use keytrail_engine::notice::Outcome;
use keytrail_engine::policy::{ExemptFrom, Exemption, Pattern, Policy, TrailPlace};
use keytrail_engine::time::Span;
use keytrail_ledger::capability::{Clock, PolicySource};
use keytrail_ledger::{ItemId, Judging, Recorded, record};
use keytrail_respond::Answer;
use keytrail_testkit::fakes::{Mishap, Stage, run};

use super::{KEY, USER, assert_ended, deactivated, drive_to_the_end, handle, noon, status};

fn policy(exempt: Option<(&str, &str)>) -> Policy {
    let mut policy = Stage::policy_that_enforces();
    policy.staleness.regions = vec!["us-east-1".into()];
    policy.staleness.trails = vec![TrailPlace { region: "us-east-1".into(), name: "t".into() }];
    policy.staleness.never_used_days = 3;
    policy.staleness.final_warning_days = 1;
    policy.staleness.deactivate_days = 2;
    policy.exemptions = exempt
        .map(|(tag, value)| Exemption {
            user: None,
            path: None,
            tag: Some((tag.into(), Pattern::new(value))),
            credential: None,
            from: ExemptFrom::Staleness,
            reason: "kept".into(),
            until: noon() + Span::days(300),
        })
        .into_iter()
        .collect();
    policy
}

fn tell(stage: &Stage, whats: Vec<What>) -> Recorded {
    let now = stage.clock.now();
    let place = Place { partition: "aws".into(), account: "111122223333".into(), region: "us-east-1".into() };
    let event = |(number, what)| Event {
        record: RecordId(now.millis().unsigned_abs() + number),
        event_id: None,
        revision: 0,
        time: Some(now),
        place: place.clone(),
        caller: Caller::default(),
        foreign_envelope: false,
        what,
    };
    let events: Vec<Event> = (0..).zip(whats).map(event).collect();
    let policy = run(stage.policy.policy()).policy;
    let recorded = run(record(
        &stage.ledger,
        &events,
        Judging { policy: &policy, now, circumstances: Default::default() },
    ));
    assert!(recorded.failed.is_empty(), "{:?}", recorded.failed);
    recorded
}

fn seen() -> ApiKeySeen {
    ApiKeySeen {
        key: KEY.into(),
        user: Some(USER.into()),
        service: Some("logs.amazonaws.com".into()),
        status: Some(Status::Active),
        created: Some(noon()),
        expires: Some(Expiry::Never),
        alias: None,
    }
}

/// A call of nobody's key, which proves that calls reach the ledger.
fn proof() -> What {
    What::BearerCall(BearerCall {
        service: "logs.amazonaws.com".into(),
        user: None,
        key: None,
        token: Token::ShortTerm,
        log_group: None,
        denied: None,
    })
}

/// A key that nobody used until its last day came, under a policy, and the action that follows. Sweep has read no tags.
fn unused(exempt: Option<(&str, &str)>) -> (Stage, ItemId) {
    let stage = Stage::new(policy(None), noon());
    stage.iam.add_key(&USER.into(), &KEY.into(), &"logs.amazonaws.com".into(), Status::Active);
    let selectors = Selectors { bearer_calls: true, ..Selectors::default() };
    let trail = TrailSeen { logging: true, multi_region: true, selectors };
    tell(
        &stage,
        vec![What::TrailObserved { trail: "t".into(), seen: trail }, proof(), What::ApiKeyCreated(seen())],
    );
    for _ in 0..10 {
        stage.clock.advance(Span::hours(20));
        tell(&stage, vec![proof()]);
        if let [action] = &*tell(&stage, vec![What::ApiKeyObserved(seen())]).actions {
            stage.policy.set(policy(exempt));
            return (stage, ItemId::action(&action.id));
        }
    }
    panic!("nothing followed");
}

fn users_read(stage: &Stage) -> usize {
    stage.wire.calls().iter().filter(|call| call.service == "iam" && call.operation == "user").count()
}

#[test]
fn a_use_that_no_record_told_of_keeps_the_key_and_an_older_one_does_not() {
    let (stage, id) = unused(None);
    let at = noon() + Span::hours(30);
    stage.iam.show_access(&USER.into(), at);
    let vetoed = Outcome::Withheld { reason: Reason::UsedSince { at } };
    assert_eq!(handle(&stage, &id), Answer::Ended(vetoed.clone()));
    assert_eq!((stage.iam.writes(), status(&stage)), (vec![], Some(Status::Active)));
    assert_ended(&stage, &id, &vetoed);

    let (stage, id) = unused(None);
    stage.iam.show_access(&USER.into(), noon());
    assert_eq!(handle(&stage, &id), Answer::Ended(Outcome::Done { already: false }));
}

#[test]
fn a_report_that_may_not_be_read_keeps_the_key_and_one_that_is_not_ready_is_waited_for() {
    let (stage, id) = unused(None);
    stage.wire.spoil_next("last_access", usize::MAX, Mishap::Refused("AccessDenied"));
    let unread = Outcome::Withheld { reason: Reason::LastAccessUnread };
    assert_eq!(handle(&stage, &id), Answer::Ended(unread.clone()));
    assert_eq!(stage.iam.writes(), []);
    assert_ended(&stage, &id, &unread);

    let (stage, id) = unused(None);
    stage.wire.spoil_next("last_access", 2, Mishap::Throttled);
    assert!(matches!(handle(&stage, &id), Answer::Waits(_)));
    assert_eq!(stage.iam.writes(), []);
    assert_eq!(drive_to_the_end(&stage, &id), Outcome::Done { already: false });
}

#[test]
fn what_is_held_back_by_a_look_spends_no_permit() {
    let (stage, id) = unused(None);
    stage.iam.show_access(&USER.into(), noon() + Span::hours(30));
    handle(&stage, &id);
    let held = run(keytrail_ledger::Slots::slot(&stage.ledger, "permits/staleness")).unwrap();
    assert_eq!(held, None);
}

fn kept() -> Outcome {
    let why = format!("kept (until {})", noon() + Span::days(300)).into();
    Outcome::Withheld { reason: Reason::Exempt { why } }
}

#[test]
fn a_key_whose_user_is_not_tagged_goes() {
    let (stage, id) = unused(Some(("keep", "yes")));
    stage.iam.tag_user(&USER.into(), "keep", "no");
    let done = Outcome::Done { already: false };
    assert_eq!(handle(&stage, &id), Answer::Ended(done.clone()));
    assert_eq!(stage.iam.writes(), [deactivated()]);
    assert_eq!(users_read(&stage), 1);
    assert_ended(&stage, &id, &done);
}

#[test]
fn a_user_who_was_tagged_a_moment_ago_keeps_the_key() {
    let (stage, id) = unused(Some(("keep", "yes")));
    stage.iam.tag_user(&USER.into(), "keep", "yes");
    assert_eq!(handle(&stage, &id), Answer::Ended(kept()));
    assert_eq!((stage.iam.writes(), status(&stage)), (vec![], Some(Status::Active)));
    assert_ended(&stage, &id, &kept());
}

#[test]
fn a_user_who_may_not_be_looked_at_is_exempt_where_tags_decide_and_nowhere_else() {
    let (stage, id) = unused(Some(("keep", "yes")));
    stage.wire.spoil_next("user", usize::MAX, Mishap::Refused("AccessDenied"));
    assert_eq!(handle(&stage, &id), Answer::Ended(kept()));
    assert_eq!(stage.iam.writes(), []);
    let (stage, id) = unused(None);
    stage.wire.spoil_next("user", usize::MAX, Mishap::Refused("AccessDenied"));
    assert_eq!(handle(&stage, &id), Answer::Ended(Outcome::Done { already: false }));
}

#[test]
fn iam_out_of_reach_is_asked_again_and_nothing_is_done_meanwhile() {
    for mishap in [Mishap::Throttled, Mishap::Unreachable, Mishap::AnswerLost] {
        let (stage, id) = unused(Some(("keep", "yes")));
        stage.wire.spoil_next("user", 2, mishap);
        assert!(matches!(handle(&stage, &id), Answer::Waits(_)), "{mishap:?}");
        assert_eq!(stage.iam.writes(), []);
        assert_eq!(drive_to_the_end(&stage, &id), Outcome::Done { already: false });
    }
}

#[test]
fn a_compromise_asks_for_no_tags() {
    let (stage, id) = super::reported();
    handle(&stage, &id);
    assert_eq!((stage.iam.writes(), users_read(&stage)), (vec![deactivated()], 0));
}
