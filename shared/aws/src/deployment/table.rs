//! The ledger's table, as its owner set it up.
//!
//! Sources: <https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_DescribeTable.html>,
//! <https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_GetResourcePolicy.html>

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::{PointInTimeRecoveryStatus, TimeToLiveStatus};
use keytrail_ledger::capability::{Answer, TableSeen};

use super::{policy_text, unread, without};
use crate::Failure;

/// A table by its name.
pub(super) async fn table(client: &Client, name: &str) -> Answer<TableSeen> {
    let call = "dynamodb:DescribeTable";
    let table = client.describe_table().table_name(name).send().await;
    let table = table.map_err(|error| unread(call, Failure::of(error)))?;
    let table = table.table().ok_or_else(|| without(call, "table"))?;
    let arn = table.table_arn().ok_or_else(|| without(call, "ARN"))?;
    let ttl = client.describe_time_to_live().table_name(name).send().await;
    let ttl = ttl.map_err(|error| unread("dynamodb:DescribeTimeToLive", Failure::of(error)))?;
    let ttl = ttl.time_to_live_description();
    let ages_out = ttl.filter(|ttl| {
        matches!(ttl.time_to_live_status(), Some(TimeToLiveStatus::Enabled | TimeToLiveStatus::Enabling))
    });
    let stream = table.stream_specification().filter(|stream| stream.stream_enabled());
    Ok(TableSeen {
        name: name.into(),
        stream: stream.and_then(|stream| stream.stream_view_type()).map(|kind| kind.as_str().into()),
        deletion_protection: table.deletion_protection_enabled().unwrap_or(false),
        expires_by: ages_out.and_then(|ttl| ttl.attribute_name()).map(Into::into),
        point_in_time_recovery: recovery(client, name).await,
        policy: policy(client, arn).await,
    })
}

async fn recovery(client: &Client, name: &str) -> Answer<bool> {
    let backups = client.describe_continuous_backups().table_name(name).send().await;
    let backups =
        backups.map_err(|error| unread("dynamodb:DescribeContinuousBackups", Failure::of(error)))?;
    let recovery =
        backups.continuous_backups_description().and_then(|it| it.point_in_time_recovery_description());
    let status = recovery.and_then(|it| it.point_in_time_recovery_status());
    Ok(status == Some(&PointInTimeRecoveryStatus::Enabled))
}

async fn policy(client: &Client, arn: &str) -> Answer<Option<serde_json::Value>> {
    const CALL: &str = "dynamodb:GetResourcePolicy";
    match client.get_resource_policy().resource_arn(arn).send().await.map_err(Failure::of) {
        Ok(answer) => answer.policy().map(|text| policy_text(CALL, text)).transpose(),
        Err(failure) if &*failure.code == "PolicyNotFoundException" => Ok(None),
        Err(failure) => Err(unread(CALL, failure)),
    }
}
