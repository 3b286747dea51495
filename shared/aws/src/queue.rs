//! What Lambda hands a function whose events come from SQS, or from whoever invokes it directly.

pub use aws_lambda_events::sqs::SqsBatchResponse as BatchResponse;
use aws_lambda_events::sqs::{BatchItemFailure, SqsEvent};
use serde::Deserialize;
use serde_json::value::RawValue;

/// A message of a queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueueMessage {
    /// The queue's id of it, by which a failed one is given back.
    pub id: String,
    /// Its body.
    pub body: String,
}

/// What an invocation brings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Delivery {
    /// A batch of an SQS queue, in its order. The answer is [`batch_response`].
    Batch(Vec<QueueMessage>),
    /// The invocation's whole payload: somebody invokes the function with one event. A failure is the function's error.
    Direct(String),
}

/// How every event begins that Lambda makes of a stream or a queue.
#[derive(Deserialize)]
struct Head {
    #[serde(default, rename = "Records")]
    records: Vec<Source>,
}

#[derive(Deserialize)]
struct Source {
    #[serde(default, rename = "eventSource")]
    event_source: String,
}

/// Tells a batch of messages from one event.
///
/// Lambda says of each message of a batch that it comes from `aws:sqs`; a CloudTrail file, which has `Records` too, names
/// a service there.
///
/// Source: <https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html>
///
/// # Errors
///
/// A batch of another form than SQS's. Lambda then delivers it again.
pub fn delivery(payload: &RawValue) -> Result<Delivery, serde_json::Error> {
    let text = payload.get();
    let from_sqs = serde_json::from_str::<Head>(text)
        .is_ok_and(|head| head.records.first().is_some_and(|first| first.event_source == "aws:sqs"));
    if !from_sqs {
        return Ok(Delivery::Direct(text.to_owned()));
    }
    let event: SqsEvent = serde_json::from_str(text)?;
    let messages = event.records.into_iter().map(|message| QueueMessage {
        id: message.message_id.unwrap_or_default(),
        body: message.body.unwrap_or_default(),
    });
    Ok(Delivery::Batch(messages.collect()))
}

/// The answer to a batch: only these messages come back.
///
/// Source: <https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html>
pub fn batch_response(failed: impl IntoIterator<Item = String>) -> BatchResponse {
    let mut response = BatchResponse::default();
    response.batch_item_failures = failed
        .into_iter()
        .map(|id| {
            let mut failure = BatchItemFailure::default();
            failure.item_identifier = id;
            failure
        })
        .collect();
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Delivery {
        let payload: Box<RawValue> = serde_json::from_str(text).unwrap();
        delivery(&payload).unwrap()
    }

    /// As Lambda's documentation shows it, with what Keytrail doesn't use.
    const BATCH: &str = r#"{"Records": [
        {"messageId": "059f36b4-87a3-44ab-83d2-661975830a7d", "receiptHandle": "AQEBwJnKyrHigUMZj6rYigCgxlaS3SLy0a",
         "body": "{\"source\": \"aws.logs\"}",
         "attributes": {"ApproximateReceiveCount": "1", "SentTimestamp": "1545082649183"}, "messageAttributes": {},
         "md5OfBody": "098f6bcd4621d373cade4e832627b4f6", "eventSource": "aws:sqs",
         "eventSourceARN": "arn:aws:sqs:us-east-1:111122223333:control", "awsRegion": "us-east-1"},
        {"messageId": "2e1424d4-f796-459a-8184-9c92662be6da", "receiptHandle": "AQEBzWwaftRI0KuVm4tP", "body": "no JSON",
         "attributes": {}, "messageAttributes": {}, "eventSource": "aws:sqs"}]}"#;

    #[test]
    fn a_batch_is_its_messages_in_order() {
        let message = |id: &str, body: &str| QueueMessage { id: id.to_owned(), body: body.to_owned() };
        let messages = vec![
            message("059f36b4-87a3-44ab-83d2-661975830a7d", r#"{"source": "aws.logs"}"#),
            message("2e1424d4-f796-459a-8184-9c92662be6da", "no JSON"),
        ];
        assert_eq!(read(BATCH), Delivery::Batch(messages));
    }

    #[test]
    fn anything_else_is_one_event_word_for_word() {
        let texts = [
            r#"{"source": "aws.logs", "detail": {"eventName":  "CallWithBearerToken"}}"#,
            r#"{"Records": [{"eventSource": "iam.amazonaws.com", "eventName": "CreateUser"}]}"#,
            r#"{"Records": []}"#,
            "[1, 2]",
            "\"text\"",
        ];
        for text in texts {
            assert_eq!(read(text), Delivery::Direct(text.to_owned()));
        }
    }

    #[test]
    fn the_answer_names_what_failed_and_nothing_else() {
        let answer = |failed: &[&str]| {
            serde_json::to_value(batch_response(failed.iter().map(|id| (*id).to_owned()))).unwrap()
        };
        assert_eq!(answer(&[]), serde_json::json!({ "batchItemFailures": [] }));
        assert_eq!(answer(&["b"]), serde_json::json!({ "batchItemFailures": [{ "itemIdentifier": "b" }] }));
    }
}
