//! Which documents a judgement rests on, and which judgements rest on a document.
//!
//! A replay holds the whole world. Whoever reads single documents from a ledger loads what [`needs`] names, asks
//! again with what came, and stops when nothing new is named. When documents have changed, [`judged_with`] says
//! whose judgement may change with them.

use crate::dependents::relatives;
use crate::document::{ApiKey, Document, Facts, KmsKey, LogTarget};
use crate::event::Request;
use crate::ids::{CredentialId, Network, UserName};
use crate::known_use::coverage_of;
use crate::policy::Policy;
use crate::rotation::{beside, rotation, takeovers};
use crate::services::API_KEY_SERVICES;
use crate::silence::usage_of;
use crate::subject::{DocumentId, Kind, Part, SubjectId};
use crate::time::{Span, Time};
use crate::world::World;

/// Something to load before judging.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Need {
    /// One document.
    Document(DocumentId),
    /// All hours of a usage subject. Who only adds hours may judge with those alone: a rule finds something in an
    /// hour, never in the absence of one, so that fewer hours give fewer findings. To call a finding withdrawn takes
    /// all of them.
    Hours(SubjectId),
    /// All edges of a KMS key.
    Edges(SubjectId),
}

/// What the judgement of a document's subject rests on, as far as the documents at hand can tell: a user's API
/// keys, for example, are known once the user's document is.
pub fn needs(document: &Document, world: &World, policy: &Policy) -> Vec<Need> {
    let subject = &document.subject;
    let mut needs = vec![main(subject)];
    match subject.kind {
        Kind::Usage => {
            needs.push(Need::Hours(subject.clone()));
            needs.extend(networks_of(document));
            needs.extend(hours_like_busy_ones(document, world));
            if let Some((_, user)) = subject.service_and_user() {
                needs.extend(keys_of_user(&user_beside(subject, &user), world));
            }
        }
        Kind::ApiKey => needs.extend(around_key(document, world, policy)),
        Kind::User => {
            needs.extend(keys_of_user(subject, world));
            needs.extend(use_of_keys(subject, world));
        }
        Kind::KmsKey => {
            needs.push(Need::Edges(subject.clone()));
            needs.extend(world.edges(subject).map(|(target, _)| main(target)));
            let kin = relatives(subject, world);
            needs.extend(kin.iter().map(main));
            // What hangs on a lost relative hangs on this one.
            for lost in kin.iter().filter(|kin| world.kms_key(kin).is_some_and(KmsKey::may_be_lost)) {
                needs.push(Need::Edges(lost.clone()));
                needs.extend(world.edges(lost).map(|(target, _)| main(target)));
            }
        }
        Kind::LogTarget => needs.extend(keys_of_target(document).iter().map(main)),
        Kind::Coverage | Kind::Account | Kind::Network => {}
    }
    needs
}

/// A key's user with all of its keys, what they did, whether that would have been seen, and where they send to.
fn around_key(key: &Document, world: &World, policy: &Policy) -> Vec<Need> {
    let Facts::ApiKey(facts) = &key.facts else { return Vec::new() };
    let Some(user) = user_of_key(key) else { return Vec::new() };
    let mut needs = vec![main(&user)];
    needs.extend(keys_of_user(&user, world));
    let Some(service) = facts.service.value() else { return needs };
    let usage =
        SubjectId::usage(user.partition.clone(), user.account.clone(), service, &UserName::new(&user.name));
    needs.push(main(&usage));
    let part = Part::Credential(CredentialId::new(&key.subject.name));
    needs.push(Need::Document(DocumentId { subject: usage.clone(), part }));
    needs.extend(coverage_of(&key.subject, service, policy).iter().map(main));
    needs.extend(world.targets_of(&usage).iter().map(main));
    needs.extend(
        takeovers(&key.subject, facts, world)
            .iter()
            .flat_map(|user| keys_of_user(&user_beside(&key.subject, user), world)),
    );
    needs.extend(around_rotation(key, facts, world, policy));
    needs
}

/// What the replacement of a key by another rests on besides: the other key and what is done with either, in detail, since
/// nothing may be wrong with them.
fn around_rotation(key: &Document, facts: &ApiKey, world: &World, policy: &Policy) -> Vec<Need> {
    let old = &key.subject;
    let named = facts.course.requests.entries().filter_map(|entry| match &entry.value.request {
        Request::Replace { by } => Some(main(&beside(old, by))),
        _ => None,
    });
    let mut needs: Vec<Need> = named.collect();
    let end = Time::from_millis(i64::MAX / 2);
    let Some(rotation) = rotation(old, facts, world, policy, end) else { return needs };
    for (id, key) in [(old, facts), (&rotation.new, rotation.key)] {
        let (Some(user), Some(usage)) = (key.user.value(), usage_of(id, key)) else { continue };
        let keys = keys_of_user(&user_beside(id, user), world);
        let part = Part::Credential(CredentialId::new(&id.name));
        needs.extend(keys);
        needs.push(Need::Document(DocumentId { subject: usage.clone(), part }));
        needs.extend([main(&usage), Need::Hours(usage)]);
    }
    needs
}

