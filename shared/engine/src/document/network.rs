//! A network, as far as an account's API keys are used from there.

use serde::{Deserialize, Serialize};

use super::blank;
use crate::event::{Event, What};
use crate::ids::UserName;
use crate::join_fields;
use crate::lattice::Few;

/// The facts of a network: whose keys were used from there. It changes only when another user comes, so that a busy
/// network costs a read and no write.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct NetworkUse {
    /// Some of the users whose calls from there were let through.
    #[serde(skip_serializing_if = "blank")]
    pub users: Few<UserName, 8>,
    /// Fields of a newer minor version.
    #[serde(flatten)]
    pub newer: serde_json::Map<String, serde_json::Value>,
}

join_fields!(NetworkUse { users } keeps { newer });

impl NetworkUse {
    pub(super) fn absorb(&mut self, event: &Event) -> bool {
        match &event.what {
            What::BearerCall(call) => call.user.as_ref().is_some_and(|user| self.users.absorb(user)),
            _ => false,
        }
    }
}
