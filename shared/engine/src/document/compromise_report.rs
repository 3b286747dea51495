//! Who called something compromised.

use serde::{Deserialize, Serialize};

use crate::event::{CompromiseSource, Event};

/// A report of a compromise.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ReportEntry {
    /// Who reports it.
    #[serde(flatten)]
    pub source: CompromiseSource,
    /// Whether the delivery's envelope names the account that the report is about. Where one report comes both from there
    /// and through another account, the one from there counts; only such a report is acted upon.
    #[serde(default = "yes", skip_serializing_if = "is_yes")]
    pub own_envelope: bool,
}

const fn yes() -> bool {
    true
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
const fn is_yes(own: &bool) -> bool {
    *own
}

impl ReportEntry {
    /// What an event reports.
    pub fn of(event: &Event, source: &CompromiseSource) -> Self {
        Self { source: source.clone(), own_envelope: !event.foreign_envelope }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_is_read_as_it_is_written_and_as_it_was_before() {
        let source = CompromiseSource::Health("AWS_RISK_CREDENTIALS_EXPOSED".into());
        for (own_envelope, json) in [
            (true, r#"{"health":"AWS_RISK_CREDENTIALS_EXPOSED"}"#),
            (false, r#"{"health":"AWS_RISK_CREDENTIALS_EXPOSED","own_envelope":false}"#),
        ] {
            let entry = ReportEntry { source: source.clone(), own_envelope };
            assert_eq!(serde_json::to_string(&entry).unwrap(), json);
            assert_eq!(serde_json::from_str::<ReportEntry>(json).unwrap(), entry);
        }
    }
}
