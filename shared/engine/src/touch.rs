//! Which documents an event speaks of.

use crate::event::{BearerCall, Compromised, Event, KmsKeyRef, LogTargetName, Token, What};
use crate::ids::{CredentialId, UserName};
use crate::subject::{DocumentId, Part, SubjectId};

/// The documents into which an event writes its fact, at least one. What no subject can be named for (a denied
/// call's parameters are null) goes to its account and region.
pub fn touched(event: &Event) -> Vec<DocumentId> {
    let place = Place(event);
    match &event.what {
        What::ApiKeyCreated(seen) | What::ApiKeyObserved(seen) | What::ApiKeyReset(seen) => {
            place.key_and_user(&seen.key, seen.user.as_ref())
        }
        What::ApiKeyStatusChanged { key, user, .. } | What::ApiKeyDeleted { key, user } => {
            place.key_and_user(key, user.as_ref())
        }
        What::ApiKeyAbsent { key } | What::Requested { key, .. } => vec![place.key(key)],
        What::BearerCall(call) => place.bearer_call(call),
        What::BearerAuthenticationSet { target, .. }
        | What::Disassociated { target }
        | What::LogGroupDeleted { target }
        | What::RetentionSet { target, .. } => vec![place.target(target)],
        What::Associated { target, key } => place.association(target, Some(key)),
        What::LogGroupCreated { target, key } => place.association(target, key.as_ref()),
        What::LogGroupObserved { target, seen } => place.association(target, seen.key.as_ref()),
        What::AssociationFailed { target, .. } => {
            vec![target.as_ref().map_or_else(|| place.account(), |target| place.target(target))]
        }
        What::Expected { subject, .. } => vec![DocumentId::main(subject.clone())],
        What::KmsKeyCreated { key, .. }
        | What::KmsKeyChanged { key, .. }
        | What::KmsKeyObserved { key, .. }
        | What::KmsKeyAbsent { key } => vec![DocumentId::main(key.clone())],
        What::KmsKeyReplicated { key, replica, .. } => {
            vec![DocumentId::main(key.clone()), DocumentId::main(replica.clone())]
        }
        What::UserCreated { user }
        | What::UserDeleted { user }
        | What::UserTagged { user, .. }
        | What::UserObserved { user, .. }
        | What::UserGranted { user, .. } => vec![place.user(user)],
        What::TrailChanged { trail, .. } | What::TrailObserved { trail, .. } => {
            vec![place.coverage(&format!("trail/{trail}"))]
        }
        What::CompromiseReported { of, .. } => match of {
            Compromised::ApiKey(key) => vec![place.key(key)],
            Compromised::User(user) => vec![place.user(user)],
            Compromised::AccessKey(_) => vec![place.account()],
        },
        What::PartChanged { .. } => vec![place.account()],
        What::Attempt { on, .. } => vec![on.clone().map_or_else(|| place.account(), DocumentId::main)],
    }
}

/// The place of an event, from which ids of subjects are made.
struct Place<'a>(&'a Event);

impl Place<'_> {
    fn key(&self, key: &CredentialId) -> DocumentId {
        let place = &self.0.place;
        DocumentId::main(SubjectId::api_key(place.partition.clone(), place.account.clone(), key))
    }

    fn user(&self, user: &UserName) -> DocumentId {
        let place = &self.0.place;
        DocumentId::main(SubjectId::user(place.partition.clone(), place.account.clone(), user))
    }

    fn account(&self) -> DocumentId {
        let place = &self.0.place;
        let (partition, account, region) = (&place.partition, &place.account, &place.region);
        DocumentId::main(SubjectId::account(partition.clone(), account.clone(), region.clone()))
    }

    fn key_and_user(&self, key: &CredentialId, user: Option<&UserName>) -> Vec<DocumentId> {
        std::iter::once(self.key(key)).chain(user.map(|user| self.user(user))).collect()
    }

    fn target_subject(&self, target: &LogTargetName) -> SubjectId {
        let place = &self.0.place;
        SubjectId::log_target(place.partition.clone(), place.account.clone(), place.region.clone(), target)
    }

    fn target(&self, target: &LogTargetName) -> DocumentId {
        DocumentId::main(self.target_subject(target))
    }

    fn coverage(&self, name: &str) -> DocumentId {
        let place = &self.0.place;
        DocumentId::main(SubjectId::coverage(
            place.partition.clone(),
            place.account.clone(),
            place.region.clone(),
            name,
        ))
    }

    /// The log target, the KMS key's edge to it, and the KMS key itself, so that a rule that looks at the key runs.
    fn association(&self, target: &LogTargetName, key: Option<&KmsKeyRef>) -> Vec<DocumentId> {
        let target = self.target_subject(target);
        let mut touched = vec![DocumentId::main(target.clone())];
        if let Some(KmsKeyRef::Key(key)) = key {
            touched.push(DocumentId { subject: key.clone(), part: Part::Edge(target) });
            touched.push(DocumentId::main(key.clone()));
        }
        touched
    }

    fn bearer_call(&self, call: &BearerCall) -> Vec<DocumentId> {
        let place = &self.0.place;
        let mut touched = Vec::with_capacity(6);
        if let (Token::LongTerm, Some(user)) = (call.token, &call.user) {
            let usage = SubjectId::usage(place.partition.clone(), place.account.clone(), &call.service, user);
            if let Some(key) = &call.key {
                touched.push(DocumentId { subject: usage.clone(), part: Part::Credential(key.clone()) });
            }
            if let Some(time) = self.0.time {
                let part = Part::Hour { hour: time.floor_hour(), credential: call.key.clone() };
                touched.push(DocumentId { subject: usage.clone(), part });
            }
            touched.push(DocumentId::main(usage));
            let lets_through = call.denied.is_none() && !self.0.caller.service;
            if let Some(network) = self.0.caller.network.as_ref().filter(|_| lets_through) {
                let (partition, account) = (place.partition.clone(), place.account.clone());
                touched.push(DocumentId::main(SubjectId::network(partition, account, network)));
            }
        }
        // CloudWatch Logs is the only service whose calls are known to name a log group.
        touched
            .extend(call.log_group.iter().map(|group| self.target(&LogTargetName::LogGroup(group.clone()))));
        touched.push(self.coverage(&format!("bearer/{}", call.service)));
        touched
    }
}
