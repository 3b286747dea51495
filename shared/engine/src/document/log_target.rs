//! A log group, or the query results of an account and region.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::{By, CLOCK_TOLERANCE, History, Margin, blank, margin};
use crate::event::{Event, KmsKeyRef, LogGroupSeen, Token, What};
use crate::fingerprint::hash64;
use crate::ids::{ServiceName, UserName};
use crate::join_fields;
use crate::lattice::{BoundedSet, Latest, Sketched};
use crate::subject::SubjectId;
use crate::time::Time;

/// An association that began, or (without a key) ended.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct AssociationEntry {
    /// The KMS key from now on; `None` for a disassociation.
    pub key: Option<KmsKeyRef>,
    /// Who did it.
    #[serde(flatten)]
    pub by: By,
}

/// An association that failed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct FailedAssociation {
    /// The KMS key that was asked for.
    pub key: Option<KmsKeyRef>,
    /// The error's code; hostile text.
    pub code: Box<str>,
    /// Who tried.
    #[serde(flatten)]
    pub by: By,
}

/// The lifetimes of a log group's name: deletion closes one, a later creation opens another.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LogGroupLife {
    /// A lifetime begins.
    Created,
    /// A lifetime ends, and its data with it.
    Deleted,
}

/// The KMS key that a listing showed on a log group, or that it showed none.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ListedKey(pub Option<KmsKeyRef>);

impl Sketched for ListedKey {
    fn sketch_hash(&self) -> u64 {
        let text = match &self.0 {
            Some(KmsKeyRef::Key(key)) => key.to_string(),
            Some(KmsKeyRef::Unresolved(text)) => format!("?{text}"),
            None => String::new(),
        };
        hash64("listed key", text)
    }
}

/// How long data is kept; ordered by length.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeptFor {
    /// So many days.
    Days(u32),
    /// Never deleted.
    ForEver,
}

impl KeptFor {
    /// What CloudWatch Logs means by a number of days or none.
    pub fn of(days: Option<u32>) -> Self {
        days.map_or(Self::ForEver, Self::Days)
    }
}

impl Sketched for KeptFor {
    fn sketch_hash(&self) -> u64 {
        hash64("kept for", format!("{self:?}"))
    }
}

/// Who sends to a log group with a bearer token.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Sender {
    /// The service of the token.
    pub service: ServiceName,
    /// The user; `None` for short-term tokens.
    pub user: Option<UserName>,
}

impl Sketched for Sender {
    fn sketch_hash(&self) -> u64 {
        let user = self.user.as_ref().map_or("", UserName::as_str);
        hash64("sender", format!("{}/{user}", self.service))
    }
}

/// The facts of a log target.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct LogTarget {
    /// Its associations.
    #[serde(skip_serializing_if = "blank")]
    pub associations: History<AssociationEntry>,
    /// Associations that failed.
    #[serde(skip_serializing_if = "blank")]
    pub failures: History<FailedAssociation>,
    /// Its lifetimes.
    #[serde(skip_serializing_if = "blank")]
    pub lives: History<LogGroupLife>,
    /// Its retention in days, or for ever.
    #[serde(skip_serializing_if = "blank")]
    pub retention: History<Option<u32>>,
    /// Bearer authentication, on or off.
    #[serde(skip_serializing_if = "blank")]
    pub bearer_authentication: History<bool>,
    /// The newest listing that showed it.
    #[serde(skip_serializing_if = "blank")]
    pub observed: Latest<LogGroupSeen>,
    /// The KMS keys that listings showed on it, each with its first and last listing.
    #[serde(skip_serializing_if = "blank")]
    pub listed_keys: BoundedSet<ListedKey, 8>,
    /// The retentions that listings showed. CloudWatch Logs knows fewer than two dozen, so that none is forgotten.
    #[serde(skip_serializing_if = "blank")]
    pub listed_retention: BoundedSet<KeptFor, 24>,
    /// Who sent with a bearer token, floored to the hour.
    #[serde(skip_serializing_if = "blank")]
    pub senders: BoundedSet<Sender, 16>,
    /// Attempts, and records without a usable time.
    #[serde(flatten)]
    pub margin: Margin,
    /// Fields of a newer minor version.
    #[serde(flatten)]
    pub newer: serde_json::Map<String, serde_json::Value>,
}

