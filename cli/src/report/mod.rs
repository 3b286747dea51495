//! Rows for people and for other programs, made of documents: one for each API key, KMS key and log target.
//!
//! The rows' fields are the JSON that `keytrail` writes.

mod course;
mod impact;
mod keys;
mod kms;
mod last_use;
mod logs;
mod replayed;

pub use course::NextStep;
pub use impact::ImpactReport;
pub use keys::{KeyRow, keys, status_of};
pub use kms::{DeletionRow, KmsRow, NeededUntil, Protected, kms_keys};
pub use last_use::LastUse;
pub use logs::{EarlierKey, Encryption, LogRow, SenderRow, log_targets};
pub use replayed::Report;

use keytrail_engine::event::KmsKeyRef;
use keytrail_engine::finding::Finding;
use keytrail_engine::subject::SubjectId;
use serde::Serialize;

/// A row, as spreadsheets want it.
pub trait Row: Serialize {
    /// What it is about, in one word: the "type" of a JSON line.
    const TYPE: &'static str;
    /// The names of the cells.
    const CELLS: &'static [&'static str];

    /// The cells, as many as names. Hostile text.
    fn cells(&self) -> Vec<String>;
}

impl Row for Finding {
    const TYPE: &'static str = "finding";
    const CELLS: &'static [&'static str] =
        &["severity", "rule", "subject", "what", "why", "since", "settles", "evidence", "next", "id"];

    fn cells(&self) -> Vec<String> {
        let evidence: Vec<_> = self.evidence.iter().map(|it| format!("{}: {}", it.label, it.value)).collect();
        vec![
            self.severity.to_string(),
            self.rule.to_string(),
            self.subject.to_string(),
            self.what.to_string(),
            self.why.to_string(),
            text(self.since.as_ref()),
            text(self.settles.as_ref()),
            evidence.join("; "),
            self.next.join("; "),
            self.id.to_string(),
        ]
    }
}

/// The text of something that may be unknown: then it is empty.
fn text<T: ToString>(value: Option<&T>) -> String {
    value.map(ToString::to_string).unwrap_or_default()
}

/// A KMS key as AWS names it.
fn kms_key_name(key: &KmsKeyRef) -> String {
    match key {
        KmsKeyRef::Key(SubjectId { partition, account, region, name, .. }) => {
            format!("arn:{partition}:kms:{region}:{account}:key/{name}")
        }
        KmsKeyRef::Unresolved(name) => name.to_string(),
    }
}
