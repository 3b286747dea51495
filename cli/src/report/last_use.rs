//! When an API key was last used, as far as that can be said: no public record of a call names its key.

use std::collections::{BTreeMap, BTreeSet};

use keytrail_engine::attribution::{Attribution, Candidates};
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
    let mut uses = BTreeMap::new();
    // A subject's own document stands before its parts, so its hours are known when its credentials' turn comes.
    for document in world.documents() {
        match (&document.part, &document.facts) {
            (Part::Main, Facts::Usage(_)) => by_hours(&document.subject, world, &mut uses),
            (Part::Credential(key), Facts::CredentialUse(its)) => {
                let used: &mut Use = uses.entry(life(&document.subject, key)).or_default();
                used.name(&document.subject);
                used.sighted(&its.sightings);
            }
            _ => {}
        }
    }
    uses
}

fn by_hours(usage: &SubjectId, world: &World, uses: &mut BTreeMap<SubjectId, Use>) {
    let candidates = Candidates::of(usage, world);
    for (credential, hour) in world.hours(usage) {
        let certain = match credential.cloned().map_or_else(|| candidates.attribute(hour), Attribution::Key) {
            Attribution::Key(key) => key,
            Attribution::Ambiguous(keys) => {
                for key in keys {
                    let its = uses.entry(life(usage, &key)).or_default();
                    its.possible = its.possible.max(hour.seen.last);
                }
                continue;
            }
            Attribution::Unknown => continue,
        };
        uses.entry(life(usage, &certain)).or_default().certainly(hour.seen.last, hour.networks.values());
    }
}

fn life(usage: &SubjectId, key: &CredentialId) -> SubjectId {
    SubjectId::api_key(usage.partition.clone(), usage.account.clone(), key)
}
