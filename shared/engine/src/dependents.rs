//! The map between KMS keys and log targets: which log targets need a KMS key, and for how long.
//!
//! A key is *seen* on a log target when a record associates the two or a listing shows them together. From then on it
//! encrypts what is written, until a record or a listing says otherwise; and what was written needs it until the last
//! of it has expired. Each sighting is followed to its own end, and the longest need counts. Whatever was forgotten or
//! never known makes a need longer, never shorter.

use std::collections::BTreeSet;

use crate::document::{CLOCK_TOLERANCE, Deletion, Edge, KeptFor, LogGroupLife, LogTarget};
use crate::event::KmsKeyRef;
use crate::subject::SubjectId;
use crate::time::{Span, Time};
use crate::world::World;

/// An association takes up to five minutes to take effect; until then the old key may still be used.
///
/// Source: <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_AssociateKmsKey.html>
pub const TAKES_EFFECT: Span = Span::minutes(5);
/// Expired log events are deleted up to 72 hours later, "but in rare situations might take longer"; this much is given.
///
/// Source: <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html>
pub const LINGERS: Span = Span::days(7);

/// For how long a log target needs a KMS key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// The key encrypts what is written now.
    Now {
        /// Since it was first seen there.
        since: Time,
        /// True in the five minutes in which the association may not have taken effect yet.
        pending: bool,
    },
    /// It encrypted what was written, and that is kept.
    Until {
        /// Since it was first seen there.
        since: Time,
        /// Until the last of it has expired.
        until: Time,
    },
    /// It encrypted what was written, and nothing says that it ever expires.
    ForEver {
        /// Since it was first seen there.
        since: Time,
    },
}

impl Need {
    /// Since when the two are known to belong together.
    pub const fn since(self) -> Time {
        match self {
            Self::Now { since, .. } | Self::Until { since, .. } | Self::ForEver { since } => since,
        }
    }
}

/// A log target that needs a KMS key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dependent {
    /// The log target.
    pub target: SubjectId,
    /// For how long.
    pub need: Need,
}

/// A KMS key that a log target needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Protector {
    /// The KMS key.
    pub key: SubjectId,
    /// For how long.
    pub need: Need,
}

/// The log targets that need a KMS key at a moment, in the order of their ids. Deleting a log group releases its
/// keys; anything else that is not known keeps the need.
pub fn dependents(key: &SubjectId, world: &World, now: Time) -> Vec<Dependent> {
    let needs = world.edges(key).filter_map(|(target, edge)| {
        let need = match world.log_target(target) {
            Some(facts) => need(key, Some(edge), facts, now)?,
            None => Need::Now { since: edge.since()?, pending: false },
        };
        Some(Dependent { target: target.clone(), need })
    });
    needs.collect()
}

/// The KMS keys that a log target needs at a moment, in the order of their ids: the one that encrypts what is written
/// now, and earlier ones under which older data lies.
pub fn protectors(target: &SubjectId, world: &World, now: Time) -> Vec<Protector> {
    let Some(facts) = world.log_target(target) else { return Vec::new() };
    let needs = facts.kms_keys().into_iter().filter_map(|key| {
        let need = need(key, world.edge(key, target), facts, now)?;
        Some(Protector { key: key.clone(), need })
    });
    needs.collect()
}

/// For how long a log target needs a KMS key, by what its own document says.
pub fn need_of(key: &SubjectId, target: &LogTarget, now: Time) -> Option<Need> {
    need(key, None, target, now)
}

/// The other multi-Region keys with the same key material, as far as records name them: primary and replicas. What was
/// encrypted under a lost one can be read again once it is replicated anew from one of these: the replica has the same
/// id and material.
///
/// Source: <https://docs.aws.amazon.com/kms/latest/developerguide/multi-region-keys-overview.html>
pub fn relatives(key: &SubjectId, world: &World) -> Vec<SubjectId> {
    let mut found: BTreeSet<&SubjectId> = BTreeSet::new();
    let mut ask: Vec<&SubjectId> = vec![key];
    while let Some(facts) = ask.pop().and_then(|next| world.kms_key(next)) {
        // Only what has the same id is related, whatever else a record may say.
        let kin = facts.relatives().filter(|kin| kin.name == key.name && kin.account == key.account);
        for kin in kin.filter(|kin| *kin != key) {
            if found.insert(kin) {
                ask.push(kin);
            }
        }
    }
    found.into_iter().cloned().collect()
}

/// Those of the [`relatives`] that nobody is known to have deleted, or scheduled for it: from these a lost key is replicated anew.
/// One of which nothing more is known than that it is related counts as there. Of imported material KMS copies none, so that no
/// relative gives it back.
///
/// Sources: <https://docs.aws.amazon.com/kms/latest/developerguide/multi-region-keys-replicate.html>,
/// <https://docs.aws.amazon.com/kms/latest/developerguide/multi-region-keys-import.html>
pub fn recoverable_from(key: &SubjectId, world: &World, now: Time) -> Vec<SubjectId> {
    if has_imported_material(key, world) {
        return Vec::new();
    }
    let mut kin = relatives(key, world);
    kin.retain(|kin| !is_lost(kin, world, now));
    kin
}

