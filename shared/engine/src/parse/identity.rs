//! Which record it is.

use super::json::{Object, Raw};
use crate::fingerprint::hash64;
use crate::ids::RecordId;

/// Objects and arrays nested deeper go into the hash as they are written.
const DEPTH: usize = 48;

/// Who a record is.
pub(super) struct Identity {
    pub(super) record: RecordId,
    /// 1 for a correction.
    pub(super) revision: u8,
}

impl Identity {
    /// `addendum.originalEventID`, else `sharedEventID`, else `eventID`, else a hash of the whole record that does not
    /// depend on the order of its keys.
    ///
    /// Source: <https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html>
    pub(super) fn of(record: &Object<'_>) -> Self {
        let original = record.get("addendum").and_then(|addendum| addendum.object().text("originalEventID"));
        let revision = u8::from(original.is_some());
        let id = original.or_else(|| record.text("sharedEventID")).or_else(|| record.text("eventID"));
        let record = match id {
            Some(id) => named(&id),
            None => {
                let mut canonical = Vec::with_capacity(2_048);
                put_object(record, DEPTH, &mut canonical);
                RecordId(hash64("record", &canonical))
            }
        };
        Self { record, revision }
    }
}

/// The identity that goes with an `eventID`.
pub(super) fn named(id: &str) -> RecordId {
    RecordId(hash64("event-id", id.trim()))
}

fn put_object(object: &Object<'_>, depth: usize, into: &mut Vec<u8>) {
    let mut members: Vec<_> = object.members().iter().collect();
    // Stable, so that of equal keys the last stays last.
    members.sort_by(|(a, _), (b, _)| a.cmp(b));
    into.push(b'{');
    for (key, value) in members {
        put_text(key, into);
        put_value(*value, depth.saturating_sub(1), into);
    }
    into.push(b'}');
}

fn put_value(value: Raw<'_>, depth: usize, into: &mut Vec<u8>) {
    if let Some(text) = value.text() {
        put_text(&text, into);
        return;
    }
    match value.as_written().as_bytes().first() {
        Some(b'{') if depth > 0 => put_object(&value.object(), depth, into),
        Some(b'[') if depth > 0 => match value.all_items() {
            Some(items) => {
                into.push(b'[');
                for item in items {
                    put_value(item, depth.saturating_sub(1), into);
                }
                into.push(b']');
            }
            None => put_as_written(value, into),
        },
        _ => put_as_written(value, into),
    }
}

fn put_as_written(value: Raw<'_>, into: &mut Vec<u8>) {
    into.push(b'=');
    into.extend_from_slice(value.as_written().as_bytes());
    into.push(b';');
}

fn put_text(text: &str, into: &mut Vec<u8>) {
    into.push(b'"');
    into.extend_from_slice(&(text.len() as u64).to_be_bytes());
    into.extend_from_slice(text.as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(json: &str) -> (RecordId, u8) {
        let Identity { record, revision } = Identity::of(&Object::read(json).unwrap());
        (record, revision)
    }

    #[test]
    fn a_correction_has_its_originals_identity() {
        let original = of(r#"{"eventID":"one"}"#);
        let correction =
            of(r#"{"eventID":"two","addendum":{"reason":"UPDATED_DATA","originalEventID":"one"}}"#);
        assert_eq!(correction.0, original.0);
        assert_eq!((original.1, correction.1), (0, 1));
        assert_eq!(of(r#"{"eventID":"one","addendum":{"reason":"DELIVERY_DELAY"}}"#), original);
    }

    #[test]
    fn the_two_copies_of_a_cross_account_call_are_one_record() {
        let (a, b) = (r#"{"eventID":"a","sharedEventID":"s"}"#, r#"{"eventID":"b","sharedEventID":"s"}"#);
        assert_eq!(of(a), of(b));
        assert_ne!(of(a), of(r#"{"eventID":"a"}"#));
    }

    #[test]
    fn without_an_id_the_content_counts_and_the_order_of_keys_does_not() {
        let one = of(r#"{"a":1,"b":{"c":"d","e":[1,{"f":null,"g":2}]}}"#);
        assert_eq!(one, of(r#"{ "b": {"e":[1,{"g":2,"f":null}],"c":"\u0064"},"a":1,"eventID":"" }"#.replace(",\"eventID\":\"\"", "").as_str()));
        for other in [
            r#"{"a":1,"b":{"c":"d","e":[{"f":null,"g":2},1]}}"#,
            r#"{"a":"1","b":{"c":"d","e":[1,{"f":null,"g":2}]}}"#,
            r#"{"a":1,"b":{"c":"d","e":[1,{"f":null,"g":3}]}}"#,
        ] {
            assert_ne!(one, of(other), "{other}");
        }
    }

    #[test]
    fn depth_is_no_danger() {
        let deep = |levels| format!(r#"{{"a":{}{}}}"#, "[".repeat(levels), "]".repeat(levels));
        assert_ne!(of(&deep(100)), of(&deep(101)));
        assert_eq!(Object::read(&deep(100_000)), None);
    }
}
