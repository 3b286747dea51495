//! What people and the ledger do while an action waits.

use keytrail_engine::action::Reason;
use keytrail_engine::decide::Circumstances;
use keytrail_engine::event::Status;
use keytrail_engine::notice::{News, Outcome};
use keytrail_engine::policy::{Mode, Policy};
use keytrail_engine::time::Span;
use keytrail_engine::trouble::Trouble;
use keytrail_ledger::capability::Clock;
use keytrail_ledger::{Body, Epoch, ItemId, ItemKind, Ledger, State, StoredItem};
use keytrail_respond::Answer;
use keytrail_testkit::fakes::{Mishap, Stage, exposed, run};
use keytrail_testkit::record::ApiKey;

use super::{
    KEY, USER, assert_ended, deactivated, drive_to_the_end, handle, noon, report_on, reported, status,
    withheld,
};

fn assert_no_write(stage: &Stage) {
    let calls = stage.wire.calls();
    let iam: Vec<_> = calls.iter().filter(|call| call.service == "iam").collect();
    assert!(iam.is_empty(), "{iam:?}");
    assert_eq!(status(stage), Some(Status::Active));
}

#[test]
fn in_observe_mode_no_call_goes_to_iam() {
    let (stage, id) = reported();
    stage.policy.set(Policy { mode: Mode::Observe, ..Stage::policy_that_enforces() });
    let outcome = withheld(Reason::ObserveMode);
    assert_eq!(handle(&stage, &id), Answer::Ended(outcome.clone()));
    assert_ended(&stage, &id, &outcome);
    assert_no_write(&stage);

    let observed = Stage::new(Policy::default(), noon());
    observed.add_key(USER, KEY);
    observed.tell(&[exposed(KEY, noon())]);
    for item in observed.ledger.all_items() {
        assert_eq!(handle(&observed, &item.item.id()), Answer::Nothing);
    }
    assert_no_write(&observed);
}

#[test]
fn what_the_policy_says_meanwhile_holds() {
    let enforcing = Stage::policy_that_enforces();
    let alerting = Policy { mode: Mode::Alert, ..enforcing.clone() };
    let unenrolled = Policy { enrolled_accounts: [].into(), ..enforcing.clone() };
    let mut one_rule = enforcing;
    one_rule.rules.entry("compromise_reported".into()).or_default().mode = Some(Mode::Alert);
    let mut switched_off = Stage::policy_that_enforces();
    switched_off.rules.entry("compromise_reported".into()).or_default().enabled = Some(false);
    for (policy, reason) in [
        (alerting, Reason::AlertMode),
        (unenrolled, Reason::AccountNotEnrolled),
        (one_rule, Reason::AlertMode),
        (switched_off, Reason::Withdrawn),
    ] {
        let (stage, id) = reported();
        // It is throttled once, so that it waits while the policy changes.
        stage.wire.spoil_next("keys_of", 1, Mishap::Throttled);
        assert!(matches!(handle(&stage, &id), Answer::Waits(_)));
        stage.policy.set(policy);
        assert_eq!(drive_to_the_end(&stage, &id), withheld(reason.clone()));
        assert_ended(&stage, &id, &withheld(reason));
        assert_eq!((stage.iam.writes(), status(&stage)), (vec![], Some(Status::Active)));
    }
}

#[test]
fn a_key_that_was_deleted_meanwhile_is_left_alone() {
    let (stage, id) = reported();
    let at = (noon() + Span::seconds(-10)).to_string();
    stage.tell(&[ApiKey::new(USER, KEY).delete(&at).json()]);
    let outcome = withheld(Reason::Withdrawn);
    assert_eq!(handle(&stage, &id), Answer::Ended(outcome.clone()));
    assert_ended(&stage, &id, &outcome);
    assert_no_write(&stage);
}

#[test]
fn a_key_that_records_show_inactive_already_is_done() {
    let (stage, id) = reported();
    stage.iam.add_key(&USER.into(), &KEY.into(), &"logs.amazonaws.com".into(), Status::Inactive);
    stage.tell(&[ApiKey::new(USER, KEY).update("Inactive", &noon().to_string()).json()]);
    let done = Outcome::Done { already: true };
    assert_eq!(handle(&stage, &id), Answer::Ended(done.clone()));
    assert_ended(&stage, &id, &done);
    assert_eq!(stage.iam.writes(), []);
}

#[test]
fn a_broken_policy_lets_it_wait_and_a_mended_one_lets_it_be_done() {
    let (stage, id) = reported();
    stage.policy.set_broken("no such mode");
    let due = noon() + Span::minutes(5);
    assert_eq!(handle(&stage, &id), Answer::Waits(due));
    let waiting = stage.item(&id).item;
    assert_eq!(waiting.state, State::Waiting { due });
    assert_eq!(waiting.outcome, Some(withheld(Reason::BrokenPolicy)), "whoever looks sees why");
    assert_no_write(&stage);
    let troubles = || stage.items(ItemKind::Notice).into_iter().filter(is_of_broken_policy).count();
    assert_eq!(troubles(), 1, "and people are told");
    stage.clock.advance(Span::minutes(30));
    stage.drive(&id);
    assert!(matches!(handle(&stage, &id), Answer::Waits(_)), "still broken");
    assert_eq!(troubles(), 1, "once");
    stage.policy.set(Stage::policy_that_enforces());
    let done = Outcome::Done { already: false };
    assert_eq!(drive_to_the_end(&stage, &id), done);
    assert_ended(&stage, &id, &done);
}

fn is_of_broken_policy(stored: &StoredItem) -> bool {
    let Body::Notice(notice) = &stored.item.body else { return false };
    matches!(
        &notice.news,
        News::Trouble { subject, trouble: Trouble::PolicyBroken { why, .. } }
            if **why == *"no such mode" && subject.to_string() == "aws/111122223333/global/account/account"
    )
}

