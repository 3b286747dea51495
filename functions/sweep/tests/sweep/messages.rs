//! Messages of sweep's own queue: what goes on, what waits, what goes back.

use keytrail_engine::time::{Span, Time};
use keytrail_ledger::capability::Clock;
use keytrail_sweep::{Asked, MessageError, Taken};
use keytrail_testkit::fakes::{Mishap, run};

use crate::account::{Account, id};

#[test]
fn an_invocation_without_time_reads_a_page_and_asks_for_the_next() {
    let account = Account::with_keys(6, 2);
    let mut body = account.ask();
    let mut invocations = 0;
    loop {
        invocations += 1;
        let taken = run(account.delivery.message(&body, &Account::home(), account.clock.now())).unwrap();
        let Some((next, pause)) = account.queue.take() else { break assert_eq!(taken, Taken::Whole) };
        assert_eq!((taken, pause), (Taken::Continued, Span::seconds(0)));
        body = next;
    }
    // Three pages of AWS's listing, and one of memory.
    assert_eq!(invocations, 4);
    assert!((0..6).all(|number| account.key(number).is_some()));
}

#[test]
fn a_message_that_comes_again_asks_for_no_second_pass() {
    let account = Account::with_keys(4, 2);
    let body = account.ask();
    assert_eq!(account.deliver(&body).unwrap(), Taken::Whole);
    let listings = account.listings();
    account.clock.advance(Span::hours(1));
    assert_eq!(account.deliver(&body).unwrap(), Taken::Whole);
    assert_eq!(account.listings(), listings);
    assert_eq!(account.deliver(&account.ask()).unwrap(), Taken::Whole, "but a newer one does");
    assert_eq!(account.listings(), 2 * listings);
}

#[test]
fn a_pass_that_began_before_it_was_asked_for_is_ended_and_then_there_is_another() {
    let account = Account::with_keys(4, 2);
    let earlier = account.ask();
    assert_eq!(
        run(account.delivery.message(&earlier, &Account::home(), account.clock.now())).unwrap(),
        Taken::Continued
    );
    account.clock.advance(Span::hours(1));
    let asked_at = account.clock.now();
    assert_eq!(account.deliver(&account.ask()).unwrap(), Taken::Continued);
    assert_eq!(account.drain(), [""; 0]);
    let shown_as_of = account.key(0).unwrap().observed.at().unwrap();
    assert_eq!(shown_as_of, asked_at - Span::minutes(5));
}

#[test]
fn pauses_grow_and_end_with_a_word_to_people_and_the_listing_goes_on_where_it_was() {
    let account = Account::with_keys(4, 2);
    let first = account.ask();
    assert_eq!(
        run(account.delivery.message(&first, &Account::home(), account.clock.now())).unwrap(),
        Taken::Continued
    );
    account.wire.spoil_next("keys_of_all_users", usize::MAX, Mishap::Throttled);
    let (mut body, mut pauses) = (account.queue.take().unwrap().0, Vec::new());
    let error = loop {
        match account.deliver(&body) {
            Ok(taken) => assert_eq!(taken, Taken::Paused),
            Err(error) => break error,
        }
        let (next, pause) = account.queue.take().unwrap();
        pauses.push(pause);
        body = next;
    };
    assert!(matches!(error, MessageError::NeverReady { .. }), "{error}");
    assert!(error.to_string().contains("sweep/aws/111122223333/us-east-1/api-keys/logs.amazonaws.com"));
    assert_eq!(pauses.len(), 12);
    assert_eq!(pauses[..3], [Span::seconds(30), Span::minutes(1), Span::minutes(2)]);
    assert_eq!(pauses[11], Span::minutes(15), "SQS's longest delay");
    account.wire.spoil(|_| None);
    let listings = account.listings();
    assert_eq!(account.deliver(&body).unwrap(), Taken::Whole);
    assert_eq!(account.listings(), listings + 1, "the first page is not read again");
}

#[test]
fn what_is_refused_goes_back_with_its_reason_and_begins_anew() {
    let account = Account::with_keys(4, 2);
    let body = account.ask();
    assert_eq!(
        run(account.delivery.message(&body, &Account::home(), account.clock.now())).unwrap(),
        Taken::Continued
    );
    let next = account.queue.take().unwrap().0;
    // A place in the listing that IAM no longer knows.
    account.wire.spoil_next("keys_of_all_users", 1, Mishap::Refused("ValidationError"));
    let error = account.deliver(&next).unwrap_err();
    assert!(
        matches!(&error, MessageError::Stopped { why, .. } if why.contains("ValidationError")),
        "{error}"
    );
    let listings = account.listings();
    assert_eq!(account.deliver(&next).unwrap(), Taken::Whole);
    assert_eq!(account.listings(), listings + 2, "both pages");
}

#[test]
fn a_place_in_a_listing_of_yesterday_is_not_used() {
    let account = Account::with_keys(4, 2);
    assert_eq!(
        run(account.delivery.message(&account.ask(), &Account::home(), account.clock.now())).unwrap(),
        Taken::Continued
    );
    account.clock.advance(Span::days(1));
    let listings = account.listings();
    assert_eq!(account.deliver(&account.ask()).unwrap(), Taken::Whole);
    assert_eq!(account.listings(), listings + 2, "both pages");
}

#[test]
fn a_queue_that_takes_nothing_gives_the_message_back_and_loses_nothing() {
    let account = Account::with_keys(4, 2);
    let body = account.ask();
    account.wire.spoil_next("send", 1, Mishap::Unreachable);
    let error = run(account.delivery.message(&body, &Account::home(), account.clock.now())).unwrap_err();
    assert!(matches!(error, MessageError::Queue(_)), "{error}");
    assert_eq!(account.deliver(&body).unwrap(), Taken::Whole);
    assert!((0..4).all(|number| account.key(number).is_some()));
}

#[test]
fn a_ledger_that_fails_gives_the_message_back() {
    for operation in ["slot", "set_slot", "commit"] {
        let account = Account::with_keys(4, 2);
        account.wire.spoil_next(operation, 100, Mishap::Unreachable);
        let body = account.ask();
        let error = account.deliver(&body).unwrap_err();
        assert!(matches!(error, MessageError::Ledger(_)), "{operation}: {error}");
        account.wire.spoil(|_| None);
        assert_eq!(account.deliver(&body).unwrap(), Taken::Whole, "{operation}");
    }
}

#[test]
fn a_message_that_names_no_unit_goes_back() {
    let account = Account::with_keys(1, 1);
    for body in ["", "{}", "[]", r#"{"unit": {"work": {"work": "everything"}}}"#] {
        let error = account.deliver(body).unwrap_err();
        assert!(matches!(error, MessageError::Unreadable { .. }), "{body}: {error}");
    }
    assert_eq!(account.ledger.documents().len(), 0);
}

#[test]
fn a_message_is_read_as_it_is_written_and_an_older_one_too() {
    let account = Account::with_keys(1, 1);
    let body = account.ask();
    let asked: Asked = serde_json::from_str(&body).unwrap();
    assert_eq!(asked.at, Time::parse("2026-08-01T03:17:00Z").unwrap());
    assert_eq!(serde_json::to_string(&asked).unwrap(), body);
    let older = body.replace(r#","pauses":0"#, "");
    assert_ne!(older, body);
    assert_eq!(serde_json::from_str::<Asked>(&older).unwrap(), asked);
    assert_eq!(account.deliver(&older).unwrap(), Taken::Whole);
    assert_eq!(account.key(0).unwrap().observed.at(), Some(asked.at - Span::minutes(5)), "{}", id(0));
}
