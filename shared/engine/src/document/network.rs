//! A network, as far as an account's API keys are used from there.

use serde::{Deserialize, Serialize};

use super::blank;
use crate::event::{Event, What};
use crate::ids::UserName;
use crate::join_fields;
use crate::lattice::FewSeen;
use crate::time::{Span, Time};

/// Who has called from a network for so long belongs there.
const SETTLED: Span = Span::days(7);

/// The facts of a network: whose keys were used from there, and since when. Moments are floored to the day: a busy network
/// costs a read for each batch and a write for each user and day.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct NetworkUse {
    /// Some of the users whose calls from there were let through, with the first and the last day of each.
    #[serde(skip_serializing_if = "blank")]
    pub users: FewSeen<UserName, 8>,
    /// Fields of a newer minor version.
    #[serde(flatten)]
    pub newer: serde_json::Map<String, serde_json::Value>,
}

join_fields!(NetworkUse { users } keeps { newer });

impl NetworkUse {
    pub(super) fn absorb(&mut self, event: &Event) -> bool {
        match (&event.what, event.time) {
            (What::BearerCall(call), Some(time)) => {
                call.user.as_ref().is_some_and(|user| self.users.absorb(time.floor_day(), user))
            }
            _ => false,
        }
    }

    /// Whether so many users called from there long before a moment: an egress that they share, and none that somebody has
    /// carried all their keys to.
    pub fn was_shared(&self, by: usize, moment: Time) -> bool {
        let settled = |first: Time| first + SETTLED <= moment;
        self.users.values().filter(|(_, seen)| seen.first.is_some_and(settled)).count() >= by
    }
}
