//! Past management events: those of the last ninety days, which CloudTrail keeps without a trail.
//!
//! Source: <https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_LookupEvents.html>: two calls a second for an
//! account and region, so that the pages of one name are read one after the other.

use keytrail_engine::time::Time;
use keytrail_ledger::capability::{HistoryPage, InventoryError};
use serde::Deserialize;
use serde_json::json;

use super::{next_place, stopped};
use crate::json_call::JsonClient;

/// The most that there are to a page.
const LIMIT: u32 = 50;

/// An answer without a list is no answer.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Found {
    events: Vec<Event>,
    next_token: Option<Box<str>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Event {
    cloud_trail_event: Option<Box<str>>,
}

pub(super) async fn page(
    client: &JsonClient,
    name: &str,
    since: Time,
    until: Time,
    after: Option<&str>,
) -> Result<HistoryPage, InventoryError> {
    let mut ask = json!({
        "LookupAttributes": [{"AttributeKey": "EventName", "AttributeValue": name}],
        "StartTime": since.millis() / 1_000,
        "EndTime": until.millis() / 1_000,
        "MaxResults": LIMIT,
    });
    if let (Some(after), Some(ask)) = (after, ask.as_object_mut()) {
        ask.insert("NextToken".to_owned(), after.into());
    }
    let found: Found = client.call("LookupEvents", &ask).await.map_err(stopped)?;
    let next = next_place(after, false, found.next_token.as_deref())?;
    Ok(HistoryPage {
        records: found.events.into_iter().filter_map(|event| event.cloud_trail_event).collect(),
        next,
    })
}