/// The networks of which it matters who else uses them: those that came after the first day.
fn networks_of(usage: &Document) -> Vec<Need> {
    let Facts::Usage(facts) = &usage.facts else { return Vec::new() };
    let Some(first) = facts.sightings.allowed.first else { return Vec::new() };
    let since = facts.sightings.networks.earliest().into_iter().filter(|(at, _)| *at > first + Span::days(1));
    let subject = |network: &Network| {
        SubjectId::network(usage.subject.partition.clone(), usage.subject.account.clone(), network)
    };
    since.map(|(_, network)| main(&subject(network))).collect()
}

/// From so many calls on, an hour is compared with those like it. It keeps the comparison, and the reading of a dozen
/// documents for it, to hours in which something happens.
pub(crate) const SPIKE_FROM: u64 = 40;

/// The hours like one: the same hour of the week and those beside it, in the four weeks before.
pub(crate) fn hours_like(hour: Time) -> impl Iterator<Item = Time> {
    let weeks = (1..=4).map(move |week| hour - Span::days(7 * week));
    weeks.flat_map(|hour| (-1..=1).map(move |beside| hour + Span::hours(beside)))
}

/// The hours that the newest hour at hand is compared with, if it is a busy one.
fn hours_like_busy_ones(usage: &Document, world: &World) -> Vec<Need> {
    let Facts::Usage(facts) = &usage.facts else { return Vec::new() };
    let newest = world.hours(&usage.subject).last();
    let Some((_, newest)) = newest.filter(|(_, hour)| hour.calls.count().number() >= SPIKE_FROM) else {
        return Vec::new();
    };
    let Some(first) = newest.seen.first else { return Vec::new() };
    let ids = facts.credentials.values().map(|held| Some(held.value.clone()));
    let streams: Vec<Option<CredentialId>> = std::iter::once(None).chain(ids).collect();
    let had_calls = hours_like(first.floor_hour()).filter(|hour| facts.habits.hours.contains(*hour));
    let need = |hour: Time| {
        let subject = &usage.subject;
        streams.iter().map(move |credential| {
            let part = Part::Hour { hour, credential: credential.clone() };
            Need::Document(DocumentId { subject: subject.clone(), part })
        })
    };
    had_calls.flat_map(need).collect()
}

/// From so many users on, a network is an egress that the account's keys share.
pub(crate) const SHARED_BY: usize = 3;

/// The subjects whose judgement may change when a document has changed, its own among them.
pub fn judged_with(before: Option<&Document>, after: &Document) -> Vec<SubjectId> {
    let mut subjects = vec![after.subject.clone()];
    match &after.facts {
        Facts::ApiKey(key) => {
            if let Some(user) = user_of_key(after) {
                subjects.extend(usages(&user, key.service.value().map(|service| service.as_str())));
                subjects.push(user);
            }
        }
        // What AWS says of a user, or the user's tags, may decide what becomes of the keys.
        Facts::User(user) => {
            subjects.extend(usages(&after.subject, None));
            let near = &after.subject;
            let key =
                |id: &CredentialId| SubjectId::api_key(near.partition.clone(), near.account.clone(), id);
            subjects.extend(user.key_ids().map(key));
        }
        Facts::LogTarget(_) => subjects.extend(coupled(before, after)),
        // A network that many use is no news for any of them.
        Facts::Network(network) if network.users.values().len() >= SHARED_BY => {
            let of = |user: &UserName| usages(&user_beside(&after.subject, user), None);
            subjects.extend(network.users.values().flat_map(|(user, _)| of(user)));
        }
        // Whether what hangs on a multi-Region key can be read again depends on its relatives.
        Facts::KmsKey(key) => subjects.extend(key.relatives().cloned()),
        Facts::Usage(_)
        | Facts::CredentialUse(_)
        | Facts::Hour(_)
        | Facts::Edge(_)
        | Facts::Coverage(_)
        | Facts::Account(_)
        | Facts::Network(_) => {}
    }
    subjects
}

