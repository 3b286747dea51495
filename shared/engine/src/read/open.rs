//! Looks at the first members of an object, to tell a container of records from one record.

use super::scan::{Progress, Scan};
use std::borrow::Cow;

/// How far the bytes at hand bear out what was looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Look<T> {
    /// It is there.
    Found(T),
    /// The bytes end before it does.
    More,
    /// It is not there; says what was expected.
    Wrong(&'static str),
}

/// `?` for [`Look`].
macro_rules! found {
    ($look:expr) => {
        match $look {
            Look::Found(found) => found,
            Look::More => return Look::More,
            Look::Wrong(expected) => return Look::Wrong(expected),
        }
    };
}

/// What an object turned out to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Opening {
    /// A container, whose list of records begins after this many bytes of the object.
    List(usize),
    /// Not a container.
    Single,
}

/// A member of a container up to the first byte of its value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Member {
    /// Where the value begins.
    pub(super) value: usize,
    kind: Kind,
}

impl Member {
    /// Whether the value is a list of records.
    pub(super) fn is_list(&self, bytes: &[u8]) -> bool {
        self.kind == Kind::List && bytes.get(self.value) == Some(&b'[')
    }
}

/// What a member's name says of the object that holds it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// A container, if the value is an array.
    List,
    /// A record, an envelope or another single thing.
    Single,
    /// Nothing.
    Other,
}

/// Tells what the object is that begins at the first of `bytes`, by its members up to the first that decides.
pub(super) fn opening(bytes: &[u8]) -> Look<Opening> {
    // How nearly every record begins.
    if bytes.starts_with(b"{\"event") {
        return Look::Found(Opening::Single);
    }
    let mut at = blank(bytes, 1);
    loop {
        let member = found!(member(bytes, at));
        if member.is_list(bytes) {
            return Look::Found(Opening::List(member.value + 1));
        }
        if member.kind == Kind::Single {
            return Look::Found(Opening::Single);
        }
        at = blank(bytes, found!(value(bytes, member.value)));
        match bytes.get(at) {
            None => return Look::More,
            Some(b',') => at = blank(bytes, at + 1),
            Some(_) => return Look::Found(Opening::Single),
        }
    }
}

/// The member whose name begins at `at`.
pub(super) fn member(bytes: &[u8], at: usize) -> Look<Member> {
    match bytes.get(at) {
        None => return Look::More,
        Some(b'"') => {}
        Some(_) => return Look::Wrong("expected a member's name"),
    }
    let end = found!(string(bytes, at));
    let kind = kind(bytes.get(at..end).unwrap_or_default());
    let colon = blank(bytes, end);
    match bytes.get(colon) {
        None => return Look::More,
        Some(b':') => {}
        Some(_) => return Look::Wrong("expected `:`"),
    }
    let value = blank(bytes, colon + 1);
    if value == bytes.len() { Look::More } else { Look::Found(Member { value, kind }) }
}

fn kind(quoted: &[u8]) -> Kind {
    let name = match serde_json::from_slice::<Text<'_>>(quoted) {
        Ok(Text(name)) => name,
        Err(_) => return Kind::Other,
    };
    match name.as_ref() {
        "Records" | "Events" => Kind::List,
        "detail" | "detail-type" | "messageId" | "body" | "userIdentity" | "EventId" | "CloudTrailEvent" => {
            Kind::Single
        }
        name if name.starts_with("event") => Kind::Single,
        _ => Kind::Other,
    }
}

/// A string that borrows unless it holds escapes.
#[derive(Debug, serde::Deserialize)]
#[serde(transparent)]
pub(super) struct Text<'a>(#[serde(borrow)] pub(super) Cow<'a, str>);

/// Where the value that begins at `at` ends.
pub(super) fn value(bytes: &[u8], at: usize) -> Look<usize> {
    match bytes.get(at) {
        None => Look::More,
        Some(b'"') => string(bytes, at),
        Some(b'{' | b'[') => match Scan::default().run(bytes.get(at..).unwrap_or_default()) {
            Progress::End(length) => Look::Found(at + length),
            _ => Look::More,
        },
        Some(b',' | b':' | b']' | b'}') => Look::Wrong("expected a value"),
        Some(_) => {
            let rest = bytes.get(at..).unwrap_or_default();
            let ends = |byte: &u8| matches!(byte, b',' | b':' | b']' | b'}' | b' ' | b'\t' | b'\r' | b'\n');
            rest.iter().position(ends).map_or(Look::More, |length| Look::Found(at + length))
        }
    }
}

/// Where the string whose opening quote stands at `at` ends.
fn string(bytes: &[u8], at: usize) -> Look<usize> {
    let mut at = at + 1;
    loop {
        let rest = bytes.get(at..).unwrap_or_default();
        match memchr::memchr2(b'"', b'\\', rest) {
            None => return Look::More,
            Some(found) if rest.get(found) == Some(&b'"') => return Look::Found(at + found + 1),
            Some(found) => at += found + 2,
        }
    }
}

/// The first place from `at` on that is no white space.
pub(super) fn blank(bytes: &[u8], at: usize) -> usize {
    let rest = bytes.get(at..).unwrap_or_default();
    let is_blank = |byte: &u8| matches!(byte, b' ' | b'\t' | b'\r' | b'\n');
    rest.iter().position(|byte| !is_blank(byte)).map_or(bytes.len(), |length| at + length)
}
