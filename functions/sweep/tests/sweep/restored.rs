//! A ledger that was restored from a backup.

use keytrail_engine::action::Reason;
use keytrail_engine::notice::{Notice, Outcome};
use keytrail_engine::time::Span;
use keytrail_ledger::capability::Clock;
use keytrail_ledger::{Body, Commit, Epoch, Item, Ledger, State};
use keytrail_testkit::fakes::{Mishap, run};

use crate::account::{Account, action};

fn epoch(account: &Account) -> Option<Epoch> {
    run(account.ledger.epoch()).unwrap().map(|(epoch, _)| epoch)
}

fn tick(account: &Account) -> bool {
    run(account.delivery.call(r#"{"sweep": "tick"}"#, &Account::home())).is_ok()
}

/// An action that waits and a notice that is pending, made now.
fn items(account: &Account, number: &str) -> [Item; 2] {
    let now = account.clock.now();
    let waits = action(number, State::Waiting { due: now + Span::minutes(3) }, now);
    let Body::Action(done) = &waits.body else { panic!("{waits:?}") };
    let notice = Notice::ended(now, done.clone(), Outcome::Done { already: false });
    let items = [waits.clone(), Item::notice(waits.subject.clone(), notice, now)];
    run(account.ledger.commit(&Commit { items: items.to_vec(), ..Commit::at(now) })).unwrap();
    items
}

fn state(account: &Account, item: &Item) -> (State, Option<Outcome>) {
    let found = run(account.ledger.items(&[item.id()])).unwrap().remove(0).item;
    (found.state, found.outcome)
}

#[test]
fn the_first_tick_binds_the_ledger_to_its_store() {
    let account = Account::with_keys(1, 1);
    assert_eq!(epoch(&account), None);
    assert!(tick(&account));
    let bound = epoch(&account).unwrap();
    assert_eq!((bound.number, bound.paused, &*bound.store), (1, false, "memory"));
    account.clock.advance(Span::minutes(1));
    assert!(tick(&account));
    assert_eq!(epoch(&account), Some(bound), "and later ones leave it");
    assert!(account.queue.take().is_none());
}

#[test]
fn a_restored_ledger_waits_reconciles_and_ends_what_is_older() {
    let account = Account::with_keys(1, 1);
    tick(&account);
    let old = items(&account, "old");
    account.clock.advance(Span::hours(1));
    account.ledger.set_identity("restored");
    // The first tick dies between the two: nothing is noted, so that the next one asks again.
    account.wire.spoil_next("set_epoch", 1, Mishap::Unreachable);
    assert!(!tick(&account));
    assert!(account.queue.take().is_some());
    while account.queue.take().is_some() {}
    assert!(tick(&account));
    let bound = epoch(&account).unwrap();
    assert_eq!((bound.number, bound.paused, &*bound.store), (2, true, "restored"));
    assert!(account.queue.take().is_some(), "everything is asked for");
    let withheld = (State::Withheld, Some(Outcome::Withheld { reason: Reason::LedgerPaused }));
    assert!(old.iter().all(|item| state(&account, item) == withheld));

    while account.queue.take().is_some() {}
    let new = items(&account, "new");
    account.clock.advance(Span::minutes(5));
    assert!(tick(&account));
    assert!(new.iter().all(|item| state(&account, item).0 == State::Pending), "what is newer is driven");
    assert_eq!(epoch(&account), Some(bound), "only a person ends the pause");
    assert!(account.queue.take().is_none(), "everything was asked for once");
}
