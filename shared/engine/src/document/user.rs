//! An IAM user, as far as its API keys are concerned.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{By, History, Margin, ReportEntry, blank, margin};
use crate::event::{ApiKeySeen, Compromised, Event, Grant, UserSeen, What};
use crate::fingerprint::hash64;
use crate::ids::{CredentialId, RecordId, ServiceName};
use crate::join_fields;
use crate::lattice::{BoundedSet, Latest, Sketched, Timeline};
use crate::time::Time;

/// A user's name has lifetimes: deletion closes one, a later creation opens another.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UserLife {
    /// A lifetime begins.
    Created,
    /// A lifetime ends.
    Deleted,
}

/// An API key of a user.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct KeyOfUser {
    /// Its id.
    pub key: CredentialId,
    /// Its service; `None` where no record has said it (a status change doesn't).
    pub service: Option<ServiceName>,
}

impl Sketched for KeyOfUser {
    fn sketch_hash(&self) -> u64 {
        let service = self.service.as_ref().map_or("", ServiceName::as_str);
        hash64("key of user", format!("{}/{service}", self.key))
    }
}

/// A power that a user was given or lost.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct GrantEntry {
    /// Which.
    pub grant: Grant,
    /// Who gave it.
    #[serde(flatten)]
    pub by: By,
}

/// A tag that was set, or removed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct TagEntry {
    /// The tag's key; hostile text.
    pub tag: Box<str>,
    /// Its value, or `None` for a removal; hostile text.
    pub value: Option<Box<str>>,
}

/// Tags by their keys; hostile text.
type Tags = BTreeMap<Box<str>, Box<str>>;

/// The facts of an IAM user.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct User {
    /// Its lifetimes.
    #[serde(skip_serializing_if = "blank")]
    pub lives: History<UserLife>,
    /// Its API keys, of every service.
    #[serde(skip_serializing_if = "blank")]
    pub keys: BoundedSet<KeyOfUser, 16>,
    /// Powers that it was given besides.
    #[serde(skip_serializing_if = "blank")]
    pub grants: History<GrantEntry>,
    /// Its tags, as they changed.
    #[serde(skip_serializing_if = "blank")]
    pub tags: Timeline<TagEntry, 50>,
    /// Its path and its tags, as IAM showed them last.
    #[serde(skip_serializing_if = "blank")]
    pub observed: Latest<UserSeen>,
    /// Who called it compromised.
    #[serde(skip_serializing_if = "blank")]
    pub reports: History<ReportEntry>,
    /// Attempts, and records without a usable time.
    #[serde(flatten)]
    pub margin: Margin,
    /// Fields of a newer minor version.
    #[serde(flatten)]
    pub newer: serde_json::Map<String, serde_json::Value>,
}

join_fields!(User { lives, keys, grants, tags, observed, reports, margin } keeps { newer });

impl User {
    pub(super) fn absorb(&mut self, event: &Event) -> bool {
        let time = match margin(&mut self.margin, event) {
            Ok(time) => time,
            Err(changed) => return changed,
        };
        let (record, revision) = (event.record, event.revision);
        match &event.what {
            What::ApiKeyCreated(seen) | What::ApiKeyReset(seen) | What::ApiKeyObserved(seen) => {
                self.holds(time, seen)
            }
            What::ApiKeyStatusChanged { key, .. } | What::ApiKeyDeleted { key, .. } => {
                self.keys.absorb(time, &KeyOfUser { key: key.clone(), service: None })
            }
            What::UserCreated { .. } => self.lives.absorb(time, record, revision, &UserLife::Created),
            What::UserDeleted { .. } => self.lives.absorb(time, record, revision, &UserLife::Deleted),
            What::UserTagged { tag, value, .. } => {
                let entry = TagEntry { tag: tag.clone(), value: value.clone() };
                self.tags.absorb(time, of_tag(record, tag), revision, &entry)
            }
            What::UserObserved { seen, .. } => self.observed.absorb(time, seen),
            What::UserGranted { grant, .. } => {
                let entry = GrantEntry { grant: grant.clone(), by: By::of(event) };
                self.grants.absorb(time, record, revision, &entry)
            }
            What::CompromiseReported { of: Compromised::User(_), source } => {
                self.reports.absorb(time, record, revision, &ReportEntry::of(event, source))
            }
            _ => false,
        }
    }

    fn holds(&mut self, time: Time, seen: &ApiKeySeen) -> bool {
        self.keys.absorb(time, &KeyOfUser { key: seen.key.clone(), service: seen.service.clone() })
    }

    /// The value of a tag, as the newest record of it says, or what IAM showed since; `None` where it has none, or was never seen.
    pub fn tag(&self, tag: &str) -> Option<&str> {
        match self.tag_read(tag) {
            Some(value) => value,
            None => self.tags.entries().rfind(|entry| &*entry.value.tag == tag)?.value.value.as_deref(),
        }
    }

    /// The value of a tag, or that it has none: as IAM showed all of them, and as it was changed since. `None` where IAM has not
    /// shown the tags of this user.
    pub fn tag_read(&self, tag: &str) -> Option<Option<&str>> {
        let (at, _, tags) = self.shown()?;
        let newest = self.tags.entries().rfind(|entry| &*entry.value.tag == tag && entry.at > at);
        Some(newest.map_or_else(|| tags.get(tag).map(|it| &**it), |newest| newest.value.value.as_deref()))
    }

    /// Its path, where IAM has shown it. A user's path can be changed, and no record of that is read.
    pub fn path_read(&self) -> Option<&str> {
        self.shown().map(|(_, path, _)| path)
    }

    /// What IAM showed last, and as of when: of this user, not of an earlier one of the same name.
    fn shown(&self) -> Option<(Time, &str, &Tags)> {
        let seen = self.observed.get()?;
        let of_another = self.lives.entries().next_back().is_some_and(|life| life.at > seen.at);
        match &seen.value {
            UserSeen::Shown { path, tags } if !of_another => Some((seen.at, path, tags)),
            UserSeen::Shown { .. } | UserSeen::Unreadable => None,
        }
    }

    /// The credential ids that records tie to this user, each once.
    pub fn key_ids(&self) -> impl Iterator<Item = &CredentialId> {
        let mut ids: Vec<&CredentialId> = self.keys.values().map(|held| &held.value.key).collect();
        ids.sort_unstable();
        ids.dedup();
        ids.into_iter()
    }
}

/// A record may set several tags at once, and each is an entry of its own.
fn of_tag(record: RecordId, tag: &str) -> RecordId {
    RecordId(hash64("tag", format!("{record}/{tag}")))
}
