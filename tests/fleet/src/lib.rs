//! A fleet of API keys with habits, and thefts of some of them: what the detection of stolen keys is measured against.
//!
//! A [`Fleet`] is 200 keys over 90 days: collectors that never rest, applications with office hours, nightly, weekly and
//! monthly jobs, autoscaled hosts and build machines. Deployments change user agents and add log groups, egress
//! addresses change (announced or not, alone or with a whole gateway, at once or rolling), keys rotate, rest, storm and
//! are misconfigured, engineers try a key from the office. Into this, [`Theft`]s are planted, each with its label.
//!
//! The same seed gives the same fleet on every machine. The fleet was fixed before any rule was written against it, and
//! a test holds it to its hash: a rule is tuned to thefts, never thefts to a rule.
//!
//! All addresses lie in 240.0.0.0/4 and 2001:db8::/32, all system numbers in the ranges of RFC 5398: they are nobody's.

mod address;
mod cast;
mod change;
mod draw;
mod habit;
mod planted;
mod record;
mod send;
mod theft;
mod variant;

pub use address::{AddressPlan, Provider, System};
pub use cast::{Key, Kind};
pub use change::{Change, Egress};
pub use theft::{Pace, Place, Theft, Volume};
pub use variant::{Side, Variant};

use std::net::IpAddr;

use draw::Draw;
use keytrail_engine::time::{Span, Time};

/// Days that a fleet lasts.
pub const DAYS: i64 = 90;

/// The first moment of every fleet: a Monday, 00:00 UTC.
pub const START: Time = Time::from_millis(1_782_691_200_000);

/// A call of the fleet, or of a thief.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Call {
    /// Milliseconds since [`START`].
    pub at: i64,
    /// The key, as an index into [`Fleet::keys`].
    pub key: u16,
    /// From where.
    pub address: IpAddr,
    /// The user agent, as an index into [`Fleet::agents`].
    pub agent: u16,
    /// The log group, as an index into [`Fleet::groups`].
    pub group: u32,
    /// The region, as an index into [`REGIONS`].
    pub region: u8,
    /// Whether it was refused.
    pub denied: bool,
    /// The theft that it belongs to, as an index into [`Fleet::thefts`].
    pub theft: Option<u16>,
    /// Whether it was made with the user's second key.
    pub second_key: bool,
}

/// The regions of the fleet.
pub const REGIONS: [&str; 6] =
    ["us-east-1", "us-east-2", "us-west-2", "us-west-1", "eu-central-1", "ap-southeast-2"];

/// How large a fleet is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size {
    /// Keys.
    pub keys: usize,
    /// Thefts, each of another key; at most half as many as keys.
    pub thefts: usize,
}

impl Size {
    /// The size at which figures are reported.
    pub const REPORTED: Self = Self { keys: 200, thefts: 60 };
}

/// A fleet: its keys, all calls in the order of time, and the labels of what is no habit.
#[derive(Debug)]
pub struct Fleet {
    /// The seed that it follows from.
    pub seed: u64,
    /// The keys.
    pub keys: Vec<Key>,
    /// The calls, by time.
    pub calls: Vec<Call>,
    /// The thefts.
    pub thefts: Vec<Theft>,
    /// Every change of a habit, whoever's.
    pub changes: Vec<Change>,
    /// User agents, as they stand in records.
    pub agents: Vec<String>,
    /// Log groups.
    pub groups: Vec<String>,
    /// Whose addresses are whose.
    pub plan: AddressPlan,
}

impl Fleet {
    /// The fleet that a seed names.
    pub fn generate(seed: u64, size: Size) -> Self {
        let mut draw = Draw::new(seed);
        let plan = AddressPlan::new(&mut draw);
        let mut scene = cast::cast(&mut draw, &plan, size.keys);
        let mut thefts = theft::choose(&mut draw, &scene, size.thefts.min(size.keys / 2));
        let outage = draw.within(20 * 24, 80 * 24) * Span::hours(1).millis();
        let outage = outage..outage + draw.within(2, 6) * Span::hours(1).millis();
        let mut calls = Vec::new();
        for index in 0..scene.keys.len() {
            let mut draw = draw.branch(index as u64);
            send::send(&mut draw, &scene, index, &mut calls);
        }
        // The trail records nothing for a few hours: no call of those reaches anybody, a thief's neither.
        for (index, theft) in thefts.iter_mut().enumerate() {
            let mut draw = draw.branch(1_000_000 + index as u64);
            planted::plant(&mut draw, &mut scene, &plan, index, theft, &mut calls);
        }
        calls.retain(|call| !outage.contains(&call.at));
        calls.sort_by_key(|call| (call.at, call.key, call.theft, call.group, call.second_key));
        for (index, theft) in thefts.iter_mut().enumerate() {
            let own = |call: &&Call| call.theft == Some(index as u16);
            theft.first = calls.iter().find(own).map(|call| call.at);
            theft.calls = calls.iter().filter(own).count();
        }
        let cast::Scene { keys, changes, agents, groups, .. } = scene;
        Self { seed, keys, calls, thefts, changes, agents, groups, plan }
    }
}
