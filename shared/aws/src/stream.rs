//! What Lambda hands a function that reads the table's stream.

pub use aws_lambda_events::dynamodb::Event as StreamEvent;
use aws_lambda_events::streams::DynamoDbBatchItemFailure;
pub use aws_lambda_events::streams::DynamoDbEventResponse as StreamResponse;
use keytrail_ledger::{ItemId, LedgerError};
use tracing::Instrument;

use crate::dynamo::item_id;

/// An outbox item that the stream tells of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StreamItem {
    /// The record's place in its shard, by which a failed one is given back.
    pub sequence_number: String,
    /// The item. Only its address is taken from the record: what it says is read from the table.
    pub item: ItemId,
}

/// The outbox items of a batch, in its order. A record of anything else asks for nothing: the mapping's filter lets none
/// through, and one that came all the same would fail again for ever.
pub fn stream_items(event: &StreamEvent) -> Vec<StreamItem> {
    let mut items = Vec::with_capacity(event.records.len());
    for record in &event.records {
        let pk = record.change.keys.get("pk").and_then(|value| match value {
            serde_dynamo::AttributeValue::S(text) => Some(text.as_str()),
            _ => None,
        });
        match (pk.and_then(item_id), &record.change.sequence_number) {
            (Some(item), Some(sequence_number)) => {
                items.push(StreamItem { sequence_number: sequence_number.clone(), item });
            }
            _ => tracing::warn!(record = %record.event_id, "a stream record tells of no outbox item"),
        }
    }
    items
}

/// Hands every outbox item of a batch to a handler, in order, and returns what came of those that were handled. One that
/// fails holds up none of the others: Lambda delivers the batch again from the first that failed, and what was handled
/// after it does no harm a second time.
pub async fn each_item<A>(
    event: &StreamEvent,
    handle: impl AsyncFn(&ItemId) -> Result<A, LedgerError>,
) -> (StreamResponse, Vec<A>) {
    let (mut first_failed, mut answers) = (None, Vec::new());
    for StreamItem { sequence_number, item } in stream_items(event) {
        let span = tracing::info_span!("item", item = %item);
        match handle(&item).instrument(span).await {
            Ok(answer) => answers.push(answer),
            Err(error) => {
                tracing::error!(item = %item, error = %error, "the ledger can't be read or written: it comes again");
                first_failed.get_or_insert(sequence_number);
            }
        }
    }
    (stream_response(first_failed), answers)
}

/// The answer to a batch.
///
/// Source: <https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-batchfailurereporting.html>
fn stream_response(first_failed: Option<String>) -> StreamResponse {
    let mut response = StreamResponse::default();
    response.batch_item_failures = first_failed
        .into_iter()
        .map(|sequence_number| {
            let mut failure = DynamoDbBatchItemFailure::default();
            failure.item_identifier = Some(sequence_number);
            failure
        })
        .collect();
    response
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use keytrail_ledger::ItemKind;

    use super::*;

    fn record(pk: &serde_json::Value, sequence_number: &str) -> serde_json::Value {
        serde_json::json!({
            "eventID": "1", "eventName": "INSERT", "eventVersion": "1.1", "eventSource": "aws:dynamodb",
            "awsRegion": "us-east-1",
            "eventSourceARN": "arn:aws:dynamodb:us-east-1:111122223333:table/keytrail/stream/2026-08-01T00:00:00.000",
            "dynamodb": {
                "ApproximateCreationDateTime": 1_785_542_400.0,
                "Keys": { "pk": pk, "sk": { "S": "item" } },
                "NewImage": { "pk": pk, "sk": { "S": "item" }, "state": { "S": "pending" }, "drive": { "N": "0" } },
                "SequenceNumber": sequence_number, "SizeBytes": 26, "StreamViewType": "NEW_IMAGE"
            }
        })
    }

    #[test]
    fn items_are_read_in_order_and_what_is_no_item_asks_for_nothing() {
        let records = [
            record(&serde_json::json!({ "S": "action/13726d71" }), "111"),
            record(&serde_json::json!({ "S": "aws/111122223333/global/user/gateway" }), "112"),
            record(&serde_json::json!({ "N": "7" }), "113"),
            record(&serde_json::json!({ "S": "notice/9" }), "114"),
        ];
        let event = serde_json::from_value(serde_json::json!({ "Records": records })).unwrap();
        let item = |kind, name: &str, sequence_number: &str| StreamItem {
            sequence_number: sequence_number.to_owned(),
            item: ItemId { kind, name: name.into() },
        };
        let expected = vec![item(ItemKind::Action, "13726d71", "111"), item(ItemKind::Notice, "9", "114")];
        assert_eq!(stream_items(&event), expected);
    }

    #[test]
    fn what_fails_holds_up_nothing_and_the_answer_names_the_first_of_it() {
        let records = ["1", "2", "3", "4"]
            .map(|n| record(&serde_json::json!({ "S": format!("action/{n}") }), &format!("11{n}")));
        let event = serde_json::from_value(serde_json::json!({ "Records": records })).unwrap();
        let answer = |failing: &[&str]| {
            let handled = RefCell::new(Vec::new());
            let (response, answers) = pollster::block_on(each_item(&event, async |item| {
                handled.borrow_mut().push(item.name.to_string());
                match failing.contains(&&*item.name) {
                    true => Err(LedgerError::Conflict { what: item.name.clone() }),
                    false => Ok(()),
                }
            }));
            assert_eq!(handled.take(), ["1", "2", "3", "4"]);
            assert_eq!(answers.len(), 4 - failing.len());
            serde_json::to_value(response).unwrap()
        };
        assert_eq!(answer(&[]), serde_json::json!({ "batchItemFailures": [] }));
        assert_eq!(
            answer(&["4", "2"]),
            serde_json::json!({ "batchItemFailures": [{ "itemIdentifier": "112" }] })
        );
    }
}
