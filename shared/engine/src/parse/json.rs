//! JSON as it stands in a record: values stay bytes until somebody asks for them, and any question has an answer.
//!
//! A field of an unexpected type is a field that isn't there; nothing in here fails on what a record says.

use std::borrow::Cow;
use std::fmt;

use serde::Deserializer as _;
use serde::de::{Error, Visitor};

use super::scan::{Quoted, Scan};

/// More elements of one array are not looked at: no list that Keytrail reads is known to have a fifth of this.
const ITEMS: usize = 1_024;

/// A value, not yet looked into.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Raw<'a>(&'a str);

impl<'a> Raw<'a> {
    /// The value as it is written.
    pub(super) fn as_written(self) -> &'a str {
        self.0
    }

    /// A string. A lone surrogate, which is no character, reads as U+FFFD.
    pub(super) fn text(self) -> Option<Cow<'a, str>> {
        let inner = self.0.strip_prefix('"')?.strip_suffix('"')?;
        if memchr::memchr(b'\\', inner.as_bytes()).is_none() {
            return Some(Cow::Borrowed(inner));
        }
        decoded(inner)
    }

    /// A boolean, or a string that spells one: CloudTrail writes both.
    pub(super) fn flag(self) -> Option<bool> {
        match self.0.trim_matches('"') {
            "true" | "True" | "TRUE" => Some(true),
            "false" | "False" | "FALSE" => Some(false),
            _ => None,
        }
    }

    /// A whole number, or a string that spells one.
    pub(super) fn whole(self) -> Option<u32> {
        self.0.trim_matches('"').parse().ok()
    }

    /// A number, or a string that spells one.
    pub(super) fn number(self) -> Option<f64> {
        self.0.trim_matches('"').parse().ok().filter(|number: &f64| number.is_finite())
    }

    /// The members of an object; none of anything else.
    pub(super) fn object(self) -> Object<'a> {
        Object::read(self.0).unwrap_or_default()
    }

    /// The first elements of an array; none of anything else.
    pub(super) fn items(self) -> Vec<Self> {
        items(self.0).unwrap_or_default()
    }

    /// All elements of an array; `None` if there are more than are looked at.
    pub(super) fn all_items(self) -> Option<Vec<Self>> {
        Some(self.items()).filter(|items| items.len() < ITEMS)
    }

    fn is_null(self) -> bool {
        self.0 == "null"
    }
}

/// An object, its members in the order of the text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Object<'a>(Vec<(Cow<'a, str>, Raw<'a>)>);

impl<'a> Object<'a> {
    /// Reads an object; `None` for what is none, or whose structure is broken.
    pub(super) fn read(json: &'a str) -> Option<Self> {
        // A record has about 24 members; more room than that would leave the allocator's quick ways.
        let mut members = Vec::with_capacity(if json.len() < 640 { 8 } else { 24 });
        let mut scan = Scan::of(json);
        scan.take(b'{')?;
        if scan.take(b'}').is_none() {
            loop {
                let key = scan.string()?;
                scan.take(b':')?;
                members.push((key_of(&key), Raw(scan.value()?)));
                if scan.take(b',').is_none() {
                    break scan.take(b'}')?;
                }
            }
        }
        scan.is_over().then_some(Self(members))
    }

    /// The member of this name, unless it is null. Another spelling of the name serves where the very one is absent
    /// (`aWSAccountId`, `AWSAccountId`); the last of equals counts, as for any JSON parser.
    pub(super) fn get(&self, name: &str) -> Option<Raw<'a>> {
        let mut alike = None;
        for (key, value) in self.0.iter().rev() {
            if key.len() != name.len() || value.is_null() {
                continue;
            }
            if key == name {
                return Some(*value);
            }
            if alike.is_none() && key.eq_ignore_ascii_case(name) {
                alike = Some(*value);
            }
        }
        alike
    }

    /// The member of exactly this name.
    pub(super) fn exactly(&self, name: &str) -> Option<Raw<'a>> {
        self.0.iter().rev().find(|(key, _)| key == name).map(|(_, value)| *value)
    }

    /// A member that is a string with something in it.
    pub(super) fn text(&self, name: &str) -> Option<Cow<'a, str>> {
        self.get(name)?.text().filter(|text| text.chars().any(|c| !c.is_whitespace()))
    }

    /// The members of a member; none if it is no object.
    pub(super) fn object(&self, name: &str) -> Self {
        self.get(name).map(Raw::object).unwrap_or_default()
    }

    /// The elements of a member; none if it is no array.
    pub(super) fn items(&self, name: &str) -> Vec<Raw<'a>> {
        self.get(name).map(Raw::items).unwrap_or_default()
    }

    /// Its members.
    pub(super) fn members(&self) -> &[(Cow<'a, str>, Raw<'a>)] {
        &self.0
    }

    /// True if it has no members.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Decodes what stands between quotes. serde_json refuses lone surrogates only in what must be UTF-8.
