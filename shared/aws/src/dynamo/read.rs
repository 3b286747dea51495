//! Reading: by address, by partition, by kind.

use std::collections::BTreeSet;
use std::time::Duration;

use aws_sdk_dynamodb::types::{AttributeValue, KeysAndAttributes, ReturnConsumedCapacity};
use keytrail_engine::subject::{DocumentId, Kind, SubjectId};
use keytrail_engine::time::Time;
use keytrail_ledger::{Cursor, Damaged, ItemId, ItemKind, LedgerError, Page, Parts, Stored, StoredItem};

use super::DynamoLedger;
use super::attribute::{Attributes, KIND, PK, SK, key, s, text};
use super::document::{MAIN, document_in, document_key, is_expired};
use super::error::ledger_error;
use super::outbox::{ITEM, entries_of_kind, item_id, item_in, item_key};
use super::table::KINDS;

/// The most keys that DynamoDB takes in one BatchGetItem.
const LARGEST_BATCH: usize = 100;
/// The pauses before asking again for what a busy table left out.
const PAUSES: [Duration; 3] =
    [Duration::from_millis(50), Duration::from_millis(200), Duration::from_millis(800)];

/// A page of what was found: what can't be read is named in it.
pub(super) fn shown<'a, T>(
    found: impl IntoIterator<Item = &'a Attributes>,
    read: impl Fn(&Attributes) -> Result<T, LedgerError>,
    next: Option<Cursor>,
) -> Result<Page<T>, LedgerError> {
    let mut page = Page { entries: Vec::new(), damaged: Vec::new(), next };
    for item in found {
        match read(item) {
            Ok(entry) => page.entries.push(entry),
            Err(error) => page.damaged.push(Damaged::of(address_of(item), error)?),
        }
    }
    Ok(page)
}

/// Where an item is, as messages say it.
fn address_of(item: &Attributes) -> String {
    match text(item, SK) {
        ITEM => text(item, PK).to_owned(),
        sk => format!("{}#{sk}", text(item, PK)),
    }
}

impl DynamoLedger {
    pub(super) async fn load_documents(
        &self,
        ids: &[DocumentId],
        now: Time,
    ) -> Result<Vec<Stored>, LedgerError> {
        let items = self.get(ids.iter().map(document_key), None).await?;
        items.iter().filter(|item| !is_expired(item, now)).map(document_in).collect()
    }

    pub(super) async fn load_parts(
        &self,
        subject: &SubjectId,
        parts: Parts,
        now: Time,
    ) -> Result<Vec<Stored>, LedgerError> {
        let items = self.partition(&subject.to_string(), parts.prefix()).await?;
        items.iter().filter(|item| !is_expired(item, now)).map(document_in).collect()
    }

    pub(super) async fn scan_kind(
        &self,
        kind: Kind,
        now: Time,
        after: Option<&Cursor>,
        limit: usize,
    ) -> Result<Page<Stored>, LedgerError> {
        let (keys, next) = self.listed(kind.word(), MAIN, after, limit).await?;
        let items = self.get_in_order(keys).await?;
        shown(items.iter().filter(|item| !is_expired(item, now)), document_in, next)
    }

    pub(super) async fn load_items(&self, ids: &[ItemId]) -> Result<Vec<StoredItem>, LedgerError> {
        let items = self.get(ids.iter().map(item_key), None).await?;
        items.iter().map(item_in).collect()
    }

    pub(super) async fn load_items_about(
        &self,
        subject: &SubjectId,
        kind: ItemKind,
    ) -> Result<Vec<StoredItem>, LedgerError> {
        let entries = self.partition(&subject.to_string(), &entries_of_kind(kind)).await?;
        let ids = entries.iter().filter_map(|entry| item_id(text(entry, SK)));
        let items = self.get_in_order(ids.map(|id| item_key(&id)).collect()).await?;
        items.iter().map(item_in).collect()
    }

    pub(super) async fn list_items(
        &self,
        kind: ItemKind,
        after: Option<&Cursor>,
        limit: usize,
    ) -> Result<Page<StoredItem>, LedgerError> {
        let (keys, next) = self.listed(kind.word(), ITEM, after, limit).await?;
        let items = self.get_in_order(keys).await?;
        shown(&items, item_in, next)
    }

