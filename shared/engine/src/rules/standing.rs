//! The association that stands on a log target, as rules look at it.

use crate::document::{Association, AssociationEntry, CLOCK_TOLERANCE, Document, Facts, LogTarget};
use crate::event::KmsKeyRef;
use crate::lattice::Entry;
use crate::policy::Policy;
use crate::subject::{DocumentId, SubjectId};
use crate::time::{Span, Time};
use crate::world::World;

/// The association of a log target with a KMS key, as a record told it.
pub(super) struct Standing<'a> {
    pub(super) target: &'a LogTarget,
    pub(super) subject: &'a SubjectId,
    /// The KMS key.
    pub(super) key: &'a SubjectId,
    /// The record's entry.
    pub(super) entry: &'a Entry<AssociationEntry>,
    /// The KMS key that it replaced, and since when that had stood.
    pub(super) before: Option<(&'a SubjectId, Time)>,
}

/// The standing association of a log target that exists, if a record told it and its KMS key is known by id.
pub(super) fn standing(document: &Document, now: Time) -> Option<Standing<'_>> {
    let Facts::LogTarget(target) = &document.facts else { return None };
    let horizon = now + CLOCK_TOLERANCE;
    let Association::Key { since, key: KmsKeyRef::Key(_) } = target.association(now) else { return None };
    let mut told = target.associations.entries().filter(|entry| entry.at <= horizon);
    let entry = told.rfind(|entry| entry.at == since)?;
    let Some(KmsKeyRef::Key(key)) = &entry.value.key else { return None };
    let before = target.association(since - CLOCK_TOLERANCE - Span::seconds(1));
    let before = match before {
        Association::Key { key: KmsKeyRef::Key(old), since } => {
            target.kms_keys().into_iter().find(|known| **known == old).map(|old| (old, since))
        }
        _ => None,
    };
    let before = before.filter(|(old, _)| *old != key);
    Some(Standing { target, subject: &document.subject, key, entry, before })
}

/// The standing associations with a KMS key.
pub(super) fn standing_on<'a>(
    key: &'a SubjectId,
    world: &'a World,
    now: Time,
) -> impl Iterator<Item = Standing<'a>> {
    targets_of(key, world).filter_map(move |target| standing(target, now)).filter(move |it| it.key == key)
}

/// The standing associations that took a KMS key's place.
pub(super) fn standing_after<'a>(
    key: &'a SubjectId,
    world: &'a World,
    now: Time,
) -> impl Iterator<Item = Standing<'a>> {
    let replaced = move |it: &Standing<'_>| it.before.is_some_and(|(old, _)| old == key);
    targets_of(key, world).filter_map(move |target| standing(target, now)).filter(replaced)
}

fn targets_of<'a>(key: &'a SubjectId, world: &'a World) -> impl Iterator<Item = &'a Document> {
    world.edges(key).filter_map(|(target, _)| world.get(&DocumentId::main(target.clone())))
}

impl Standing<'_> {
    /// Whether the KMS key lies in an account that is neither the log target's nor one that the policy names.
    pub(super) fn foreign(&self, policy: &Policy) -> bool {
        self.key.account != self.subject.account && !policy.enrolled_accounts.contains(&self.key.account)
    }
}