/// The subjects whose own document must be written (unchanged if need be) along with a changed one.
///
/// A KMS key and its log targets are judged together but change apart. If both writers write the key's document on
/// the version that they judged with, the later one fails and judges again, so that neither can miss the other. Who
/// sends to a log group says nothing of its KMS keys: such a change, the frequent one, is coupled to nothing.
pub fn coupled(before: Option<&Document>, after: &Document) -> Vec<SubjectId> {
    match &after.facts {
        Facts::Edge(_) => vec![after.subject.clone()],
        Facts::LogTarget(target) => {
            let earlier = before.and_then(|before| match &before.facts {
                Facts::LogTarget(target) => Some(&**target),
                _ => None,
            });
            if says_the_same_of_its_keys(earlier.unwrap_or(&LogTarget::default()), target) {
                return Vec::new();
            }
            let mut keys = keys_of_target(after);
            keys.extend(before.map(keys_of_target).unwrap_or_default());
            keys.sort_unstable();
            keys.dedup();
            keys
        }
        _ => Vec::new(),
    }
}

fn says_the_same_of_its_keys(one: &LogTarget, two: &LogTarget) -> bool {
    let keys = |target: &LogTarget| -> Vec<_> {
        target.listed_keys.values().map(|held| (held.value.clone(), held.first)).collect()
    };
    let retention = |target: &LogTarget| -> Vec<_> {
        target.listed_retention.values().map(|held| (held.value, held.first)).collect()
    };
    let newest =
        |target: &LogTarget| target.observed.value().map(|seen| (seen.key.clone(), seen.retention_days));
    one.associations == two.associations
        && one.lives == two.lives
        && one.retention == two.retention
        && newest(one) == newest(two)
        && keys(one) == keys(two)
        && retention(one) == retention(two)
}

fn main(subject: &SubjectId) -> Need {
    Need::Document(DocumentId { subject: subject.clone(), part: Part::Main })
}

fn user_beside(near: &SubjectId, user: &UserName) -> SubjectId {
    SubjectId::user(near.partition.clone(), near.account.clone(), user)
}

fn keys_of_user(user: &SubjectId, world: &World) -> Vec<Need> {
    let ids = world.user(user).into_iter().flat_map(|facts| facts.key_ids());
    let keys = ids.map(|id| SubjectId::api_key(user.partition.clone(), user.account.clone(), id));
    std::iter::once(main(user)).chain(keys.map(|key| main(&key))).collect()
}

/// What was done with each key of a user, and with those of its services that no record tells apart.
fn use_of_keys(user: &SubjectId, world: &World) -> Vec<Need> {
    let ids = world.user(user).into_iter().flat_map(|facts| facts.key_ids());
    let used = ids.filter_map(|id| {
        let key = SubjectId::api_key(user.partition.clone(), user.account.clone(), id);
        let usage = usage_of(&key, world.api_key(&key)?)?;
        let part = Part::Credential(id.clone());
        Some([main(&usage), Need::Document(DocumentId { subject: usage, part })])
    });
    used.flatten().collect()
}

fn user_of_key(key: &Document) -> Option<SubjectId> {
    let user = |facts: &ApiKey| Some(user_beside(&key.subject, facts.user.value()?));
    match &key.facts {
        Facts::ApiKey(facts) => user(facts),
        _ => None,
    }
}

/// The usage subjects of a user: of one service, or of every one.
fn usages(user: &SubjectId, service: Option<&str>) -> Vec<SubjectId> {
    let services =
        API_KEY_SERVICES.iter().map(|row| row.name).filter(|name| service.is_none_or(|it| it == *name));
    let name = UserName::new(&user.name);
    let usage = |service: &str| {
        SubjectId::usage(user.partition.clone(), user.account.clone(), &service.into(), &name)
    };
    services.map(usage).collect()
}

