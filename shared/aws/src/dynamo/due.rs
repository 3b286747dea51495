//! What somebody has to look at: actions and notices in one order, from a sparse index.

use aws_sdk_dynamodb::types::ReturnConsumedCapacity;
use keytrail_engine::time::Time;
use keytrail_ledger::{Cursor, ItemKind, LedgerError, Page, StoredItem};
use serde::{Deserialize, Serialize};

use super::DynamoLedger;
use super::attribute::{Attributes, DUE, KIND, PK, key, n, number, s, text};
use super::error::ledger_error;
use super::outbox::{ITEM, item_in};
use super::read::shown;
use super::table::DUE_ITEMS;

/// The kinds that may be due; each is a partition of the index.
const KINDS: [ItemKind; 2] = [ItemKind::Action, ItemKind::Notice];

/// An entry of the index.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Entry {
    /// Epoch milliseconds.
    due: i64,
    pk: String,
}

/// The last entry that was taken of each kind, in the order of [`KINDS`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Place([Option<Entry>; 2]);

impl DynamoLedger {
    pub(super) async fn load_due(
        &self,
        until: Time,
        after: Option<&Cursor>,
        limit: usize,
    ) -> Result<Page<StoredItem>, LedgerError> {
        let mut place = after.map_or_else(|| Ok(Place::default()), read)?;
        let mut entries = Vec::new();
        let mut more = false;
        for ((index, kind), start) in KINDS.into_iter().enumerate().zip(place.0.clone()) {
            let (found, goes_on) = self.due_of(kind, until, start, limit).await?;
            entries.extend(found.into_iter().map(|entry| (index, entry)));
            more |= goes_on;
        }
        // Stable: entries of one kind keep the index's order, in which a query goes on.
        entries.sort_by_key(|(_, entry)| entry.due);
        more |= entries.len() > limit;
        entries.truncate(limit);
        for (index, entry) in &entries {
            if let Some(last) = place.0.get_mut(*index) {
                *last = Some(entry.clone());
            }
        }
        let keys = entries.into_iter().map(|(_, entry)| key(entry.pk, ITEM)).collect();
        let items = self.get_in_order(keys).await?;
        let mut page = shown(&items, item_in, more.then(|| write(&place)))?;
        // The index lags behind: what has moved on since is due no longer.
        page.entries.retain(|it| it.item.due().is_some_and(|due| due <= until));
        Ok(page)
    }

    /// Up to `limit` entries of a kind, and whether there are more.
    async fn due_of(
        &self,
        kind: ItemKind,
        until: Time,
        start: Option<Entry>,
        limit: usize,
    ) -> Result<(Vec<Entry>, bool), LedgerError> {
        let mut start = start.map(|entry| index_key(kind, entry));
        let mut entries = Vec::new();
        while entries.len() < limit {
            let query = self
                .client
                .query()
                .table_name(&*self.table)
                .index_name(DUE_ITEMS)
                .key_condition_expression("kind = :kind AND due <= :until")
                .expression_attribute_values(":kind", s(kind.word()))
                .expression_attribute_values(":until", n(until.millis()))
                .limit(i32::try_from(limit - entries.len()).unwrap_or(i32::MAX))
                .return_consumed_capacity(ReturnConsumedCapacity::Total)
                .set_exclusive_start_key(start);
            let page =
                query.send().await.map_err(|error| ledger_error("list what is due", kind.word(), error))?;
            self.meter.read(page.consumed_capacity());
            entries.extend(page.items.unwrap_or_default().iter().filter_map(entry_in));
            start = page.last_evaluated_key;
            if start.is_none() {
                return Ok((entries, false));
            }
        }
        Ok((entries, true))
    }
}

fn index_key(kind: ItemKind, entry: Entry) -> Attributes {
    let mut start = key(entry.pk, ITEM);
    start.insert(KIND.to_owned(), s(kind.word()));
    start.insert(DUE.to_owned(), n(entry.due));
    start
}

fn entry_in(attributes: &Attributes) -> Option<Entry> {
    Some(Entry { due: number(attributes, DUE)?, pk: text(attributes, PK).to_owned() })
}

fn read(cursor: &Cursor) -> Result<Place, LedgerError> {
    serde_json::from_str(&cursor.0).map_err(|source| super::attribute::damaged("a cursor", source))
}

fn write(place: &Place) -> Cursor {
    // Two optional pairs of a number and a text always have a JSON form.
    Cursor(serde_json::to_string(place).unwrap_or_default().into())
}
