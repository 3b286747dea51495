//! A KMS key, and its edges to the log targets that were associated with it.

use serde::{Deserialize, Serialize};

use super::{By, CLOCK_TOLERANCE, Margin, blank, margin};
use crate::event::{Event, KmsKeyChange, KmsKeyMake, KmsKeySeen, KmsKeyState, MultiRegion, What};
use crate::fingerprint::hash64;
use crate::join_fields;
use crate::key_policy::KeyPolicy;
use crate::lattice::{BoundedSet, Earliest, Latest, Seen, Timeline};
use crate::subject::SubjectId;
use crate::time::Time;

/// A KMS key's creation.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct KmsBirth {
    /// What it is.
    pub make: KmsKeyMake,
    /// Its state after creation.
    pub state: Option<KmsKeyState>,
    /// Who created it.
    #[serde(flatten)]
    pub by: By,
}

/// A change of a KMS key.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct KmsEntry {
    /// How it changed. A policy's text is not kept here but in [`KmsKey::policy`].
    pub change: KmsKeyChange,
    /// Who changed it.
    #[serde(flatten)]
    pub by: By,
}

/// What KMS answers when it is asked to describe a key.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Described {
    /// There is no such key.
    NotFound,
    /// This.
    Shown(Box<KmsKeySeen>),
}

/// The facts of a KMS key.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct KmsKey {
    /// Its creation. `ReplicateKey` makes two records of it, one in each region.
    #[serde(skip_serializing_if = "blank")]
    pub births: Timeline<KmsBirth, 2>,
    /// What happened to it since.
    #[serde(skip_serializing_if = "blank")]
    pub changes: Timeline<KmsEntry, 24>,
    /// Its deletion, kept apart so that no length of history can push it out.
    #[serde(skip_serializing_if = "blank")]
    pub deleted: Earliest<By>,
    /// Its newest policy that a record showed, cut to 32 KiB.
    #[serde(skip_serializing_if = "blank")]
    pub policy: Latest<Box<str>>,
    /// KMS's newest description of it.
    #[serde(skip_serializing_if = "blank")]
    pub observed: Latest<Described>,
    /// Its newest policy that KMS showed when asked, cut to 32 KiB.
    #[serde(skip_serializing_if = "blank")]
    pub shown_policy: Latest<Box<str>>,
    /// Its replicas in other regions.
    #[serde(skip_serializing_if = "blank")]
    pub replicas: BoundedSet<SubjectId, 16>,
    /// The key that it is a replica of.
    #[serde(skip_serializing_if = "blank")]
    pub replica_of: Latest<SubjectId>,
    /// Attempts, and records without a usable time.
    #[serde(flatten)]
    pub margin: Margin,
    /// Fields of a newer minor version.
    #[serde(flatten)]
    pub newer: serde_json::Map<String, serde_json::Value>,
}

join_fields!(KmsKey {
    births, changes, deleted, policy, observed, shown_policy, replicas, replica_of, margin
} keeps { newer });

/// How the deletion of a KMS key stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Deletion {
    /// Nobody has asked for it.
    No,
    /// Asked for.
    Scheduled {
        /// The record that asked for it.
        record: crate::ids::RecordId,
        /// When it was asked for.
        asked: Time,
        /// When KMS deletes the key; unknown while replicas are left.
        date: Option<Time>,
        /// Who asked for it.
        by: By,
    },
    /// Two records of the same second contradict each other.
    Contested,
    /// Done, for ever.
    Done(Time),
}

impl KmsKey {
    pub(super) fn absorb(&mut self, event: &Event, me: &SubjectId) -> bool {
        let time = match margin(&mut self.margin, event) {
            Ok(time) => time,
            Err(changed) => return changed,
        };
        let (record, revision, by) = (event.record, event.revision, By::of(event));
        match &event.what {
            What::KmsKeyCreated { make, state, policy, .. } => {
                let birth = KmsBirth { make: make.clone(), state: *state, by };
                let sent = policy.as_ref().is_some_and(|text| self.policy.absorb(time, text));
                sent | self.births.absorb(time, record, revision, &birth)
            }
            What::KmsKeyObserved { seen, policy, .. } => {
                let shown = policy.as_ref().is_some_and(|text| self.shown_policy.absorb(time, text));
                shown | self.observed.absorb(time, &Described::Shown(seen.clone()))
            }
            What::KmsKeyAbsent { .. } => self.observed.absorb(time, &Described::NotFound),
            What::KmsKeyReplicated { key, replica, .. } if key == me => self.replicas.absorb(time, replica),
            What::KmsKeyReplicated { key, replica, .. } if replica == me => self.replica_of.absorb(time, key),
            What::KmsKeyChanged { change, .. } => {
                let mut changed = false;
                let kept = match change {
                    KmsKeyChange::Deleted => {
                        changed |= self.deleted.absorb(time, &by);
                        change.clone()
                    }
                    KmsKeyChange::PolicyChanged { policy, bypassed_lockout_check } => {
                        changed |= policy.as_ref().is_some_and(|text| self.policy.absorb(time, text));
                        let bypassed_lockout_check = *bypassed_lockout_check;
                        KmsKeyChange::PolicyChanged { policy: None, bypassed_lockout_check }
                    }
                    other => other.clone(),
                };
                changed | self.changes.absorb(time, record, revision, &KmsEntry { change: kept, by })
            }
            _ => false,
        }
    }

