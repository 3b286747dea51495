//! What people do and policy says, before and while a key is rescued.

use keytrail_engine::action::Reason;
use keytrail_engine::event::KmsKeyState;
use keytrail_engine::notice::{News, Outcome};
use keytrail_engine::policy::{Budget, Mode, Policy};
use keytrail_engine::rescue::Left;
use keytrail_engine::time::Span;
use keytrail_ledger::capability::{Clock, PolicySource};
use keytrail_ledger::{Body, Epoch, ItemId, Ledger};
use keytrail_rescue::Answer;
use keytrail_testkit::fakes::{KmsWrite, Mishap, Stage, run};

use super::{
    assert_ended, handle, id, key, noon, saved, scheduled, state, tell_own_cancellation, tick_to_the_end,
};

fn policy(stage: &Stage) -> Policy {
    run(stage.policy.policy()).policy
}

#[test]
fn a_key_that_somebody_had_disabled_is_saved_and_left_disabled() {
    let (stage, action) = scheduled(true);
    let outcome = Outcome::LeftDisabled { left: Left::NotEnabledBefore };
    assert_eq!(handle(&stage, &action), Answer::Ended(outcome.clone()));
    assert_ended(&stage, &action, &outcome);
    assert_eq!(stage.kms.writes(), [KmsWrite::Cancelled(id())]);
    assert_eq!(state(&stage), Some(KmsKeyState::Disabled));
    let notice = stage.outcome_notices(&action).remove(0);
    let Body::Notice(notice) = &notice.item.body else { panic!() };
    assert!(matches!(&notice.news, News::Ended { outcome: Outcome::LeftDisabled { .. }, .. }));
    let message = keytrail_engine::render::message(notice);
    assert_eq!(message.attributes["severity"], "critical");
    assert!(message.text.contains("aws kms enable-key --region us-east-1"), "{}", message.text);
}

#[test]
fn a_key_that_somebody_disables_while_it_is_rescued_stays_disabled() {
    let (stage, action) = scheduled(false);
    stage.wire.spoil_next("enable", 1, Mishap::Throttled);
    assert!(matches!(handle(&stage, &action), Answer::Waits(_)));
    tell_own_cancellation(&stage);
    stage.clock.advance(Span::seconds(20));
    stage.tell(&[key().disable(&stage.clock.now().to_string()).json()]);
    let outcome = Outcome::LeftDisabled { left: Left::DisabledSince };
    assert_eq!(tick_to_the_end(&stage, &action), outcome);
    assert_eq!(stage.kms.writes(), [KmsWrite::Cancelled(id())]);
    assert_ended(&stage, &action, &outcome);
}

#[test]
fn whoever_cancels_first_decides_the_rest() {
    let (stage, action) = scheduled(false);
    stage.kms.set(&id(), KmsKeyState::Disabled);
    assert!(matches!(handle(&stage, &action), Answer::Waits(_)), "nobody has heard who did it");
    stage.tell(&[key().cancel_deletion(&noon().to_string()).json()]);
    let outcome = Outcome::Withheld { reason: Reason::Withdrawn };
    assert_eq!(tick_to_the_end(&stage, &action), outcome);
    assert_ended(&stage, &action, &outcome);
    assert_eq!(stage.kms.writes(), []);
}

#[test]
fn a_key_that_people_saved_and_enabled_is_done_already() {
    let (stage, action) = scheduled(false);
    stage.kms.set(&id(), KmsKeyState::Enabled);
    assert!(matches!(handle(&stage, &action), Answer::Waits(_)), "nobody has heard who did it");
    let outcome = Outcome::Done { already: true };
    assert_eq!(tick_to_the_end(&stage, &action), outcome);
    assert!(stage.clock.now() > noon() + Span::minutes(20));
    assert_ended(&stage, &action, &outcome);
    assert_eq!(stage.kms.writes(), []);
    let told = told(&stage, &action);
    assert!(told.contains("Whether an earlier try of Keytrail's own did it or somebody else"), "{told}");
}

#[test]
fn a_rescue_that_kms_shows_only_on_a_later_look_is_told_as_done_once_its_own_record_is_there() {
    let (stage, action) = scheduled(false);
    // Everything is done, and KMS shows the old state after it.
    stage.wire.spoil_next("enable", 1, Mishap::AnswerLost);
    assert!(matches!(handle(&stage, &action), Answer::Waits(_)));
    assert_eq!(state(&stage), Some(KmsKeyState::Enabled));
    stage.clock.advance(Span::minutes(1));
    assert!(matches!(handle(&stage, &action), Answer::Waits(_)), "its record is not here yet");
    tell_own_cancellation(&stage);
    let outcome = Outcome::Done { already: false };
    assert_eq!(tick_to_the_end(&stage, &action), outcome);
    assert_eq!(stage.kms.writes(), saved());
    assert_ended(&stage, &action, &outcome);
    let told = told(&stage, &action);
    assert!(told.contains("It did, and AWS shows it"), "{told}");
}

