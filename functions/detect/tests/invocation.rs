//! What Lambda hands over, and what it gets back.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may fail by panicking"
)]

use keytrail_detect::{Detect, InvocationError};
use keytrail_engine::policy::Policy;
use keytrail_engine::time::Time;
use keytrail_testkit::fakes::{FakeClock, FakePolicy, MemoryLedger, Mishap, Wire, run};
use serde_json::{Value, json};

const CREATED: &str = r#"{"eventVersion": "1.11", "userIdentity": {"type": "IAMUser", "accountId": "111122223333",
    "arn": "arn:aws:iam::111122223333:user/admin", "userName": "admin"},
    "eventTime": "2026-08-01T05:00:00Z", "eventSource": "iam.amazonaws.com",
    "eventName": "CreateUser", "awsRegion": "us-east-1", "sourceIPAddress": "192.0.2.1",
    "userAgent": "aws-cli/2.17", "requestParameters": {"userName": "gateway"},
    "responseElements": {"user": {"userName": "gateway"}},
    "eventID": "5f0fb8b5-0a3c-4a3a-9d6e-0a1b2c3d4e5f", "eventType": "AwsApiCall",
    "managementEvent": true, "recipientAccountId": "111122223333"}"#;

fn envelope() -> Value {
    let detail: Value = serde_json::from_str(CREATED).unwrap();
    json!({
        "version": "0", "id": "1", "detail-type": "AWS API Call via CloudTrail", "source": "aws.iam",
        "account": "111122223333", "time": "2026-08-01T05:00:00Z", "region": "us-east-1", "resources": [],
        "detail": detail
    })
}

fn message(id: &str, body: &str) -> Value {
    json!({ "messageId": id, "receiptHandle": id, "body": body, "attributes": {}, "messageAttributes": {},
            "eventSource": "aws:sqs" })
}

fn invoke(ledger: &MemoryLedger, payload: &Value) -> Result<Value, InvocationError> {
    let detect = Detect {
        ledger: ledger.clone(),
        policies: FakePolicy::new(Policy::default()),
        clock: FakeClock::at(Time::parse("2026-08-01T05:01:00Z").unwrap()),
    };
    let payload = serde_json::value::to_raw_value(payload).unwrap();
    run(detect.invocation(&payload)).map(|(answer, _)| serde_json::to_value(answer).unwrap())
}

#[test]
fn a_batch_and_a_single_envelope_end_in_the_same_documents() {
    let (batched, single) = (MemoryLedger::new(Wire::default()), MemoryLedger::new(Wire::default()));
    let batch = json!({ "Records": [message("a", &envelope().to_string())] });
    assert_eq!(invoke(&batched, &batch).unwrap(), json!({ "batchItemFailures": [] }));
    assert_eq!(invoke(&single, &envelope()).unwrap(), json!({ "batchItemFailures": [] }));
    assert!(!single.documents().is_empty());
    assert_eq!(batched.documents(), single.documents());
}

#[test]
fn a_message_that_could_not_be_recorded_comes_back_alone_and_a_single_envelope_is_an_error() {
    let spoilt = |payload: &Value| {
        let wire = Wire::default();
        wire.spoil(|call| (call.operation == "commit").then_some(Mishap::Unreachable));
        invoke(&MemoryLedger::new(wire), payload)
    };
    let batch = json!({ "Records": [message("a", &envelope().to_string()), message("b", "{}")] });
    assert_eq!(spoilt(&batch).unwrap(), json!({ "batchItemFailures": [{ "itemIdentifier": "a" }] }));
    assert!(matches!(spoilt(&envelope()), Err(InvocationError::NotRecorded)));
}

#[test]
fn what_a_batch_tells_is_counted() {
    let call = |id: &str, error: Value| {
        let mut detail = json!({
            "eventVersion": "1.11", "userIdentity": {"type": "IAMUser", "accountId": "111122223333",
            "arn": "arn:aws:iam::111122223333:user/gateway", "userName": "gateway"},
            "eventTime": "2026-08-01T05:00:30Z", "eventSource": "logs.amazonaws.com",
            "eventName": "CallWithBearerToken", "awsRegion": "us-east-1", "sourceIPAddress": "192.0.2.1",
            "userAgent": "agent", "requestParameters": {"logGroupName": "/shop"},
            "eventID": id, "eventType": "AwsApiCall", "managementEvent": false, "eventCategory": "Data",
            "recipientAccountId": "111122223333"});
        if !error.is_null() {
            detail["errorCode"] = error;
        }
        let envelope = json!({
            "version": "0", "id": id, "detail-type": "AWS API Call via CloudTrail", "source": "aws.logs",
            "account": "111122223333", "time": "2026-08-01T05:00:30Z", "region": "us-east-1", "resources": [],
            "detail": detail
        });
        message(id, &envelope.to_string())
    };
    let detect = Detect {
        ledger: MemoryLedger::new(Wire::default()),
        policies: FakePolicy::new(Policy::default()),
        clock: FakeClock::at(Time::parse("2026-08-01T05:01:00Z").unwrap()),
    };
    let batch = json!({ "Records": [
        call("11111111-0000-4000-8000-000000000001", Value::Null),
        call("11111111-0000-4000-8000-000000000002", json!("AccessDenied")),
        message("created", &envelope().to_string()),
    ]});
    let payload = serde_json::value::to_raw_value(&batch).unwrap();
    let (_, counted) = run(detect.invocation(&payload)).unwrap();
    for wanted in [("Messages", 3), ("RecordsUnderstood", 3), ("Calls", 2), ("CallsDenied", 1)] {
        assert!(counted.counts.contains(&wanted), "{wanted:?} is not in {counted:?}");
    }
    // The earliest event is the user's creation, a minute ago.
    assert!(counted.counts.contains(&("LagMilliseconds", 60_000)), "{counted:?}");
}