    /// What its creation says of it, if a record of that was seen.
    pub fn birth(&self) -> Option<(Time, &KmsBirth)> {
        self.births.entries().next().map(|entry| (entry.at, &entry.value))
    }

    /// What it is, as its creation or else KMS's description says.
    pub fn make(&self) -> Option<&KmsKeyMake> {
        let described = match self.observed.value() {
            Some(Described::Shown(seen)) => Some(&seen.make),
            _ => None,
        };
        self.birth().map(|(_, birth)| &birth.make).or(described)
    }

    /// When it was created, as a record or else KMS's description says.
    pub fn created(&self) -> Option<Time> {
        let described = match self.observed.value() {
            Some(Described::Shown(seen)) => seen.created,
            _ => None,
        };
        self.birth().map(|(at, _)| at).or(described)
    }

    /// KMS's description, if it was given by then and after a moment.
    fn described(&self, horizon: Time, after: Option<Time>) -> Option<(Time, &KmsKeySeen)> {
        let newest =
            self.observed.get().filter(|it| it.at <= horizon && after.is_none_or(|at| it.at > at))?;
        match &newest.value {
            Described::Shown(seen) => Some((newest.at, seen)),
            Described::NotFound => None,
        }
    }

    /// How its deletion stands at a moment: as records say it, unless a later description says otherwise.
    pub fn deletion(&self, now: Time) -> Deletion {
        let horizon = now + CLOCK_TOLERANCE;
        if let Some(at) = self.deleted.at().filter(|at| *at <= horizon) {
            return Deletion::Done(at);
        }
        let mut standing: (Option<Time>, Deletion) = (None, Deletion::No);
        for entry in self.changes.entries().filter(|entry| entry.at <= horizon) {
            let next = match &entry.value.change {
                KmsKeyChange::DeletionScheduled { date, .. } => Deletion::Scheduled {
                    record: entry.record,
                    asked: entry.at,
                    date: *date,
                    by: entry.value.by.clone(),
                },
                KmsKeyChange::DeletionCancelled => Deletion::No,
                _ => continue,
            };
            let second = entry.at.floor_second();
            let contradicts = matches!(
                (&standing.1, &next),
                (Deletion::Scheduled { .. }, Deletion::No) | (Deletion::No, Deletion::Scheduled { .. })
            );
            let contested = standing.0 == Some(second) && (contradicts || standing.1 == Deletion::Contested);
            standing = (Some(second), if contested { Deletion::Contested } else { next });
        }
        let Some((at, seen)) = self.described(horizon, standing.0) else { return standing.1 };
        let waits =
            matches!(seen.state, Some(KmsKeyState::PendingDeletion | KmsKeyState::PendingReplicaDeletion));
        match (&standing.1, waits) {
            // The records say more of it: who asked, and when.
            (Deletion::Scheduled { date, .. }, true) if *date == seen.deletion_date => standing.1,
            (_, true) => Deletion::Scheduled {
                record: described_deletion(seen.deletion_date),
                asked: at,
                date: seen.deletion_date,
                by: By::default(),
            },
            (_, false) if seen.state.is_some() => Deletion::No,
            _ => standing.1,
        }
    }

    /// Whether anything says that it was deleted or was to be, whenever.
    pub fn may_be_lost(&self) -> bool {
        let asked = |change: &KmsKeyChange| matches!(change, KmsKeyChange::DeletionScheduled { .. });
        let described = match self.observed.value() {
            Some(Described::Shown(seen)) => {
                matches!(seen.state, Some(KmsKeyState::PendingDeletion | KmsKeyState::PendingReplicaDeletion))
            }
            _ => false,
        };
        described || self.deleted.at().is_some() || self.changes.entries().any(|it| asked(&it.value.change))
    }

    /// Its state at a moment, as far as records say it; `None` also where two records of one second contradict each
    /// other. Deletion is not a state: see [`Self::deletion`].
    pub fn state(&self, now: Time) -> Option<KmsKeyState> {
        let horizon = now + CLOCK_TOLERANCE;
        let birth = self.birth().filter(|(at, _)| *at <= horizon);
        let mut state = birth.and_then(|(_, birth)| birth.state);
        let mut second = None;
        for entry in self.changes.entries().filter(|entry| entry.at <= horizon) {
            let Some(next) = state_after(&entry.value.change) else { continue };
            let contested = second == Some(entry.at) && state != Some(next);
            state = (!contested).then_some(next);
            second = Some(entry.at);
        }
        let newest = second.or(birth.map(|(at, _)| at));
        self.described(horizon, newest).and_then(|(_, seen)| seen.state).or(state)
    }

