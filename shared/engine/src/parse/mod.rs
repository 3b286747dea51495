//! What a record means: CloudTrail's words in, [`Event`]s out.
//!
//! Total: any bytes have a meaning, if only [`Meaning::Broken`]. What could hold a secret is never read. A field is looked
//! for in every place where a service of the same kind puts it, because no one has published most of these records; a
//! record that is ours and still says too little becomes [`Meaning::Unresolved`], with its shape.
//!
//! | source | reader |
//! |---|---|
//! | `iam.amazonaws.com` | `api_key.rs`, `iam.rs` |
//! | `kms.amazonaws.com` | `kms.rs` |
//! | `logs.amazonaws.com` | `logs.rs` |
//! | `cloudtrail.amazonaws.com` | `trail.rs` |
//! | whatever Keytrail is made of | `part.rs` |
//! | any API-key service | `bearer.rs` |
//! | AWS Health, GuardDuty | `health.rs`, `guardduty.rs` |

mod api_key;
mod bearer;
mod caller;
mod dates;
mod guardduty;
mod health;
mod iam;
mod identity;
mod json;
mod kms;
mod log_parts;
mod logs;
mod names;
mod part;
mod record;
mod report;
mod scan;
mod settings;
mod shape;
mod text;
mod trail;

#[cfg(test)]
mod properties;
#[cfg(test)]
mod testing;

pub use log_parts::{SCHEDULED_QUERY_DESTINATIONS, end_of_arn};
pub use settings::{IdPath, ParseSettings};
pub use shape::{Gap, Shape};
pub use trail::trail_selectors;

use std::borrow::Cow;
use std::fmt;

use crate::event::Event;
use crate::read::{Envelope, RawRecord};
use crate::services;
use crate::time::Time;
use identity::Identity;
use json::Object;
use record::{Reading, Record};

/// What a record means.
#[derive(Clone, Debug, PartialEq)]
pub enum Meaning {
    /// What happened; one event at least. Several of one record differ in what they say.
    Events(Vec<Event>),
    /// None of ours, or a call that only reads.
    Ignored,
    /// Ours by source and name, but it doesn't say enough.
    Unresolved(Shape),
    /// No record.
    Broken(Fault),
}

/// Why something is no record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Fault {
    /// Not one JSON object.
    NoObject,
    /// Without an `eventSource` or `eventName` that is a string.
    NoName,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoObject => "not one JSON object",
            Self::NoName => "no eventSource or no eventName",
        })
    }
}

/// Whether a record is ours, as far as its source and name tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Triage {
    /// It is.
    Ours,
    /// Only if it carries the bearer flag (`callWithBearerToken`).
    OursIfFlagged,
    /// It isn't, whatever else it says.
    NotOurs,
}

/// Whether records of this `eventSource` and `eventName` are ours. Cheap: two comparisons for most of a trail.
pub fn is_ours(event_source: Option<&str>, event_name: Option<&str>) -> Triage {
    let (Some(source), Some(name)) = (event_source, event_name) else {
        return Triage::NotOurs;
    };
    if reader(source, name).is_some() {
        return Triage::Ours;
    }
    match services::by_event_source(source) {
        Some(service) if service.bearer_event == Some(name) => Triage::Ours,
        Some(_) => Triage::OursIfFlagged,
        None => Triage::NotOurs,
    }
}

/// Whether a record as read is worth [`meaning`]: ours, perhaps ours, or a report of Health or GuardDuty. What is left out
/// would be [`Meaning::Ignored`], or is no record at all.
pub fn is_worth_reading(raw: &RawRecord<'_>) -> bool {
    match is_ours(raw.event_source, raw.event_name) {
        Triage::Ours => true,
        Triage::OursIfFlagged => raw.may_hold_bearer_flag(),
        Triage::NotOurs => {
            let source = raw.envelope.and_then(|envelope| envelope.source);
            raw.event_source.is_none() && matches!(source, Some(health::SOURCE | guardduty::SOURCE))
        }
    }
}

