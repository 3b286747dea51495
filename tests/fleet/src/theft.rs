//! Which thefts there are, and of what class.

use crate::cast::{DAY, HOUR, MINUTE, Scene};
use crate::draw::Draw;

/// How quickly a thief works.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Pace {
    /// All within an hour.
    Fast,
    /// A few calls a day, for days.
    Slow,
}

/// From where.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// Another network of the cloud that the fleet runs in.
    SameCloud,
    /// Another cloud, or a hoster.
    OtherCloud,
    /// Exits of Tor, another one every few calls.
    Tor,
    /// Somebody's home.
    Residential,
    /// The sender's own networks: the thief is inside.
    SameEgress,
}

/// How much.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Volume {
    /// As much as a sender of its own.
    Normal,
    /// As little as serves.
    Low,
}

/// A planted theft: its class and what became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Theft {
    /// Whose key, as an index into the fleet's keys.
    pub key: u16,
    /// How quickly.
    pub pace: Pace,
    /// From where.
    pub place: Place,
    /// How much.
    pub volume: Volume,
    /// Whether it begins within half an hour of a deployment of the sender.
    pub during_deployment: bool,
    /// Whether the thief sends the sender's own user agent.
    pub copies_agent: bool,
    /// Whether it tries log groups that are not the key's, most of which are refused.
    pub probes: bool,
    /// Whether somebody gives the key's user an access key meanwhile, and when.
    pub pivots: Option<i64>,
    /// When it was to begin, in milliseconds since the start.
    pub begins: i64,
    /// Its first recorded call; `None` if the trail recorded none.
    pub first: Option<i64>,
    /// Its recorded calls.
    pub calls: usize,
}

impl Theft {
    /// Whether it differs in anything from what the sender does: a theft from the sender's own network with its own user
    /// agent, its own log groups and few calls leaves no trace in any record.
    pub fn leaves_a_trace(&self) -> bool {
        let loud = self.pace == Pace::Fast && self.volume == Volume::Normal;
        let elsewhere = self.place != Place::SameEgress;
        self.calls > 0 && (elsewhere || loud || !self.copies_agent || self.probes || self.pivots.is_some())
    }
}

/// Draws thefts, each of another key, evenly over the classes, all after the first 35 days.
pub(crate) fn choose(draw: &mut Draw, scene: &Scene, number: usize) -> Vec<Theft> {
    let mut keys: Vec<u16> = (0..scene.keys.len() as u16).collect();
    for last in (1..keys.len()).rev() {
        keys.swap(last, draw.index(last + 1));
    }
    let first = draw.index(40);
    keys.into_iter().take(number).enumerate().map(|(n, key)| theft(draw, scene, key, first + n)).collect()
}

fn theft(draw: &mut Draw, scene: &Scene, key: u16, class: usize) -> Theft {
    const PLACES: [Place; 5] =
        [Place::SameCloud, Place::OtherCloud, Place::Tor, Place::Residential, Place::SameEgress];
    let pace = if class.is_multiple_of(2) { Pace::Fast } else { Pace::Slow };
    let volume = if (class / 2).is_multiple_of(2) { Volume::Normal } else { Volume::Low };
    let place = PLACES[class / 4 % 5];
    let begins = draw.within(35 * 24, 80 * 24) * HOUR + draw.within(0, 59) * MINUTE;
    let deployment = scene
        .changes
        .iter()
        .find(|it| it.key == Some(key) && it.egress.is_none() && it.at > 35 * DAY && it.at < 80 * DAY);
    let deployment = deployment.filter(|_| class / 20 % 2 == 1);
    let begins = deployment.map_or(begins, |it| it.at + draw.within(0, 30) * MINUTE);
    Theft {
        key,
        pace,
        place,
        volume,
        during_deployment: deployment.is_some(),
        copies_agent: draw.happens(450),
        probes: draw.happens(300),
        pivots: draw.happens(80).then(|| begins + draw.within(5, 300) * MINUTE),
        begins,
        first: None,
        calls: 0,
    }
}
