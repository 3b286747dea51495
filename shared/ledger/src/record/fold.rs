//! Events by document, and documents with their events taken in.

use std::collections::BTreeMap;

use keytrail_engine::document::Document;
use keytrail_engine::event::Event;
use keytrail_engine::subject::{DocumentId, Part};
use keytrail_engine::time::Time;
use keytrail_engine::touch::touched;

use super::HOURS_ARE_KEPT;
use crate::commit::Stored;

/// For each document the events that touch it, with their index.
pub(super) type ByDocument<'a> = BTreeMap<DocumentId, Vec<(usize, &'a Event)>>;

/// A document that learnt something.
#[derive(Clone, Debug)]
pub(super) struct Changed {
    /// As the ledger has it.
    pub(super) before: Option<Stored>,
    /// With what it learnt.
    pub(super) after: Document,
}

/// Groups events by the documents that they touch, and counts the hours among these that have aged out: the ledger
/// would keep them from every reader.
pub(super) fn by_document(events: &[Event], now: Time) -> (ByDocument<'_>, usize) {
    let mut wanted = ByDocument::new();
    for (index, event) in events.iter().enumerate() {
        for id in touched(event) {
            wanted.entry(id).or_default().push((index, event));
        }
    }
    let all = wanted.len();
    wanted.retain(|id, _| expires(&id.part).is_none_or(|expires| expires > now));
    let aged_out = all - wanted.len();
    (wanted, aged_out)
}

/// When a part of a subject ages out, if it does.
pub(super) fn expires(part: &Part) -> Option<Time> {
    match part {
        Part::Hour { hour, .. } => Some(*hour + HOURS_ARE_KEPT),
        Part::Main | Part::Credential(_) | Part::Edge(_) => None,
    }
}

/// Takes events into their documents. What learns nothing is left out.
pub(super) fn fold(wanted: &ByDocument<'_>, stored: Vec<Stored>) -> BTreeMap<DocumentId, Changed> {
    let mut stored: BTreeMap<DocumentId, Stored> =
        stored.into_iter().map(|stored| (stored.document.id(), stored)).collect();
    let fold = |(id, events): (&DocumentId, &Vec<(usize, &Event)>)| {
        let before = stored.remove(id);
        let mut after =
            before.as_ref().map_or_else(|| Document::empty(id), |it| Some(it.document.clone()))?;
        // A subject that is only named, by an association for example, has a document that says nothing yet.
        let mut changed = before.is_none();
        for (_, event) in events {
            changed |= after.absorb(event);
        }
        changed.then(|| (id.clone(), Changed { before, after }))
    };
    wanted.iter().filter_map(fold).collect()
}

/// The same for some of the documents.
pub(super) fn fold_these(
    wanted: &ByDocument<'_>,
    ids: &[DocumentId],
    stored: Vec<Stored>,
) -> BTreeMap<DocumentId, Changed> {
    let these = ids.iter().filter_map(|id| Some((id.clone(), wanted.get(id)?.clone()))).collect();
    fold(&these, stored)
}

/// The events that touch any of these documents, each once.
pub(super) fn events_of(wanted: &ByDocument<'_>, ids: &[DocumentId]) -> Vec<usize> {
    let touching = ids.iter().filter_map(|id| wanted.get(id)).flatten();
    let mut events: Vec<usize> = touching.map(|(index, _)| *index).collect();
    events.sort_unstable();
    events.dedup();
    events
}
