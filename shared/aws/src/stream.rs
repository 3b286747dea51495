//! What Lambda hands a function that reads the table's stream.

use aws_lambda_events::dynamodb;
use aws_lambda_events::streams::{DynamoDbBatchItemFailure, DynamoDbEventResponse};
use keytrail_ledger::ItemId;

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
pub fn stream_items(event: &dynamodb::Event) -> Vec<StreamItem> {
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

/// The answer to a batch: Lambda delivers it again from the first record that failed. What came after it is delivered
/// again as well, which does no harm.
///
/// Source: <https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-batchfailurereporting.html>
pub fn stream_response(first_failed: Option<String>) -> DynamoDbEventResponse {
    let mut response = DynamoDbEventResponse::default();
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
    fn the_answer_names_the_first_that_failed() {
        let answer =
            |failed: Option<&str>| serde_json::to_value(stream_response(failed.map(str::to_owned))).unwrap();
        assert_eq!(answer(None), serde_json::json!({ "batchItemFailures": [] }));
        assert_eq!(
            answer(Some("7")),
            serde_json::json!({ "batchItemFailures": [{ "itemIdentifier": "7" }] })
        );
    }
}