join_fields!(LogTarget {
    associations, failures, lives, retention, bearer_authentication, observed, listed_keys, listed_retention,
    senders, margin
} keeps { newer });

/// How the association of a log target stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Association {
    /// No record says anything.
    Unknown,
    /// Without a KMS key.
    None {
        /// Since then.
        since: Time,
    },
    /// With this key.
    Key {
        /// The key.
        key: KmsKeyRef,
        /// Since then.
        since: Time,
    },
    /// Two records of the same second contradict each other.
    Contested,
}

impl LogTarget {
    pub(super) fn absorb(&mut self, event: &Event) -> bool {
        let time = match margin(&mut self.margin, event) {
            Ok(time) => time,
            Err(changed) => return changed,
        };
        let (record, revision) = (event.record, event.revision);
        match &event.what {
            What::Associated { key, .. } => self.associate(time, event, Some(key)),
            What::Disassociated { .. } => self.associate(time, event, None),
            What::LogGroupCreated { key, .. } => {
                let changed = self.lives.absorb(time, record, revision, &LogGroupLife::Created);
                changed | (key.is_some() && self.associate(time, event, key.as_ref()))
            }
            What::LogGroupObserved { seen, .. } => {
                let newer = self.observed.absorb(time, seen);
                // To the second, as histories are kept, so that the two can be compared.
                let time = time.floor_second();
                let key = self.listed_keys.absorb(time, &ListedKey(seen.key.clone()));
                newer | key | self.listed_retention.absorb(time, &KeptFor::of(seen.retention_days))
            }
            What::LogGroupDeleted { .. } => self.lives.absorb(time, record, revision, &LogGroupLife::Deleted),
            What::AssociationFailed { key, code, .. } => {
                let failed = FailedAssociation { key: key.clone(), code: code.clone(), by: By::of(event) };
                self.failures.absorb(time, record, revision, &failed)
            }
            What::RetentionSet { days, .. } => self.retention.absorb(time, record, revision, days),
            What::BearerAuthenticationSet { enabled, .. } => {
                self.bearer_authentication.absorb(time, record, revision, enabled)
            }
            What::BearerCall(call) if call.denied.is_none() => {
                let user = call.user.clone().filter(|_| call.token == Token::LongTerm);
                self.senders.absorb(time.floor_hour(), &Sender { service: call.service.clone(), user })
            }
            _ => false,
        }
    }

    fn associate(&mut self, time: Time, event: &Event, key: Option<&KmsKeyRef>) -> bool {
        let entry = AssociationEntry { key: key.cloned(), by: By::of(event) };
        self.associations.absorb(time, event.record, event.revision, &entry)
    }

    /// How its association stands at a moment: as records say it, unless a later listing says otherwise.
    pub fn association(&self, now: Time) -> Association {
        let horizon = now + CLOCK_TOLERANCE;
        let (recorded, newest) = self.recorded_association(horizon);
        let Some(seen) = self.observed.get().filter(|seen| seen.at <= horizon) else { return recorded };
        if newest.is_some_and(|newest| newest > seen.at) {
            return recorded;
        }
        let since = seen.at;
        match (&seen.value.key, recorded) {
            (Some(listed), Association::Key { key, since }) if key == *listed => {
                Association::Key { key, since }
            }
            (Some(listed), _) => Association::Key { key: listed.clone(), since },
            (None, Association::None { since }) => Association::None { since },
            (None, _) => Association::None { since },
        }
    }

