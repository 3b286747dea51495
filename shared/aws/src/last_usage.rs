//! When a KMS key was last used, as KMS says.
//!
//! Source: <https://docs.aws.amazon.com/kms/latest/APIReference/API_GetKeyLastUsage.html>

use keytrail_engine::impact::LastUsage;
use keytrail_engine::subject::SubjectId;
use serde::Deserialize;
use serde_json::json;

use crate::inventory::moment;
use crate::json_call::KMS;
use crate::{AwsConfig, Failure};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Answer {
    key_creation_date: Option<f64>,
    tracking_start_date: Option<f64>,
    key_last_usage: Option<Used>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Used {
    operation: Option<Box<str>>,
    timestamp: Option<f64>,
}

/// Asks KMS, in the key's own region, when a key was last used.
///
/// # Errors
/// [`Failure`], as of any call.
pub async fn last_usage(aws: &AwsConfig, key: &SubjectId) -> Result<LastUsage, Failure> {
    let SubjectId { partition, account, region, name, .. } = key;
    let ask = json!({"KeyId": format!("arn:{partition}:kms:{region}:{account}:key/{name}")});
    let answer: Answer = aws.in_region(region).json(KMS).call("GetKeyLastUsage", &ask).await?;
    // An empty object means the same as none.
    let last = answer.key_last_usage.and_then(|used| {
        let operation = used.operation.unwrap_or_else(|| "an operation".into());
        Some((moment(used.timestamp?)?, operation))
    });
    Ok(LastUsage {
        created: answer.key_creation_date.and_then(moment),
        tracked_since: answer.tracking_start_date.and_then(moment),
        last,
    })
}
