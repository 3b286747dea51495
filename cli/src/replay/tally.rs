//! What was read, skipped and left alone, counted exactly and listed within bounds.
//!
//! A list keeps the first of its entries *in their own order*, not the first that were met, so that it is the same
//! for the same input in any order.

use std::collections::BTreeMap;

use keytrail_engine::parse::{Fault, Gap, Shape};
use keytrail_engine::read::{Position, RawRecord};
use keytrail_engine::time::Time;
use serde::Serialize;

use super::bounded::{Firsts, Ignoring, LISTED, Name, Unresolving};
use crate::input::{PassedOver, Source, Trouble};

/// A name in `eventSource` or `eventName` is cut here; AWS's longest has half of it.
const NAME_BYTES: usize = 128;

/// Something that should have been read and was not.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Skipped {
    /// Where.
    #[serde(flatten)]
    pub place: Place,
    /// Why.
    pub reason: String,
}

/// A place in the input.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Place {
    /// The file, `-` for standard input.
    pub file: String,
    /// Where in it; absent where the whole file or the rest of it is meant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub position: Option<At>,
}

impl Place {
    /// A place in a source.
    pub fn of(source: &Source, position: Option<Position>) -> Self {
        Self { file: source.to_string(), position: position.map(At::from) }
    }
}

/// A position in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct At {
    /// Records and faults before it.
    pub record: u64,
    /// Bytes of the inflated file before it.
    pub offset: u64,
}

impl From<Position> for At {
    fn from(position: Position) -> Self {
        Self { record: position.ordinal, offset: position.offset }
    }
}

impl Skipped {
    /// What a source could not give.
    pub fn trouble(source: &Source, trouble: &Trouble) -> Self {
        let (position, reason) = match trouble {
            Trouble::Record(fault) => (Some(fault.position), fault.reason.to_string()),
            other => (None, with_cause(other)),
        };
        Self { place: Place::of(source, position), reason }
    }

    pub(crate) fn broken(source: &Source, position: Position, fault: Fault) -> Self {
        let reason = match fault {
            Fault::NoObject => "the record is not valid JSON",
            Fault::NoName => "the record has no eventSource or no eventName",
        };
        Self { place: Place::of(source, Some(position)), reason: reason.to_owned() }
    }
}

fn with_cause(error: &dyn std::error::Error) -> String {
    error.source().map_or_else(|| error.to_string(), |cause| format!("{error}: {cause}"))
}

/// Records that mean nothing to Keytrail.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Ignored {
    /// `eventSource`, or the envelope's source.
    pub source: Box<str>,
    /// `eventName`, or the envelope's detail type.
    pub name: Box<str>,
    /// How many.
    pub count: u64,
}

/// Records of one shape that are ours by source and name and still say too little.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Unresolved {
    /// `eventSource`.
    pub source: Box<str>,
    /// `eventName`.
    pub name: Box<str>,
    /// What was looked for and not found.
    pub lacks: Gap,
    /// Keys and types, no values.
    pub shape: Box<str>,
    /// How many.
    pub count: u64,
    /// The first of them.
    pub example: Place,
}

/// What was read, skipped and left alone.
#[derive(Debug, Default)]
pub struct Tally {
    /// Files that were read, wholly or in part.
    pub files: u64,
    /// Whole records.
    pub records: u64,
    /// What they mean to Keytrail.
    pub events: u64,
    /// The newest of those.
    pub newest: Option<Time>,
    /// What should have been read and was not.
    pub skipped: Firsts<Skipped>,
    /// What lies in folders and is no CloudTrail.
    pub passed_over: BTreeMap<PassedOver, u64>,
    ignored: Ignoring,
    unresolved: Unresolving,
}

impl Tally {
    pub(super) fn ignore(&mut self, record: &RawRecord<'_>) {
        let envelope = record.envelope.as_ref();
        let source = record.event_source.or(envelope.and_then(|it| it.source));
        let name = record.event_name.or(envelope.and_then(|it| it.detail_type));
        self.ignored.add(&Name { source: clipped(source), name: clipped(name) }, 1);
    }

    pub(super) fn unresolved(&mut self, shape: Shape, source: &Source, position: Position) {
        let example = Place::of(source, Some(position));
        self.unresolved.add(shape, 1, example);
    }

    pub(super) fn join(&mut self, other: Self) {
        self.records += other.records;
        self.events += other.events;
        self.newest = self.newest.max(other.newest);
        self.skipped.join(other.skipped);
        for (reason, count) in other.passed_over {
            *self.passed_over.entry(reason).or_default() += count;
        }
        self.ignored.join(other.ignored);
        self.unresolved.join(other.unresolved);
    }

    /// How many records mean nothing to Keytrail.
    pub fn ignored_count(&self) -> u64 {
        self.ignored.count
    }

    /// Those by source and name, in that order, at most [`LISTED`].
    pub fn ignored(&self) -> Vec<Ignored> {
        let mut names: Vec<_> = self.ignored.by_name.iter().collect();
        names.sort_unstable();
        let listed = names.into_iter().take(LISTED);
        listed
            .map(|((source, name), count)| Ignored {
                source: source.clone(),
                name: name.clone(),
                count: *count,
            })
            .collect()
    }

    /// How many records are ours and don't say enough.
    pub fn unresolved_count(&self) -> u64 {
        self.unresolved.count
    }

    /// Those by shape, in order, at most [`LISTED`].
    pub fn unresolved_shapes(&self) -> Vec<Unresolved> {
        let shapes = self.unresolved.by_shape.iter();
        let listed = shapes.map(|(shape, (count, example))| Unresolved {
            source: shape.source.clone(),
            name: shape.name.clone(),
            lacks: shape.lacks,
            shape: shape.form.clone(),
            count: *count,
            example: example.clone(),
        });
        listed.collect()
    }
}

fn clipped(text: Option<&str>) -> &str {
    let text = text.unwrap_or("(none)");
    text.get(..text.floor_char_boundary(NAME_BYTES)).unwrap_or(text)
}
