//! The documents around the one that is judged.

use std::collections::BTreeMap;

use crate::document::{ApiKey, Document, Edge, Facts, Hour, KmsKey, LogTarget, NetworkUse, Use, User};
use crate::event::{Event, LogTargetName};
use crate::ids::{CredentialId, Network, ServiceName, UserName};
use crate::lattice::Join;
use crate::subject::{DocumentId, Part, SubjectId};
use crate::time::Time;
use crate::touch::touched;

/// Documents by address. A replay's world holds all of them; a function loads what [`crate::needs`] names.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct World {
    documents: BTreeMap<DocumentId, Document>,
}

impl World {
    /// Adds a document, or joins it to what is already there.
    pub fn add(&mut self, document: Document) {
        use std::collections::btree_map::Entry;
        match self.documents.entry(document.id()) {
            Entry::Vacant(place) => {
                place.insert(document);
            }
            Entry::Occupied(mut place) => {
                place.get_mut().join(&document);
            }
        }
    }

    /// Takes in what an event says, into every document that it touches.
    pub fn absorb(&mut self, event: &Event) {
        for id in touched(event) {
            use std::collections::btree_map::Entry;
            match self.documents.entry(id) {
                Entry::Occupied(mut place) => {
                    place.get_mut().absorb(event);
                }
                Entry::Vacant(place) => {
                    if let Some(mut document) = Document::empty(place.key()) {
                        document.absorb(event);
                        place.insert(document);
                    }
                }
            }
        }
    }

    /// Joins what another world remembers to this one.
    pub fn join(&mut self, other: Self) {
        for document in other.documents.into_values() {
            self.add(document);
        }
    }

    /// All documents, by address.
    pub fn documents(&self) -> impl Iterator<Item = &Document> {
        self.documents.values()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.documents.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.documents.is_empty()
    }

    /// The newest moment that any document speaks of; `None` while none speaks of any.
    pub fn newest(&self) -> Option<Time> {
        self.documents.values().filter_map(Document::newest).max()
    }

    /// The document at an address.
    pub fn get(&self, id: &DocumentId) -> Option<&Document> {
        self.documents.get(id)
    }

    /// The facts of a subject's own document.
    pub fn facts(&self, subject: &SubjectId) -> Option<&Facts> {
        self.get(&DocumentId::main(subject.clone())).map(|document| &document.facts)
    }

    /// The facts of all parts of a subject but its own document, by part.
    fn parts(&self, subject: &SubjectId) -> impl Iterator<Item = (&Part, &Facts)> {
        let from = DocumentId::main(subject.clone());
        let of_subject = self.documents.range(from..).take_while(|(id, _)| id.subject == *subject);
        of_subject.map(|(id, document)| (&id.part, &document.facts)).filter(|(part, _)| **part != Part::Main)
    }

    /// An API key's life.
    pub fn api_key(&self, subject: &SubjectId) -> Option<&ApiKey> {
        match self.facts(subject)? {
            Facts::ApiKey(facts) => Some(facts),
            _ => None,
        }
    }

    /// A user.
    pub fn user(&self, subject: &SubjectId) -> Option<&User> {
        match self.facts(subject)? {
            Facts::User(facts) => Some(facts),
            _ => None,
        }
    }

    /// A KMS key.
    pub fn kms_key(&self, subject: &SubjectId) -> Option<&KmsKey> {
        match self.facts(subject)? {
            Facts::KmsKey(facts) => Some(facts),
            _ => None,
        }
    }

    /// A log target.
    pub fn log_target(&self, subject: &SubjectId) -> Option<&LogTarget> {
        match self.facts(subject)? {
            Facts::LogTarget(facts) => Some(facts),
            _ => None,
        }
    }

    /// A network of the account of another subject.
    pub fn network(&self, near: &SubjectId, network: &Network) -> Option<&NetworkUse> {
        let subject = SubjectId::network(near.partition.clone(), near.account.clone(), network);
        match self.facts(&subject)? {
            Facts::Network(facts) => Some(facts),
            _ => None,
        }
    }

    /// The hours of a usage subject, oldest first, with the credential's id that their calls carried.
    pub fn hours(&self, usage: &SubjectId) -> impl Iterator<Item = (Option<&CredentialId>, &Hour)> {
        self.parts(usage).filter_map(|(part, facts)| match (part, facts) {
            (Part::Hour { credential, .. }, Facts::Hour(hour)) => Some((credential.as_ref(), &**hour)),
            _ => None,
        })
    }

    /// The log targets that a KMS key was ever associated with.
    pub fn edges(&self, kms_key: &SubjectId) -> impl Iterator<Item = (&SubjectId, &Edge)> {
        self.parts(kms_key).filter_map(|(part, facts)| match (part, facts) {
            (Part::Edge(target), Facts::Edge(edge)) => Some((target, &**edge)),
            _ => None,
        })
    }

    /// What a usage subject did, over its whole life.
    pub fn usage(&self, usage: &SubjectId) -> Option<&Use> {
        match self.facts(usage)? {
            Facts::Usage(facts) => Some(facts),
            _ => None,
        }
    }

    /// The edge from a KMS key to a log target.
    pub fn edge(&self, kms_key: &SubjectId, target: &SubjectId) -> Option<&Edge> {
        let id = DocumentId { subject: kms_key.clone(), part: Part::Edge(target.clone()) };
        match &self.get(&id)?.facts {
            Facts::Edge(edge) => Some(edge),
            _ => None,
        }
    }

    /// The log groups that a usage subject is known to have sent to, in each of its regions.
    pub fn targets_of(&self, usage: &SubjectId) -> Vec<SubjectId> {
        let Some(facts) = self.usage(usage) else { return Vec::new() };
        let groups = facts.sightings.log_groups.values();
        let targets = groups.flat_map(|group| {
            let target = LogTargetName::LogGroup(group.value.clone());
            facts.sightings.regions.values().map(move |region| {
                let (partition, account) = (usage.partition.clone(), usage.account.clone());
                SubjectId::log_target(partition, account, region.value.clone(), &target)
            })
        });
        targets.collect()
    }

    /// The API keys that records tie to a user and (as far as they say one) a service: id, subject, life.
    pub fn keys_of(
        &self,
        near: &SubjectId,
        user: &UserName,
        service: &ServiceName,
    ) -> Vec<(CredentialId, &ApiKey)> {
        let subject = SubjectId::user(near.partition.clone(), near.account.clone(), user);
        let Some(user) = self.user(&subject) else { return Vec::new() };
        let life = |id: &CredentialId| {
            self.api_key(&SubjectId::api_key(near.partition.clone(), near.account.clone(), id))
        };
        let keys = user.key_ids().filter_map(|id| Some((id.clone(), life(id)?)));
        keys.filter(|(_, key)| key.service.value().is_none_or(|its| its == service)).collect()
    }
}
