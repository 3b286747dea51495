//! What is so, told in order: brute force, without a document.

use std::collections::{BTreeMap, BTreeSet};

use keytrail_engine::dependents::Need;
use keytrail_engine::event::{Event, KmsKeyChange, KmsKeyRef, KmsKeyState, What};
use keytrail_engine::subject::SubjectId;
use keytrail_engine::time::{Span, Time};

/// Data that was written under one key, from one moment to another.
#[derive(Clone, Debug)]
struct Written {
    key: SubjectId,
    from: Time,
    to: Option<Time>,
    /// The longest retention seen since, `None` for never said; in days, with a great many for ever.
    longest: Option<u32>,
    /// When a retention was first known of it.
    heard: Time,
}

const FOR_EVER: u32 = u32::MAX;

#[derive(Clone, Debug, Default)]
struct Target {
    gone: bool,
    touched: bool,
    deleted_once: bool,
    retention: Option<u32>,
    written: Vec<Written>,
}

/// How a key stands.
#[derive(Clone, Debug)]
pub(crate) struct Key {
    pub(crate) state: Option<KmsKeyState>,
    pub(crate) deletion: &'static str,
    /// Whether it is to be enabled once its deletion is cancelled: it was enabled when that was scheduled, and nobody disabled it
    /// since. `None` where nobody has scheduled it.
    pub(crate) enable: Option<bool>,
}

/// The state of affairs.
#[derive(Clone, Debug, Default)]
pub(crate) struct Oracle {
    targets: BTreeMap<SubjectId, Target>,
    keys: BTreeMap<SubjectId, Key>,
    kin: Vec<BTreeSet<SubjectId>>,
}

impl Oracle {
    pub(crate) fn exists(&self, target: &SubjectId) -> bool {
        !self.targets.get(target).is_some_and(|it| it.gone)
    }

    /// Nothing has been heard of the name yet, or it is free again.
    pub(crate) fn can_be_created(&self, target: &SubjectId) -> bool {
        self.targets.get(target).is_none_or(|it| it.gone || !it.touched)
    }

    pub(crate) fn was_deleted(&self, target: &SubjectId) -> bool {
        self.targets.get(target).is_some_and(|it| it.deleted_once)
    }

    pub(crate) fn current(&self, target: &SubjectId) -> Option<SubjectId> {
        let open = self.targets.get(target)?.written.iter().find(|it| it.to.is_none())?;
        Some(open.key.clone())
    }

    pub(crate) fn retention(&self, target: &SubjectId) -> Option<u32> {
        self.targets.get(target)?.retention.filter(|days| *days != FOR_EVER)
    }

    pub(crate) fn key(&self, key: &SubjectId) -> Key {
        let unknown = Key { state: None, deletion: "no", enable: None };
        self.keys.get(key).cloned().unwrap_or(unknown)
    }

    pub(crate) fn key_can_be_created(&self, key: &SubjectId) -> bool {
        !self.keys.contains_key(key)
    }

    pub(crate) fn allows(&self, key: &SubjectId, verb: &str) -> bool {
        let deletion = self.key(key).deletion;
        match verb {
            "enable" | "disable" | "schedule" => deletion == "no",
            "cancel" | "delete" => deletion == "scheduled" || deletion == "waits",
            _ => false,
        }
    }

    pub(crate) fn recoverable_from(&self, key: &SubjectId) -> Vec<SubjectId> {
        let mut kin = self.relatives(key);
        kin.retain(|kin| self.key(kin).deletion == "no");
        kin
    }

    /// The log targets of each lost relative that has nobody else left.
    pub(crate) fn last_hope_of(&self, key: &SubjectId, now: Time) -> Vec<(SubjectId, SubjectId)> {
        let needs = self.needs(now);
        let mut hope = Vec::new();
        for kin in self.relatives(key).into_iter().filter(|kin| self.key(kin).deletion != "no") {
            let others = self.relatives(&kin);
            if others.iter().any(|it| it != key && self.key(it).deletion == "no") {
                continue;
            }
            hope.extend(needs.keys().filter(|(of, _)| *of == kin).cloned());
        }
        hope
    }

    pub(crate) fn relatives(&self, key: &SubjectId) -> Vec<SubjectId> {
        let family = self.kin.iter().find(|family| family.contains(key));
        family.into_iter().flatten().filter(|kin| *kin != key).cloned().collect()
    }

