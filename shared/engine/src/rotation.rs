//! One API key takes another's place: which, on whose word, and how far that has come. A view over documents.
//!
//! The procedure is AWS's own (<https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_HTTP_Endpoints_BearerTokenAuth.html>,
//! "Rotating API keys"): make a second key, give it to the sender, switch the first off, see that deliveries go on, delete it.

use std::collections::BTreeSet;

use crate::attribution::SLACK;
use crate::document::{ApiKey, By, Facts, Life, Sender, Standing, Use};
use crate::event::Status;
use crate::ids::{CredentialId, UserName};
use crate::known_use::known_since;
use crate::policy::Policy;
use crate::silence::usage_of;
use crate::subject::{DocumentId, Part, SubjectId};
use crate::switched::by_rotator;
use crate::time::{Span, Time};
use crate::world::World;

/// Whoever calls within an hour is remembered by the hour.
const HOUR: Span = Span::hours(1);

/// A key that takes another's place.
#[derive(Clone, Debug)]
pub struct Rotation<'w> {
    /// The new key.
    pub new: SubjectId,
    /// Its life.
    pub key: &'w ApiKey,
    /// Since when the one takes the other's place.
    pub opened: Time,
    /// On whose word.
    pub word: Word,
}

/// On whose word one key takes another's place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Word {
    /// Policy's: who made it is one of its rotators.
    Rotator,
    /// A person's.
    Person,
}

/// How far a rotation has come while the old key still works.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// The new key doesn't work: it is inactive or expired, or its status isn't known.
    NewUnusable,
    /// No call is known to have been made with the new key of late.
    NewUnused,
    /// Calls are made, and the records don't say with which of the two.
    Unclear,
    /// The new key is in use, and the old one too.
    Overlap {
        /// The last call that may have been the old one's.
        last: Time,
    },
    /// The new key is in use; whether the old one is can't be said, since calls may be made where none is recorded.
    UseUnknown,
    /// The new key is in use, and the old one has been silent for as long as policy asks.
    Silent {
        /// Since then.
        since: Time,
    },
}

/// The rotation that a key is being replaced in; a person's word counts before a rotator's. None with a key that is gone.
pub fn rotation<'w>(
    old: &SubjectId,
    key: &ApiKey,
    world: &'w World,
    policy: &Policy,
    now: Time,
) -> Option<Rotation<'w>> {
    let open = |it: &Rotation<'_>| it.key.standing(now) != Standing::Deleted;
    by_person(old, key, world, now)
        .filter(open)
        .or_else(|| by_rotators(old, key, world, policy, now).into_iter().filter(open).max_by_key(order))
}

/// When a rotation ended without an end: the key that was to take another's place was deleted. To be asked for its silence
/// again, the old key is as if it had been used then.
pub(crate) fn given_up(
    old: &SubjectId,
    key: &ApiKey,
    world: &World,
    policy: &Policy,
    now: Time,
) -> Option<Time> {
    let all = by_person(old, key, world, now).into_iter().chain(by_rotators(old, key, world, policy, now));
    all.filter_map(|it| it.key.deleted.at()).filter(|at| *at <= now).max()
}

fn order(it: &Rotation<'_>) -> (Time, SubjectId) {
    (it.opened, it.new.clone())
}

fn by_person<'w>(old: &SubjectId, key: &ApiKey, world: &'w World, now: Time) -> Option<Rotation<'w>> {
    let (opened, by) = key.course.replaced(now)?;
    let new = beside(old, by);
    let key = world.api_key(&new).filter(|_| new != *old)?;
    Some(Rotation { new, key, opened, word: Word::Person })
}

fn by_rotators<'w>(
    old: &SubjectId,
    key: &ApiKey,
    world: &'w World,
    policy: &Policy,
    now: Time,
) -> Vec<Rotation<'w>> {
    let (Some(user), Some(service), Some(made)) = (key.user.value(), key.service.value(), key.created())
    else {
        return Vec::new();
    };
    let keys = world.keys_of(old, user, service).into_iter();
    let newer = keys.filter_map(|(id, new)| {
        let (opened, _) = creation(new).filter(|(at, by)| *at <= now && by_rotator(by, policy))?;
        let is_later = (opened, id.as_str()) > (made, &old.name);
        let beside = beside(old, &id);
        let replaces = is_later && !key.certainly_unusable(opened, opened);
        replaces.then_some(Rotation { new: beside, key: new, opened, word: Word::Rotator })
    });
    newer.collect()
}

/// Where a key's creation was recorded: when, and by whom.
fn creation(key: &ApiKey) -> Option<(Time, &By)> {
    let made = key.life.entries().find(|entry| entry.value.what == Life::Created)?;
    Some((made.at, &made.value.by))
}

/// Another key of the same account.
pub(crate) fn beside(near: &SubjectId, id: &CredentialId) -> SubjectId {
    SubjectId::api_key(near.partition.clone(), near.account.clone(), id)
}