    /// The items at these keys, in any order, read consistently. With `only`, no more than that attribute of each.
    pub(super) async fn get(
        &self,
        keys: impl IntoIterator<Item = Attributes>,
        only: Option<&str>,
    ) -> Result<Vec<Attributes>, LedgerError> {
        let mut seen = BTreeSet::new();
        let once = |key: &Attributes| seen.insert((text(key, PK).to_owned(), text(key, SK).to_owned()));
        let keys: Vec<Attributes> = keys.into_iter().filter(once).collect();
        let mut found = Vec::with_capacity(keys.len());
        for keys in keys.chunks(LARGEST_BATCH) {
            self.get_batch(keys.to_vec(), only, &mut found).await?;
        }
        Ok(found)
    }

    async fn get_batch(
        &self,
        mut keys: Vec<Attributes>,
        only: Option<&str>,
        found: &mut Vec<Attributes>,
    ) -> Result<(), LedgerError> {
        const ATTEMPT: &str = "read from the table";
        let mut pauses = PAUSES.into_iter();
        loop {
            let wanted = KeysAndAttributes::builder().set_keys(Some(keys)).consistent_read(true);
            let wanted = wanted.set_projection_expression(only.map(str::to_owned)).build();
            let wanted = wanted
                .map_err(|source| LedgerError::Unavailable { attempt: ATTEMPT, source: source.into() })?;
            let batch = self.client.batch_get_item().request_items(&*self.table, wanted);
            let batch = batch.return_consumed_capacity(ReturnConsumedCapacity::Total).send().await;
            let batch = batch.map_err(|error| ledger_error(ATTEMPT, &self.table, error))?;
            self.meter.read(batch.consumed_capacity());
            found.extend(batch.responses.unwrap_or_default().into_values().flatten());
            keys =
                batch.unprocessed_keys.unwrap_or_default().into_values().flat_map(|rest| rest.keys).collect();
            if keys.is_empty() {
                return Ok(());
            }
            let busy = || LedgerError::Throttled { source: "DynamoDB left keys of a batch unread".into() };
            tokio::time::sleep(pauses.next().ok_or_else(busy)?).await;
        }
    }

    /// As [`DynamoLedger::get`], in the order of the keys.
    pub(super) async fn get_in_order(&self, keys: Vec<Attributes>) -> Result<Vec<Attributes>, LedgerError> {
        let address = |item: &Attributes| (text(item, PK).to_owned(), text(item, SK).to_owned());
        let order: Vec<_> = keys.iter().map(address).collect();
        let found = self.get(keys, None).await?;
        let mut found: std::collections::BTreeMap<_, _> =
            found.into_iter().map(|item| (address(&item), item)).collect();
        Ok(order.iter().filter_map(|address| found.remove(address)).collect())
    }

    /// What a partition holds under a prefix, in the order of the sort keys, read consistently.
    async fn partition(&self, pk: &str, prefix: &str) -> Result<Vec<Attributes>, LedgerError> {
        let mut items = Vec::new();
        let mut start = None;
        loop {
            let query = self
                .client
                .query()
                .table_name(&*self.table)
                .key_condition_expression("pk = :pk AND begins_with(sk, :prefix)")
                .expression_attribute_values(":pk", s(pk))
                .expression_attribute_values(":prefix", s(prefix))
                .consistent_read(true)
                .return_consumed_capacity(ReturnConsumedCapacity::Total)
                .set_exclusive_start_key(start);
            let page = query.send().await.map_err(|error| ledger_error("list a partition", pk, error))?;
            self.meter.read(page.consumed_capacity());
            items.extend(page.items.unwrap_or_default());
            start = page.last_evaluated_key;
            if start.is_none() {
                return Ok(items);
            }
        }
    }

    /// The keys of what is listed under a kind, and where the listing goes on. All of them have the same sort key.
    async fn listed(
        &self,
        kind: &str,
        sk: &str,
        after: Option<&Cursor>,
        limit: usize,
    ) -> Result<(Vec<Attributes>, Option<Cursor>), LedgerError> {
        let start = after.map(|cursor| {
            let mut start = key(&*cursor.0, sk);
            start.insert(KIND.to_owned(), s(kind));
            start
        });
        let query = self
            .client
            .query()
            .table_name(&*self.table)
            .index_name(KINDS)
            .key_condition_expression("kind = :kind")
            .expression_attribute_values(":kind", AttributeValue::S(kind.to_owned()))
            .limit(i32::try_from(limit).unwrap_or(i32::MAX).max(1))
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .set_exclusive_start_key(start);
        let page = query.send().await.map_err(|error| ledger_error("list by kind", kind, error))?;
        self.meter.read(page.consumed_capacity());
        let next = page.last_evaluated_key.as_ref().map(|last| Cursor(text(last, PK).into()));
        let keys = page.items.unwrap_or_default().iter().map(super::attribute::key_of).collect();
        Ok((keys, next))
    }
}