    pub(crate) fn see(&mut self, event: &Event) {
        let at = event.time.unwrap();
        let place = &event.place;
        let of = |target| {
            SubjectId::log_target(
                place.partition.clone(),
                place.account.clone(),
                place.region.clone(),
                target,
            )
        };
        match &event.what {
            What::LogGroupCreated { target, key } => {
                let it = self.target(of(target));
                *it = Target { touched: true, deleted_once: it.deleted_once, ..Target::default() };
                if let Some(KmsKeyRef::Key(key)) = key {
                    it.write_with(key, at);
                }
            }
            What::LogGroupDeleted { target } => {
                *self.target(of(target)) =
                    Target { gone: true, touched: true, deleted_once: true, ..Target::default() };
            }
            What::Associated { target, key: KmsKeyRef::Key(key) } => {
                self.target(of(target)).write_with(key, at)
            }
            What::Disassociated { target } => self.target(of(target)).end(at),
            What::RetentionSet { target, days } => self.target(of(target)).keep(days.unwrap_or(FOR_EVER), at),
            What::LogGroupObserved { target, seen } => {
                self.target(of(target)).keep(seen.retention_days.unwrap_or(FOR_EVER), at);
            }
            What::KmsKeyCreated { key, state, .. } => self.stands(key, *state, "no"),
            What::KmsKeyReplicated { key, replica, .. } => {
                self.kin.push([key.clone(), replica.clone()].into());
            }
            What::KmsKeyChanged { key, change } => {
                let (state, deletion) = match change {
                    KmsKeyChange::Disabled => (Some(KmsKeyState::Disabled), "no"),
                    KmsKeyChange::DeletionCancelled => (Some(KmsKeyState::Disabled), "no"),
                    KmsKeyChange::DeletionScheduled { waits_for_replicas: true, .. } => {
                        (Some(KmsKeyState::PendingReplicaDeletion), "waits")
                    }
                    KmsKeyChange::DeletionScheduled { .. } => {
                        (Some(KmsKeyState::PendingDeletion), "scheduled")
                    }
                    KmsKeyChange::Deleted => (None, "done"),
                    _ => (Some(KmsKeyState::Enabled), "no"),
                };
                self.stands(key, state, deletion);
                if *change == KmsKeyChange::Disabled {
                    let held = self.keys.get_mut(key).unwrap();
                    held.enable = held.enable.map(|_| false);
                }
            }
            other => panic!("no history has {other:?}"),
        }
    }

    fn target(&mut self, id: SubjectId) -> &mut Target {
        let target = self.targets.entry(id).or_default();
        target.touched = true;
        target
    }

    fn stands(&mut self, key: &SubjectId, state: Option<KmsKeyState>, deletion: &'static str) {
        let before = self.key(key);
        let enable = match deletion {
            "scheduled" | "waits" => Some(before.state == Some(KmsKeyState::Enabled)),
            _ => before.enable,
        };
        self.keys.insert(key.clone(), Key { state, deletion, enable });
    }

    /// Which key which target needs at a moment, and for how long.
    pub(crate) fn needs(&self, now: Time) -> BTreeMap<(SubjectId, SubjectId), Need> {
        let mut needs = BTreeMap::new();
        for (id, target) in &self.targets {
            let keys: BTreeSet<&SubjectId> = target.written.iter().map(|it| &it.key).collect();
            for key in keys {
                let all: Vec<&Written> = target.written.iter().filter(|it| it.key == *key).collect();
                let since = all.iter().map(|it| it.from).min().unwrap();
                let open = all.iter().find(|it| it.to.is_none());
                let ends: Vec<Option<Time>> = all.iter().filter_map(|it| it.gone_at()).collect();
                let need = match open {
                    Some(open) => Some(Need::Now { since, pending: now < open.from + Span::minutes(5) }),
                    None if ends.contains(&None) => Some(Need::ForEver { since }),
                    None => {
                        let until = ends.into_iter().flatten().max().unwrap();
                        (now < until).then_some(Need::Until { since, until })
                    }
                };
                needs.extend(need.map(|need| ((key.clone(), id.clone()), need)));
            }
        }
        needs
    }
}

impl Target {
    fn write_with(&mut self, key: &SubjectId, at: Time) {
        if self.written.iter().any(|it| it.to.is_none() && it.key == *key) {
            return;
        }
        self.end(at);
        let longest = self.retention;
        self.written.push(Written { key: key.clone(), from: at, to: None, longest, heard: at });
    }

    fn end(&mut self, at: Time) {
        self.written.iter_mut().filter(|it| it.to.is_none()).for_each(|it| it.to = Some(at));
    }

    fn keep(&mut self, days: u32, at: Time) {
        self.retention = Some(days);
        for it in &mut self.written {
            if it.longest.is_none() {
                it.heard = at;
            }
            it.longest = it.longest.max(Some(days));
        }
    }
}

impl Written {
    /// When the last of it is gone: `None` while it is being written, `Some(None)` for never.
    fn gone_at(&self) -> Option<Option<Time>> {
        let end = self.to?;
        let Some(days) = self.longest.filter(|days| *days != FOR_EVER) else { return Some(None) };
        let expired = (end + Span::minutes(5) + Span::days(i64::from(days))).max(self.heard);
        Some(Some(expired + Span::days(7)))
    }
}
