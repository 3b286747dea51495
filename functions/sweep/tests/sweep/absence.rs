//! What is inferred from what a listing doesn't show, and when nothing is.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use keytrail_engine::event::Status;
use keytrail_engine::time::Span;
use keytrail_testkit::fakes::{Mishap, crash_after, together};

use crate::account::{Account, SERVICE, id};

const KEYS: usize = 5;
const NONE: [usize; 0] = [];

/// An account whose keys are known, and of which one has gone a day later.
fn one_gone() -> Account {
    let account = Account::with_keys(KEYS, 2);
    assert_eq!(account.sweep_keys(), [""; 0]);
    account.clock.advance(Span::days(1));
    account.iam.remove_user(&"sender-3".into());
    account
}

#[test]
fn every_key_of_every_page_is_remembered() {
    let account = Account::with_keys(KEYS, 2);
    assert_eq!(account.sweep_keys(), [""; 0]);
    for number in 0..KEYS {
        let key = account.key(number).unwrap();
        assert_eq!(key.user.value().unwrap().as_str(), format!("sender-{number}"));
        assert_eq!(key.observed.value().unwrap().status, Some(Status::Active));
    }
    assert_eq!(account.absent(KEYS), NONE);
}

#[test]
fn what_a_whole_listing_does_not_show_is_absent_and_nothing_else_is() {
    let account = one_gone();
    assert_eq!(account.sweep_keys(), [""; 0]);
    assert_eq!(account.absent(KEYS), [3]);
}

/// Spoils the page with this number, once.
fn spoil(account: &Account, number: usize, mishap: Mishap) {
    let calls = Arc::new(AtomicUsize::new(0));
    account.wire.spoil(move |call| {
        let page = call.service == "inventory" && call.operation != "user";
        let hit = page && calls.fetch_add(1, Ordering::SeqCst) == number;
        hit.then_some(mishap)
    });
}

#[test]
fn an_error_on_any_page_infers_nothing_until_the_listing_is_whole() {
    for page in 0..2 {
        for mishap in
            [Mishap::Throttled, Mishap::Unreachable, Mishap::AnswerLost, Mishap::Refused("AccessDenied")]
        {
            let account = one_gone();
            spoil(&account, page, mishap);
            let first = account.deliver(&account.ask());
            assert_eq!(account.absent(KEYS), NONE, "page {page}, {mishap:?}");
            assert_eq!(first.is_err(), matches!(mishap, Mishap::Refused(_)), "{first:?}");
            assert_eq!(account.sweep_keys(), [""; 0]);
            assert_eq!(account.absent(KEYS), [3], "page {page}, {mishap:?}");
        }
    }
}

#[test]
fn a_service_without_api_keys_lists_nothing_and_infers_nothing() {
    let account = one_gone();
    account.wire.spoil_next("keys_of_all_users", 1, Mishap::Refused("NotSupportedService"));
    assert_eq!(account.sweep_keys(), [""; 0]);
    assert_eq!(account.absent(KEYS), NONE);
}

/// Refuses `AllUsers`, and spoils the listing of one user so often.
fn refuse_all_users(account: &Account, user: &'static str, times: usize, mishap: Mishap) {
    let calls = Arc::new(AtomicUsize::new(0));
    account.wire.spoil(move |call| match call.operation {
        "keys_of_all_users" => Some(Mishap::Refused("AllUsers")),
        "keys_of_user" if call.about == user && calls.fetch_add(1, Ordering::SeqCst) < times => Some(mishap),
        _ => None,
    });
}

#[test]
fn where_all_users_is_refused_each_user_is_listed() {
    let account = one_gone();
    account.iam.add_key(&"sender-6".into(), &id(6), &SERVICE.into(), Status::Inactive);
    refuse_all_users(&account, "", 0, Mishap::Throttled);
    assert_eq!(account.sweep_keys(), [""; 0]);
    assert_eq!(account.absent(KEYS), [3]);
    assert_eq!(account.key(6).unwrap().observed.value().unwrap().status, Some(Status::Inactive));
}