    /// What records say of the association, and the moment of the newest of them.
    fn recorded_association(&self, horizon: Time) -> (Association, Option<Time>) {
        let life = self.lives.entries().rfind(|life| life.at <= horizon);
        // A new lifetime begins without a key; what happened to the name before is another log group's. A deletion
        // and a creation of one second (infrastructure as code replaces) leave a log group that exists.
        let born = life.filter(|life| life.value == LogGroupLife::Created).map(|life| life.at);
        if let Some(died) = life.filter(|life| life.value == LogGroupLife::Deleted) {
            return (Association::None { since: died.at }, Some(died.at));
        }
        let from = born.map_or(Time::from_millis(i64::MIN), Time::floor_second);
        let mut standing = born.map_or(Association::Unknown, |since| Association::None { since });
        let mut newest = None;
        for entry in self.associations.entries().filter(|entry| (from..=horizon).contains(&entry.at)) {
            let next = match &entry.value.key {
                Some(key) => Association::Key { key: key.clone(), since: entry.at },
                None => Association::None { since: entry.at },
            };
            let same = match (&standing, &next) {
                (Association::Key { key: one, .. }, Association::Key { key: two, .. }) => one == two,
                (Association::None { .. }, Association::None { .. }) => true,
                _ => false,
            };
            standing = if newest == Some(entry.at) && !same { Association::Contested } else { next };
            newest = Some(entry.at);
        }
        (standing, newest.or(born))
    }

    /// The KMS keys that records and listings name, each once.
    pub fn kms_keys(&self) -> BTreeSet<&SubjectId> {
        let recorded = self.associations.entries().filter_map(|entry| entry.value.key.as_ref());
        let listed = self.listed_keys.values().filter_map(|held| held.value.0.as_ref());
        let newest = self.observed.value().and_then(|seen| seen.key.as_ref());
        let named = recorded.chain(listed).chain(newest).filter_map(|key| match key {
            KmsKeyRef::Key(key) => Some(key),
            KmsKeyRef::Unresolved(_) => None,
        });
        named.collect()
    }

    /// Whether its newest lifetime has ended by then, and no listing has shown it since.
    pub fn deleted(&self, now: Time) -> bool {
        let horizon = now + CLOCK_TOLERANCE;
        let newest = self.lives.entries().rfind(|life| life.at <= horizon);
        let seen = self.observed.at().filter(|at| *at <= horizon);
        newest.is_some_and(|life| {
            life.value == LogGroupLife::Deleted && seen.is_none_or(|seen| seen <= life.at)
        })
    }

    /// Its retention at a moment: unknown, for ever (`Some(None)`) or days.
    pub fn retention_at(&self, now: Time) -> Option<Option<u32>> {
        let horizon = now + CLOCK_TOLERANCE;
        let recorded = self.retention.entries().rfind(|entry| entry.at <= horizon);
        let seen = self.observed.get().filter(|seen| seen.at <= horizon);
        match (recorded, seen) {
            (Some(recorded), Some(seen)) if seen.at > recorded.at => Some(seen.value.retention_days),
            (Some(recorded), _) => Some(recorded.value),
            (None, seen) => seen.map(|seen| seen.value.retention_days),
        }
    }

    /// Whether bearer authentication is on at a moment, if a record or a listing says it.
    pub fn bearer_authentication_at(&self, now: Time) -> Option<bool> {
        let horizon = now + CLOCK_TOLERANCE;
        let recorded = self.bearer_authentication.entries().rfind(|entry| entry.at <= horizon);
        let seen = self.observed.get().filter(|seen| seen.at <= horizon);
        match (recorded, seen) {
            (Some(recorded), Some(seen)) if seen.at > recorded.at => {
                seen.value.bearer_authentication.or(Some(recorded.value))
            }
            (Some(recorded), _) => Some(recorded.value),
            (None, seen) => seen.and_then(|seen| seen.value.bearer_authentication),
        }
    }
}