/// Whether the material of a key and its relatives, which share their origin, was imported.
pub fn has_imported_material(key: &SubjectId, world: &World) -> bool {
    let origin = |key| world.kms_key(key).and_then(|facts| facts.make()?.origin.as_deref());
    std::iter::once(key).chain(&relatives(key, world)).any(|key| origin(key) == Some("EXTERNAL"))
}

/// Whether a key is deleted, or waits for it, as far as is known.
pub fn is_lost(key: &SubjectId, world: &World, now: Time) -> bool {
    world.kms_key(key).is_some_and(|facts| facts.deletion(now) != Deletion::No)
}

/// What needs a key for the sake of lost relatives: a relative that is deleted or will be, and that only this key can bring back,
/// with its log targets. If this one goes too, what was encrypted under the other is unreadable for ever.
pub fn last_hope_of(key: &SubjectId, world: &World, now: Time) -> Vec<(SubjectId, Vec<Dependent>)> {
    if has_imported_material(key, world) {
        return Vec::new();
    }
    let lost = relatives(key, world).into_iter().filter(|kin| is_lost(kin, world, now));
    let only_here = lost.filter(|kin| recoverable_from(kin, world, now).iter().all(|left| left == key));
    let needed = only_here.map(|kin| {
        let needs = dependents(&kin, world, now);
        (kin, needs)
    });
    needed.filter(|(_, needs)| !needs.is_empty()).collect()
}

fn need(key: &SubjectId, edge: Option<&Edge>, target: &LogTarget, now: Time) -> Option<Need> {
    let horizon = now + CLOCK_TOLERANCE;
    let life = Lifetime::of(target, horizon);
    let sightings = sightings(key, edge, target, &life, horizon);
    let since = sightings.iter().map(|seen| seen.at).min()?;
    // Of what the edge forgot, neither start nor end is known: it may have begun with the log group.
    let forgot = edge.is_some_and(|edge| edge.associated.overflowed());
    let first = life.born.unwrap_or(Time::from_millis(i64::MIN));
    let mut newest: Option<&Sighting> = None;
    let mut until = Some(Time::from_millis(i64::MIN));
    for seen in &sightings {
        let Some(end) = end(key, target, seen.at, &life, horizon) else {
            newest = newest.filter(|newest| newest.at <= seen.at).or(Some(seen));
            continue;
        };
        let from = if forgot { first } else { seen.from };
        let expired = expiry(target, from, end, &life, horizon);
        until = until.zip(expired).map(|(one, other)| one.max(other));
    }
    match (newest, until) {
        (Some(began), _) => {
            Some(Need::Now { since, pending: began.recorded && began.at + TAKES_EFFECT > now })
        }
        (None, Some(until)) => (until > now).then_some(Need::Until { since, until }),
        (None, None) => Some(Need::ForEver { since }),
    }
}

/// The newest lifetime of a log group's name: what was before it is another log group's.
struct Lifetime {
    born: Option<Time>,
    died: Option<Time>,
}

impl Lifetime {
    fn of(target: &LogTarget, horizon: Time) -> Self {
        let newest = |life| {
            let lives = target.lives.entries().filter(|entry| entry.at <= horizon && entry.value == life);
            lives.map(|entry| entry.at).max()
        };
        Self { born: newest(LogGroupLife::Created), died: newest(LogGroupLife::Deleted) }
    }

    /// The second in which it began and the one before it ended.
    fn replaced(&self) -> Option<Time> {
        self.born.filter(|born| self.died.is_some_and(|died| died == *born))
    }

    /// Whether a moment lies in it. A deletion and a creation of one second (infrastructure as code replaces) leave a
    /// log group that exists, and what was said of it in that second may be the new one's.
    fn has(&self, at: Time) -> bool {
        let born = self.born.is_none_or(|born| born.floor_second() <= at);
        let died = self.died.is_none_or(|died| died < at || self.born.is_some_and(|born| died <= born));
        born && died
    }
}

/// That a key was seen on a log target.
struct Sighting {
    /// When.
    at: Time,
    /// What was written since may be encrypted with it.
    from: Time,
    /// By a record, which says when it began; a listing doesn't.
    recorded: bool,
}