    /// Its newest policy by a moment, and since when it is known: as records say it, unless KMS showed another one later.
    pub fn policy_at(&self, now: Time) -> Option<(Time, KeyPolicy)> {
        let by_then = |policy: &Latest<Box<str>>| {
            let newest = policy.get().filter(|policy| policy.at <= now + CLOCK_TOLERANCE)?;
            Some((newest.at, KeyPolicy::read(&newest.value)))
        };
        match (by_then(&self.policy), by_then(&self.shown_policy)) {
            (Some(put), Some(shown)) => {
                let is_another = shown.0 > put.0 && shown.1.fingerprint() != put.1.fingerprint();
                Some(if is_another { shown } else { put })
            }
            (put, shown) => put.or(shown),
        }
    }

    /// Who put a policy at a moment, if the record is remembered.
    pub fn policy_by(&self, at: Time) -> Option<&By> {
        let at = at.floor_second();
        let puts =
            self.changes.entries().filter(|it| matches!(it.value.change, KmsKeyChange::PolicyChanged { .. }));
        let put = puts.filter(|it| it.at.floor_second() == at).map(|it| &it.value.by);
        let born = self.births.entries().filter(|it| it.at.floor_second() == at).map(|it| &it.value.by);
        put.chain(born).next()
    }

    /// The keys that are said to have the same material: its replicas, and the key that it is a replica of. KMS's description
    /// names the key itself among them.
    pub fn relatives(&self) -> impl Iterator<Item = &SubjectId> {
        let replicas = self.replicas.values().map(|held| &held.value);
        let primaries = self.births.entries().filter_map(|entry| match &entry.value.make.multi_region {
            Some(MultiRegion::Replica { primary }) => primary.as_ref(),
            _ => None,
        });
        let described = match self.observed.value() {
            Some(Described::Shown(seen)) => seen.family.as_slice(),
            _ => &[],
        };
        replicas.chain(self.replica_of.value()).chain(primaries).chain(described)
    }
}

/// Stands for the record of a deletion that no record told of: the same deletion is the same.
fn described_deletion(date: Option<Time>) -> crate::ids::RecordId {
    crate::ids::RecordId(hash64("described deletion", date.map(|date| date.to_string()).unwrap_or_default()))
}

/// The state that a change leaves a key in; `None` where it leaves it as it was.
pub(crate) const fn state_after(change: &KmsKeyChange) -> Option<KmsKeyState> {
    Some(match change {
        KmsKeyChange::Enabled | KmsKeyChange::MaterialImported { .. } => KmsKeyState::Enabled,
        // Cancelling leaves the key disabled:
        // https://docs.aws.amazon.com/kms/latest/APIReference/API_CancelKeyDeletion.html
        KmsKeyChange::Disabled | KmsKeyChange::DeletionCancelled => KmsKeyState::Disabled,
        KmsKeyChange::DeletionScheduled { waits_for_replicas: true, .. } => {
            KmsKeyState::PendingReplicaDeletion
        }
        KmsKeyChange::DeletionScheduled { .. } => KmsKeyState::PendingDeletion,
        KmsKeyChange::MaterialDeleted | KmsKeyChange::MaterialExpired => KmsKeyState::PendingImport,
        KmsKeyChange::Deleted
        | KmsKeyChange::Rotated
        | KmsKeyChange::PolicyChanged { .. }
        | KmsKeyChange::PrimaryMoved(_) => return None,
    })
}

/// The edge from a KMS key to a log target: when somebody associated the two. When an association ended is in the
/// log target's own document, since the record that ends it doesn't name the key.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Edge {
    /// The associations.
    #[serde(skip_serializing_if = "blank")]
    pub associated: Timeline<By, 4>,
    /// First and last listing that showed the two together.
    #[serde(skip_serializing_if = "blank")]
    pub observed: Seen,
    /// Records without a usable time.
    #[serde(flatten)]
    pub margin: Margin,
    /// Fields of a newer minor version.
    #[serde(flatten)]
    pub newer: serde_json::Map<String, serde_json::Value>,
}

join_fields!(Edge { associated, observed, margin } keeps { newer });

impl Edge {
    /// Since when the two are known to have belonged together.
    pub fn since(&self) -> Option<Time> {
        let associated = self.associated.entries().next().map(|entry| entry.at);
        [associated, self.observed.first].into_iter().flatten().min()
    }

    pub(super) fn absorb(&mut self, event: &Event) -> bool {
        let time = match margin(&mut self.margin, event) {
            Ok(time) => time,
            Err(changed) => return changed,
        };
        match &event.what {
            What::LogGroupObserved { .. } => self.observed.absorb(time.floor_second()),
            What::Associated { .. } | What::LogGroupCreated { key: Some(_), .. } => {
                self.associated.absorb(time, event.record, event.revision, &By::of(event))
            }
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests;
