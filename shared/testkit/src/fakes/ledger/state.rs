//! What the ledger in memory holds, and how it is read.

use std::collections::{BTreeMap, BTreeSet};

use keytrail_engine::document::SCHEMA;
use keytrail_engine::subject::{DocumentId, Kind, Part, SubjectId};
use keytrail_engine::time::Time;
use keytrail_ledger::form::address;
use keytrail_ledger::{
    Cursor, Damaged, Epoch, ItemId, ItemKind, LedgerError, Page, Parts, Stored, StoredItem, Version,
};

use super::Streamed;

#[derive(Debug, Default)]
pub(super) struct State {
    pub(super) documents: BTreeMap<DocumentId, Stored>,
    pub(super) items: BTreeMap<ItemId, StoredItem>,
    pub(super) damaged: BTreeSet<ItemId>,
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
        let named = |id: String| format!("{id}#main");
        shown(page(found, limit), |(id, stored)| (named(id), readable(&stored)))
    }

    pub(super) fn items_of_kind(
        &self,
        kind: ItemKind,
        after: Option<&Cursor>,
        limit: usize,
    ) -> Result<Page<StoredItem>, LedgerError> {
        let after = after.map_or("", |cursor| &*cursor.0);
        let of_kind = self.items.iter().filter(|(id, _)| id.kind == kind && &*id.name > after);
        let found = of_kind.map(|(id, stored)| (id.name.to_string(), stored)).collect();
        shown(page(found, limit), |(_, stored)| self.undamaged(stored))
    }

    pub(super) fn items(&self, ids: &[ItemId]) -> Result<Vec<StoredItem>, LedgerError> {
        ids.iter()
            .filter_map(|id| self.items.get(id))
            .map(|stored| self.undamaged(stored.clone()).1)
            .collect()
    }

    /// An item, unless a test has damaged it.
    fn undamaged(&self, stored: StoredItem) -> (String, Result<StoredItem, LedgerError>) {
        let what = stored.item.id().to_string();
        let corrupt = || LedgerError::Corrupt { what: what.as_str().into(), source: "it is damaged".into() };
        let read = if self.damaged.contains(&stored.item.id()) { Err(corrupt()) } else { Ok(stored) };
        (what, read)
    }

    pub(super) fn due(
        &self,
        until: Time,
        after: Option<&Cursor>,
        limit: usize,
    ) -> Result<Page<StoredItem>, LedgerError> {
        let after = after.map_or("", |cursor| &*cursor.0);
        let of = |(id, stored): (&ItemId, &'_ StoredItem)| {
            let due = stored.item.due().filter(|due| *due <= until)?;
            // Moments are sorted as text below: none of them is before 1970.
            Some(format!("{:020}/{id}", due.millis()))
        };
        let due = self.items.iter().filter_map(|(id, stored)| Some((of((id, stored))?, stored)));
        let mut due: Vec<(String, &StoredItem)> = due.filter(|(key, _)| &**key > after).collect();
        due.sort_by(|a, b| a.0.cmp(&b.0));
        shown(page(due, limit), |(_, stored)| self.undamaged(stored))
    }
}

/// A page of what can be read; the rest is named in it.
fn shown<T: Clone>(
    page: Page<(String, T)>,
    read: impl Fn((String, T)) -> (String, Result<T, LedgerError>),
) -> Result<Page<T>, LedgerError> {
    let mut shown = Page { entries: Vec::new(), damaged: Vec::new(), next: page.next };
    for entry in page.entries {
        match read(entry) {
            (_, Ok(entry)) => shown.entries.push(entry),
            (what, Err(error)) => shown.damaged.push(Damaged::of(what, error)?),
        }
    }
    Ok(shown)
}

fn page<T: Clone>(found: Vec<(String, &T)>, limit: usize) -> Page<(String, T)> {
    let limit = limit.max(1);
    let next =
        found.get(limit - 1).filter(|_| found.len() > limit).map(|(key, _)| Cursor(key.as_str().into()));
    let entries = found.into_iter().take(limit).map(|(key, entry)| (key, entry.clone())).collect();
    Page { entries, damaged: Vec::new(), next }
}
