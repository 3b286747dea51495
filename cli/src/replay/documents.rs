//! A worker's documents, found without building their addresses anew for each of a thousand like calls.

use hashbrown::{Equivalent, HashMap};
use keytrail_engine::document::Document;
use keytrail_engine::event::{BearerCall, Event, Token, What};
use keytrail_engine::ids::{
    AccountId, CredentialId, LogGroupName, Network, Partition, Region, ServiceName, UserName,
};
use keytrail_engine::subject::{DocumentId, Part, SubjectId};
use keytrail_engine::touch::touched;

/// Kinds of call that are remembered at once: all senders with all their log groups of most accounts, in little memory.
const REMEMBERED: usize = 4_096;

/// Documents by address.
#[derive(Default)]
pub(super) struct Documents {
    documents: Vec<Document>,
    places: HashMap<DocumentId, usize>,
    /// The documents that a bearer call touches, by all that [`touched`] looks at but the hour.
    of_calls: HashMap<Call, Box<[Place]>>,
}

/// Where a document is.
enum Place {
    /// Here.
    At(usize),
    /// At the hour of the call, of this subject and credential.
    Hour(SubjectId, Option<CredentialId>),
}

impl Documents {
    /// Takes in what an event says, into every document that it touches.
    pub(super) fn absorb(&mut self, event: &Event) {
        let What::BearerCall(call) = &event.what else {
            for id in touched(event) {
                let at = self.at(id);
                self.tell(at, event);
            }
            return;
        };
        let like = CallRef::of(event, call);
        // Taken out and put back, since telling borrows the rest.
        let known = self.of_calls.get_mut(&like).map(std::mem::take);
        let places = known.unwrap_or_else(|| self.places_of(event));
        for place in &places {
            let at = match (place, event.time) {
                (Place::At(at), _) => Some(*at),
                (Place::Hour(subject, credential), Some(time)) => {
                    let part = Part::Hour { hour: time.floor_hour(), credential: credential.clone() };
                    self.at(DocumentId { subject: subject.clone(), part })
                }
                (Place::Hour(..), None) => None,
            };
            self.tell(at, event);
        }
        self.remember(like, places);
    }

    fn places_of(&mut self, event: &Event) -> Box<[Place]> {
        let places = touched(event).into_iter().filter_map(|id| match id.part {
            Part::Hour { credential, .. } => Some(Place::Hour(id.subject, credential)),
            _ => self.at(id).map(Place::At),
        });
        places.collect()
    }

    fn remember(&mut self, like: CallRef<'_>, places: Box<[Place]>) {
        if let Some(known) = self.of_calls.get_mut(&like) {
            *known = places;
            return;
        }
        if self.of_calls.len() >= REMEMBERED {
            self.of_calls.clear();
        }
        self.of_calls.insert(like.owned(), places);
    }

    fn tell(&mut self, at: Option<usize>, event: &Event) {
        if let Some(document) = at.and_then(|at| self.documents.get_mut(at)) {
            document.absorb(event);
        }
    }

    fn at(&mut self, id: DocumentId) -> Option<usize> {
        if let Some(at) = self.places.get(&id) {
            return Some(*at);
        }
        let at = self.documents.len();
        self.documents.push(Document::empty(&id)?);
        self.places.insert(id, at);
        Some(at)
    }

    /// The documents, in no order.
    pub(super) fn into_documents(self) -> Vec<Document> {
        self.documents
    }
}

/// What decides, with its hour, which documents a bearer call touches.
#[derive(PartialEq, Eq, Hash)]
struct Call {
    partition: Partition,
    account: AccountId,
    region: Region,
    service: ServiceName,
    user: Option<UserName>,
    key: Option<CredentialId>,
    log_group: Option<LogGroupName>,
    network: Option<Network>,
    long_term: bool,
    timed: bool,
}

/// The same, looked at without a copy.
#[derive(PartialEq, Eq, Hash, Clone, Copy)]
struct CallRef<'e> {
    partition: &'e Partition,
    account: &'e AccountId,
    region: &'e Region,
    service: &'e ServiceName,
    user: Option<&'e UserName>,
    key: Option<&'e CredentialId>,
    log_group: Option<&'e LogGroupName>,
    network: Option<&'e Network>,
    long_term: bool,
    timed: bool,
}

impl<'e> CallRef<'e> {
    fn of(event: &'e Event, call: &'e BearerCall) -> Self {
        Self {
            partition: &event.place.partition,
            account: &event.place.account,
            region: &event.place.region,
            service: &call.service,
            user: call.user.as_ref(),
            key: call.key.as_ref(),
            log_group: call.log_group.as_ref(),
            // What a network remembers takes no part where it is not touched.
            network: event.caller.network.as_ref().filter(|_| call.denied.is_none() && !event.caller.service),
            long_term: call.token == Token::LongTerm,
            timed: event.time.is_some(),
        }
    }

    fn owned(self) -> Call {
        Call {
            partition: self.partition.clone(),
            account: self.account.clone(),
            region: self.region.clone(),
            service: self.service.clone(),
            user: self.user.cloned(),
            key: self.key.cloned(),
            log_group: self.log_group.cloned(),
            network: self.network.cloned(),
            long_term: self.long_term,
            timed: self.timed,
        }
    }
}

impl Equivalent<Call> for CallRef<'_> {
    fn equivalent(&self, call: &Call) -> bool {
        let Call { partition, account, region, service, user, key, log_group, network, long_term, timed } =
            call;
        (self.long_term, self.timed) == (*long_term, *timed)
            && (self.user, self.key, self.log_group) == (user.as_ref(), key.as_ref(), log_group.as_ref())
            && self.network == network.as_ref()
            && (self.service, self.region) == (service, region)
            && (self.account, self.partition) == (account, partition)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use keytrail_engine::parse::{Meaning, ParseSettings, meaning};
    use keytrail_engine::read::{Limits, split};
    use keytrail_engine::world::World;
    use std::path::Path;

    /// Every event of every sample, each file's records twice.
    fn events() -> Vec<Event> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../events");
        let mut events = Vec::new();
        for folder in std::fs::read_dir(root).unwrap() {
            for file in std::fs::read_dir(folder.unwrap().path()).unwrap() {
                let bytes = std::fs::read(file.unwrap().path()).unwrap();
                for _ in 0..2 {
                    split(&bytes, Limits::default(), &mut |item| {
                        let Ok(record) = item else { return };
                        let settings = ParseSettings::default();
                        let said = meaning(record.json, record.envelope.as_ref(), None, &settings);
                        if let Meaning::Events(said) = said {
                            events.extend(said);
                        }
                    });
                }
            }
        }
        events
    }

    #[test]
    fn what_is_remembered_of_calls_changes_nothing() {
        let (mut documents, mut world) = (Documents::default(), World::default());
        let events = events();
        assert!(events.iter().filter(|event| matches!(event.what, What::BearerCall(_))).count() > 50);
        for event in &events {
            documents.absorb(event);
            world.absorb(event);
        }
        let mut gathered = World::default();
        documents.into_documents().into_iter().for_each(|document| gathered.add(document));
        assert!(gathered == world);
    }
}
