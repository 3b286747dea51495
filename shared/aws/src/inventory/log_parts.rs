//! The other parts of CloudWatch Logs that have a KMS key, one kind after the other.
//!
//! `GetIntegration` doesn't say with which key an integration was made: of those only CloudTrail tells.
//!
//! Sources: <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_ListLogAnomalyDetectors.html>,
//! <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DescribeLookupTables.html>,
//! <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_ListScheduledQueries.html>

use keytrail_engine::event::LogPart;
use keytrail_engine::ids::Arn;
use keytrail_engine::parse::{SCHEDULED_QUERY_DESTINATIONS, end_of_arn};
use keytrail_ledger::capability::{InventoryError, LogPartPage, LogPartSeen};
use serde_json::{Value, json};

use super::{next_place, stopped};
use crate::Failure;
use crate::json_call::JsonClient;

/// A listing: its call, the field of its answer, what asks for how many, and what it lists.
struct Listing {
    call: &'static str,
    field: &'static str,
    limit: &'static str,
    arn: &'static str,
    part: LogPart,
}

const LISTINGS: [Listing; 3] = [
    Listing {
        call: "ListLogAnomalyDetectors",
        field: "anomalyDetectors",
        limit: "limit",
        arn: "anomalyDetectorArn",
        part: LogPart::AnomalyDetector,
    },
    Listing {
        call: "DescribeLookupTables",
        field: "lookupTables",
        limit: "maxResults",
        arn: "lookupTableArn",
        part: LogPart::LookupTable,
    },
    Listing {
        call: "ListScheduledQueries",
        field: "scheduledQueries",
        limit: "maxResults",
        arn: "scheduledQueryArn",
        part: LogPart::ScheduledQuery,
    },
];

/// What every one of them takes.
const LIMIT: u32 = 50;

/// What a service answers that has no such call: not every region has every part.
const UNKNOWN_CALLS: [&str; 2] = ["UnknownOperationException", "InvalidAction"];

/// A page; `after` is a listing's call and, behind a space, its token.
pub(super) async fn page(client: &JsonClient, after: Option<&str>) -> Result<LogPartPage, InventoryError> {
    let (call, token) = match after {
        None => (LISTINGS.first().map_or("", |it| it.call), None),
        Some(after) => after.split_once(' ').map_or((after, None), |(call, token)| (call, Some(token))),
    };
    let Some(place) = LISTINGS.iter().position(|it| it.call == call) else {
        return Ok(LogPartPage::default());
    };
    let Some(listing) = LISTINGS.get(place) else { return Ok(LogPartPage::default()) };
    let follows = || LISTINGS.get(place + 1).map(|it| it.call.into());
    let mut ask = json!({(listing.limit): LIMIT});
    if let (Some(token), Some(ask)) = (token, ask.as_object_mut()) {
        ask.insert("nextToken".to_owned(), token.into());
    }
    let answer: Value = match client.call(listing.call, &ask).await {
        Ok(answer) => answer,
        Err(Failure { code, .. }) if UNKNOWN_CALLS.contains(&&*code) => {
            tracing::warn!(
                call = listing.call,
                "there is no such call here, so that there are no such parts"
            );
            return Ok(LogPartPage { parts: Vec::new(), next: follows() });
        }
        Err(failure) => return Err(stopped(failure)),
    };
    let Some(listed) = answer.get(listing.field).and_then(Value::as_array) else {
        let source = format!("{} answers without {}", listing.call, listing.field).into();
        return Err(InventoryError::Refused { code: "UnreadableAnswer".into(), source });
    };
    let next = next_place(token, false, answer.get("nextToken").and_then(Value::as_str))?;
    let next = next.map(|token| format!("{} {token}", listing.call).into()).or_else(follows);
    Ok(LogPartPage { parts: listed.iter().flat_map(|it| seen(listing, it)).collect(), next })
}

/// What is made with a key, of an entry: a scheduled query has one for each place of its results.
fn seen(listing: &Listing, entry: &Value) -> Vec<LogPartSeen> {
    let Some(name) = entry.get(listing.arn).and_then(Value::as_str).map(end_of_arn) else {
        tracing::warn!(call = listing.call, "the listing shows an entry without an ARN");
        return Vec::new();
    };
    let part = |name: String, of: Option<&Value>| {
        let key = of?.get("kmsKeyId")?.as_str().filter(|key| !key.is_empty())?;
        Some(LogPartSeen { part: listing.part, name: name.into(), kms_key: Arn::new(key) })
    };
    match listing.part {
        LogPart::ScheduledQuery => {
            let to = entry.get("destinationConfiguration");
            let place = |(field, word): (&str, &str)| part(format!("{name}/{word}"), to?.get(field));
            SCHEDULED_QUERY_DESTINATIONS.into_iter().filter_map(place).collect()
        }
        _ => part(name, Some(entry)).into_iter().collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";

    fn names(place: usize, entry: &Value) -> Vec<String> {
        seen(&LISTINGS[place], entry).into_iter().map(|it| it.name.to_string()).collect()
    }

    #[test]
    fn what_has_a_key_is_named_as_its_records_name_it() {
        let arn = |rest: &str| format!("arn:aws:logs:us-east-1:111122223333:{rest}");
        let detector = json!({"anomalyDetectorArn": arn("anomaly-detector:abc-1"), "kmsKeyId": KEY});
        assert_eq!(names(0, &detector), ["abc-1"]);
        assert_eq!(names(0, &json!({"anomalyDetectorArn": arn("anomaly-detector:abc-1")})), [""; 0]);
        let table =
            json!({"lookupTableArn": arn("lookup-table:hosts"), "lookupTableName": "hosts", "kmsKeyId": KEY});
        assert_eq!(names(1, &table), ["hosts"]);
        let to = json!({"s3Configuration": {"kmsKeyId": KEY}, "lookupTableConfiguration": {"kmsKeyId": KEY}});
        let query =
            json!({"scheduledQueryArn": arn("scheduled-query:daily"), "destinationConfiguration": to});
        assert_eq!(names(2, &query), ["daily/s3", "daily/lookup-table"]);
        for odd in [json!({}), json!([]), json!({"anomalyDetectorArn": 7, "kmsKeyId": KEY})] {
            assert_eq!(names(0, &odd), [""; 0]);
        }
    }
}
