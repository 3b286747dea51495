//! An item of the outbox as an item of the table, and the entry that finds it under its subject.

use aws_sdk_dynamodb::types::AttributeValue;
use keytrail_engine::notice::Outcome;
use keytrail_engine::subject::SubjectId;
use keytrail_engine::time::Time;
use keytrail_ledger::form::{read_body, write_body};
use keytrail_ledger::{Item, ItemId, ItemKind, LedgerError, State, StoredItem, Version};

use super::attribute::{
    Attributes, BODY, CHANGED, CREATED, DRIVE, DUE, KIND, OUTCOME, PK, SK, STATE, SUBJECT, VERSION, damaged,
    key, n, number, s, storable, text, version,
};

/// The sort key of an outbox item.
pub(super) const ITEM: &str = "item";

/// The key of an outbox item.
pub(super) fn item_key(id: &ItemId) -> Attributes {
    key(id.to_string(), ITEM)
}

/// The address of the outbox item whose partition key this is, as a stream record shows it.
pub fn item_id(pk: &str) -> Option<ItemId> {
    let (kind, name) = pk.split_once('/')?;
    let kind = ItemKind::from_word(kind)?;
    (!name.is_empty()).then(|| ItemId { kind, name: name.into() })
}

/// What finds an item from its subject: `pk` is the subject, `sk` the item's address.
pub(super) fn entry_of(item: &Item) -> Result<Attributes, LedgerError> {
    let id = item.id().to_string();
    storable(key(item.subject.to_string(), id.clone()), &id)
}

/// What all entries of a kind under a subject begin with.
pub(super) fn entries_of_kind(kind: ItemKind) -> String {
    format!("{}/", kind.word())
}

/// The item of a new outbox item.
pub(super) fn item_of(item: &Item) -> Result<Attributes, LedgerError> {
    let id = item.id();
    let what = id.to_string();
    let mut attributes = item_key(&id);
    attributes.extend([
        (KIND.to_owned(), s(id.kind.word())),
        (VERSION.to_owned(), n(Version::FIRST.number())),
        (SUBJECT.to_owned(), s(item.subject.to_string())),
        (STATE.to_owned(), s(item.state.word())),
        (DRIVE.to_owned(), n(0)),
        (CREATED.to_owned(), n(item.created.millis())),
        (CHANGED.to_owned(), n(item.changed.millis())),
        (BODY.to_owned(), s(write_body(&id, &item.body)?)),
    ]);
    if let Some(due) = item.due() {
        attributes.insert(DUE.to_owned(), n(due.millis()));
    }
    if let Some(outcome) = &item.outcome {
        attributes.insert(OUTCOME.to_owned(), outcome_value(outcome, &what)?);
    }
    storable(attributes, &what)
}

/// An outcome as it is stored.
pub(super) fn outcome_value(outcome: &Outcome, what: &str) -> Result<AttributeValue, LedgerError> {
    let json = serde_json::to_string(outcome);
    json.map(s)
        .map_err(|_| LedgerError::Unstorable { what: what.into(), why: "its outcome has no JSON form" })
}

/// The outbox item in an item.
pub(super) fn item_in(attributes: &Attributes) -> Result<StoredItem, LedgerError> {
    let what = text(attributes, PK);
    let id = item_id(what).filter(|_| text(attributes, SK) == ITEM);
    let id = id.ok_or_else(|| damaged(what, "its key is no outbox item's"))?;
    let time = |name, why| number(attributes, name).map(Time::from_millis).ok_or_else(|| damaged(what, why));
    let due = number(attributes, DUE).map(Time::from_millis);
    let item = Item {
        subject: SubjectId::parse(text(attributes, SUBJECT))
            .ok_or_else(|| damaged(what, "it has no subject"))?,
        body: read_body(&id, text(attributes, BODY))?,
        state: State::from_word(text(attributes, STATE), due)
            .ok_or_else(|| damaged(what, "it has no state"))?,
        outcome: outcome_in(attributes, what)?,
        created: time(CREATED, "it says not when it was made")?,
        changed: time(CHANGED, "it says not when it changed")?,
    };
    if item.id() != id {
        return Err(damaged(what, format!("it says that it is {}", item.id())));
    }
    Ok(StoredItem { item, version: version(attributes, what)? })
}

fn outcome_in(attributes: &Attributes, what: &str) -> Result<Option<Outcome>, LedgerError> {
    let json = text(attributes, OUTCOME);
    if json.is_empty() {
        return Ok(None);
    }
    serde_json::from_str(json).map(Some).map_err(|source| damaged(what, source))
}
