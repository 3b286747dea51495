//! What becomes of a KMS key that logs hang on, whatever KMS, the ledger and people do meanwhile.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may fail by panicking"
)]

mod crashes;
mod kms;
mod people;

use keytrail_engine::event::KmsKeyState;
use keytrail_engine::notice::Outcome;
use keytrail_engine::policy::Pattern;
use keytrail_engine::subject::SubjectId;
use keytrail_engine::time::{Span, Time};
use keytrail_ledger::capability::Clock;
use keytrail_ledger::{ItemId, ItemKind, State};
use keytrail_rescue::{Answer, Rescue};
use keytrail_testkit::fakes::{FakeClock, FakeKms, FakePolicy, KmsWrite, MemoryLedger, Stage, run};
use keytrail_testkit::record::{Caller, KmsKey, LogGroup};

pub(crate) type Rescuer = Rescue<MemoryLedger, FakeKms, FakePolicy, FakeClock>;

pub(crate) fn rescue(stage: &Stage) -> Rescuer {
    Rescue {
        ledger: stage.ledger.clone(),
        admin: stage.kms.clone(),
        account: "111122223333".into(),
        policies: stage.policy.clone(),
        clock: stage.clock.clone(),
    }
}

/// Noon of the day on which everything happens.
pub(crate) fn noon() -> Time {
    Time::parse("2026-11-02T12:00:00Z").unwrap()
}

/// The key, as records tell of it.
pub(crate) fn key() -> KmsKey {
    KmsKey::new("1234abcd-12ab-34cd-56ef-1234567890ab")
}

/// The key, as the ledger knows it.
pub(crate) fn id() -> SubjectId {
    SubjectId::kms_key_of_arn(&key().arn()).unwrap()
}

/// A stage on which a KMS key that protects a log group was disabled, if so, and will be deleted; and the action that follows.
pub(crate) fn scheduled(disabled_before: bool) -> (Stage, ItemId) {
    let mut policy = Stage::policy_that_enforces();
    policy.principals.keytrail = vec![Pattern::new("*:assumed-role/keytrail-*")];
    let stage = Stage::new(policy, noon());
    stage.tell(&[
        key().create("2026-11-01T00:00:00Z").json(),
        LogGroup::new("/shop").create(Some(&key()), "2026-11-01T01:00:00Z").json(),
    ]);
    if disabled_before {
        stage.tell(&[key().disable("2026-11-02T10:00:00Z").json()]);
    }
    let recorded = stage.tell(&[key().schedule_deletion(7, "2026-11-02T11:59:00Z").json()]);
    stage.kms.set(&id(), KmsKeyState::PendingDeletion);
    let [action] = &*recorded.actions else { panic!("{recorded:?}") };
    (stage, ItemId::action(&action.id))
}

pub(crate) fn handle(stage: &Stage, action: &ItemId) -> Answer {
    run(rescue(stage).handle(action)).unwrap()
}

pub(crate) fn state(stage: &Stage) -> Option<KmsKeyState> {
    stage.kms.state_of(&id())
}

pub(crate) fn saved() -> [KmsWrite; 2] {
    [KmsWrite::Cancelled(id()), KmsWrite::Enabled(id())]
}

/// CloudTrail tells what Keytrail did a moment ago.
pub(crate) fn tell_own_cancellation(stage: &Stage) {
    let at = stage.clock.now().to_string();
    stage.tell(&[key().cancel_deletion(&at).by(&Caller::role("keytrail-rescue")).json()]);
}

/// Ticks minute by minute, as the schedule does, until the action has ended.
pub(crate) fn tick_to_the_end(stage: &Stage, action: &ItemId) -> Outcome {
    for _ in 0..24 * 60 {
        let item = stage.item(action).item;
        if let (None, Some(outcome)) = (item.due(), item.outcome) {
            return outcome;
        }
        run(rescue(stage).tick(u64::MAX)).unwrap();
        stage.clock.advance(Span::minutes(1));
    }
    panic!("no end in a day: {:?}", stage.item(action));
}

/// It ended like this, said so in one notice, and nothing more becomes of it, however often it is looked at.
pub(crate) fn assert_ended(stage: &Stage, action: &ItemId, outcome: &Outcome) {
    let ended = stage.item(action);
    assert_eq!(ended.item.outcome.as_ref(), Some(outcome));
    let state = match outcome {
        Outcome::Done { .. } | Outcome::LeftDisabled { .. } => State::Done,
        Outcome::Failed { .. } => State::Failed,
        Outcome::Withheld { .. } => State::Withheld,
    };
    assert_eq!(ended.item.state, state);
    assert_eq!(stage.outcome_notices(action).len(), 1);
    let (writes, items) = (stage.kms.writes(), stage.items(ItemKind::Notice).len());
    for _ in 0..3 {
        stage.clock.advance(Span::hours(1));
        assert_eq!(handle(stage, action), Answer::Nothing);
        run(rescue(stage).tick(u64::MAX)).unwrap();
    }
    assert_eq!(stage.item(action), ended);
    assert_eq!(stage.kms.writes(), writes);
    assert_eq!(stage.items(ItemKind::Notice).len(), items);
}

#[test]
fn a_key_that_was_enabled_is_saved_and_enabled_and_that_is_told_once() {
    let (stage, action) = scheduled(false);
    let counts = run(rescue(&stage).tick(u64::MAX)).unwrap();
    assert!(counts.contains(&("ActionsDone", 1)), "{counts:?}");
    assert_eq!(state(&stage), Some(KmsKeyState::Enabled));
    assert_eq!(stage.kms.writes(), saved());
    assert_ended(&stage, &action, &Outcome::Done { already: false });
    let calls: Vec<_> = stage.wire.calls().into_iter().filter(|call| call.service == "kms").collect();
    let named: Vec<_> = calls.iter().map(|call| call.operation).collect();
    assert_eq!(named, ["state", "has_tag", "cancel_deletion", "state", "enable", "state"]);
    assert!(calls.iter().all(|call| call.about == id().to_string()), "{calls:?}");
}

#[test]
fn what_is_no_rescue_is_left_to_others() {
    let stage = Stage::enforcing(noon());
    stage.add_key("gateway", "ACCAEXAMPLEGATEWAY01");
    let report = keytrail_testkit::fakes::exposed("ACCAEXAMPLEGATEWAY01", noon());
    let recorded = stage.tell(&[report]);
    let [action] = &*recorded.actions else { panic!("{recorded:?}") };
    let other = ItemId::action(&action.id);
    assert_eq!(handle(&stage, &other), Answer::Nothing);
    run(rescue(&stage).tick(u64::MAX)).unwrap();
    assert_eq!(stage.item(&other).item.state, State::Pending);
    assert_eq!(handle(&stage, &ItemId::action("no such action")), Answer::Nothing);
}
