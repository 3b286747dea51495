//! What records arrive in: EventBridge envelopes, SQS events, LookupEvents output, log files.

use std::io::Write;

use flate2::{Compression, write::GzEncoder};
use serde_json::{Value, json};

use super::{ACCOUNT, REGION, fingerprint, uuid};

/// The EventBridge envelope in which CloudTrail delivers a record.
pub fn envelope(record: &Value) -> Value {
    let text = |field: &str| record[field].as_str().unwrap_or_default();
    let detail_type = match text("eventType") {
        "AwsServiceEvent" => "AWS Service Event via CloudTrail",
        _ => "AWS API Call via CloudTrail",
    };
    json!({
        "version": "0",
        "id": uuid(fingerprint(&record.to_string())),
        "detail-type": detail_type,
        "source": format!("aws.{}", text("eventSource").trim_end_matches(".amazonaws.com")),
        "account": record["recipientAccountId"].as_str().unwrap_or(ACCOUNT),
        "time": text("eventTime"),
        "region": record["awsRegion"].as_str().unwrap_or(REGION),
        "resources": [],
        "detail": record,
    })
}

/// The event with which Lambda is invoked for an SQS queue: one message for each envelope.
pub fn sqs_event(envelopes: &[Value]) -> Value {
    let messages: Vec<_> = envelopes.iter().map(message).collect();
    json!({ "Records": messages })
}

fn message(envelope: &Value) -> Value {
    let body = envelope.to_string();
    json!({
        "messageId": uuid(fingerprint(&body)),
        "receiptHandle": "AQEBexample",
        "body": body,
        "attributes": {
            "ApproximateReceiveCount": "1",
            "SentTimestamp": "1793610000000",
            "SenderId": "AIDAEXAMPLESENDER001",
            "ApproximateFirstReceiveTimestamp": "1793610000001",
        },
        "messageAttributes": {},
        "md5OfBody": "00000000000000000000000000000000",
        "eventSource": "aws:sqs",
        "eventSourceARN": format!("arn:aws:sqs:{REGION}:{ACCOUNT}:keytrail-control"),
        "awsRegion": REGION,
    })
}

/// The output of `aws cloudtrail lookup-events`: each record is a JSON string.
pub fn lookup_events(records: &[Value]) -> Value {
    let events: Vec<_> = records
        .iter()
        .map(|record| {
            json!({
                "EventId": record["eventID"],
                "EventName": record["eventName"],
                "ReadOnly": "false",
                "EventTime": record["eventTime"],
                "EventSource": record["eventSource"],
                "Resources": [],
                "CloudTrailEvent": record.to_string(),
            })
        })
        .collect();
    json!({ "Events": events })
}

/// A CloudTrail log file.
pub fn file(records: &[Value]) -> Value {
    json!({ "Records": records })
}

/// Values as JSON lines.
pub fn lines(values: &[Value]) -> String {
    values.iter().map(|value| format!("{value}\n")).collect()
}

/// One gzip member. Members may follow each other in one file.
///
/// # Panics
/// Never: memory takes every write.
pub fn gzip(text: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(text).and_then(|()| encoder.finish()).expect("memory takes every write")
}
