//! When an API key was last used, as far as that can be said: no public record of a call names its key.

use std::collections::{BTreeMap, BTreeSet};

use keytrail_engine::attribution::{Attribution, attribute};
use keytrail_engine::document::{Facts, Sightings};
use keytrail_engine::ids::{CredentialId, Network};
use keytrail_engine::subject::{Part, SubjectId};
use keytrail_engine::time::Time;
use keytrail_engine::world::World;
use serde::Serialize;

/// Networks that are kept for a key.
const NETWORKS: usize = 16;

/// When an API key was last used. Nothing in here means "never": what was not seen may have happened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct LastUse {
    /// Whether `at` is the newest call that was seen and may be this key's.
    pub known: bool,
    /// The newest call that certainly was this key's: it carried the id, or no other key could have made it.
    pub at: Option<Time>,
    /// A newer call that this key or another one of its user made.
    pub possibly: Option<Time>,
}

/// What is known of the use of one key.
#[derive(Clone, Debug, Default)]
pub(super) struct Use {
    /// The usage subject of calls that carried the key's id.
    named_by: Option<SubjectId>,
    certain: Option<Time>,
    possible: Option<Time>,
    networks: BTreeSet<Network>,
    more_networks: bool,
}

impl Use {
    pub(super) fn last(&self) -> LastUse {
        let possibly = self.possible.filter(|possible| Some(*possible) > self.certain);
        LastUse { known: self.certain.is_some() && possibly.is_none(), at: self.certain, possibly }
    }

    /// Networks of calls that certainly were this key's, and whether there were more.
    pub(super) fn networks(&self) -> (Vec<Network>, bool) {
        (self.networks.iter().cloned().collect(), self.more_networks)
    }

    /// The usage subject of calls that carried the key's id, the least if there are several.
    pub(super) const fn named_by(&self) -> Option<&SubjectId> {
        self.named_by.as_ref()
    }

    fn name(&mut self, usage: &SubjectId) {
        if self.named_by.as_ref().is_none_or(|known| usage < known) {
            self.named_by = Some(usage.clone());
        }
    }

    fn certainly<'a>(&mut self, at: Option<Time>, networks: impl Iterator<Item = &'a Network>) {
        self.certain = self.certain.max(at);
        for network in networks {
            if !self.networks.contains(network) {
                self.networks.insert(network.clone());
            }
        }
        while self.networks.len() > NETWORKS {
            self.networks.pop_last();
            self.more_networks = true;
        }
    }

    fn sighted(&mut self, sightings: &Sightings) {
        let last = sightings.allowed.last.max(sightings.denied.last);
        // Lifelong sightings are kept by the hour; an hour's own item knows better, if there still is one.
        let last = last.filter(|hour| self.certain.is_none_or(|certain| certain < *hour));
        self.certainly(last, sightings.networks.values().map(|held| &held.value));
    }
}

/// The use of every key that calls can be attributed to, by the key's subject.
pub(super) fn uses(world: &World) -> BTreeMap<SubjectId, Use> {
    let mut uses: BTreeMap<SubjectId, Use> = BTreeMap::new();
    let lives = |usage: &SubjectId, key: &CredentialId| {
        SubjectId::api_key(usage.partition.clone(), usage.account.clone(), key)
    };
    for document in world.documents() {
        let usage = &document.subject;
        match (&document.part, &document.facts) {
            (Part::Hour { credential: Some(key), .. }, Facts::Hour(hour)) => {
                uses.entry(lives(usage, key)).or_default().certainly(hour.seen.last, hour.networks.values());
            }
            (Part::Hour { credential: None, .. }, Facts::Hour(hour)) => match attribute(usage, hour, world) {
                Attribution::Key(key) => {
                    uses.entry(lives(usage, &key))
                        .or_default()
                        .certainly(hour.seen.last, hour.networks.values());
                }
                Attribution::Ambiguous(keys) => {
                    for key in keys {
                        let its = uses.entry(lives(usage, &key)).or_default();
                        its.possible = its.possible.max(hour.seen.last);
                    }
                }
                Attribution::Unknown => {}
            },
            _ => {}
        }
    }
    for document in world.documents() {
        if let (Part::Credential(key), Facts::CredentialUse(its)) = (&document.part, &document.facts) {
            let used = uses.entry(lives(&document.subject, key)).or_default();
            used.name(&document.subject);
            used.sighted(&its.sightings);
        }
    }
    uses
}