impl Rotation<'_> {
    /// How far it has come, with an old key that still works.
    pub fn step(&self, old: &SubjectId, key: &ApiKey, world: &World, policy: &Policy, now: Time) -> Step {
        if self.key.standing(now) != Standing::Is(Status::Active) {
            return Step::NewUnusable;
        }
        let asked = policy.rotation.silent();
        let in_use = last_certain_use(&self.new, self.key, world)
            .is_some_and(|last| last >= self.opened.floor_hour() && now <= last + asked + HOUR);
        if !in_use {
            let shared =
                usage_of(&self.new, self.key).filter(|usage| usage_of(old, key).as_ref() == Some(usage));
            let calls = shared.and_then(|usage| unnamed(world.usage(&usage)?));
            let some = calls.is_some_and(|last| last + HOUR > self.opened);
            return if some { Step::Unclear } else { Step::NewUnused };
        }
        let Some(known) = use_known(old, key, world, policy, now) else { return Step::UseUnknown };
        let last = last_use_of(old, key, world);
        let silent = [last.map(|at| at + HOUR), key.switched_on(), Some(self.opened), Some(known)];
        let since = silent.into_iter().flatten().max().unwrap_or(now);
        match last {
            _ if now >= since + asked => Step::Silent { since },
            Some(last) if now < last + HOUR + asked => Step::Overlap { last },
            _ if now < known + asked => Step::UseUnknown,
            _ => Step::Overlap { last: since },
        }
    }

    /// The last call that was certainly the new key's.
    pub fn last_delivery(&self, world: &World) -> Option<Time> {
        last_certain_use(&self.new, self.key, world)
    }
}

/// Since when the use of a key's service is known; not at all while calls without a time are among its user's.
pub(crate) fn use_known(
    subject: &SubjectId,
    key: &ApiKey,
    world: &World,
    policy: &Policy,
    now: Time,
) -> Option<Time> {
    let usage = usage_of(subject, key)?;
    let undated = world.usage(&usage).is_some_and(|its| its.undated != crate::lattice::Sketch::default());
    known_since(subject, key.service.value()?, world, policy, now).filter(|_| !undated)
}

/// The last call, let through or refused, that may have been a key's: with its id, or with none while it may have worked.
/// Floored to the hour.
pub(crate) fn last_use_of(subject: &SubjectId, key: &ApiKey, world: &World) -> Option<Time> {
    let usage = usage_of(subject, key)?;
    let own = named(&usage, subject, world);
    let own = own.and_then(|its| its.sightings.allowed.last.max(its.sightings.denied.last));
    let without = world
        .usage(&usage)
        .and_then(unnamed)
        .filter(|last| !key.certainly_unusable(*last - SLACK, *last + HOUR + SLACK));
    own.max(without)
}

/// The last call, let through, that certainly was a key's: with its id, or with none when only it can have worked.
fn last_certain_use(subject: &SubjectId, key: &ApiKey, world: &World) -> Option<Time> {
    let usage = usage_of(subject, key)?;
    let own = named(&usage, subject, world).and_then(|its| its.sightings.allowed.last);
    let (service, user) = usage.service_and_user()?;
    let alone = |last: &Time| {
        let (from, to) = (*last - SLACK, *last + HOUR + SLACK);
        let mut possible = world
            .keys_of(&usage, &user, &service)
            .into_iter()
            .filter(|(_, life)| !life.certainly_unusable(from, to));
        possible.next().is_some_and(|(id, _)| *id.as_str() == *subject.name) && possible.next().is_none()
    };
    own.max(world.usage(&usage).and_then(unnamed_allowed).filter(alone))
}

fn named<'w>(usage: &SubjectId, key: &SubjectId, world: &'w World) -> Option<&'w Use> {
    let part = Part::Credential(CredentialId::new(&key.name));
    match &world.get(&DocumentId { subject: usage.clone(), part })?.facts {
        Facts::CredentialUse(facts) => Some(facts),
        _ => None,
    }
}

/// The last call without an id, let through or refused.
fn unnamed(facts: &Use) -> Option<Time> {
    unnamed_allowed(facts).max(unnamed_denied(facts))
}

fn unnamed_denied(facts: &Use) -> Option<Time> {
    if facts.names_none() { facts.sightings.denied.last } else { facts.unnamed_denied.last }
}

fn unnamed_allowed(facts: &Use) -> Option<Time> {
    if facts.names_none() { facts.sightings.allowed.last } else { facts.unnamed.last }
}

/// When a call last came that may have been an attempt with a key that is off: with its id; refused without one; or, where
/// the other key is another user's, any call of its user.
pub(crate) fn last_attempt(
    subject: &SubjectId,
    key: &ApiKey,
    new: &Rotation<'_>,
    world: &World,
) -> Option<Time> {
    let usage = usage_of(subject, key)?;
    let own = named(&usage, subject, world);
    let own = own.and_then(|its| its.sightings.allowed.last.max(its.sightings.denied.last));
    let facts = world.usage(&usage);
    let shared = usage_of(&new.new, new.key).as_ref() == Some(&usage);
    let without = facts.and_then(|facts| if shared { unnamed_denied(facts) } else { unnamed(facts) });
    own.max(without)
}

/// The users who took over every log group that a key's user sent to: they began later than the key did, and went on for a
/// day or more after its user's last call.
pub(crate) fn takeovers(old: &SubjectId, key: &ApiKey, world: &World) -> Vec<UserName> {
    let found = || -> Option<BTreeSet<UserName>> {
        let (usage, made) = (usage_of(old, key)?, key.created()?);
        let (service, user) = usage.service_and_user()?;
        let mut common: Option<BTreeSet<UserName>> = None;
        for target in world.targets_of(&usage) {
            let Some(senders) = world.log_target(&target).map(|facts| &facts.senders) else { continue };
            let ours = |it: &Sender| it.service == service && it.user.as_ref() == Some(&user);
            let Some(last) = senders.values().find(|held| ours(&held.value)).and_then(|held| held.last)
            else {
                continue;
            };
            let later = senders.values().filter(|held| {
                let began = held.first.is_some_and(|first| first > made);
                held.value.service == service
                    && began
                    && held.last.is_some_and(|its| its >= last + Span::days(1))
            });
            let others: BTreeSet<UserName> =
                later.filter_map(|held| held.value.user.clone()).filter(|its| *its != user).collect();
            common = Some(common.map_or_else(|| others.clone(), |common| &common & &others));
        }
        common
    };
    found().into_iter().flatten().take(4).collect()
}