#[test]
fn a_rescue_of_a_role_that_policy_does_not_name_claims_nothing() {
    let (stage, action) = scheduled(false);
    stage.policy.set(Policy { principals: Default::default(), ..policy(&stage) });
    stage.wire.spoil_next("enable", 1, Mishap::AnswerLost);
    assert!(matches!(handle(&stage, &action), Answer::Waits(_)));
    tell_own_cancellation(&stage);
    let outcome = Outcome::Withheld { reason: Reason::Withdrawn };
    assert_eq!(tick_to_the_end(&stage, &action), outcome);
    let told = told(&stage, &action);
    assert!(!told.contains("did not cancel"), "{told}");
    assert!(told.contains("Whether an earlier try of Keytrail's own did it or somebody else"), "{told}");
}

/// The page of an action's end.
fn told(stage: &Stage, action: &ItemId) -> String {
    let notice = stage.outcome_notices(action).remove(0);
    let Body::Notice(notice) = &notice.item.body else { panic!() };
    let message = keytrail_engine::render::message(notice);
    format!("{}\n{}", message.subject, message.text)
}

#[test]
fn what_the_policy_says_meanwhile_holds() {
    let (stage, _) = scheduled(false);
    let enforcing = policy(&stage);
    let rule = "kms_key_in_use_scheduled_for_deletion";
    let mut one_rule = enforcing.clone();
    one_rule.rules.entry(rule.into()).or_default().mode = Some(Mode::Alert);
    let mut switched_off = enforcing.clone();
    switched_off.rules.entry(rule.into()).or_default().enabled = Some(false);
    let mut spent = enforcing.clone();
    spent.budgets.rule = Budget { per_account: 0, over_all: 0 };
    for (policy, expected) in [
        (Policy { mode: Mode::Observe, ..enforcing.clone() }, "mode is observe"),
        (Policy { mode: Mode::Alert, ..enforcing.clone() }, "mode is alert"),
        (Policy { enrolled_accounts: [].into(), ..enforcing }, "not enrolled"),
        (one_rule, "mode is alert"),
        (switched_off, "no longer stands"),
        (spent, "budget is spent"),
    ] {
        let (stage, action) = scheduled(false);
        stage.policy.set(policy);
        let Answer::Ended(Outcome::Withheld { reason }) = handle(&stage, &action) else {
            panic!("{expected}")
        };
        assert!(reason.to_string().contains(expected), "{reason}");
        assert_eq!((state(&stage), stage.kms.writes()), (Some(KmsKeyState::PendingDeletion), vec![]));
    }
}

#[test]
fn a_broken_policy_and_a_restored_ledger_are_waited_for() {
    let (stage, action) = scheduled(false);
    stage.policy.set_broken("cut off at line 3");
    assert!(matches!(handle(&stage, &action), Answer::Waits(_)));
    assert_eq!(stage.kms.writes(), []);
    let enforcing = scheduled(false).0;
    stage.policy.set(policy(&enforcing));
    let store = run(stage.ledger.identity()).unwrap();
    let paused = Epoch { store, number: 2, began: noon(), paused: true, resumed: None };
    run(stage.ledger.set_epoch(&paused, None)).unwrap();
    stage.clock.advance(Span::minutes(6));
    assert!(matches!(handle(&stage, &action), Answer::Waits(_)));
    assert_eq!(stage.kms.writes(), []);
}

#[test]
fn a_deletion_of_long_ago_and_a_key_of_another_account_are_left_alone() {
    let (stage, action) = scheduled(false);
    stage.clock.advance(Span::hours(7));
    let late = handle(&stage, &action);
    assert!(matches!(late, Answer::Ended(Outcome::Withheld { reason: Reason::TooOld { .. } })), "{late:?}");
    let (stage, action) = scheduled(false);
    let elsewhere = super::Rescuer { account: "444455556666".into(), ..super::rescue(&stage) };
    let other = run(elsewhere.handle(&action)).unwrap();
    assert_eq!(other, Answer::Ended(Outcome::Withheld { reason: Reason::OtherAccount }));
    assert_eq!(stage.kms.writes(), []);
    assert_ne!(saved().len(), 0);
}
