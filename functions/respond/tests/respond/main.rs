//! What becomes of an action, whatever IAM, the ledger and people do meanwhile.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may fail by panicking"
)]

mod circumstances;
mod crashes;
mod iam;
mod memory;
mod rescue;
mod staleness;
mod trust;

use keytrail_engine::action::{Action, Reason};
use keytrail_engine::event::Status;
use keytrail_engine::notice::Outcome;
use keytrail_engine::time::{Span, Time};
use keytrail_ledger::capability::Clock;
use keytrail_ledger::{Body, ItemId, ItemKind, State};
use keytrail_respond::{Answer, Respond};
use keytrail_testkit::fakes::{FakeClock, FakeIam, FakePolicy, IamWrite, MemoryLedger, Stage, exposed, run};

pub(crate) const USER: &str = "otel-gateway";
pub(crate) const KEY: &str = "ACCAEXAMPLEGATEWAY01";

pub(crate) type Responder = Respond<MemoryLedger, FakeIam, FakePolicy, FakeClock>;

pub(crate) fn respond(stage: &Stage) -> Responder {
    Respond {
        ledger: stage.ledger.clone(),
        admin: stage.iam.clone(),
        account: "111122223333".into(),
        policies: stage.policy.clone(),
        clock: stage.clock.clone(),
        rescue_is_deployed: true,
    }
}

/// Noon of the day on which everything happens.
pub(crate) fn noon() -> Time {
    Time::parse("2026-11-02T12:00:00Z").unwrap()
}

/// A stage on which a key was made and reported compromised, and the action that follows.
pub(crate) fn reported() -> (Stage, ItemId) {
    let stage = Stage::enforcing(noon());
    stage.add_key(USER, KEY);
    let action = report_on(&stage, KEY);
    (stage, action)
}

/// Reports a key, or a user, and gives the action that follows.
pub(crate) fn report_on(stage: &Stage, entity: &str) -> ItemId {
    let recorded = stage.tell(&[exposed(entity, stage.clock.now())]);
    let [action] = &*recorded.actions else { panic!("{recorded:?}") };
    ItemId::action(&action.id)
}

pub(crate) fn handle(stage: &Stage, id: &ItemId) -> Answer {
    run(respond(stage).handle(id)).unwrap()
}

pub(crate) fn action(stage: &Stage, id: &ItemId) -> Action {
    let Body::Action(action) = stage.item(id).item.body else { panic!("{id} is no action") };
    action
}

/// Delivers the action, and drives it minute by minute as a sweep does, until it has ended.
pub(crate) fn drive_to_the_end(stage: &Stage, id: &ItemId) -> Outcome {
    for _ in 0..24 * 60 {
        let item = stage.item(id).item;
        if let (None, Some(outcome)) = (item.due(), item.outcome) {
            return outcome;
        }
        handle(stage, id);
        stage.clock.advance(Span::minutes(1));
        if stage.item(id).item.due().is_some_and(|due| due <= stage.clock.now()) {
            stage.drive(id);
        }
    }
    panic!("no end in a day: {:?}", stage.item(id));
}

pub(crate) fn status(stage: &Stage) -> Option<Status> {
    stage.iam.status(&USER.into(), &KEY.into())
}

pub(crate) fn deactivated() -> IamWrite {
    IamWrite::Status(USER.into(), KEY.into(), Status::Inactive)
}

/// It ended like this, said so in one notice, and nothing more becomes of it, however often it is asked for.
pub(crate) fn assert_ended(stage: &Stage, id: &ItemId, outcome: &Outcome) {
    let ended = stage.item(id);
    assert_eq!(ended.item.outcome.as_ref(), Some(outcome));
    let state = match outcome {
        Outcome::Done { .. } | Outcome::LeftDisabled { .. } => State::Done,
        Outcome::Failed { .. } => State::Failed,
        Outcome::Withheld { .. } => State::Withheld,
    };
    assert_eq!(ended.item.state, state);
    let notices = stage.outcome_notices(id);
    assert_eq!(notices.len(), 1, "{notices:?}");
    let (writes, items) = (stage.iam.writes(), stage.items(ItemKind::Notice).len());
    for _ in 0..3 {
        stage.clock.advance(Span::hours(1));
        assert_eq!(handle(stage, id), Answer::Nothing);
    }
    assert_eq!(stage.item(id), ended);
    assert_eq!(stage.iam.writes(), writes);
    assert_eq!(stage.items(ItemKind::Notice).len(), items);
}

pub(crate) fn withheld(reason: Reason) -> Outcome {
    Outcome::Withheld { reason }
}

#[test]
fn a_reported_key_is_set_inactive_and_that_is_told_once() {
    let (stage, id) = reported();
    let done = Outcome::Done { already: false };
    assert_eq!(handle(&stage, &id), Answer::Ended(done.clone()));
    assert_eq!(status(&stage), Some(Status::Inactive));
    assert_eq!(stage.iam.writes(), [deactivated()]);
    assert_ended(&stage, &id, &done);
}

#[test]
fn every_call_names_the_user_and_no_other() {
    let (stage, id) = reported();
    stage.add_key("billing", "ACCAEXAMPLEBILLING01");
    handle(&stage, &id);
    let calls = stage.wire.calls();
    let iam: Vec<_> = calls.iter().filter(|call| call.service == "iam").collect();
    assert!(iam.len() >= 3, "read, write, read: {iam:?}");
    assert!(iam.iter().all(|call| call.about == USER), "{iam:?}");
    assert_eq!(stage.iam.status(&"billing".into(), &"ACCAEXAMPLEBILLING01".into()), Some(Status::Active));
}

#[test]
fn a_notice_and_an_unknown_item_are_nothing() {
    let (stage, _) = reported();
    let notice = stage.items(ItemKind::Notice).remove(0).item.id();
    for id in [notice, ItemId::action("no such action")] {
        assert_eq!(handle(&stage, &id), Answer::Nothing);
    }
    assert_eq!(stage.iam.writes(), []);
}
