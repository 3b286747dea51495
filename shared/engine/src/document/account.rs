//! What happened in an account and region of which the record names no subject.

use serde::{Deserialize, Serialize};

use super::{By, FailedAssociation, History, Margin, blank, margin};
use crate::event::{CompromiseSource, Compromised, Event, What};
use crate::join_fields;

/// A report that an access key is compromised. Whose it is, the report doesn't say.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct AccessKeyReport {
    /// The access key's id (`AKIA…`).
    pub access_key: Box<str>,
    /// Who reports it.
    pub source: CompromiseSource,
}

/// A change of something that Keytrail is made of.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct PartEntry {
    /// Its name; hostile text.
    pub part: Box<str>,
    /// The event's name.
    pub call: Box<str>,
    /// Who changed it.
    #[serde(flatten)]
    pub by: By,
}

/// The facts of an account and region.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Account {
    /// Associations that failed and do not say of what: a denied call's parameters are null.
    #[serde(skip_serializing_if = "blank")]
    pub failures: History<FailedAssociation>,
    /// Access keys that were called compromised.
    #[serde(skip_serializing_if = "blank")]
    pub reports: History<AccessKeyReport>,
    /// Changes of what Keytrail is made of.
    #[serde(skip_serializing_if = "blank")]
    pub parts: History<PartEntry>,
    /// Attempts on nobody knows what, and records without a usable time.
    #[serde(flatten)]
    pub margin: Margin,
    /// Fields of a newer minor version.
    #[serde(flatten)]
    pub newer: serde_json::Map<String, serde_json::Value>,
}

join_fields!(Account { failures, reports, parts, margin } keeps { newer });

impl Account {
    pub(super) fn absorb(&mut self, event: &Event) -> bool {
        let time = match margin(&mut self.margin, event) {
            Ok(time) => time,
            Err(changed) => return changed,
        };
        match &event.what {
            What::AssociationFailed { key, code, .. } => {
                let failed = FailedAssociation { key: key.clone(), code: code.clone(), by: By::of(event) };
                self.failures.absorb(time, event.record, event.revision, &failed)
            }
            What::CompromiseReported { of: Compromised::AccessKey(access_key), source } => {
                let report = AccessKeyReport { access_key: access_key.clone(), source: source.clone() };
                self.reports.absorb(time, event.record, event.revision, &report)
            }
            What::PartChanged { part, call } => {
                let entry = PartEntry { part: part.clone(), call: call.clone(), by: By::of(event) };
                self.parts.absorb(time, event.record, event.revision, &entry)
            }
            _ => false,
        }
    }
}
