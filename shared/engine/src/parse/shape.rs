//! The shape of a record that doesn't resolve: its keys and the types of its values, no value at all, so that it can be
//! shown to anybody.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::json::{Object, Raw};
use super::text::{clean, cut};

/// Deeper objects and arrays are written `…`.
const DEPTH: usize = 6;
/// More keys of one object are written `…`.
const KEYS: usize = 64;
/// A longer form is cut.
const BYTES: usize = 4_096;
/// A longer key is data.
const KEY_BYTES: usize = 64;

/// Why a record that is ours doesn't resolve.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Gap {
    /// It names no account.
    Account,
    /// It names no region, and its subject has one.
    Region,
    /// It names no subject: no credential, user, log target, KMS key or trail.
    Target,
    /// It names no KMS key where one is given.
    KmsKey,
    /// It doesn't say what its subject became.
    Value,
    /// It creates a credential for a service of which it isn't known whether its credentials are API keys.
    Service,
}

impl fmt::Display for Gap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Account => "names no account",
            Self::Region => "names no region",
            Self::Target => "names no subject",
            Self::KmsKey => "names no KMS key",
            Self::Value => "does not say what its subject became",
            Self::Service => "is of a service of which it is not known whether it has API keys",
        })
    }
}

/// The shape of a record. Equal shapes are equal, so that they can be counted.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Shape {
    /// `eventSource`; hostile text, at most 128 bytes.
    pub source: Box<str>,
    /// `eventName`; hostile text, at most 128 bytes.
    pub name: Box<str>,
    /// What was looked for and not found.
    pub lacks: Gap,
    /// Keys in order and types: `{eventID:string,resources:[{ARN:string}],userIdentity:null}`. At most 4 KiB. Keys that
    /// look like data are `*`.
    pub form: Box<str>,
}

impl Shape {
    pub(super) fn of(source: &str, name: &str, lacks: Gap, record: &Object<'_>) -> Self {
        let form = form_of_object(record, DEPTH);
        Self { source: clean(source, 128), name: clean(name, 128), lacks, form: cut(&form, BYTES).into() }
    }
}

fn form_of_object(object: &Object<'_>, depth: usize) -> String {
    let Some(depth) = depth.checked_sub(1) else {
        return "…".to_owned();
    };
    let members = object.members().iter().map(|(key, value)| {
        let key = if is_data(key) { "*" } else { key };
        format!("{key}:{}", form(*value, depth))
    });
    format!("{{{}}}", sorted(members))
}

fn form(value: Raw<'_>, depth: usize) -> String {
    match value.as_written().as_bytes().first() {
        Some(b'{') => form_of_object(&value.object(), depth),
        Some(b'[') => match depth.checked_sub(1) {
            Some(depth) => format!("[{}]", sorted(value.items().into_iter().map(|item| form(item, depth)))),
            None => "…".to_owned(),
        },
        Some(b'"') => "string".to_owned(),
        Some(b't' | b'f') => "boolean".to_owned(),
        Some(b'n') => "null".to_owned(),
        _ => "number".to_owned(),
    }
}

/// In order and each once, so that neither order nor repetition makes another shape.
fn sorted(parts: impl Iterator<Item = String>) -> String {
    let mut parts: Vec<_> = parts.collect();
    parts.sort_unstable();
    parts.dedup();
    if parts.len() > KEYS {
        parts.truncate(KEYS);
        parts.push("…".to_owned());
    }
    parts.join(",")
}

/// True for a key that is no word of an API: tags, ids, ARNs, addresses and secrets occur as keys of maps.
fn is_data(key: &str) -> bool {
    let digits = key.bytes().filter(u8::is_ascii_digit).count();
    let word = key.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-')
        && key.starts_with(|c: char| c.is_ascii_alphabetic());
    let id = ["ACCA", "AKIA", "ASIA", "AIDA", "AROA", "ABSK"].iter().any(|prefix| key.starts_with(prefix));
    !word || id || key.len() > KEY_BYTES || digits > 3
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shape(json: &str) -> Shape {
        Shape::of("iam.amazonaws.com", "CreateUser", Gap::Target, &Object::read(json).unwrap())
    }

    #[test]
    fn a_shape_has_keys_and_types_and_no_value() {
        let shape = shape(r#"{"b":{"c":[1,2,"x",{"d":true}],"e":null},"a":"secret"}"#);
        assert_eq!(&*shape.form, "{a:string,b:{c:[number,string,{d:boolean}],e:null}}");
    }

    #[test]
    fn shapes_of_like_records_are_equal() {
        assert_eq!(shape(r#"{"a":"x","b":[{"k":1}]}"#), shape(r#"{"b":[{"k":2},{"k":3}],"a":"y"}"#));
        assert_ne!(shape(r#"{"a":"x"}"#), shape(r#"{"a":1}"#));
    }

    #[test]
    fn keys_that_are_data_are_masked() {
        let long = "k".repeat(65);
        for key in [
            "12345",
            "ACCA1234EXAMPLE",
            "someone@example.com",
            "arn:aws:iam::1:user/a",
            "a b",
            "x1234",
            "é",
            "",
            &long,
        ] {
            assert_eq!(&*shape(&format!("{{\"{key}\":1}}")).form, "{*:number}", "{key}");
        }
        assert_eq!(
            &*shape(r#"{"eventName":1,"sha256":2,"x-amz-id-2":3}"#).form,
            "{eventName:number,sha256:number,x-amz-id-2:number}"
        );
    }

    #[test]
    fn a_shape_is_bounded() {
        let deep = format!(r#"{{"a":{}1{}}}"#, r#"{"a":"#.repeat(60), "}".repeat(60));
        assert!(shape(&deep).form.len() < 64);
        let many: Vec<_> = (0..90).map(|n| format!("\"k{}\":[{{}}]", "x".repeat(n % 60 + 1))).collect();
        assert!(shape(&format!("{{{}}}", many.join(","))).form.len() <= BYTES);
    }
}
