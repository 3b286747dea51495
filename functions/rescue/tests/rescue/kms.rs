//! What KMS answers, and what follows from each answer.

use keytrail_engine::action::Reason;
use keytrail_engine::event::KmsKeyState;
use keytrail_engine::notice::Outcome;
use keytrail_engine::rescue::Left;
use keytrail_engine::time::Span;
use keytrail_ledger::State;
use keytrail_ledger::capability::Clock;
use keytrail_rescue::Answer;
use keytrail_testkit::fakes::Mishap;

use super::{
    assert_ended, handle, id, noon, saved, scheduled, state, tell_own_cancellation, tick_to_the_end,
};

#[test]
fn a_policy_that_refuses_is_told_with_the_code_of_kms() {
    for operation in ["state", "has_tag", "cancel_deletion"] {
        let (stage, action) = scheduled(false);
        stage.wire.spoil_next(operation, usize::MAX, Mishap::Refused("AccessDenied"));
        let failed = Outcome::Failed { code: "AccessDenied".into() };
        assert_eq!(handle(&stage, &action), Answer::Ended(failed.clone()), "{operation}");
        assert_ended(&stage, &action, &failed);
        assert_eq!((state(&stage), stage.kms.writes()), (Some(KmsKeyState::PendingDeletion), vec![]));
    }
}

#[test]
fn a_key_that_may_be_saved_and_not_enabled_is_told_as_left_disabled() {
    for code in ["AccessDenied", "UnsupportedOperationException"] {
        let (stage, action) = scheduled(false);
        stage.wire.spoil_next("enable", usize::MAX, Mishap::Refused(code));
        let outcome = Outcome::LeftDisabled { left: Left::Refused { code: code.into() } };
        assert_eq!(handle(&stage, &action), Answer::Ended(outcome.clone()));
        assert_ended(&stage, &action, &outcome);
        assert_eq!(state(&stage), Some(KmsKeyState::Disabled));
    }
}

#[test]
fn a_key_without_the_tag_is_left_alone() {
    let (stage, action) = scheduled(false);
    stage.kms.untag(&id());
    let outcome = Outcome::Withheld { reason: Reason::NotOptedIn { tag: "keytrail:rescue=true".into() } };
    assert_eq!(handle(&stage, &action), Answer::Ended(outcome.clone()));
    assert_ended(&stage, &action, &outcome);
    assert_eq!(stage.kms.writes(), []);
}

#[test]
fn a_key_that_is_gone_was_not_saved_and_that_is_a_failure() {
    let (stage, action) = scheduled(false);
    stage.kms.remove(&id());
    let failed = Outcome::Failed { code: "NotFoundException".into() };
    assert_eq!(handle(&stage, &action), Answer::Ended(failed.clone()));
    assert_ended(&stage, &action, &failed);
}

#[test]
fn an_answer_that_asks_for_a_pause_is_tried_again_until_it_is_done() {
    for mishap in [Mishap::Throttled, Mishap::Unreachable] {
        for operation in ["state", "has_tag", "cancel_deletion"] {
            let (stage, action) = scheduled(false);
            stage.wire.spoil_next(operation, 3, mishap);
            let due = noon() + Span::seconds(30);
            assert_eq!(handle(&stage, &action), Answer::Waits(due), "{mishap:?} {operation}");
            assert_eq!(stage.item(&action).item.state, State::Waiting { due });
            let done = Outcome::Done { already: false };
            assert_eq!(tick_to_the_end(&stage, &action), done, "{mishap:?} {operation}");
            assert_eq!(stage.kms.writes(), saved());
            assert_ended(&stage, &action, &done);
        }
    }
}

#[test]
fn a_rescue_that_was_cut_off_in_the_middle_goes_on_when_its_own_record_is_there() {
    let cuts = [
        ("enable", Mishap::Throttled),
        ("enable", Mishap::Refused("KMSInvalidStateException")),
        ("cancel_deletion", Mishap::AnswerLost),
    ];
    for (operation, mishap) in cuts {
        let (stage, action) = scheduled(false);
        stage.wire.spoil_next(operation, 1, mishap);
        assert!(matches!(handle(&stage, &action), Answer::Waits(_)), "{operation}");
        assert_eq!(state(&stage), Some(KmsKeyState::Disabled));
        // Until the record is there nobody knows who cancelled it.
        for _ in 0..10 {
            stage.clock.advance(Span::minutes(1));
            assert!(matches!(handle(&stage, &action), Answer::Waits(_)));
        }
        tell_own_cancellation(&stage);
        let done = Outcome::Done { already: false };
        assert_eq!(tick_to_the_end(&stage, &action), done);
        assert_eq!(stage.kms.writes(), saved());
        assert_ended(&stage, &action, &done);
    }
}

#[test]
fn a_state_that_kms_does_not_show_yet_is_waited_for() {
    let (stage, action) = scheduled(false);
    stage.kms.show_stale(1);
    assert!(matches!(handle(&stage, &action), Answer::Waits(_)));
    tell_own_cancellation(&stage);
    let outcome = tick_to_the_end(&stage, &action);
    assert!(matches!(outcome, Outcome::Done { .. }), "{outcome:?}");
    assert_eq!(stage.kms.writes(), saved());
    assert_eq!(state(&stage), Some(KmsKeyState::Enabled));
}

#[test]
fn a_pause_without_end_ends_with_the_time_of_the_action() {
    let (stage, action) = scheduled(false);
    stage.wire.spoil_next("cancel_deletion", usize::MAX, Mishap::Throttled);
    let outcome = tick_to_the_end(&stage, &action);
    assert!(matches!(outcome, Outcome::Withheld { .. }), "{outcome:?}");
    assert!(stage.clock.now() > noon() + Span::hours(5));
    stage.wire.mend();
    assert_ended(&stage, &action, &outcome);
    assert_eq!(stage.kms.writes(), []);
}
