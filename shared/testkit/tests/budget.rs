//! A budget holds, however many ask at once and whatever goes wrong with the ledger meanwhile.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

use std::collections::BTreeSet;

use keytrail_engine::policy::{Allowance, WINDOW};
use keytrail_engine::time::{Span, Time};
use keytrail_ledger::{Permit, take_permit};
use keytrail_testkit::fakes::{MemoryLedger, Mishap, Wire, run, together};
use keytrail_testkit::random::Random;

const NOW: Time = Time::from_millis(1_785_542_400_000);

fn five() -> Allowance {
    Allowance { scope: "rule/111122223333".into(), limit: 5, window: WINDOW }
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
    assert_eq!(run(ask(&ledger, "late", just_before)), Permit::Spent);
    assert_eq!(run(ask(&ledger, "late", NOW + WINDOW)), Permit::Granted);
}
