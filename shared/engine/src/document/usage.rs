//! What a user did with one service's API keys: by hour, and over all.

use serde::{Deserialize, Serialize};

use super::blank;
use super::habits::Habits;
use super::lessons::Lessons;
use super::short::short;
use crate::event::{BearerCall, Event, What};
use crate::ids::{Agent, CredentialId, LogGroupName, Network, RecordId, Region};
use crate::join_fields;
use crate::lattice::{BoundedSet, Few, FewSeen, Seen, Sketch};
use crate::network::block_of;

/// Values that a set over a subject's whole life keeps at each end.
pub(super) const LIFELONG: usize = 24;
/// Values that an hour's set keeps.
pub(super) const HOURLY: usize = 4;

/// What was seen of the calls of a subject, over its whole life. Times are floored to the hour, so that a busy
/// subject's document changes once an hour and not with every call.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Sightings {
    /// First and last call that was let through.
    pub allowed: Seen,
    /// First and last call that was refused.
    pub denied: Seen,
    /// Networks of calls that were let through.
    pub networks: BoundedSet<Network, LIFELONG>,
    /// User agents of those.
    pub agents: BoundedSet<Agent, LIFELONG>,
    /// Regions of those.
    pub regions: BoundedSet<Region, LIFELONG>,
    /// Log groups of those.
    pub log_groups: BoundedSet<LogGroupName, LIFELONG>,
}

join_fields!(Sightings { allowed, denied, networks, agents, regions, log_groups });

/// The facts of a usage subject, or of one credential of it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Use {
    /// What was seen.
    #[serde(flatten)]
    pub sightings: Sightings,
    /// What is usual.
    #[serde(skip_serializing_if = "blank")]
    pub habits: Habits,
    /// What people said is expected.
    #[serde(skip_serializing_if = "blank")]
    pub lessons: Lessons,
    /// The ids that calls carried, if any did.
    #[serde(skip_serializing_if = "blank")]
    pub credentials: BoundedSet<CredentialId, LIFELONG>,
    /// First and last call without an id that was let through.
    #[serde(skip_serializing_if = "blank")]
    pub unnamed: Seen,
    /// First and last call without an id that was refused.
    #[serde(skip_serializing_if = "blank")]
    pub unnamed_denied: Seen,
    /// Calls without a usable time.
    #[serde(skip_serializing_if = "blank")]
    pub undated: Sketch,
    /// Fields of a newer minor version.
    #[serde(flatten)]
    pub newer: serde_json::Map<String, serde_json::Value>,
}

join_fields!(Use { sightings, habits, lessons, credentials, unnamed, unnamed_denied, undated } keeps { newer });

impl Use {
    /// Whether no call ever carried an id: then all of them are without one.
    pub fn names_none(&self) -> bool {
        self.credentials == BoundedSet::default()
    }

    pub(super) fn absorb(&mut self, event: &Event) -> bool {
        if let (What::Expected { lesson, why, .. }, Some(time)) = (&event.what, event.time) {
            return self.lessons.absorb(time, event, lesson, why);
        }
        let What::BearerCall(call) = &event.what else { return false };
        let Some(time) = event.time else { return self.undated.absorb(event.record.0) };
        let hour = time.floor_hour();
        let mut changed = match (&call.key, &call.denied) {
            (Some(key), _) => self.credentials.absorb(hour, key),
            (None, None) => self.unnamed.absorb(hour),
            (None, Some(_)) => self.unnamed_denied.absorb(hour),
        };
        changed |= self.habits.absorb(event, call, time);
        let sightings = &mut self.sightings;
        if call.denied.is_some() {
            return changed | sightings.denied.absorb(hour);
        }
        changed |= sightings.allowed.absorb(hour) | sightings.regions.absorb(hour, &event.place.region);
        let network = event.caller.network.as_ref().filter(|_| !event.caller.service);
        changed |= network.is_some_and(|it| sightings.networks.absorb(hour, it));
        changed |= event.caller.agent.as_ref().is_some_and(|it| sightings.agents.absorb(hour, it));
        changed | call.log_group.as_ref().is_some_and(|it| sightings.log_groups.absorb(hour, it))
    }
}

/// An hour of a usage subject, of the calls with one credential's id or of those with none. Under 1 KB, so that
/// keeping it up to date costs one write unit.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Hour {
    /// First and last call, let through or refused.
    pub seen: Seen,
    /// Calls that were let through.
    #[serde(skip_serializing_if = "blank")]
    pub calls: Sketch,
    /// Calls that were refused, counted more coarsely.
    #[serde(skip_serializing_if = "blank")]
    pub denied: Sketch<6>,
    /// Networks, of all calls.
    #[serde(skip_serializing_if = "blank")]
    pub networks: Few<Network, HOURLY>,
    /// Blocks (see [`block_of`]) of the calls that were let through, with when.
    #[serde(skip_serializing_if = "blank")]
    pub blocks: FewSeen<Network, HOURLY>,
    /// User agents, of all calls; long ones by their beginning and a hash.
    #[serde(skip_serializing_if = "blank")]
    pub agents: Few<Agent, HOURLY>,
    /// Regions, of all calls.
    #[serde(skip_serializing_if = "blank")]
    pub regions: Few<Region, HOURLY>,
    /// Log groups, of all calls; long names by their beginning and a hash.
    #[serde(skip_serializing_if = "blank")]
    pub log_groups: Few<LogGroupName, HOURLY>,
    /// Fields of a newer minor version.
    #[serde(flatten)]
    pub newer: serde_json::Map<String, serde_json::Value>,
}

join_fields!(Hour { seen, calls, denied, networks, blocks, agents, regions, log_groups } keeps { newer });

impl Hour {
    pub(super) fn absorb(&mut self, event: &Event) -> bool {
        let What::BearerCall(call) = &event.what else { return false };
        let Some(time) = event.time else { return false };
        let mut changed = self.seen.absorb(time) | self.count(event.record, call);
        changed |= self.regions.absorb(&event.place.region);
        let address = event.caller.address.filter(|_| !event.caller.service && call.denied.is_none());
        changed |= address.is_some_and(|it| self.blocks.absorb(time, &block_of(it)));
        changed |= event.caller.network.as_ref().is_some_and(|it| self.networks.absorb(it));
        changed |= event.caller.agent.as_ref().is_some_and(|it| {
            let short = short(it.as_str()).map(Agent::new);
            self.agents.absorb(short.as_ref().unwrap_or(it))
        });
        changed
            | call.log_group.as_ref().is_some_and(|it| {
                let short = short(it.as_str()).map(LogGroupName::new);
                self.log_groups.absorb(short.as_ref().unwrap_or(it))
            })
    }

    fn count(&mut self, record: RecordId, call: &BearerCall) -> bool {
        if call.denied.is_some() { self.denied.absorb(record.0) } else { self.calls.absorb(record.0) }
    }
}
