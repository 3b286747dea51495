//! What goes wrong, or merely differently, with a record on its way to us.

use serde_json::{Value, json};

use crate::record::{later, uuid};

/// Done to every record of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Twist {
    /// Nothing: the usual case.
    None,
    /// Comes twice, byte for byte.
    Repeated,
    /// Comes with a correction (`addendum`) that differs in content. Either may come first.
    Corrected,
    /// Comes with two corrections that differ from each other; one of them moves it by a day.
    CorrectedTwice,
    /// Only the correction comes.
    OnlyCorrection,
    /// Comes twice with one `sharedEventID` and two `eventID`s, as calls across accounts do.
    Shared,
    /// No `eventID`.
    NoId,
    /// No `eventTime`.
    NoTime,
    /// A year ahead.
    Future,
    /// A time as exports write it: `2026-11-02 09:00:00.000`.
    ExportedTime,
    /// A time that is none.
    BadTime,
    /// None of the fields that only newer records have.
    Old,
}

impl Twist {
    /// The records that arrive for one that happened.
    pub fn apply(self, record: Value) -> Vec<Value> {
        match self {
            Self::None => vec![record],
            Self::Repeated => vec![record.clone(), record],
            Self::Corrected => vec![corrected(&record, 1), record],
            Self::CorrectedTwice => vec![corrected(&record, 2), record.clone(), corrected(&record, 3)],
            Self::OnlyCorrection => vec![corrected(&record, 1)],
            Self::Shared => shared(&record),
            Self::NoId => vec![without(record, &["eventID"])],
            Self::NoTime => vec![without(record, &["eventTime"])],
            Self::Future => vec![at(record, |time| time.replacen("2026", "2027", 1))],
            Self::ExportedTime => {
                vec![at(record, |time| format!("{}.000", time.replace('T', " ").trim_end_matches('Z')))]
            }
            Self::BadTime => vec![at(record, |_| "yesterday".to_owned())],
            Self::Old => {
                vec![without(record, &["eventVersion", "readOnly", "managementEvent", "eventCategory"])]
            }
        }
    }
}

fn without(mut record: Value, fields: &[&str]) -> Value {
    if let Some(record) = record.as_object_mut() {
        record.retain(|field, _| !fields.contains(&field.as_str()));
    }
    record
}

fn at(mut record: Value, change: impl Fn(&str) -> String) -> Value {
    if let Some(time) = record.get("eventTime").and_then(Value::as_str).map(change) {
        record["eventTime"] = time.into();
    }
    record
}

fn corrected(record: &Value, variant: u64) -> Value {
    if record.get("eventID").is_none() {
        return record.clone(); // a report: Health and GuardDuty correct nothing
    }
    let mut corrected = record.clone();
    let original = record["eventID"].as_str().unwrap_or_default();
    corrected["addendum"] = json!({
        "reason": "UPDATED_DATA",
        "updatedFields": "sourceIPAddress",
        "originalRequestID": record["requestID"],
        "originalEventID": original,
    });
    corrected["eventID"] = uuid(variant.wrapping_mul(0x9E37) ^ hash(original)).into();
    corrected["sourceIPAddress"] = format!("198.51.100.{variant}").into();
    if let Some(time) = record["eventTime"].as_str().filter(|_| variant == 3) {
        corrected["eventTime"] = later(time, 86_400).into();
    }
    let status = corrected.pointer_mut("/requestParameters/status");
    if let Some(status) = status.filter(|_| variant.is_multiple_of(2)) {
        *status = if status == "Active" { "Inactive".into() } else { "Active".into() };
    }
    let expiry = corrected.pointer_mut("/responseElements/serviceSpecificCredential/expirationDate");
    if let Some(expiry) = expiry {
        *expiry = format!("2027-0{variant}-01T00:00:00Z").into();
    }
    corrected
}

fn shared(record: &Value) -> Vec<Value> {
    let Some(id) = record["eventID"].as_str() else { return vec![record.clone()] };
    let mut pair = [record.clone(), record.clone()];
    for (number, copy) in pair.iter_mut().enumerate() {
        copy["sharedEventID"] = uuid(hash(id)).into();
        copy["eventID"] = uuid(hash(id) ^ (number as u64 + 1)).into();
    }
    pair.into()
}

fn hash(text: &str) -> u64 {
    text.bytes().fold(7, |hash, byte| hash.wrapping_mul(31).wrapping_add(u64::from(byte)))
}
