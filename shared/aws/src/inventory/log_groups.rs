//! Log groups.
//!
//! Source: <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DescribeLogGroups.html>

use keytrail_engine::ids::{Arn, LogGroupName};
use keytrail_ledger::capability::{InventoryError, LogGroupPage, LogGroupSeen};
use serde::{Deserialize, Serialize};

use super::{next_place, stopped};
use crate::json_call::JsonClient;

/// The most that there are to a page.
const LIMIT: u32 = 50;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Ask<'a> {
    limit: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<&'a str>,
}

/// An answer without a list is no answer.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Answer {
    log_groups: Vec<serde_json::Value>,
    next_token: Option<Box<str>>,
}

/// <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_LogGroup.html>
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Group {
    log_group_name: Box<str>,
    kms_key_id: Option<Box<str>>,
    retention_in_days: Option<u32>,
    bearer_token_authentication_enabled: Option<bool>,
}

pub(super) async fn page(client: &JsonClient, after: Option<&str>) -> Result<LogGroupPage, InventoryError> {
    let ask = Ask { limit: LIMIT, next_token: after };
    let answer: Answer = client.call("DescribeLogGroups", &ask).await.map_err(stopped)?;
    let next = next_place(after, false, answer.next_token.as_deref())?;
    Ok(LogGroupPage { groups: answer.log_groups.into_iter().filter_map(seen).collect(), next })
}

/// One log group. What can't be read is no news of it: a retention of another form doesn't mean that there is none.
fn seen(group: serde_json::Value) -> Option<LogGroupSeen> {
    let group: Group = match serde_json::from_value(group) {
        Ok(group) => group,
        Err(error) => {
            tracing::warn!(error = %error, "the listing shows a log group that can't be read");
            return None;
        }
    };
    let is_name = (1..=512).contains(&group.log_group_name.len());
    is_name.then(|| LogGroupSeen {
        name: LogGroupName::new(&*group.log_group_name),
        kms_key: group.kms_key_id.filter(|key| !key.is_empty()).map(Arn::new),
        retention_days: group.retention_in_days,
        bearer_authentication: group.bearer_token_authentication_enabled,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_log_group_is_read_with_all_that_the_listing_says() {
        let key = "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";
        let group = json!({
            "logGroupName": "/shop", "arn": "arn:aws:logs:us-east-1:111122223333:log-group:/shop:*",
            "creationTime": 1_785_542_400_000_u64, "storedBytes": 1, "metricFilterCount": 0, "kmsKeyId": key,
            "retentionInDays": 30, "bearerTokenAuthenticationEnabled": true, "logGroupClass": "STANDARD", "new": {"a": []}
        });
        let expected = LogGroupSeen {
            name: "/shop".into(),
            kms_key: Some(key.into()),
            retention_days: Some(30),
            bearer_authentication: Some(true),
        };
        assert_eq!(seen(group), Some(expected));
    }

    #[test]
    fn what_the_listing_leaves_out_is_left_out() {
        let bare = seen(json!({"logGroupName": "/shop"})).unwrap();
        assert_eq!((bare.kms_key, bare.retention_days, bare.bearer_authentication), (None, None, None));
    }

    #[test]
    fn a_log_group_that_can_not_be_read_is_no_news_of_it() {
        for group in [
            json!({"logGroupName": "/shop", "retentionInDays": "thirty"}),
            json!({"logGroupName": "/shop", "retentionInDays": -1}),
            json!({"logGroupName": "/shop", "kmsKeyId": ["a"]}),
            json!({"logGroupName": ""}),
            json!({"logGroupName": "x".repeat(513)}),
            json!({}),
            json!("/shop"),
            json!(null),
        ] {
            assert_eq!(seen(group.clone()), None, "{group}");
        }
    }

    #[test]
    fn an_answer_without_a_list_is_no_answer() {
        for answer in ["{}", r#"{"logGroups": null}"#, r#"{"logGroups": {}}"#, "[]"] {
            assert!(serde_json::from_str::<Answer>(answer).is_err(), "{answer}");
        }
    }
}
