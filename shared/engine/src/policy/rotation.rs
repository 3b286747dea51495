//! How one key's replacement by another is followed.

use serde::{Deserialize, Serialize};

use crate::time::Span;

/// The limits of a rotation, in days.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RotationSettings {
    /// The old key is safe to switch off once it has been silent for so long, and the new one in use within it.
    pub silent_days: u32,
    /// A rotation that is older than this, with the old key still on, stalls.
    pub stall_days: u32,
    /// So long after the old key was switched off, calls with the new one must have been seen.
    pub verify_days: u32,
    /// From the old key's being switched off to its deletion.
    pub delete_days: u32,
}

impl Default for RotationSettings {
    fn default() -> Self {
        Self { silent_days: 7, stall_days: 14, verify_days: 1, delete_days: 30 }
    }
}

impl RotationSettings {
    /// See [`RotationSettings::silent_days`].
    pub fn silent(&self) -> Span {
        days(self.silent_days)
    }

    /// See [`RotationSettings::stall_days`].
    pub fn stall(&self) -> Span {
        days(self.stall_days)
    }

    /// See [`RotationSettings::verify_days`].
    pub fn verify(&self) -> Span {
        days(self.verify_days)
    }

    /// See [`RotationSettings::delete_days`].
    pub fn recovery(&self) -> Span {
        days(self.delete_days)
    }
}

fn days(days: u32) -> Span {
    Span::days(i64::from(days))
}
