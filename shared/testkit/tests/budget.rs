//! A budget holds, however many ask at once and whatever goes wrong with the ledger meanwhile.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

use std::collections::BTreeSet;

use keytrail_engine::policy::{Allowance, Budget, Cause, MOST, WINDOW};
use keytrail_engine::time::{Span, Time};
use keytrail_ledger::{Permit, take_permit};
use keytrail_testkit::fakes::{MemoryLedger, Mishap, Wire, run, together};
use keytrail_testkit::random::Random;

const NOW: Time = Time::from_millis(1_785_542_400_000);

fn in_account(account: &str, per_account: u32, over_all: u32) -> Allowance {
    Allowance {
        cause: Cause::Rule,
        account: account.into(),
        budget: Budget { per_account, over_all },
        window: WINDOW,
    }
}

fn five() -> Allowance {
    in_account("111122223333", 5, 10)
}

fn spent(scope: &str) -> Permit {
    Permit::Spent { scope: scope.into() }
}

/// Asks until there is an answer, as whoever drives an action again does.
async fn ask(ledger: &MemoryLedger, action: &str, now: Time) -> Permit {
    for _ in 0..1_000 {
        if let Ok(permit) = take_permit(ledger, &five(), action, now).await {
            return permit;
        }
    }
    panic!("no answer for {action}");
}

/// A ledger of which every third call goes wrong, in one way or another.
fn unreliable(seed: u64) -> MemoryLedger {
    let wire = Wire::default();
    let mut random = Random::new(seed);
    wire.spoil(move |_| match random.below(12) {
        0 => Some(Mishap::Throttled),
        1 => Some(Mishap::Unreachable),
        2 => Some(Mishap::Refused("Conflict")),
        3 => Some(Mishap::AnswerLost),
        _ => None,
    });
    MemoryLedger::new(wire)
}

#[test]
fn a_thousand_that_ask_at_once_get_exactly_five_permits() {
    for seed in 0..5 {
        let ledger = unreliable(seed);
        let names: Vec<String> = (0..1_000).map(|n| format!("action-{n}")).collect();
        let answers = together(seed, names.iter().map(|name| ask(&ledger, name, NOW)));
        let granted: BTreeSet<&String> = names
            .iter()
            .zip(&answers)
            .filter(|(_, it)| **it == Permit::Granted)
            .map(|(name, _)| name)
            .collect();
        assert_eq!(granted.len(), 5, "seed {seed}");

        // Whoever has a permit keeps it, and asking again spends nothing.
        let again = together(seed + 1, names.iter().map(|name| ask(&ledger, name, NOW + Span::hours(1))));
        let still: BTreeSet<&String> = names
            .iter()
            .zip(&again)
            .filter(|(_, it)| **it == Permit::Granted)
            .map(|(name, _)| name)
            .collect();
        assert_eq!(still, granted, "seed {seed}");
    }
}

#[test]
fn a_permit_is_free_again_when_its_window_is_over_and_not_before() {
    let ledger = MemoryLedger::new(Wire::default());
    for n in 0..5 {
        assert_eq!(run(ask(&ledger, &format!("early-{n}"), NOW)), Permit::Granted);
    }
    let just_before = NOW + WINDOW - Span::seconds(1);
    assert_eq!(run(ask(&ledger, "late", just_before)), spent("rule/111122223333"));
    assert_eq!(run(ask(&ledger, "late", NOW + WINDOW)), Permit::Granted);
}

#[test]
fn what_one_budget_refuses_takes_nothing_from_the_other() {
    let ledger = MemoryLedger::new(Wire::default());
    let ask = |account: &str, action: &str| {
        run(take_permit(&ledger, &in_account(account, 2, 3), action, NOW)).unwrap()
    };
    for action in ["a-1", "a-2"] {
        assert_eq!(ask("111122223333", action), Permit::Granted);
    }
    // Refused by its account as often as it asks: there is still one left for another account.
    for _ in 0..5 {
        assert_eq!(ask("111122223333", "a-3"), spent("rule/111122223333"));
    }
    assert_eq!(ask("444455556666", "b-1"), Permit::Granted);
    // Refused by that of all: nothing is taken from its account's, so that a wider one lets two of it through.
    for action in ["c-1", "c-2", "c-3"] {
        assert_eq!(ask("777788889999", action), spent("rule/all"));
    }
    let wider = in_account("777788889999", 2, 10);
    for action in ["c-4", "c-5"] {
        assert_eq!(run(take_permit(&ledger, &wider, action, NOW)).unwrap(), Permit::Granted);
    }
}

#[test]
fn the_largest_budget_fits_into_its_value() {
    let ledger = MemoryLedger::new(Wire::default());
    let largest = in_account("111122223333", MOST + 50, MOST + 50);
    let now = Time::from_millis(NOW.millis() + 123);
    let action = |n: u32| format!("13726d716b833256a393830c{n:08}");
    for n in 0..MOST {
        assert_eq!(run(take_permit(&ledger, &largest, &action(n), now)).unwrap(), Permit::Granted, "{n}");
    }
    assert_eq!(run(take_permit(&ledger, &largest, &action(MOST), now)).unwrap(), spent("rule/111122223333"));
}
