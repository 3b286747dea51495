//! What is wrong with Keytrail itself, and needs a person.

use serde::{Deserialize, Serialize};

use crate::finding::Severity;
use crate::time::Time;

/// What is wrong with Keytrail itself, and needs a person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "trouble", rename_all = "snake_case")]
pub enum Trouble {
    /// The newest policy can't be read: nothing is enforced, and the last good one says what is told to whom.
    PolicyBroken {
        /// Which: a version, or the day on which none could be asked for.
        version: Box<str>,
        /// Every fault of it, or why there is none.
        why: Box<str>,
        /// The version of the last good one.
        in_force: Box<str>,
    },
    /// The ledger was restored from a backup: nothing is done to any key until a person resumes.
    LedgerRestored {
        /// The number of the epoch that waits.
        epoch: u64,
        /// Since when.
        began: Time,
        /// The store that it is in: for DynamoDB the table's ARN, `#`, and its id.
        store: Box<str>,
    },
    /// The ledger holds something that can't be read, and goes on without it.
    Damaged {
        /// Its address.
        what: Box<str>,
        /// What is wrong with it.
        why: Box<str>,
    },
}

impl Trouble {
    /// The word for it; what subscription filters know as the rule.
    pub const fn word(&self) -> &'static str {
        match self {
            Self::PolicyBroken { .. } => "policy_broken",
            Self::LedgerRestored { .. } => "ledger_restored",
            Self::Damaged { .. } => "ledger_damaged",
        }
    }

    /// How bad it is: while Keytrail may not act, a thief has time.
    pub const fn severity(&self) -> Severity {
        match self {
            Self::PolicyBroken { .. } | Self::LedgerRestored { .. } => Severity::Critical,
            Self::Damaged { .. } => Severity::High,
        }
    }

    /// What tells it from the next of its kind: a policy is broken once a version, a ledger restored once an epoch.
    pub(crate) fn discriminator(&self) -> String {
        match self {
            Self::PolicyBroken { version, .. } => version.to_string(),
            Self::LedgerRestored { epoch, store, .. } => format!("{epoch}/{store}"),
            Self::Damaged { what, .. } => what.to_string(),
        }
    }
}