#[test]
fn a_policy_that_stays_broken_ends_it_with_its_time() {
    let (stage, id) = reported();
    stage.policy.set_broken("no such mode");
    let outcome = drive_to_the_end(&stage, &id);
    assert!(matches!(outcome, Outcome::Withheld { .. }), "{outcome:?}");
    assert!(stage.clock.now() > noon() + Span::hours(5));
    assert_ended(&stage, &id, &outcome);
    assert_eq!(status(&stage), Some(Status::Active));
}

#[test]
fn what_is_found_under_a_broken_policy_waits_too() {
    let stage = Stage::enforcing(noon());
    stage.add_key(USER, KEY);
    let broken = Circumstances { policy_broken: true, ..Circumstances::default() };
    let recorded = stage.tell_while(&[exposed(KEY, noon())], broken);
    let [held] = &*recorded.withheld else { panic!("{recorded:?}") };
    assert_eq!(held.reason, Reason::BrokenPolicy);
    let id = ItemId::action(&held.action.id);
    assert_eq!(drive_to_the_end(&stage, &id), Outcome::Done { already: false });
    assert_eq!(stage.iam.writes(), [deactivated()]);
}

fn epoch(stage: &Stage, paused: bool) {
    let held = run(stage.ledger.epoch()).unwrap();
    let store = run(stage.ledger.identity()).unwrap();
    let number = held.as_ref().map_or(1, |(epoch, _)| epoch.number + 1);
    let epoch = Epoch { store, number, began: stage.clock.now(), paused, resumed: None };
    run(stage.ledger.set_epoch(&epoch, held.map(|(_, version)| version))).unwrap();
}

#[test]
fn a_paused_ledger_lets_it_wait_until_the_pause_is_over() {
    for restored in [false, true] {
        let (stage, id) = reported();
        epoch(&stage, !restored);
        if restored {
            stage.ledger.set_identity("another");
        }
        assert!(matches!(handle(&stage, &id), Answer::Waits(_)));
        assert_eq!(stage.item(&id).item.outcome, Some(withheld(Reason::LedgerPaused)));
        assert_no_write(&stage);
        epoch(&stage, false);
        let done = Outcome::Done { already: false };
        assert_eq!(drive_to_the_end(&stage, &id), done);
        assert_ended(&stage, &id, &done);
    }
}

#[test]
fn a_budget_that_is_spent_withholds_and_says_so() {
    let stage = Stage::enforcing(noon());
    let reported: Vec<ItemId> = (0..6)
        .map(|n| {
            let key = format!("ACCAEXAMPLEGATEWAY{n:02}");
            stage.add_key(&format!("gateway-{n}"), &key);
            report_on(&stage, &key)
        })
        .collect();
    for id in &reported[..5] {
        assert_eq!(handle(&stage, id), Answer::Ended(Outcome::Done { already: false }));
    }
    let outcome = withheld(Reason::BudgetSpent { budget: "reported/111122223333".into() });
    assert_eq!(handle(&stage, &reported[5]), Answer::Ended(outcome.clone()));
    assert_eq!(stage.iam.writes().len(), 5);
    let ended = stage.item(&reported[5]).item;
    assert_eq!((ended.state, ended.outcome), (State::Withheld, Some(outcome)));

    // Whatever else it holds back is not told one by one.
    stage.add_key("gateway-6", "ACCAEXAMPLEGATEWAY06");
    let seventh = report_on(&stage, "ACCAEXAMPLEGATEWAY06");
    assert!(matches!(handle(&stage, &seventh), Answer::Ended(Outcome::Withheld { .. })));
    let is_spent = |item: &StoredItem| match &item.item.body {
        Body::Notice(notice) => matches!(notice.news, News::BudgetSpent { .. }),
        _ => false,
    };
    assert_eq!(stage.items(ItemKind::Notice).iter().filter(|item| is_spent(item)).count(), 1);
    assert!(stage.outcome_notices(&reported[5]).is_empty() && stage.outcome_notices(&seventh).is_empty());

    // The window rolls on.
    stage.clock.set(noon() + Span::hours(25));
    stage.add_key("late", "ACCAEXAMPLELATE00001");
    let late = report_on(&stage, "ACCAEXAMPLELATE00001");
    assert_eq!(handle(&stage, &late), Answer::Ended(Outcome::Done { already: false }));
}

#[test]
fn one_action_takes_one_permit_however_often_it_is_tried() {
    let stage = Stage::enforcing(noon());
    stage.add_key(USER, KEY);
    let id = report_on(&stage, KEY);
    stage.wire.spoil_next("set_status", 20, Mishap::Throttled);
    assert_eq!(drive_to_the_end(&stage, &id), Outcome::Done { already: false });
    for n in 0..4 {
        let key = format!("ACCAEXAMPLEGATEWAY9{n}");
        stage.add_key(&format!("gateway-{n}"), &key);
        assert_eq!(handle(&stage, &report_on(&stage, &key)), Answer::Ended(Outcome::Done { already: false }));
    }
}

#[test]
fn an_action_that_was_withheld_and_is_done_after_all_is_told_twice() {
    let (stage, id) = reported();
    // As when its finding is withdrawn and stands again: the ledger lets it be pending anew.
    stage.policy.set(Policy { mode: Mode::Alert, ..Stage::policy_that_enforces() });
    handle(&stage, &id);
    stage.policy.set(Stage::policy_that_enforces());
    stage.drive(&id);
    assert_eq!(handle(&stage, &id), Answer::Ended(Outcome::Done { already: false }));
    assert_eq!(stage.outcome_notices(&id).len(), 2, "{:?}", stage.items(ItemKind::Notice));
}
