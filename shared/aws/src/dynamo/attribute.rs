//! The attributes of the table's items, and how they are read and counted.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use keytrail_engine::time::Time;
use keytrail_ledger::{BoxError, LedgerError, Version};

/// An item of the table, or its key.
pub(super) type Attributes = HashMap<String, AttributeValue>;

/// Partition key: a subject's id, `finding/…`, `action/…`, `notice/…`, `slot/…`, or `ledger`.
pub(super) const PK: &str = "pk";
/// Sort key: a document's part, `item`, `slot`, `epoch`, or the address of an outbox item under its subject.
pub(super) const SK: &str = "sk";
/// A subject's kind on its main document, or an outbox item's. Only what is listed by kind has it.
pub(super) const KIND: &str = "kind";
/// Counts the writes of an item, from 1.
pub(super) const VERSION: &str = "version";
/// What it holds: JSON as text, or packed in binary.
pub(super) const BODY: &str = "body";
/// Which write made it what it is: drawn by lot, so that a writer can tell its own write from another's.
pub(super) const TOKEN: &str = "token";
/// When it ages out, in epoch seconds: DynamoDB's time to live.
pub(super) const EXPIRES: &str = "expires";
/// Where an outbox item stands.
pub(super) const STATE: &str = "state";
/// When somebody has to look at an outbox item, in epoch milliseconds. Absent when nobody has to.
pub(super) const DUE: &str = "due";
/// How often an outbox item was made pending again.
pub(super) const DRIVE: &str = "drive";
/// The subject of an outbox item.
pub(super) const SUBJECT: &str = "subject";
/// How an outbox item ended, in JSON.
pub(super) const OUTCOME: &str = "outcome";
/// When an outbox item was made, in epoch milliseconds.
pub(super) const CREATED: &str = "created";
/// When an outbox item's state last changed, in epoch milliseconds.
pub(super) const CHANGED: &str = "changed";

/// The longest keys, and the largest item, that DynamoDB takes, in bytes.
///
/// Source: <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html>
const LONGEST_PK: usize = 2048;
const LONGEST_SK: usize = 1024;
const LARGEST_ITEM: usize = 400 * 1024;

/// A text.
pub(super) fn s(text: impl Into<String>) -> AttributeValue {
    AttributeValue::S(text.into())
}

/// A number.
pub(super) fn n(number: impl ToString + Copy) -> AttributeValue {
    AttributeValue::N(number.to_string())
}

/// The key of an item.
pub(super) fn key(pk: impl Into<String>, sk: impl Into<String>) -> Attributes {
    HashMap::from([(PK.to_owned(), s(pk)), (SK.to_owned(), s(sk))])
}

/// An item's key, taken from the whole of it.
pub(super) fn key_of(attributes: &Attributes) -> Attributes {
    let of = |name: &str| attributes.get(name).map(|value| (name.to_owned(), value.clone()));
    [PK, SK].into_iter().filter_map(of).collect()
}

/// A text attribute; empty where there is none.
pub(super) fn text<'a>(attributes: &'a Attributes, name: &str) -> &'a str {
    attributes.get(name).and_then(|value| value.as_s().ok()).map_or("", String::as_str)
}

/// A number, if it is there and is one.
pub(super) fn number<T: std::str::FromStr>(attributes: &Attributes, name: &str) -> Option<T> {
    attributes.get(name)?.as_n().ok()?.parse().ok()
}

/// The version of an item.
pub(super) fn version(attributes: &Attributes, what: &str) -> Result<Version, LedgerError> {
    number(attributes, VERSION).map(Version::new).ok_or_else(|| damaged(what, "it has no version"))
}

/// What can't be read.
pub(super) fn damaged(what: &str, why: impl Into<BoxError>) -> LedgerError {
    LedgerError::Corrupt { what: what.into(), source: why.into() }
}

/// The second in which something ages out: never too early.
pub(super) const fn expiry_second(expires: Time) -> i64 {
    expires.millis().div_euclid(1000) + (expires.millis().rem_euclid(1000) > 0) as i64
}

/// The second that a moment lies in.
pub(super) const fn second(now: Time) -> i64 {
    now.millis().div_euclid(1000)
}

/// The size of an item as DynamoDB counts it: names and values, in bytes.
///
/// Source: <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html>
pub(super) fn size(attributes: &Attributes) -> usize {
    let of = |value: &AttributeValue| match value {
        AttributeValue::S(text) => text.len(),
        AttributeValue::B(bytes) => bytes.as_ref().len(),
        // Two digits a byte and one more; the sign of a negative number takes another.
        AttributeValue::N(digits) => digits.len().div_ceil(2) + 1,
        _ => 1,
    };
    attributes.iter().map(|(name, value)| name.len() + of(value)).sum()
}

/// Refuses what DynamoDB would refuse for its size, so that nobody tries for ever.
pub(super) fn storable(attributes: Attributes, what: &str) -> Result<Attributes, LedgerError> {
    let refuse = |why| Err(LedgerError::Unstorable { what: what.into(), why });
    if text(&attributes, PK).len() > LONGEST_PK || text(&attributes, SK).len() > LONGEST_SK {
        return refuse("its address is too long");
    }
    if size(&attributes) > LARGEST_ITEM {
        return refuse("it is too large");
    }
    Ok(attributes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_ages_out_within_a_second_is_there_until_its_end() {
        for (millis, second) in [(0, 0), (1, 1), (999, 1), (1000, 1), (1001, 2), (-1, 0), (-1000, -1)] {
            assert_eq!(expiry_second(Time::from_millis(millis)), second, "{millis}");
        }
    }

    #[test]
    fn an_item_is_as_large_as_the_developer_guide_counts() {
        let mut item = key("aws", "main");
        item.insert(VERSION.to_owned(), n(123));
        item.insert(BODY.to_owned(), AttributeValue::B(vec![0; 10].into()));
        assert_eq!(size(&item), (2 + 3) + (2 + 4) + (7 + 3) + (4 + 10));
    }

    #[test]
    fn what_is_too_large_or_too_long_is_refused_by_name() {
        let large = |body: usize| {
            let mut item = key("p", "s");
            item.insert(BODY.to_owned(), s("x".repeat(body)));
            item
        };
        assert!(storable(large(409_590), "it").is_ok());
        for (item, why) in [
            (large(409_591), "too large"),
            (key("x".repeat(2049), "s"), "too long"),
            (key("p", "x".repeat(1025)), "too long"),
        ] {
            let error = storable(item, "the document").unwrap_err();
            assert!(matches!(error, LedgerError::Unstorable { .. }));
            assert!(
                error.to_string().starts_with("the document") && error.to_string().contains(why),
                "{error}"
            );
        }
    }
}
