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
    /// Attempts on nobody knows what, and records without a usable time.
    #[serde(flatten)]
    pub margin: Margin,
    /// Fields of a newer minor version.
    #[serde(flatten)]
    pub newer: serde_json::Map<String, serde_json::Value>,
}

join_fields!(Account { failures, reports, margin } keeps { newer });

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
            _ => false,
        }
    }
}