fn sightings(
    key: &SubjectId,
    edge: Option<&Edge>,
    target: &LogTarget,
    life: &Lifetime,
    horizon: Time,
) -> Vec<Sighting> {
    let counts = |at: &Time| *at <= horizon && life.has(*at);
    let recorded = target.associations.entries().filter(|entry| names(entry.value.key.as_ref(), key));
    let of_edge = edge.into_iter().flat_map(|edge| edge.associated.entries().map(|entry| entry.at));
    let recorded: Vec<Time> = recorded.map(|entry| entry.at).chain(of_edge).filter(counts).collect();
    let listed = target.listed_keys.values().filter(|held| names(held.value.0.as_ref(), key));
    let listed = listed.flat_map(|held| [held.first, held.last]);
    let listed = listed.chain(edge.into_iter().flat_map(|edge| [edge.observed.first, edge.observed.last]));
    let listed = listed.flatten().filter(counts).filter_map(|at| {
        let other = said_otherwise(key, target, life, horizon).filter(|other| *other < at).max();
        let from = other.or(life.born).unwrap_or(Time::from_millis(i64::MIN));
        // A record that says when it began is the better witness.
        let began = recorded.iter().any(|began| (from..=at).contains(began));
        (!began).then_some(Sighting { at, from, recorded: false })
    });
    let listed: Vec<Sighting> = listed.collect();
    recorded.into_iter().map(|at| Sighting { at, from: at, recorded: true }).chain(listed).collect()
}

fn names(said: Option<&KmsKeyRef>, key: &SubjectId) -> bool {
    matches!(said, Some(KmsKeyRef::Key(said)) if said == key)
}

/// The moments at which something else than the key was said of a log target. What only KMS can resolve may be the key.
fn said_otherwise<'a>(
    key: &'a SubjectId,
    target: &'a LogTarget,
    life: &'a Lifetime,
    horizon: Time,
) -> impl Iterator<Item = Time> + 'a {
    let other = move |said: Option<&KmsKeyRef>| match said {
        Some(KmsKeyRef::Key(said)) => said != key,
        Some(KmsKeyRef::Unresolved(_)) => false,
        None => true,
    };
    let recorded = target.associations.entries().filter(move |entry| other(entry.value.key.as_ref()));
    let listed = target.listed_keys.values().filter(move |held| other(held.value.0.as_ref()));
    let listed = listed.flat_map(|held| [held.first, held.last]).flatten();
    recorded.map(|entry| entry.at).chain(listed).filter(move |at| *at <= horizon && life.has(*at))
}

/// When what was seen at a moment ended; `None` while it goes on. Two records of one second leave both keys in force.
fn end(key: &SubjectId, target: &LogTarget, seen: Time, life: &Lifetime, horizon: Time) -> Option<Time> {
    said_otherwise(key, target, life, horizon).filter(|at| *at > seen).min()
}

/// When the last of what was written from one moment to another has expired; `None` for never, as far as is known.
///
/// The longest retention that was in force or set since counts, even if the data was gone by then. A retention that
/// was first heard of after the end began to work then.
fn expiry(target: &LogTarget, from: Time, end: Time, life: &Lifetime, horizon: Time) -> Option<Time> {
    if target.retention.may_have_forgotten(from, horizon + Span::seconds(1)) {
        return None;
    }
    let mut said: Vec<(Time, KeptFor)> = Vec::new();
    let recorded = || target.retention.entries().filter(|entry| entry.at <= horizon && life.has(entry.at));
    // If the log group was deleted and created anew in one second, what was said then may be the old one's.
    if let Some(second) = life.replaced() {
        let mut listed = target.listed_retention.values().flat_map(|held| [held.first, held.last]);
        if recorded().any(|entry| entry.at == second) || listed.any(|at| at == Some(second)) {
            return None;
        }
    }
    let mut before: Option<(Time, KeptFor)> = None;
    // Of two that were said in one second, the longer one counts; so does what was in force before the first second.
    let mut in_force = |at: Time, kept: KeptFor| match &mut before {
        Some((other, longest)) if *other == at => *longest = kept.max(*longest),
        Some((other, _)) if *other > at => {}
        before => *before = Some((at, kept)),
    };
    for (at, kept) in recorded().map(|entry| (entry.at, KeptFor::of(entry.value))) {
        if at >= from { said.push((at, kept)) } else { in_force(at, kept) }
    }
    let listed = target.listed_retention.values();
    let listed = listed.filter_map(|held| Some((held.first.or(held.last)?, held.last?, held.value)));
    for (first, last, kept) in listed.filter(|(first, last, _)| *first <= horizon && life.has(*last)) {
        if last >= from {
            // First listed of an earlier log group of that name: of this one, only the last listing is sure.
            said.push((if life.has(first) { first } else { last }, kept));
        } else {
            in_force(last, kept);
        }
    }
    said.extend(before);
    let first = said.iter().map(|(at, _)| *at).min()?;
    let KeptFor::Days(days) = said.iter().map(|(_, kept)| *kept).max()? else { return None };
    let expired = (end + TAKES_EFFECT + Span::days(i64::from(days))).max(first);
    Some(expired + LINGERS)
}
