//! What becomes of a KMS key whose deletion Keytrail cancels.
//!
//! KMS leaves such a key disabled. It is enabled again only if it was enabled when its deletion was scheduled and nobody
//! disabled it since: what somebody switched off on purpose stays off, and people are told.
//!
//! Source: <https://docs.aws.amazon.com/kms/latest/APIReference/API_CancelKeyDeletion.html>

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::document::{CLOCK_TOLERANCE, Described, KmsKey, state_after};
use crate::event::{KmsKeyChange, KmsKeyState};
use crate::time::{Span, Time};

/// The tag by which a key's owner lets Keytrail rescue it: without it, neither Keytrail nor its role's permissions touch the key.
pub const OPT_IN_TAG: (&str, &str) = ("keytrail:rescue", "true");

/// Why a rescued key is left disabled.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "left", rename_all = "snake_case")]
pub enum Left {
    /// It was not enabled when its deletion was scheduled.
    NotEnabledBefore,
    /// Somebody disabled it since.
    DisabledSince,
    /// What is remembered doesn't say whether it was enabled.
    NotKnown,
    /// KMS refuses to enable it.
    Refused {
        /// AWS's error code; hostile text.
        code: Box<str>,
    },
}

impl fmt::Display for Left {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotEnabledBefore => f.write_str("it was not enabled when its deletion was scheduled"),
            Self::DisabledSince => f.write_str("somebody disabled it after its deletion was scheduled"),
            Self::NotKnown => {
                f.write_str("whether it was enabled when its deletion was scheduled is not known")
            }
            Self::Refused { code } => write!(f, "KMS refuses to enable it ({code})"),
        }
    }
}

/// Why a key whose deletion is cancelled is to stay disabled; `None` where it is to be enabled again. Whatever was forgotten or
/// contradicts itself leaves it disabled.
pub fn left_disabled(key: &KmsKey, now: Time) -> Option<Left> {
    let horizon = now + CLOCK_TOLERANCE;
    let changes = || key.changes.entries().filter(|entry| entry.at <= horizon);
    let schedules =
        changes().filter(|entry| matches!(entry.value.change, KmsKeyChange::DeletionScheduled { .. }));
    let Some(asked) = schedules.map(|entry| entry.at).max() else { return Some(Left::NotKnown) };
    let disables = |at: Time| changes().any(|it| it.at == at && it.value.change == KmsKeyChange::Disabled);
    if changes().any(|it| it.at > asked && it.value.change == KmsKeyChange::Disabled) {
        return Some(Left::DisabledSince);
    }
    if disables(asked) {
        return Some(Left::NotEnabledBefore);
    }
    let before = states(key).filter(|(at, _)| *at < asked);
    let before: Vec<(Time, KmsKeyState)> = before.collect();
    let Some(newest) = before.iter().map(|(at, _)| *at).max() else { return Some(Left::NotKnown) };
    if key.changes.may_have_forgotten(newest, horizon + Span::seconds(1)) {
        return Some(Left::NotKnown);
    }
    let mut newest = before.iter().filter(|(at, _)| *at == newest).map(|(_, state)| *state);
    let first = newest.next()?;
    match (first, newest.all(|state| state == first)) {
        (_, false) => Some(Left::NotKnown),
        (KmsKeyState::Enabled, true) => None,
        (_, true) => Some(Left::NotEnabledBefore),
    }
}

/// Every state that the key is remembered in, and since which second.
fn states(key: &KmsKey) -> impl Iterator<Item = (Time, KmsKeyState)> {
    let born = key.births.entries().filter_map(|birth| Some((birth.at, birth.value.state?)));
    let changed = key.changes.entries().filter_map(|it| Some((it.at, state_after(&it.value.change)?)));
    let described = key.observed.get().and_then(|it| match &it.value {
        Described::Shown(seen) => Some((it.at.floor_second(), seen.state?)),
        Described::NotFound => None,
    });
    // A key that is being made becomes enabled without a record of it.
    born.chain(changed).chain(described).filter(|(_, state)| *state != KmsKeyState::Creating)
}

#[cfg(test)]
mod tests;
