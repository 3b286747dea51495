//! What the ledger in memory holds, and how it is read.

use std::collections::BTreeMap;

use keytrail_engine::document::SCHEMA;
use keytrail_engine::subject::{DocumentId, Kind, Part, SubjectId};
use keytrail_engine::time::Time;
use keytrail_ledger::form::address;
use keytrail_ledger::{
    Cursor, Epoch, ItemId, ItemKind, LedgerError, Page, Parts, Stored, StoredItem, Version,
};

use super::Streamed;

#[derive(Debug, Default)]
pub(super) struct State {
    pub(super) documents: BTreeMap<DocumentId, Stored>,
    pub(super) items: BTreeMap<ItemId, StoredItem>,
    pub(super) slots: BTreeMap<String, (serde_json::Value, Version)>,
    pub(super) epoch: Option<(Epoch, Version)>,
    pub(super) identity: Box<str>,
    pub(super) stream: Vec<Streamed>,
}

/// Whether a document has not aged out.
pub(super) fn lives(stored: &Stored, now: Time) -> bool {
    stored.expires.is_none_or(|expires| expires > now)
}

/// What a newer Keytrail wrote is shown to nobody, as where documents are read from bytes.
fn readable(stored: &Stored) -> Result<Stored, LedgerError> {
    let (id, found) = (stored.document.id(), stored.document.schema);
    if found.major > SCHEMA.major {
        return Err(LedgerError::NewerSchema { what: address(&id), found });
    }
    Ok(stored.clone())
}

impl State {
    pub(super) fn load(&self, ids: &[DocumentId], now: Time) -> Result<Vec<Stored>, LedgerError> {
        let found = ids.iter().filter_map(|id| self.documents.get(id));
        found.filter(|stored| lives(stored, now)).map(readable).collect()
    }

    pub(super) fn parts(
        &self,
        subject: &SubjectId,
        parts: Parts,
        now: Time,
    ) -> Result<Vec<Stored>, LedgerError> {
        let start = DocumentId::main(subject.clone());
        let of_subject = self.documents.range(start..).take_while(|(id, _)| id.subject == *subject);
        let wanted = of_subject
            .filter(|(id, stored)| id.part.to_string().starts_with(parts.prefix()) && lives(stored, now));
        let mut found: Vec<Stored> = wanted.map(|(_, stored)| readable(stored)).collect::<Result<_, _>>()?;
        found.sort_by_cached_key(|stored| stored.document.part.to_string());
        Ok(found)
    }

    pub(super) fn scan(
        &self,
        kind: Kind,
        now: Time,
        after: Option<&Cursor>,
        limit: usize,
    ) -> Result<Page<Stored>, LedgerError> {
        let after = after.map_or("", |cursor| &*cursor.0);
        let main = self
            .documents
            .iter()
            .filter(|(id, stored)| id.subject.kind == kind && id.part == Part::Main && lives(stored, now));
        let mut found: Vec<(String, &Stored)> = main
            .map(|(id, stored)| (id.subject.to_string(), stored))
            .filter(|(id, _)| &**id > after)
            .collect();
        found.sort_by(|a, b| a.0.cmp(&b.0));
        let page = page(found, limit);
        page.entries.iter().try_for_each(|stored| readable(stored).map(|_| ()))?;
        Ok(page)
    }

    pub(super) fn items_of_kind(
        &self,
        kind: ItemKind,
        after: Option<&Cursor>,
        limit: usize,
    ) -> Page<StoredItem> {
        let after = after.map_or("", |cursor| &*cursor.0);
        let of_kind = self.items.iter().filter(|(id, _)| id.kind == kind && &*id.name > after);
        page(of_kind.map(|(id, stored)| (id.name.to_string(), stored)).collect(), limit)
    }

    pub(super) fn due(&self, until: Time, after: Option<&Cursor>, limit: usize) -> Page<StoredItem> {
        let after = after.map_or("", |cursor| &*cursor.0);
        let of = |(id, stored): (&ItemId, &'_ StoredItem)| {
            let due = stored.item.due().filter(|due| *due <= until)?;
            // Moments are sorted as text below: none of them is before 1970.
            Some(format!("{:020}/{id}", due.millis()))
        };
        let due = self.items.iter().filter_map(|(id, stored)| Some((of((id, stored))?, stored)));
        let mut due: Vec<(String, &StoredItem)> = due.filter(|(key, _)| &**key > after).collect();
        due.sort_by(|a, b| a.0.cmp(&b.0));
        page(due, limit)
    }
}

fn page<T: Clone>(found: Vec<(String, &T)>, limit: usize) -> Page<T> {
    let limit = limit.max(1);
    let next =
        found.get(limit - 1).filter(|_| found.len() > limit).map(|(key, _)| Cursor(key.as_str().into()));
    Page { entries: found.into_iter().take(limit).map(|(_, entry)| entry.clone()).collect(), next }
}