/// The KMS keys that a log target's history names, each once.
fn keys_of_target(target: &Document) -> Vec<SubjectId> {
    let Facts::LogTarget(facts) = &target.facts else { return Vec::new() };
    facts.kms_keys().into_iter().cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::{
        ApiKeySeen, BearerCall, Caller, Event, Expiry, KmsKeyRef, LogTargetName, Place, Token, What,
    };
    use crate::ids::RecordId;

    fn event(what: What) -> Event {
        Event {
            record: RecordId(1),
            event_id: None,
            revision: 0,
            time: Some(Time::from_millis(1_785_542_400_000)),
            place: Place {
                partition: "aws".into(),
                account: "111122223333".into(),
                region: "us-east-1".into(),
            },
            caller: Caller::default(),
            foreign_envelope: false,
            what,
        }
    }

    fn key_created() -> What {
        What::ApiKeyCreated(ApiKeySeen {
            key: "ACCA1".into(),
            user: Some("gateway".into()),
            service: Some("logs.amazonaws.com".into()),
            status: None,
            created: None,
            expires: Some(Expiry::Never),
            alias: None,
        })
    }

    fn called() -> What {
        What::BearerCall(BearerCall {
            service: "logs.amazonaws.com".into(),
            user: Some("gateway".into()),
            key: None,
            token: Token::LongTerm,
            log_group: Some("/a".into()),
            denied: None,
        })
    }

    fn associated() -> What {
        What::Associated { target: group(), key: KmsKeyRef::Key(id("us-east-1/kms-key/k")) }
    }

    fn group() -> LogTargetName {
        LogTargetName::LogGroup("/a".into())
    }

    fn id(rest: &str) -> SubjectId {
        SubjectId::parse(&format!("aws/111122223333/{rest}")).unwrap()
    }

    fn world(events: impl IntoIterator<Item = What>) -> World {
        let mut world = World::default();
        events.into_iter().for_each(|what| world.absorb(&event(what)));
        world
    }

    fn of<'a>(world: &'a World, subject: &str) -> &'a Document {
        world.get(&DocumentId::main(id(subject))).unwrap()
    }

    /// What is named of a subject, the account left away.
    fn named(needs: Vec<Need>) -> Vec<String> {
        let word = |need| match need {
            Need::Document(id) => id.subject.to_string(),
            Need::Hours(id) => format!("hours of {id}"),
            Need::Edges(id) => format!("edges of {id}"),
        };
        needs.into_iter().map(|need| word(need).replace("aws/111122223333/", "")).collect()
    }

    fn shown(subjects: &[SubjectId]) -> Vec<String> {
        subjects.iter().map(|id| id.to_string().replace("aws/111122223333/", "")).collect()
    }

    #[test]
    fn a_judgement_rests_on_more_as_more_is_known() {
        let usage = "global/usage/logs.amazonaws.com/gateway";
        let before = world([called()]);
        let at_first = [usage, &format!("hours of {usage}"), "global/user/gateway"];
        assert_eq!(named(needs(of(&before, usage), &before, &Policy::default())), at_first);
        let after = world([called(), key_created()]);
        let then = [usage, &format!("hours of {usage}"), "global/user/gateway", "global/api-key/ACCA1"];
        assert_eq!(named(needs(of(&after, usage), &after, &Policy::default())), then);

        let key = "us-east-1/kms-key/k";
        let targets = world([associated()]);
        let expected = [key, &format!("edges of {key}"), "us-east-1/log-target//a"];
        assert_eq!(named(needs(of(&targets, key), &targets, &Policy::default())), expected);
        let expected = ["us-east-1/log-target//a", key];
        assert_eq!(named(needs(of(&targets, expected[0]), &targets, &Policy::default())), expected);
    }

    #[test]
    fn a_key_moves_what_is_said_of_its_users_calls() {
        let world = world([key_created()]);
        let moved = shown(&judged_with(None, of(&world, "global/api-key/ACCA1")));
        let usage = "global/usage/logs.amazonaws.com/gateway";
        assert_eq!(moved, ["global/api-key/ACCA1", usage, "global/user/gateway"]);
        let of_user = shown(&judged_with(None, of(&world, "global/user/gateway")));
        assert_eq!(of_user.len(), 1 + API_KEY_SERVICES.len() + 1);
        assert!(of_user.iter().any(|it| it == "global/api-key/ACCA1"));
        assert!(of_user.iter().any(|it| it == usage));
    }

    #[test]
    fn a_sender_moves_nothing_of_a_kms_key_and_a_deletion_does() {
        let (before, sent) = (world([associated()]), world([associated(), called()]));
        let deleted = world([associated(), What::LogGroupDeleted { target: group() }]);
        let target = "us-east-1/log-target//a";
        let coupled = |after: &World| shown(&coupled(Some(of(&before, target)), of(after, target)));
        assert_eq!(coupled(&sent), [""; 0]);
        assert_eq!(coupled(&deleted), ["us-east-1/kms-key/k"]);
        assert_eq!(shown(&judged_with(Some(of(&before, target)), of(&sent, target))), [target]);
        let edge = DocumentId { subject: id("us-east-1/kms-key/k"), part: Part::Edge(id(target)) };
        assert_eq!(shown(&super::coupled(None, before.get(&edge).unwrap())), ["us-east-1/kms-key/k"]);
    }
}
