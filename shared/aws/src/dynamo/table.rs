//! The table: its keys and indexes, and how to make one where no template does.

use std::time::Duration;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::BuildError;
use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, GlobalSecondaryIndex, KeySchemaElement, KeyType, Projection,
    ProjectionType, ScalarAttributeType, StreamSpecification, StreamViewType, TableStatus,
    TimeToLiveSpecification,
};
use keytrail_ledger::BoxError;

use super::attribute::{DUE, EXPIRES, KIND, PK, SK};

/// The index of what is listed by kind: main documents and outbox items, keys only.
pub(super) const KINDS: &str = "kinds";
/// The index of outbox items that somebody has to look at, keys only.
pub(super) const DUE_ITEMS: &str = "due";

/// Makes the table on DynamoDB Local and waits until it can be used. In AWS the stack's template makes it, with all
/// that keeps it safe; this makes the same keys, indexes, stream and time to live.
///
/// # Errors
///
/// What DynamoDB says, also if there is a table of that name.
pub async fn create_table(client: &Client, name: &str) -> Result<(), BoxError> {
    client
        .create_table()
        .table_name(name)
        .billing_mode(BillingMode::PayPerRequest)
        .set_attribute_definitions(Some(attributes()?))
        .set_key_schema(Some(keys(PK, SK)?))
        .global_secondary_indexes(index(KINDS, keys(KIND, PK)?)?)
        .global_secondary_indexes(index(DUE_ITEMS, keys(KIND, DUE)?)?)
        .stream_specification(
            StreamSpecification::builder()
                .stream_enabled(true)
                .stream_view_type(StreamViewType::NewImage)
                .build()?,
        )
        .send()
        .await?;
    while status(client, name).await? != Some(TableStatus::Active) {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let expiry = TimeToLiveSpecification::builder().attribute_name(EXPIRES).enabled(true).build()?;
    client.update_time_to_live().table_name(name).time_to_live_specification(expiry).send().await?;
    Ok(())
}

async fn status(client: &Client, name: &str) -> Result<Option<TableStatus>, BoxError> {
    let table = client.describe_table().table_name(name).send().await?.table;
    Ok(table.and_then(|table| table.table_status))
}

fn attributes() -> Result<Vec<AttributeDefinition>, BuildError> {
    let types = [
        (PK, ScalarAttributeType::S),
        (SK, ScalarAttributeType::S),
        (KIND, ScalarAttributeType::S),
        (DUE, ScalarAttributeType::N),
    ];
    let of = |(name, its): (&str, _)| {
        AttributeDefinition::builder().attribute_name(name).attribute_type(its).build()
    };
    types.into_iter().map(of).collect()
}

fn keys(hash: &str, range: &str) -> Result<Vec<KeySchemaElement>, BuildError> {
    let of = |(name, its)| KeySchemaElement::builder().attribute_name(name).key_type(its).build();
    [(hash, KeyType::Hash), (range, KeyType::Range)].into_iter().map(of).collect()
}

fn index(name: &str, keys: Vec<KeySchemaElement>) -> Result<GlobalSecondaryIndex, BuildError> {
    let projection = Projection::builder().projection_type(ProjectionType::KeysOnly).build();
    GlobalSecondaryIndex::builder().index_name(name).set_key_schema(Some(keys)).projection(projection).build()
}
