//! The text in which documents and items are stored: JSON, with the schema's version in front of everything else.

use keytrail_engine::document::{Document, SCHEMA, Schema};
use keytrail_engine::subject::{DocumentId, SubjectId};
use serde::{Deserialize, Serialize};

use crate::error::LedgerError;
use crate::item::{Body, ItemId};

/// The text of a document.
///
/// A document that a newer minor version wrote keeps that version, since it keeps that version's fields.
///
/// # Errors
///
/// [`LedgerError::Unstorable`] if its address is another one once it is written and read, as that of hostile text
/// with a slash where none can be.
pub fn write_document(document: &Document) -> Result<String, LedgerError> {
    let unstorable = |why| LedgerError::Unstorable { what: address(&document.id()), why };
    let id = document.id();
    let subject = SubjectId::parse(&id.subject.to_string());
    let read = subject.and_then(|subject| DocumentId::parse(subject, &id.part.to_string()));
    if read.as_ref() != Some(&id) {
        return Err(unstorable("its address is ambiguous"));
    }
    if document.schema >= SCHEMA {
        return serde_json::to_string(document).map_err(|_| unstorable("it has no JSON form"));
    }
    let document = Document { schema: SCHEMA, ..document.clone() };
    serde_json::to_string(&document).map_err(|_| unstorable("it has no JSON form"))
}

/// The document in a text.
///
/// # Errors
///
/// [`LedgerError::NewerSchema`], or [`LedgerError::Corrupt`] if it is damaged or belongs elsewhere. `at` says in
/// messages where it was found, and must be the document's own [`address`].
pub fn read_document(at: &str, text: &str) -> Result<Document, LedgerError> {
    readable(at, text)?;
    let document: Document = serde_json::from_str(text).map_err(|source| corrupt(at, source.into()))?;
    if *address(&document.id()) != *at {
        return Err(corrupt(at, format!("it says that it is {}", address(&document.id())).into()));
    }
    Ok(document)
}

/// The address of a document as people read it, and as it stands in messages: subject, `#`, part.
pub fn address(id: &DocumentId) -> Box<str> {
    format!("{}#{}", id.subject, id.part).into()
}

#[derive(Serialize, Deserialize)]
struct ItemForm<B> {
    schema: Schema,
    #[serde(flatten)]
    body: B,
}

/// The text of an item's body.
///
/// # Errors
///
/// [`LedgerError::Unstorable`] if it has no JSON form.
pub fn write_body(id: &ItemId, body: &Body) -> Result<String, LedgerError> {
    let unstorable = |_| LedgerError::Unstorable { what: id.to_string().into(), why: "it has no JSON form" };
    serde_json::to_string(&ItemForm { schema: SCHEMA, body }).map_err(unstorable)
}

/// The body in a text.
///
/// # Errors
///
/// [`LedgerError::NewerSchema`] or [`LedgerError::Corrupt`].
pub fn read_body(id: &ItemId, text: &str) -> Result<Body, LedgerError> {
    let at = id.to_string();
    readable(&at, text)?;
    let form: ItemForm<Body> = serde_json::from_str(text).map_err(|source| corrupt(&at, source.into()))?;
    Ok(form.body)
}

/// Refuses a newer major schema before anything else of the text is looked at.
fn readable(at: &str, text: &str) -> Result<(), LedgerError> {
    #[derive(Deserialize)]
    struct Head {
        schema: Schema,
    }
    let head: Head = serde_json::from_str(text).map_err(|source| corrupt(at, source.into()))?;
    if head.schema.major > SCHEMA.major {
        return Err(LedgerError::NewerSchema { what: at.into(), found: head.schema });
    }
    Ok(())
}

fn corrupt(at: &str, source: crate::error::BoxError) -> LedgerError {
    LedgerError::Corrupt { what: at.into(), source }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn user() -> Document {
        let subject = SubjectId::parse("aws/111122223333/global/user/gateway").unwrap();
        Document::empty(&DocumentId::main(subject)).unwrap()
    }

    #[test]
    fn a_newer_major_schema_is_refused_with_what_to_do() {
        let text = write_document(&user()).unwrap();
        let text = text.replace(r#""major":1"#, r#""major":2"#);
        let error = read_document("aws/111122223333/global/user/gateway#main", &text).unwrap_err();
        assert!(matches!(error, LedgerError::NewerSchema { found: Schema { major: 2, .. }, .. }));
        assert_eq!(
            error.to_string(),
            "aws/111122223333/global/user/gateway#main was written by a newer version of Keytrail (schema 2.0; this \
             one reads 1): upgrade this one"
        );
    }

    #[test]
    fn an_unreadable_shape_of_a_newer_major_schema_is_newer_not_damaged() {
        let error = read_document("x", r#"{"schema":{"major":9,"minor":0},"all":"else"}"#).unwrap_err();
        assert!(matches!(error, LedgerError::NewerSchema { .. }));
    }

    #[test]
    fn fields_and_the_version_of_a_newer_minor_schema_survive() {
        let text = write_document(&user()).unwrap();
        let text = text.replace(r#""minor":0}"#, r#""minor":7},"tomorrow":{"a":[1]}"#);
        let read = read_document("aws/111122223333/global/user/gateway#main", &text).unwrap();
        let again = write_document(&read).unwrap();
        assert!(again.contains(r#""tomorrow":{"a":[1]}"#) && again.contains(r#""minor":7"#), "{again}");
    }

    #[test]
    fn damage_and_strangers_are_told() {
        let text = write_document(&user()).unwrap();
        for (at, text) in [
            ("aws/111122223333/global/user/gateway#main", &text[..text.len() - 5]),
            ("aws/111122223333/global/user/gateway#main", ""),
            ("aws/111122223333/global/user/billing#main", &*text),
        ] {
            let error = read_document(at, text).unwrap_err();
            assert!(matches!(error, LedgerError::Corrupt { .. }), "{error}");
        }
    }

    #[test]
    fn an_address_that_reads_as_another_is_not_stored() {
        let mut document = user();
        document.subject.account = "1111/global".into();
        assert!(matches!(write_document(&document), Err(LedgerError::Unstorable { .. })));
    }
}
