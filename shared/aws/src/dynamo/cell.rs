//! Small values with an address of their own: the epoch, and slots.

use aws_sdk_dynamodb::types::ReturnConsumedCapacity;
use keytrail_ledger::{Epoch, LedgerError, Slots, Version};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::DynamoLedger;
use super::attribute::{Attributes, BODY, VERSION, damaged, key, n, s, storable, text, version};
use super::error::ledger_error;
use super::plan::Condition;

const LEDGER: &str = "ledger";
const EPOCH: &str = "epoch";
const SLOT: &str = "slot";
/// As [`Slots`] says.
const LARGEST_SLOT: usize = 16 * 1024;

impl DynamoLedger {
    pub(super) async fn load_epoch(&self) -> Result<Option<(Epoch, Version)>, LedgerError> {
        self.cell(key(LEDGER, EPOCH)).await
    }

    pub(super) async fn write_epoch(
        &self,
        epoch: &Epoch,
        expected: Option<Version>,
    ) -> Result<(), LedgerError> {
        self.set_cell(key(LEDGER, EPOCH), epoch, expected).await
    }

    /// The table's ARN, and what it alone has: a table that was restored under the same name has another id and another
    /// moment of creation. (DynamoDB Local gives no id.)
    ///
    /// Source: <https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TableDescription.html>
    pub(super) async fn table_identity(&self) -> Result<Box<str>, LedgerError> {
        const ATTEMPT: &str = "describe the table";
        let described = self.client.describe_table().table_name(&*self.table).send().await;
        let table = described.map_err(|error| ledger_error(ATTEMPT, &self.table, error))?.table;
        let identity = table.and_then(|table| {
            let own = table.table_id.or_else(|| Some(table.creation_date_time?.to_string()))?;
            Some(format!("{}#{own}", table.table_arn?).into())
        });
        identity.ok_or_else(|| LedgerError::Unavailable { attempt: ATTEMPT, source: "it has no id".into() })
    }

    async fn cell<T: DeserializeOwned>(&self, key: Attributes) -> Result<Option<(T, Version)>, LedgerError> {
        let what = what(&key);
        let get = self.client.get_item().table_name(&*self.table).set_key(Some(key)).consistent_read(true);
        let found = get.return_consumed_capacity(ReturnConsumedCapacity::Total).send().await;
        let found = found.map_err(|error| ledger_error("read a value", &what, error))?;
        self.meter.read(found.consumed_capacity());
        let Some(item) = found.item else { return Ok(None) };
        let value = serde_json::from_str(text(&item, BODY)).map_err(|source| damaged(&what, source))?;
        Ok(Some((value, version(&item, &what)?)))
    }

    async fn set_cell(
        &self,
        key: Attributes,
        value: &impl Serialize,
        expected: Option<Version>,
    ) -> Result<(), LedgerError> {
        let what = what(&key);
        let refuse = |why| LedgerError::Unstorable { what: what.as_str().into(), why };
        let body = serde_json::to_string(value).map_err(|_| refuse("it has no JSON form"))?;
        if body.len() > LARGEST_SLOT {
            return Err(refuse("it is too large"));
        }
        let mut item = key;
        item.insert(VERSION.to_owned(), n(Version::after(expected).number()));
        item.insert(BODY.to_owned(), s(body));
        self.put(&what, storable(item, &what)?, &Condition::exact(expected)).await
    }
}

/// A value's address in messages.
fn what(key: &Attributes) -> String {
    text(key, super::attribute::PK).to_owned()
}

impl Slots for DynamoLedger {
    async fn slot(&self, name: &str) -> Result<Option<(serde_json::Value, Version)>, LedgerError> {
        let _turn = self.turn().await;
        self.cell(slot_key(name)).await
    }

    async fn set_slot(
        &self,
        name: &str,
        value: &serde_json::Value,
        expected: Option<Version>,
    ) -> Result<(), LedgerError> {
        let _turn = self.turn().await;
        self.set_cell(slot_key(name), value, expected).await
    }
}

fn slot_key(name: &str) -> Attributes {
    key(format!("{SLOT}/{name}"), SLOT)
}