#[test]
fn one_user_who_can_not_be_listed_infers_nothing() {
    for mishap in [Mishap::Refused("AccessDenied"), Mishap::Refused("AllUsers")] {
        let account = one_gone();
        refuse_all_users(&account, "sender-4", usize::MAX, mishap);
        let failed = account.sweep_keys();
        assert_eq!(failed.len(), 1, "{failed:?}");
        assert_eq!(account.absent(KEYS), NONE);
    }
    let account = one_gone();
    refuse_all_users(&account, "sender-4", 2, Mishap::Throttled);
    assert_eq!(account.sweep_keys(), [""; 0], "a pause ends");
    assert_eq!(account.absent(KEYS), [3]);
}

#[test]
fn a_key_that_the_ledger_refuses_holds_up_no_other_and_infers_nothing() {
    let account = Account::with_keys(KEYS, 1);
    assert_eq!(account.sweep_keys(), [""; 0]);
    account.clock.advance(Span::days(1));
    account.iam.remove_user(&"sender-3".into());
    let damaged = id(1);
    account.wire.spoil(move |call| {
        let hit = call.operation == "load" && call.about.ends_with(damaged.as_str());
        hit.then_some(Mishap::Refused("Corrupt"))
    });
    let failed = account.sweep_keys();
    assert_eq!(failed.len(), 1, "{failed:?}");
    assert!(failed[0].contains("damaged"), "{failed:?}");
    assert_eq!(account.absent(KEYS), NONE);
    let shown = |number| account.key(number).unwrap().observed.at().unwrap();
    assert!(shown(4) > shown(1), "later pages are read");
    account.wire.spoil(|_| None);
    account.clock.advance(Span::days(1));
    assert_eq!(account.sweep_keys(), [""; 0]);
    assert_eq!(account.absent(KEYS), [3], "once it is repaired");
}

#[test]
fn a_crash_at_any_point_ends_in_the_same_place() {
    let whole = one_gone();
    whole.sweep_keys();
    let facts = |account: &Account| -> Vec<_> {
        account.ledger.documents().into_iter().map(|stored| stored.document.facts).collect()
    };
    for polls in 0.. {
        let account = one_gone();
        let body = account.ask();
        let (home, until) =
            (Account::home(), keytrail_engine::time::Time::parse("2027-01-01T00:00:00Z").unwrap());
        let ended = crash_after(polls, account.delivery.message(&body, &home, until)).is_some();
        account.deliver(&body).unwrap();
        account.drain();
        assert_eq!(facts(&account), facts(&whole), "after {polls} polls");
        if ended {
            assert!(polls > 30, "{polls} polls are no sweep");
            return;
        }
    }
}

#[test]
fn two_invocations_of_one_message_end_in_the_same_place() {
    for seed in 0..200 {
        let account = one_gone();
        let body = account.ask();
        let (home, until) =
            (Account::home(), keytrail_engine::time::Time::parse("2027-01-01T00:00:00Z").unwrap());
        let both = (0..2).map(|_| account.delivery.message(&body, &home, until));
        for failed in together(seed, both).into_iter().filter(Result::is_err) {
            assert!(account.deliver(&body).is_ok(), "{failed:?}");
        }
        account.drain();
        assert_eq!(account.absent(KEYS), [3], "seed {seed}");
    }
}

#[test]
fn the_tags_of_a_keys_user_are_read_with_it_and_so_is_that_they_may_not_be() {
    let account = Account::with_keys(KEYS, 2);
    account.iam.tag_user(&"sender-1".into(), "owner", "payments");
    account.wire.spoil(|call| {
        let hidden = call.operation == "user" && call.about == "sender-2";
        hidden.then_some(Mishap::Refused("AccessDenied"))
    });
    assert_eq!(account.sweep_keys(), [""; 0]);
    let user = |number: usize| account.user(number).unwrap();
    assert_eq!(user(1).tag_read("owner"), Some(Some("payments")));
    assert_eq!(user(0).tag_read("owner"), Some(None));
    assert_eq!(user(0).path_read(), Some("/"));
    assert_eq!((user(2).tag_read("owner"), user(2).path_read()), (None, None));
    assert_eq!(account.absent(KEYS), NONE, "one who may not be looked at stops no listing");
}

#[test]
fn a_user_of_whom_iam_can_not_be_asked_now_lets_the_page_wait() {
    let account = Account::with_keys(KEYS, 2);
    account.wire.spoil_next("user", 1, Mishap::Throttled);
    assert_eq!(account.sweep_keys(), [""; 0]);
    assert_eq!(account.user(0).unwrap().path_read(), Some("/"));
}
