//! Reads CloudTrail records out of bytes: no file, no clock, no allocation per record on the usual way.
//!
//! The container is told by its content, never by a name:
//!
//! | input | what is delivered |
//! |---|---|
//! | `{"Records": […]}` (a CloudTrail log file) | each element |
//! | a bare array, arrays of arrays, arrays of containers | each element |
//! | JSON lines, or values one after another with any blank between them | each value, containers unwrapped |
//! | one record, on one line or printed over many | itself |
//! | an EventBridge envelope (`detail-type` and `detail`) | its `detail`, with the envelope beside it |
//! | an SQS event for Lambda (elements with `messageId` and `body`) | what the bodies hold |
//! | `LookupEvents` output (`{"Events": […]}`) | the record spelled out in each `CloudTrailEvent` |
//!
//! Members of a container may stand in any order. A byte order mark, blanks, and zero bytes after the last
//! value are tolerated.
//!
//! # What is checked of a record
//! Every delivered record begins with `{`, its strings and brackets are balanced up to the `}` at its end, no
//! control character stands inside a string, it is no larger and no deeper than [`Limits`] allows, and its
//! top-level `eventSource` and `eventName` are what a full JSON parser would say (the last of repeated keys,
//! escapes decoded, `None` if absent or not a string). Nothing else is: a foreign record may be wrong in its
//! numbers, literals, commas, kinds of brackets or UTF-8 without a fault. Whoever wants more of a record parses it.
//!
//! What is broken becomes a [`Fault`] in the same stream, and reading goes on wherever it is certain how: at
//! the next element of an array whose brackets balance, or at the next line that begins a value.

mod block;
mod contain;
mod element;
mod fault;
mod open;
mod scan;
mod shape;
mod split;

#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;

use memchr::memmem;
use std::sync::LazyLock;

pub use element::Sink;
pub use fault::{Fault, Reason};
pub use split::{Splitter, split};

/// Where a record stands in its input.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position {
    /// How many records and faults the same input gave before it.
    pub ordinal: u64,
    /// Bytes of the (inflated) input before it. A record inside a JSON string, such as an SQS body, has the
    /// offset of the object that holds the string.
    pub offset: u64,
}

/// How much of one value is held in memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of one record with its envelope, or of one member before a container's array.
    ///
    /// CloudTrail omits request and response elements beyond 100 KB each and an event beyond 256 KB
    /// (<https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html>),
    /// so the default leaves room for sixteen of those.
    pub record_bytes: usize,
    /// Levels of objects and arrays inside one record, itself included.
    pub depth: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { record_bytes: 4 << 20, depth: 128 }
    }
}

/// What EventBridge says of the event that it delivers; each is `None` if absent or not a string.
///
/// <https://docs.aws.amazon.com/eventbridge/latest/ref/overiew-event-structure.html>
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Envelope<'a> {
    /// The envelope's id, which is not the record's `eventID`.
    pub id: Option<&'a str>,
    /// `aws.iam`, `aws.health`, …
    pub source: Option<&'a str>,
    /// `AWS API Call via CloudTrail`, `AWS Health Event`, …
    pub detail_type: Option<&'a str>,
    /// The account that the event came from.
    pub account: Option<&'a str>,
    /// The region that the event came from.
    pub region: Option<&'a str>,
    /// When it happened, as the source wrote it.
    pub time: Option<&'a str>,
}

/// One record as it stands in the input, not yet understood.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RawRecord<'a> {
    /// The record, or the `detail` of an envelope that carries something else (AWS Health, GuardDuty): one
    /// JSON object, checked as the module says.
    pub json: &'a [u8],
    /// The top-level `eventSource`, decoded.
    pub event_source: Option<&'a str>,
    /// The top-level `eventName`, decoded.
    pub event_name: Option<&'a str>,
    /// The envelope that it came in.
    pub envelope: Option<Envelope<'a>>,
    /// Where it stands.
    pub position: Position,
    /// A backslash stands somewhere in `json`, so that names may be spelled with escapes.
    escapes: bool,
}

impl<'a> RawRecord<'a> {
    /// Whether the record may carry a bearer flag (`callWithBearerToken`) at any depth, in either case of its
    /// first letter: never a false "no", and a false "yes" only for text that looks like it.
    pub fn may_hold_bearer_flag(&self) -> bool {
        static FLAG: LazyLock<memmem::Finder<'static>> =
            LazyLock::new(|| memmem::Finder::new(b"allWithBearerToken"));
        FLAG.find(self.json).is_some() || self.escapes && spells_letters(self.json)
    }
}

/// Whether an escape may stand for a letter, so that a name need not be found under its plain spelling.
///
/// The only escapes that give letters are those of four hexadecimal digits, and all of ASCII begins with two zeros.
fn spells_letters(json: &[u8]) -> bool {
    static ESCAPE: LazyLock<memmem::Finder<'static>> = LazyLock::new(|| memmem::Finder::new(br"\u00"));
    ESCAPE.find(json).is_some()
}
