//! What a user's bearer calls usually look like: the baseline of the rules that see a stolen key by its use.
//!
//! All of it follows from calls that were let through, save where it says otherwise, and by event time. Moments are
//! floored to the hour, so that a busy sender's document changes once an hour.

use serde::{Deserialize, Serialize};

use super::blank;
use super::usage::LIFELONG;
use crate::event::{BearerCall, Event};
use crate::ids::{LogGroupName, Network, RecordId};
use crate::join_fields;
use crate::lattice::{BoundedSet, Few, RecentHours, Stamped};
use crate::network::{Address, block_of};
use crate::time::Time;

/// Of so many of the earliest calls the moment is kept: no baseline can ask for more calls than that.
pub const EARLIEST_CALLS: usize = 24;

/// A baseline.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Habits {
    /// The earliest calls: when enough calls were seen to speak of habits.
    #[serde(skip_serializing_if = "blank")]
    pub earliest: Few<Stamped<RecordId>, EARLIEST_CALLS>,
    /// The blocks (see [`block_of`]) that calls came from.
    #[serde(skip_serializing_if = "blank")]
    pub blocks: BoundedSet<Network, LIFELONG>,
    /// The addresses that calls came from, let through or refused.
    #[serde(skip_serializing_if = "blank")]
    pub addresses: BoundedSet<Address, LIFELONG>,
    /// The hours with calls.
    #[serde(skip_serializing_if = "blank")]
    pub hours: RecentHours,
    /// The log groups of calls that were refused.
    #[serde(skip_serializing_if = "blank")]
    pub refused: BoundedSet<LogGroupName, LIFELONG>,
}

join_fields!(Habits { earliest, blocks, addresses, hours, refused });

impl Habits {
    pub(super) fn absorb(&mut self, event: &Event, call: &BearerCall, time: Time) -> bool {
        let hour = time.floor_hour();
        // A service that calls on somebody's behalf does so from its own network, which is nobody's habit.
        let address = event.caller.address.filter(|_| !event.caller.service);
        let mut changed = address.is_some_and(|it| self.addresses.absorb(hour, &Address(it)));
        if call.denied.is_some() {
            return changed | call.log_group.as_ref().is_some_and(|it| self.refused.absorb(hour, it));
        }
        changed |= self.earliest.absorb(&Stamped { at: hour, value: event.record });
        changed |= address.is_some_and(|it| self.blocks.absorb(hour, &block_of(it)));
        changed | self.hours.absorb(time)
    }

    /// When so many calls had been seen; `None` while they have not, or where nobody kept count so far.
    pub fn calls_seen(&self, number: usize) -> Option<Time> {
        self.earliest.values().nth(number.checked_sub(1)?).map(|call| call.at)
    }
}
