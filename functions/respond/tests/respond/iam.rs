//! What IAM answers, and what follows from each answer.

use keytrail_engine::action::Reason;
use keytrail_engine::event::Status;
use keytrail_engine::notice::Outcome;
use keytrail_engine::time::Span;
use keytrail_ledger::capability::Clock;
use keytrail_ledger::{ItemId, State};
use keytrail_respond::Answer;
use keytrail_testkit::fakes::{IamWrite, Mishap, Stage};

use super::{
    KEY, USER, action, assert_ended, deactivated, drive_to_the_end, handle, noon, report_on, reported,
    status, withheld,
};

/// An answer that a person has to do something about ends the action and says so, with IAM's code.
#[test]
fn a_refusal_fails_with_its_code_and_is_told() {
    for code in ["AccessDenied", "LimitExceeded", "ServiceNotSupported"] {
        for operation in ["keys_of", "set_status"] {
            let (stage, id) = reported();
            stage.wire.spoil_next(operation, usize::MAX, Mishap::Refused(code));
            let failed = Outcome::Failed { code: code.into() };
            assert_eq!(handle(&stage, &id), Answer::Ended(failed.clone()), "{operation}");
            assert_ended(&stage, &id, &failed);
            assert_eq!(status(&stage), Some(Status::Active));
        }
    }
}

#[test]
fn an_answer_that_asks_for_a_pause_is_tried_again_until_it_is_done() {
    let pauses = [Mishap::Throttled, Mishap::Unreachable, Mishap::Refused("EntityTemporarilyUnmodifiable")];
    for mishap in pauses {
        for operation in ["keys_of", "set_status"] {
            let (stage, id) = reported();
            stage.wire.spoil_next(operation, 5, mishap);
            let due = noon() + Span::seconds(30);
            assert_eq!(handle(&stage, &id), Answer::Waits(due), "{mishap:?} {operation}");
            assert_eq!(stage.item(&id).item.state, State::Waiting { due });
            assert_eq!(stage.outcome_notices(&id), [], "nothing has ended yet");
            assert_eq!(handle(&stage, &id), Answer::Waits(due), "not before its time");
            let done = Outcome::Done { already: false };
            assert_eq!(drive_to_the_end(&stage, &id), done, "{mishap:?} {operation}");
            assert_eq!(stage.iam.writes(), [deactivated()]);
            assert_ended(&stage, &id, &done);
        }
    }
}

#[test]
fn a_pause_without_end_ends_with_the_time_of_the_action() {
    let (stage, id) = reported();
    stage.wire.spoil_next("set_status", usize::MAX, Mishap::Throttled);
    let outcome = drive_to_the_end(&stage, &id);
    assert!(matches!(outcome, Outcome::Withheld { .. }), "{outcome:?}");
    assert!(stage.clock.now() > noon() + Span::hours(5), "given up at {}", stage.clock.now());
    stage.wire.mend();
    assert_ended(&stage, &id, &outcome);
    assert_eq!(stage.iam.writes(), []);
}

#[test]
fn a_lost_answer_does_not_do_it_twice() {
    let (stage, id) = reported();
    stage.wire.spoil_next("set_status", 1, Mishap::AnswerLost);
    assert!(matches!(handle(&stage, &id), Answer::Waits(_)));
    let done = Outcome::Done { already: true };
    assert_eq!(drive_to_the_end(&stage, &id), done);
    assert_eq!(stage.iam.writes(), [deactivated()]);
    assert_ended(&stage, &id, &done);
}

#[test]
fn an_old_status_for_a_while_is_no_failure() {
    for reads in 1..6 {
        let (stage, id) = reported();
        stage.iam.show_stale(reads);
        assert!(matches!(handle(&stage, &id), Answer::Waits(_)), "verifying");
        assert_eq!(stage.outcome_notices(&id), [], "what isn't seen isn't told");
        let outcome = drive_to_the_end(&stage, &id);
        assert!(matches!(outcome, Outcome::Done { .. }), "{reads}: {outcome:?}");
        assert!(stage.iam.writes().iter().all(|write| *write == deactivated()));
        assert_ended(&stage, &id, &outcome);
    }
}