struct Text;

impl<'de> Visitor<'de> for Text {
    type Value = Cow<'de, str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_borrowed_bytes<E: Error>(self, bytes: &'de [u8]) -> Result<Self::Value, E> {
        Ok(String::from_utf8_lossy(bytes))
    }

    fn visit_bytes<E: Error>(self, bytes: &[u8]) -> Result<Self::Value, E> {
        Ok(Cow::Owned(String::from_utf8_lossy(bytes).into_owned()))
    }
}

fn items(json: &str) -> Option<Vec<Raw<'_>>> {
    let mut items = Vec::new();
    let mut scan = Scan::of(json);
    scan.take(b'[')?;
    if scan.take(b']').is_none() {
        loop {
            let item = scan.value()?;
            if items.len() < ITEMS {
                items.push(Raw(item));
            }
            if scan.take(b',').is_none() {
                break scan.take(b']')?;
            }
        }
    }
    scan.is_over().then_some(items)
}

fn key_of<'a>(key: &Quoted<'a>) -> Cow<'a, str> {
    if key.is_escaped { decoded(key.inner).unwrap_or_default() } else { Cow::Borrowed(key.inner) }
}

/// The text between quotes, escapes decoded.
fn decoded(inner: &str) -> Option<Cow<'_, str>> {
    let quoted = format!("\"{inner}\"");
    let text = serde_json::Deserializer::from_str(&quoted).deserialize_bytes(Text).ok()?;
    Some(Cow::Owned(text.into_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_member_is_found_whatever_its_case_and_null_is_absent() {
        let object =
            Object::read(r#"{"aWSAccountId":"1","ARN":"first","ARN":"last","arn":"low","none":null}"#)
                .unwrap();
        assert_eq!(object.text("AWSAccountId").unwrap(), "1");
        assert_eq!(object.text("ARN").unwrap(), "last");
        assert_eq!(object.text("arn").unwrap(), "low");
        assert_eq!(object.get("none"), None);
        assert_eq!(object.exactly("awsaccountid"), None);
    }

    #[test]
    fn strings_are_unescaped_and_lone_surrogates_are_survived() {
        let object = Object::read(r#"{"\u0061":"b\u0020c","k\ud800":"\ud83d\ude00 \ud800!"}"#).unwrap();
        assert_eq!(object.text("a").unwrap(), "b c");
        assert!(object.members()[1].1.text().unwrap().starts_with("😀 "));
    }

    #[test]
    fn booleans_and_numbers_may_be_strings() {
        let object =
            Object::read(r#"{"a":true,"b":"true","c":"no","d":"30","e":30,"f":-1,"g":8.9,"h":1e999}"#)
                .unwrap();
        let get = |name| object.get(name).unwrap();
        assert_eq!((get("a").flag(), get("b").flag(), get("c").flag()), (Some(true), Some(true), None));
        assert_eq!((get("d").whole(), get("e").whole(), get("f").whole()), (Some(30), Some(30), None));
        assert_eq!((get("g").number(), get("h").number()), (Some(8.9), None));
    }

    #[test]
    fn what_is_no_object_has_no_members() {
        for json in ["null", "\"\"", "\"null\"", "[1]", "1", "{", "{} x", "{\"a\":tru}", ""] {
            assert_eq!(Object::read(json), None, "{json}");
        }
        assert!(Object::read(r#"{"a":[{"b":1}]}"#).unwrap().object("a").is_empty());
    }
}
