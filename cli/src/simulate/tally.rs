//! What a simulation gave, day by day.

use std::collections::BTreeMap;

use keytrail_engine::action::{Action, Reason};
use keytrail_engine::ids::{AccountId, UserName};
use keytrail_engine::time::Time;
use serde::Serialize;

use super::archive::Archive;
use crate::replay::Skipped;

/// A day.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Day {
    /// Its beginning.
    pub(crate) date: Time,
    /// Events of the archive.
    pub(crate) events: u64,
    /// Findings that fired, by severity.
    pub(crate) findings: BTreeMap<&'static str, u64>,
    /// Findings that stand no longer.
    pub(crate) withdrawn: u64,
    /// Messages that people would have got.
    pub(crate) notices: u64,
    /// Actions that would have been taken.
    pub(crate) actions: u64,
    /// Actions that would have been held back, by reason.
    pub(crate) held_back: BTreeMap<String, u64>,
    /// Calls of the archive that would have been refused after an action.
    pub(crate) calls_refused: u64,
}

impl Day {
    pub(super) fn of(date: Time) -> Self {
        Self {
            date,
            events: 0,
            findings: BTreeMap::new(),
            withdrawn: 0,
            notices: 0,
            actions: 0,
            held_back: BTreeMap::new(),
            calls_refused: 0,
        }
    }

    pub(super) fn hold(&mut self, action: &str, reason: &Reason) {
        *self.held_back.entry(format!("{action}: {}", kind_of(reason))).or_default() += 1;
    }
}

/// The reason without what is peculiar to one key, so that like is counted with like.
fn kind_of(reason: &Reason) -> String {
    match reason {
        Reason::NotSettled { .. } => "a late record may still change it".to_owned(),
        Reason::TooOld { .. } => "the event is too old to act upon".to_owned(),
        Reason::Held { .. } => "held by a person".to_owned(),
        Reason::SoleSender { .. } => "nobody else sends to the log group".to_owned(),
        Reason::Expired { .. } => "it came too late".to_owned(),
        other => other.to_string(),
    }
}

/// An action that would have been taken.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Done {
    /// When.
    pub(crate) at: Time,
    /// What.
    pub(crate) action: &'static str,
    /// To what, as people name it.
    pub(crate) target: String,
    /// Its user; none of a KMS key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) user: Option<UserName>,
    /// In which account.
    pub(crate) account: AccountId,
    /// The rule that wanted it.
    pub(crate) rule: Box<str>,
    /// Calls of its user in the archive that would have been refused then: somebody still needed the key.
    pub(crate) calls_refused: u64,
    /// The first of them.
    pub(crate) first_refused: Option<Time>,
    /// What becomes of a KMS key whose deletion is cancelled.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) afterwards: Option<String>,
    /// When such a key was deleted in the archive.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) deletion_averted: Option<Time>,
}

impl Done {
    pub(super) fn of(action: &Action, user: Option<&UserName>, at: Time) -> Self {
        Self {
            at,
            action: action.kind.word(),
            target: action.kind.target(),
            user: user.cloned(),
            account: action.subject.account.clone(),
            rule: action.rule.clone(),
            calls_refused: 0,
            first_refused: None,
            afterwards: None,
            deletion_averted: None,
        }
    }
}

/// What a simulation gave.
#[derive(Debug, Serialize)]
pub(crate) struct Simulated {
    /// Records that were read.
    pub(crate) records: u64,
    /// Events among them.
    pub(crate) events: u64,
    /// Records that could not be read.
    pub(crate) skipped_count: u64,
    /// The first of those.
    pub(crate) skipped: Vec<Skipped>,
    /// Days on which something happened.
    pub(crate) days: Vec<Day>,
    /// Actions, in their order.
    pub(crate) actions: Vec<Done>,
    /// Actions that would have been held back over the whole time, by reason.
    pub(crate) held_back: BTreeMap<String, u64>,
}

impl Simulated {
    pub(super) fn of(days: BTreeMap<Time, Day>, actions: Vec<Done>, archive: &Archive) -> Self {
        let mut held_back = BTreeMap::new();
        for (reason, count) in days.values().flat_map(|day| &day.held_back) {
            *held_back.entry(reason.clone()).or_default() += count;
        }
        Self {
            records: archive.records,
            events: archive.events.len() as u64,
            skipped_count: archive.skipped_count,
            skipped: archive.skipped.clone(),
            days: days.into_values().collect(),
            actions,
            held_back,
        }
    }
}