type Reader = fn(&Record<'_>) -> Reading;

/// Who reads which events of which source. They all are writes: a call that only reads has no reader.
const READERS: &[(&str, &[&str], Reader)] = &[
    (iam::SOURCE, api_key::NAMES, api_key::read),
    (iam::SOURCE, iam::NAMES, iam::read),
    (kms::SOURCE, kms::NAMES, kms::read),
    (logs::SOURCE, logs::NAMES, logs::read),
    (logs::SOURCE, log_parts::NAMES, log_parts::read),
    (trail::SOURCE, trail::NAMES, trail::read),
    ("events.amazonaws.com", part::RULES, part::read),
    ("sqs.amazonaws.com", part::QUEUES, part::read),
    ("dynamodb.amazonaws.com", part::TABLES, part::read),
    ("sns.amazonaws.com", part::TOPICS, part::read),
    ("lambda.amazonaws.com", part::FUNCTIONS, part::read),
    ("scheduler.amazonaws.com", part::SCHEDULES, part::read),
    (iam::SOURCE, part::ROLES, part::read),
    ("ssm.amazonaws.com", part::PARAMETERS, part::read),
];

fn reader(source: &str, name: &str) -> Option<Reader> {
    let mut readers = READERS.iter().filter(|(from, ..)| *from == source);
    readers.find(|(_, names, _)| names.contains(&name)).map(|(.., reader)| *reader)
}

/// Every `eventSource` and `eventName` that is ours whatever else the record says, bearer calls aside. Deployed rules are
/// held against it, so that no event is understood here and never sent.
pub fn understood() -> impl Iterator<Item = (&'static str, &'static str)> {
    READERS.iter().flat_map(|(source, names, _)| names.iter().map(move |name| (*source, *name)))
}

/// What one record means. `json` is the record, or the `detail` of an envelope.
///
/// `received` is when a live delivery arrived: a record more than 15 minutes ahead of it has no usable time.
pub fn meaning(
    json: &[u8],
    envelope: Option<&Envelope<'_>>,
    received: Option<Time>,
    settings: &ParseSettings,
) -> Meaning {
    // Bytes that are no UTF-8 read as U+FFFD: one broken user agent must not hide a record.
    let text = match str::from_utf8(json) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => String::from_utf8_lossy(json),
    };
    let Some(top) = Object::read(&text) else {
        return Meaning::Broken(Fault::NoObject);
    };
    if let Some(meaning) = envelope.and_then(|envelope| report(&top, envelope, received)) {
        return meaning;
    }
    let text_of = |name| top.exactly(name).and_then(|value: json::Raw<'_>| value.text());
    let (Some(source), Some(name)) = (text_of("eventSource"), text_of("eventName")) else {
        // Other services send events of their own in envelopes.
        let is_other = envelope.is_some_and(|envelope| envelope.source.is_some());
        return if is_other { Meaning::Ignored } else { Meaning::Broken(Fault::NoName) };
    };
    match is_ours(Some(&source), Some(&name)) {
        Triage::Ours => {}
        Triage::OursIfFlagged if bearer::is_flagged(&top) => {}
        Triage::OursIfFlagged | Triage::NotOurs => return Meaning::Ignored,
    }
    let identity = Identity::of(&top);
    let record = match Record::of(top, &source, name.clone(), envelope, received) {
        Ok(record) => record,
        Err((top, gap)) => return Meaning::Unresolved(Shape::of(&source, &name, gap, &top)),
    };
    match read(&record, &source, &name, settings) {
        Ok(told) if told.is_empty() => Meaning::Ignored,
        Ok(told) => Meaning::Events(told.into_iter().map(|told| record.event(&identity, told)).collect()),
        Err(gap) => Meaning::Unresolved(Shape::of(&source, &name, gap, record.top())),
    }
}

/// What a report of Health or GuardDuty means; `None` if it is none.
fn report(detail: &Object<'_>, envelope: &Envelope<'_>, received: Option<Time>) -> Option<Meaning> {
    let source = envelope.source.filter(|_| report::is_report(envelope, detail))?;
    let (read, name) = match source {
        health::SOURCE => (health::read(detail, envelope, received), health::name(detail)),
        guardduty::SOURCE => (guardduty::read(detail, envelope, received), guardduty::name(detail)),
        _ => return None,
    };
    Some(match read {
        Ok(events) if events.is_empty() => Meaning::Ignored,
        Ok(events) => Meaning::Events(events),
        Err(gap) => Meaning::Unresolved(Shape::of(source, &name, gap, detail)),
    })
}

/// Everything that a record tells: a change, a bearer call, or a change made by one.
fn read(record: &Record<'_>, source: &str, name: &str, settings: &ParseSettings) -> Reading {
    let service = services::by_event_source(source);
    let call =
        service.filter(|service| service.bearer_event == Some(name) || bearer::is_flagged(record.top()));
    let call = call.map(|service| bearer::read(record, service, settings));
    let change =
        reader(source, name).map(|reader| reader(record).map(|told| part::ours(told, record, settings)));
    match (change, call) {
        (None, None) => Ok(Vec::new()),
        (None, Some(call)) => Ok(vec![call?]),
        (Some(change), None) => change,
        (Some(Ok(mut told)), Some(call)) => {
            told.extend(call);
            Ok(told)
        }
        (Some(Err(gap)), Some(call)) => call.map(|call| vec![call]).map_err(|_| gap),
    }
}
