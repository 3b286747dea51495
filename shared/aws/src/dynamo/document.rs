//! A document as an item of the table.

use aws_sdk_dynamodb::types::AttributeValue;
use keytrail_engine::document::Document;
use keytrail_engine::subject::{DocumentId, Part};
use keytrail_engine::time::Time;
use keytrail_ledger::form::{address, read_document, write_document};
use keytrail_ledger::{LedgerError, Stored, Version, Write};

use super::attribute::{
    Attributes, BODY, EXPIRES, KIND, PK, SK, VERSION, damaged, expiry_second, key, n, number, s, storable,
    text, version,
};
use super::pack::{pack, unpack};

/// The sort key of a subject's own document.
pub(super) const MAIN: &str = "main";

/// The key of a document.
pub(super) fn document_key(id: &DocumentId) -> Attributes {
    key(id.subject.to_string(), id.part.to_string())
}

/// The item of a document to write.
pub(super) fn item_of(write: &Write) -> Result<Attributes, LedgerError> {
    let document = &write.document;
    let id = document.id();
    let what = address(&id);
    let mut item = document_key(&id);
    item.insert(VERSION.to_owned(), n(Version::after(write.expected).number()));
    item.insert(BODY.to_owned(), body(document, &what)?);
    if id.part == Part::Main {
        item.insert(KIND.to_owned(), s(id.subject.kind.word()));
    }
    if let Some(expires) = write.expires {
        item.insert(EXPIRES.to_owned(), n(expiry_second(expires)));
    }
    storable(item, &what)
}

/// Hours are packed, since they are written all the time; everything else is left for people to read.
fn body(document: &Document, what: &str) -> Result<AttributeValue, LedgerError> {
    let text = write_document(document)?;
    let packed = match document.part {
        Part::Hour { .. } => pack(&text, what),
        Part::Main | Part::Credential(_) | Part::Edge(_) => None,
    };
    Ok(packed.map_or_else(|| s(text), |packed| AttributeValue::B(packed.into())))
}

/// The document in an item.
pub(super) fn document_in(item: &Attributes) -> Result<Stored, LedgerError> {
    let what = format!("{}#{}", text(item, PK), text(item, SK));
    let document = match item.get(BODY) {
        Some(AttributeValue::S(text)) => read_document(&what, text)?,
        Some(AttributeValue::B(packed)) => {
            let text = unpack(packed.as_ref(), &what).map_err(|source| damaged(&what, source))?;
            read_document(&what, &text)?
        }
        _ => return Err(damaged(&what, "it has no body")),
    };
    let expires = number(item, EXPIRES).map(|second: i64| Time::from_millis(second.saturating_mul(1000)));
    Ok(Stored { document, version: version(item, &what)?, expires })
}

/// Whether an item has aged out. DynamoDB deletes it some days later.
pub(super) fn is_expired(item: &Attributes, now: Time) -> bool {
    number::<i64>(item, EXPIRES).is_some_and(|second| second.saturating_mul(1000) <= now.millis())
}
