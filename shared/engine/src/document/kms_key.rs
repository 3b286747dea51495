//! A KMS key, and its edges to the log targets that were associated with it.

use serde::{Deserialize, Serialize};

use super::{By, CLOCK_TOLERANCE, Margin, blank, margin};
use crate::event::{Event, KmsKeyChange, KmsKeyMake, KmsKeyState, MultiRegion, What};
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

join_fields!(KmsKey { births, changes, deleted, policy, replicas, replica_of, margin } keeps { newer });

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

    /// How its deletion stands at a moment.
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
        standing.1
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
        state
    }

    /// Its newest policy, if it was put by then, and when.
    pub fn policy_at(&self, now: Time) -> Option<(Time, KeyPolicy)> {
        let newest = self.policy.get().filter(|policy| policy.at <= now + CLOCK_TOLERANCE)?;
        Some((newest.at, KeyPolicy::read(&newest.value)))
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

    /// The keys that are said to have the same material: its replicas, and the key that it is a replica of.
    pub fn relatives(&self) -> impl Iterator<Item = &SubjectId> {
        let replicas = self.replicas.values().map(|held| &held.value);
        let primaries = self.births.entries().filter_map(|entry| match &entry.value.make.multi_region {
            Some(MultiRegion::Replica { primary }) => primary.as_ref(),
            _ => None,
        });
        replicas.chain(self.replica_of.value()).chain(primaries)
    }
}

/// The state that a change leaves a key in; `None` where it leaves it as it was.
const fn state_after(change: &KmsKeyChange) -> Option<KmsKeyState> {
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
