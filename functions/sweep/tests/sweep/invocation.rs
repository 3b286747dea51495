//! Invocations as Lambda makes them.

use keytrail_aws::telemetry::Count;
use keytrail_engine::time::Span;
use keytrail_ledger::capability::Clock;
use keytrail_sweep::InvocationError;
use keytrail_testkit::fakes::{Mishap, run};
use serde_json::value::RawValue;
use serde_json::{Value, json};

use crate::account::{ARN, Account};

/// What an invocation answers that has so much time: the messages to deliver again, and what was counted.
fn invoke(account: &Account, payload: &Value, time: Span) -> Result<(Value, Vec<Count>), InvocationError> {
    let payload: Box<RawValue> = serde_json::from_str(&payload.to_string()).unwrap();
    let deadline = u64::try_from((account.clock.now() + time).millis()).unwrap();
    let (response, counts) = run(account.delivery.invocation(&payload, ARN, deadline))?;
    Ok((serde_json::to_value(response).unwrap()["batchItemFailures"].clone(), counts))
}

fn batch(bodies: &[String]) -> Value {
    let record = |(index, body): (usize, &String)| {
        json!({"messageId": format!("m{index}"), "receiptHandle": "r", "body": body, "attributes": {},
               "messageAttributes": {}, "eventSource": "aws:sqs", "awsRegion": "us-east-1"})
    };
    json!({"Records": bodies.iter().enumerate().map(record).collect::<Vec<_>>()})
}

#[test]
fn the_scheduler_is_answered_and_the_heartbeat_is_counted() {
    let account = Account::with_keys(1, 1);
    let (failed, counts) = invoke(&account, &json!({"sweep": "tick"}), Span::minutes(2)).unwrap();
    assert_eq!(
        (failed, counts),
        (
            json!([]),
            vec![
                ("Heartbeat", 1),
                ("ItemsDriven", 0),
                ("ItemsDamaged", 0),
                ("PolicyBroken", 0),
                ("LedgerPaused", 0)
            ]
        )
    );
    let (failed, counts) = invoke(&account, &json!({"sweep": "everything"}), Span::minutes(2)).unwrap();
    let asked = std::iter::from_fn(|| account.queue.take()).count() as u64;
    assert_eq!((failed, counts), (json!([]), vec![("UnitsAskedFor", asked)]));
}

#[test]
fn only_what_failed_comes_back() {
    let account = Account::with_keys(2, 2);
    let bodies = ["nonsense".to_owned(), account.ask()];
    let (failed, counts) = invoke(&account, &batch(&bodies), Span::minutes(2)).unwrap();
    assert_eq!(failed, json!([{"itemIdentifier": "m0"}]));
    assert_eq!(counts, [("UnitsWhole", 1), ("UnitsPaused", 0), ("UnitsFailed", 1)]);
    assert!(account.key(1).is_some());
}

#[test]
fn an_invocation_stops_half_a_minute_before_its_end() {
    let account = Account::with_keys(4, 2);
    let body = [account.ask()];
    let (failed, _) = invoke(&account, &batch(&body), Span::seconds(30)).unwrap();
    assert_eq!((failed, account.listings()), (json!([]), 1), "one page, whatever the time");
    let next = [account.queue.take().unwrap().0];
    invoke(&account, &batch(&next), Span::seconds(31)).unwrap();
    assert_eq!((account.listings(), account.queue.take()), (2, None), "and the rest");

    let two = [account.ask(), "not looked at".to_owned()];
    let (failed, _) = invoke(&account, &batch(&two), Span::seconds(30)).unwrap();
    assert_eq!(failed, json!([{"itemIdentifier": "m1"}]), "what nobody had time for comes back");
}

#[test]
fn a_call_that_comes_to_nothing_fails_the_invocation() {
    let account = Account::with_keys(1, 1);
    for payload in [json!({"sweep": "all"}), json!({}), json!([])] {
        let answer = invoke(&account, &payload, Span::minutes(2));
        assert!(matches!(answer, Err(InvocationError::Call(_))), "{payload}: {answer:?}");
    }
    account.wire.spoil_next("due", 1, Mishap::Unreachable);
    let answer = invoke(&account, &json!({"sweep": "tick"}), Span::minutes(2));
    assert!(matches!(answer, Err(InvocationError::Call(_))), "{answer:?}");
    let payload: Box<RawValue> = serde_json::from_str(r#"{"sweep": "everything"}"#).unwrap();
    let nowhere = run(account.delivery.invocation(&payload, "function", 0));
    assert!(matches!(nowhere, Err(InvocationError::Nowhere)), "{nowhere:?}");
}
