//! Why a key was switched off, and who switched it on again.

use crate::compromise::{claims, key_closed, user_closed};
use crate::decide::ACT_WITHIN;
use crate::document::{ApiKey, By, Life, LifeEntry};
use crate::event::{Request, Status};
use crate::ids::Principal;
use crate::judge::judge;
use crate::lattice::Entry;
use crate::policy::{Pattern, Policy};
use crate::rotation::rotation;
use crate::silence::usage_of;
use crate::subject::{DocumentId, SubjectId};
use crate::time::Time;
use crate::world::World;

/// Why a key was switched off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Why {
    /// Nobody used it: Keytrail did it, on the date that was told.
    Staleness,
    /// Another key had taken its place.
    Rotation,
    /// Somebody else has it, as far as anybody knows.
    Compromise,
    /// A person asked Keytrail to.
    Person,
    /// Somebody's own reasons.
    Other,
}

/// A key that was switched on again by somebody's own hand, not through Keytrail.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Reactivation<'a> {
    /// The record of it.
    pub(crate) entry: &'a Entry<LifeEntry>,
    /// When it had been switched off.
    pub(crate) off: Time,
    /// Why.
    pub(crate) why: Why,
}

/// Each time that somebody other than Keytrail switched a key on again, oldest first.
pub(crate) fn reactivations<'a>(
    subject: &SubjectId,
    key: &'a ApiKey,
    world: &World,
    policy: &Policy,
    now: Time,
) -> Vec<Reactivation<'a>> {
    let mut off: Option<&Entry<LifeEntry>> = None;
    let mut found = Vec::new();
    for entry in key.life.entries().filter(|entry| entry.at <= now) {
        match entry.value.what {
            Life::Status(Status::Inactive) => off = Some(off.unwrap_or(entry)),
            Life::Status(Status::Active) => {
                let Some(was) = off.take() else { continue };
                if !by_request(key, entry, policy) {
                    let why = why(subject, key, was, world, policy, now);
                    found.push(Reactivation { entry, off: was.at, why });
                }
            }
            _ => {}
        }
    }
    found
}

/// Whether Keytrail did it, as far as its role tells. What Keytrail does is written down first, so that a deed of its role
/// without a request is somebody else's.
pub(crate) fn by_keytrail(by: &By, policy: &Policy) -> bool {
    by.who.as_ref().is_some_and(|who| is_one_of(who, &policy.principals.keytrail))
}

/// Whether policy lets a principal switch a key on again after a compromise.
pub(crate) fn by_responder(by: &By, policy: &Policy) -> bool {
    by.who.as_ref().is_some_and(|who| is_one_of(who, &policy.principals.responders))
}

/// Whether policy says that a principal rotates keys.
pub(crate) fn by_rotator(by: &By, policy: &Policy) -> bool {
    by.who.as_ref().is_some_and(|who| is_one_of(who, &policy.principals.rotators))
}

fn is_one_of(who: &Principal, patterns: &[Pattern]) -> bool {
    patterns.iter().any(|pattern| pattern.matches(who.as_str()))
}

/// Whether a reactivation is Keytrail's answer to a person's request. Where policy doesn't name Keytrail's roles, the request
/// alone has to do.
fn by_request(key: &ApiKey, entry: &Entry<LifeEntry>, policy: &Policy) -> bool {
    let ours = policy.principals.keytrail.is_empty() || by_keytrail(&entry.value.by, policy);
    let since = entry.at - ACT_WITHIN;
    let mut requests = key.course.requests.entries();
    ours && requests.any(|it| it.value.request == Request::Reactivate && it.at >= since && it.at <= entry.at)
}

fn why(
    subject: &SubjectId,
    key: &ApiKey,
    off: &Entry<LifeEntry>,
    world: &World,
    policy: &Policy,
    now: Time,
) -> Why {
    if evidence_before(subject, key, off.at, world, policy, now) {
        return Why::Compromise;
    }
    if !by_keytrail(&off.value.by, policy) {
        return Why::Other;
    }
    if key_closed(key, off.at, now) {
        return Why::Person;
    }
    let since = off.at - ACT_WITHIN;
    let mut requests = key.course.requests.entries().filter(|it| it.at >= since && it.at <= off.at);
    if requests.any(|it| it.value.request == Request::Deactivate) {
        return Why::Person;
    }
    match key.course.track {
        Some(track) if track.warned_finally && track.deactivate <= off.at => Why::Staleness,
        _ if replaced(subject, key, off.at, world, policy, now) => Why::Rotation,
        // A later track has taken the place of the one that may have been meant.
        Some(track) if track.first > off.at => Why::Other,
        // Keytrail switches nothing off by itself for any other reason than these two.
        _ => Why::Compromise,
    }
}

/// Whether Keytrail may have switched a key off since another had taken its place, and nothing in its user's calls said to.
fn replaced(subject: &SubjectId, key: &ApiKey, off: Time, world: &World, policy: &Policy, now: Time) -> bool {
    let Some(rotation) = rotation(subject, key, world, policy, now) else { return false };
    let calls = usage_of(subject, key).and_then(|usage| world.get(&DocumentId::main(usage)));
    let found = calls.map(|document| judge(document, world, policy, now)).unwrap_or_default();
    rotation.opened + policy.rotation.silent() <= off && found.iter().all(|it| it.remedy.is_none())
}

/// Whether something that nobody has closed spoke for a compromise at a moment.
fn evidence_before(
    subject: &SubjectId,
    key: &ApiKey,
    at: Time,
    world: &World,
    policy: &Policy,
    now: Time,
) -> bool {
    let own = claims(key.reports.entries(), |said| key_closed(key, said, now), policy);
    let mut requests = key.course.requests.entries();
    let asked = requests
        .any(|it| it.value.request == Request::Compromised && it.at <= at && !key_closed(key, it.at, now));
    let user = key
        .user
        .value()
        .map(|user| SubjectId::user(subject.partition.clone(), subject.account.clone(), user));
    let of_user = user.as_ref().and_then(|id| Some((id, world.user(id)?)));
    let of_user = of_user.is_some_and(|(id, user)| {
        let closed = |said| key_closed(key, said, now) || user_closed(id, user, world, said, now);
        claims(user.reports.entries(), closed, policy).iter().any(|claim| claim.at <= at && claim.acts)
    });
    asked || of_user || own.iter().any(|claim| claim.at <= at)
}
