//! For how long a key has certainly not been used.

use crate::document::{ApiKey, Facts, Use};
use crate::guard::traits;
use crate::ids::CredentialId;
use crate::known_use::known_since;
use crate::policy::Policy;
use crate::rotation::given_up;
use crate::subject::{DocumentId, Part, SubjectId};
use crate::time::{Span, Time};
use crate::world::World;

/// What is to be said of a key's silence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Silence {
    /// Not long enough to speak of.
    Short,
    /// As far as we saw long enough, but we may not have seen everything.
    Unknown {
        /// The last use that was seen or may have been the key's.
        last: Option<Time>,
    },
    /// Too long.
    Long {
        /// The fact that it counts from, see [`crate::document::Track::since`].
        since: Option<Time>,
        /// Since when the key has certainly not been used.
        silent: Time,
        /// Whether no call was ever seen that may have been the key's.
        never: bool,
    },
}

/// The usage subject of a key; `None` while its user or service isn't known.
pub fn usage_of(subject: &SubjectId, key: &ApiKey) -> Option<SubjectId> {
    let (user, service) = (key.user.value()?, key.service.value()?);
    Some(SubjectId::usage(subject.partition.clone(), subject.account.clone(), service, user))
}

/// The last call that may have been a key's: every call of its user to its service may, whatever other keys there are.
/// To the hour. A refused call is one too: somebody still tries.
pub fn last_possible_use(subject: &SubjectId, key: &ApiKey, world: &World) -> Option<Time> {
    let usage = usage_of(subject, key)?;
    let of_user = world.usage(&usage);
    let part = Part::Credential(CredentialId::new(&subject.name));
    let own = world.get(&DocumentId { subject: usage, part }).and_then(|document| match &document.facts {
        Facts::CredentialUse(facts) => Some(&**facts),
        _ => None,
    });
    let last = |its: &Use| its.sightings.allowed.last.max(its.sightings.denied.last);
    of_user.into_iter().chain(own).filter_map(last).max()
}

/// How long a key has been silent, measured against the limits that hold for it.
pub fn silence(subject: &SubjectId, key: &ApiKey, world: &World, policy: &Policy, now: Time) -> Silence {
    let (Some(usage), Some(service)) = (usage_of(subject, key), key.service.value()) else {
        return Silence::Short;
    };
    let id = CredentialId::new(&subject.name);
    let limits = policy.key_limits(&traits(&id, subject, key, world));
    let last = last_possible_use(subject, key, world);
    // Until it is switched on again nobody could use it: that counts like a use, as does a replacement that came to nothing.
    let since = last.max(key.switched_on()).max(given_up(subject, key, world, policy, now));
    let seen = since.or_else(|| key.created());
    let limit = |never: bool| if never { limits.never_used } else { limits.unused };
    let undated = world.usage(&usage).is_some_and(|its| its.undated != crate::lattice::Sketch::default());
    match known_since(subject, service, world, policy, now).filter(|_| !undated) {
        Some(known) => {
            // An hour is a use's whole hour, and before the first proof anything may have happened.
            let silent = seen.map_or(known, |at| (at + Span::hours(i64::from(last.is_some()))).max(known));
            let from_birth = key.created().is_some_and(|created| known <= created);
            let never = since.is_none() && from_birth;
            if now < silent + limit(never) {
                return Silence::Short;
            }
            Silence::Long { since, silent, never }
        }
        None => match seen {
            Some(at) if at + limit(since.is_none()) <= now => Silence::Unknown { last },
            _ => Silence::Short,
        },
    }
}
