//! `keytrail budget`: what is shown, and what a reset does.

use keytrail_engine::event::{CompromiseSource, Compromised, What};
use keytrail_engine::notice::Outcome;
use keytrail_engine::policy::Mode;
use keytrail_engine::time::{Span, Time};
use keytrail_ledger::capability::Clock as _;
use keytrail_ledger::{Commit, ItemKind, Ledger as _, Permit, State, resets, take_permit};

use crate::emulator::{block_on, keytrail};
use crate::requests::{event, items, policy, put, with_key};

#[test]
fn a_reset_gives_permits_back_and_decides_anew_what_was_held_back() {
    let enforced = policy(Mode::Enforce);
    let (name, ledger) = with_key(&enforced.policy);
    let now = keytrail_aws::SystemClock.now();
    let reported = |record, at: Time| {
        let source = CompromiseSource::Health("AWS_RISK_CREDENTIALS_EXPOSED".into());
        event(
            record,
            at,
            What::CompromiseReported { of: Compromised::ApiKey("ACCAEXAMPLEGATEWAY01".into()), source },
        )
    };
    put(&ledger, &[reported(7, now - Span::minutes(10))], &enforced.policy, now);
    let [action] = &*items(&ledger, ItemKind::Action) else { panic!("one action") };
    let keytrail_ledger::Body::Action(wanted) = &action.item.body else { panic!("{action:?}") };

    // Five others were done, so respond held this one back.
    let allowance = enforced.policy.allowance(wanted).unwrap();
    for other in 0..5 {
        let granted = block_on(take_permit(&ledger, &allowance, &format!("other-{other}"), now)).unwrap();
        assert_eq!(granted, Permit::Granted);
    }
    let Permit::Spent { scope } = block_on(take_permit(&ledger, &allowance, &wanted.id, now)).unwrap() else {
        panic!("five is all there is")
    };
    let reason = keytrail_engine::action::Reason::BudgetSpent { budget: scope };
    let held = vec![action.to(State::Withheld, Some(Outcome::Withheld { reason }))];
    block_on(ledger.commit(&Commit { changes: held, ..Commit::at(now) })).unwrap();

    let budget = |more: &[&str]| {
        let mut args = vec!["budget", "--table", &name, "--policy", &enforced.file, "--format", "json"];
        args.extend(more);
        keytrail(&args)
    };
    let shown = budget(&[]);
    assert_eq!(shown.code, Some(0), "{}", shown.stderr);
    let reported_row = shown.json()["budgets"][2].clone();
    assert_eq!(reported_row["budget"], "reported");
    assert_eq!(
        (&reported_row["taken"]["444455556666"], &reported_row["per_account"]),
        (&5.into(), &5.into())
    );
    assert_eq!((&reported_row["held_back"], &reported_row["may_still_begin"]), (&1.into(), &1.into()));

    let reset = ["--reset", "reported/444455556666", "--why", "all of them leaked"];
    for unsure in [&["--dry-run"][..], &[]] {
        let run = budget(&[&reset[..], unsure].concat());
        assert_eq!(run.code, Some(if unsure.is_empty() { 6 } else { 0 }), "{}", run.stderr);
        assert!(block_on(resets(&ledger)).unwrap().is_empty(), "nothing is written");
    }
    let other = budget(&["--reset", "reported/111122223333", "--why", "another account", "--yes"]).json();
    assert_eq!((&other["given_back"], &other["taken_up"]), (&0.into(), &0.into()), "{other}");
    assert_eq!(items(&ledger, ItemKind::Action)[0].item.state, State::Withheld);

    let done = budget(&[&reset[..], &["--yes"]].concat());
    assert_eq!(done.code, Some(0), "{}", done.stderr);
    let told = done.json();
    assert_eq!(
        (&told["given_back"], &told["taken_up"], &told["still_held"]),
        (&5.into(), &1.into(), &0.into()),
        "{told}"
    );
    assert_eq!(items(&ledger, ItemKind::Action)[0].item.state, State::Pending, "for respond to decide again");
    let kept = block_on(resets(&ledger)).unwrap();
    assert_eq!(kept.len(), 2);
    assert!(kept[1].by.starts_with("arn:aws:") && &*kept[1].why == "all of them leaked", "{kept:?}");
    let wrong = budget(&["--reset", "person", "--why", "w", "--yes"]);
    assert_eq!(wrong.code, Some(2));
}