#[test]
fn what_somebody_else_has_done_is_done() {
    let (stage, id) = reported();
    stage.iam.add_key(&USER.into(), &KEY.into(), &"logs.amazonaws.com".into(), Status::Inactive);
    let done = Outcome::Done { already: true };
    assert_eq!(handle(&stage, &id), Answer::Ended(done.clone()));
    assert_eq!(stage.iam.writes(), []);
    assert_ended(&stage, &id, &done);
}

/// A deleted user has no keys. One who was made a moment ago may not be shown yet: nothing is believed of that before
/// IAM is consistent.
#[test]
fn what_is_not_there_is_gone_only_once_iam_is_consistent() {
    let (stage, id) = reported();
    stage.iam.remove_user(&USER.into());
    assert!(matches!(handle(&stage, &id), Answer::Waits(_)));
    let done = Outcome::Done { already: true };
    assert_eq!(drive_to_the_end(&stage, &id), done);
    assert!(stage.clock.now() >= noon() + Span::minutes(5));
    assert_ended(&stage, &id, &done);

    let (stage, id) = reported();
    stage.iam.remove_user(&USER.into());
    assert!(matches!(handle(&stage, &id), Answer::Waits(_)));
    stage.iam.add_key(&USER.into(), &KEY.into(), &"logs.amazonaws.com".into(), Status::Active);
    assert_eq!(drive_to_the_end(&stage, &id), Outcome::Done { already: false });
    assert_eq!(status(&stage), Some(Status::Inactive));
}

#[test]
fn a_key_of_the_same_id_under_another_service_is_left_alone() {
    let (stage, id) = reported();
    stage.iam.add_key(&USER.into(), &KEY.into(), &"codecommit.amazonaws.com".into(), Status::Active);
    let outcome = drive_to_the_end(&stage, &id);
    assert_eq!(outcome, Outcome::Done { already: true });
    assert_eq!((stage.iam.writes(), status(&stage)), (vec![], Some(Status::Active)));
}

fn user_reported() -> (Stage, ItemId) {
    let stage = Stage::enforcing(noon());
    stage.add_key(USER, KEY);
    let id = report_on(&stage, USER);
    (stage, id)
}

fn denied() -> IamWrite {
    IamWrite::Policy(USER.into(), keytrail_ledger::capability::DenyPolicy::Attached)
}

#[test]
fn a_reported_user_is_denied_bearer_calls_and_keeps_its_keys() {
    for reads in 0..4 {
        let (stage, id) = user_reported();
        stage.iam.show_stale(reads);
        let outcome = drive_to_the_end(&stage, &id);
        assert!(matches!(outcome, Outcome::Done { .. }), "{outcome:?}");
        assert!(stage.iam.denied(&USER.into()));
        assert!(stage.iam.writes().iter().all(|write| *write == denied()));
        assert_eq!(status(&stage), Some(Status::Active), "nobody said which key");
        assert_ended(&stage, &id, &outcome);
    }
}

#[test]
fn a_deny_that_is_refused_fails_with_its_code() {
    // NoSuchEntity about a user who is there means that the policy itself is missing: nothing is denied then.
    for code in ["AccessDenied", "LimitExceeded", "NoSuchEntity"] {
        let (stage, id) = user_reported();
        stage.wire.spoil_next("attach_deny_policy", usize::MAX, Mishap::Refused(code));
        let failed = Outcome::Failed { code: code.into() };
        assert_eq!(handle(&stage, &id), Answer::Ended(failed.clone()));
        assert!(!stage.iam.denied(&USER.into()));
        assert_ended(&stage, &id, &failed);
    }
}

#[test]
fn what_could_only_be_tried_again_too_late_ends_now_and_is_told_now() {
    let (stage, id) = reported();
    let not_after = action(&stage, &id).not_after;
    stage.clock.set(not_after);
    stage.wire.spoil_next("keys_of", 1, Mishap::Throttled);
    let outcome = withheld(Reason::Expired { not_after });
    assert_eq!(handle(&stage, &id), Answer::Ended(outcome.clone()));
    assert_ended(&stage, &id, &outcome);
    assert_eq!(stage.iam.writes(), []);
}
