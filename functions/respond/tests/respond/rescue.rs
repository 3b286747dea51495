//! What respond has no permission for: KMS keys are another function's.

use keytrail_engine::action::Reason;
use keytrail_ledger::{ItemId, State};
use keytrail_respond::Answer;
use keytrail_testkit::fakes::{Stage, run};
use keytrail_testkit::record::{KmsKey, LogGroup};

use super::{Responder, assert_ended, handle, noon, respond, withheld};

/// A stage on which a KMS key that protects a log group will be deleted, and the action that follows.
fn scheduled() -> (Stage, ItemId) {
    let stage = Stage::enforcing(noon());
    let key = KmsKey::new("1234abcd-12ab-34cd-56ef-1234567890ab");
    let recorded = stage.tell(&[
        key.create("2026-11-01T00:00:00Z").json(),
        LogGroup::new("/shop").create(Some(&key), "2026-11-01T01:00:00Z").json(),
        key.schedule_deletion(7, "2026-11-02T11:59:00Z").json(),
    ]);
    let [action] = &*recorded.actions else { panic!("{recorded:?}") };
    (stage, ItemId::action(&action.id))
}

#[test]
fn where_no_function_rescues_keys_that_is_told_once() {
    let (stage, id) = scheduled();
    let alone = Responder { rescue_is_deployed: false, ..respond(&stage) };
    let outcome = withheld(Reason::NotDeployed);
    assert_eq!(run(alone.handle(&id)).unwrap(), Answer::Ended(outcome.clone()));
    assert_ended(&stage, &id, &outcome);
    let iam = stage.wire.calls().into_iter().filter(|call| call.service == "iam").count();
    assert_eq!(iam, 0);
}

#[test]
fn where_another_function_rescues_keys_they_are_left_to_it() {
    let (stage, id) = scheduled();
    assert_eq!(handle(&stage, &id), Answer::Nothing);
    assert_eq!(stage.item(&id).item.state, State::Pending);
    assert_eq!(stage.outcome_notices(&id), []);
}
