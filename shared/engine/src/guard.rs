//! What speaks against an action upon a key, whatever the finding says: the guard rails.

use crate::action::{Action, ActionKind, Reason};
use crate::attribution::SLACK;
use crate::document::{ApiKey, HELD_AFTER_UNDOING, Sender};
use crate::finding::{Finding, Severity};
use crate::ids::CredentialId;
use crate::judge::judge;
use crate::policy::{Cause, ExemptFrom, KeyTraits, Policy};
use crate::rotation::rotation;
use crate::silence::usage_of;
use crate::subject::{DocumentId, Kind, SubjectId};
use crate::switched::{Why, reactivations};
use crate::time::{Span, Time};
use crate::world::World;

/// Staleness acts only so long after a listing that shows the key.
const LISTED_WITHIN: Span = Span::hours(2);

/// A sender is recent if it sent within this time.
const RECENT: Span = Span::days(90);

/// The first guard rail that holds an action back.
pub(crate) fn objection(
    action: &Action,
    finding: &Finding,
    world: &World,
    policy: &Policy,
    now: Time,
) -> Option<Reason> {
    match &action.kind {
        ActionKind::DeactivateApiKey { key, .. } | ActionKind::DeleteApiKey { key, .. } => {
            let subject = &action.subject;
            let id = SubjectId::api_key(subject.partition.clone(), subject.account.clone(), key);
            let life = world.api_key(&id)?;
            let cause = Cause::of(&action.rule);
            exempt(cause, key, &id, life, world, policy, now).or_else(|| match cause {
                Cause::Staleness => staleness(&id, life, world, policy, now),
                Cause::Rotation => {
                    let deletes = matches!(action.kind, ActionKind::DeleteApiKey { .. });
                    rotating(&id, life, deletes, world, policy, now)
                }
                Cause::Rule => ambiguous(key, finding, world, now),
                Cause::Reported | Cause::Person => None,
            })
        }
        // Undoing harms nobody, and a user or a KMS key is no subject of exemptions.
        ActionKind::ReactivateApiKey { .. }
        | ActionKind::DenyBearerCalls { .. }
        | ActionKind::AllowBearerCalls { .. }
        | ActionKind::RescueKmsKey { .. } => None,
    }
}

/// An exemption of the policy. A person's own request outranks those from staleness, and none from everything.
fn exempt(
    cause: Cause,
    credential: &CredentialId,
    id: &SubjectId,
    key: &ApiKey,
    world: &World,
    policy: &Policy,
    now: Time,
) -> Option<Reason> {
    let traits = traits(credential, id, key, world);
    let reaches = |from: ExemptFrom| from == ExemptFrom::All || cause == Cause::Staleness;
    if let Some(it) = policy.exemptions.iter().find(|it| reaches(it.from) && it.holds(&traits, now)) {
        return Some(Reason::Exempt { why: format!("{} (until {})", it.reason, it.until).into() });
    }
    (cause == Cause::Staleness && policy.key_limits_are_unsure(&traits)).then(|| Reason::Exempt {
        why: "a limit of the policy goes by the user's tags, and they could not be read".into(),
    })
}

/// What speaks against retiring a key for being unused.
fn staleness(id: &SubjectId, key: &ApiKey, world: &World, policy: &Policy, now: Time) -> Option<Reason> {
    if let Some(until) = held(id, key, world, policy, now) {
        return Some(Reason::Held { until });
    }
    if let Some((until, why)) = key.course.exempted(now) {
        return Some(Reason::Exempt { why: format!("{why} (until {until})").into() });
    }
    if !listed(key, now) {
        return Some(Reason::NotListed);
    }
    let usage = usage_of(id, key)?;
    sole_sender(&usage, world, now).map(|log_group| Reason::SoleSender { log_group })
}

/// What speaks against a step of a rotation. That the new key sends was seen, so that nobody falls silent.
fn rotating(
    id: &SubjectId,
    key: &ApiKey,
    deletes: bool,
    world: &World,
    policy: &Policy,
    now: Time,
) -> Option<Reason> {
    if let Some(until) = held(id, key, world, policy, now) {
        return Some(Reason::Held { until });
    }
    if !listed(key, now) {
        return Some(Reason::NotListed);
    }
    open_finding(id, key, deletes, world, policy, now).map(|rule| Reason::FindingOpen { rule })
}

fn held(id: &SubjectId, key: &ApiKey, world: &World, policy: &Policy, now: Time) -> Option<Time> {
    key.course.held(now).map(|(until, _)| until).or_else(|| held_by_hand(id, key, world, policy, now))
}

fn listed(key: &ApiKey, now: Time) -> bool {
    key.observed.at().is_some_and(|at| at <= now && now.since(at) <= LISTED_WITHIN)
}

/// What a rotation itself brings to an end is nothing that it waits for.
const CURED: [&str; 5] =
    ["key_rotation", "key_expiring", "key_without_expiry", "key_lifetime_over_limit", "unused_key"];

/// The rule of a finding, of medium severity or higher, about the users of the two keys: their calls, their keys, or they
/// themselves.
///
/// What was found about the old key or the calls before it was switched off may be why it was: that is nothing that its
/// deletion waits for.
fn open_finding(
    id: &SubjectId,
    key: &ApiKey,
    deletes: bool,
    world: &World,
    policy: &Policy,
    now: Time,
) -> Option<Box<str>> {
    let rotation = rotation(id, key, world, policy, now)?;
    let both = [(id, key), (&rotation.new, rotation.key)];
    let about = both.into_iter().flat_map(|(id, key)| {
        let user = key.user.value();
        let user = user.map(|user| SubjectId::user(id.partition.clone(), id.account.clone(), user));
        [Some(id.clone()), usage_of(id, key), user].into_iter().flatten()
    });
    let documents = about.filter_map(|subject| world.get(&DocumentId::main(subject)));
    let open = documents.flat_map(|document| judge(document, world, policy, now));
    let off = key.switched_off().map(|(off, _)| off).filter(|_| deletes);
    let why_it_is_off = |it: &Finding| {
        let about_it = it.subject == *id || it.subject.kind == Kind::Usage;
        let before = off.is_some_and(|off| it.since.is_some_and(|since| since <= off));
        // Whoever tries it afterwards is one more reason to delete it.
        about_it && (before || (deletes && &*it.rule == "use_after_deactivation"))
    };
    open.into_iter()
        .find(|it| it.severity >= Severity::Medium && !CURED.contains(&&*it.rule) && !why_it_is_off(it))
        .map(|finding| finding.rule)
}

/// Until when a key is held that somebody switched on again, by hand, after it had been retired: they need it. It holds
/// once; what they do again within that time is drift, and pages (`repeated_reactivation`).
fn held_by_hand(id: &SubjectId, key: &ApiKey, world: &World, policy: &Policy, now: Time) -> Option<Time> {
    let mut retired = reactivations(id, key, world, policy, now);
    retired.retain(|it| matches!(it.why, Why::Staleness | Why::Rotation));
    let first = retired.iter().find(|it| now < it.entry.at + HELD_AFTER_UNDOING)?;
    Some(first.entry.at + HELD_AFTER_UNDOING)
}

/// A log group to which the usage subject sent of late, and nobody else did since.
fn sole_sender(usage: &SubjectId, world: &World, now: Time) -> Option<Box<str>> {
    let (service, user) = usage.service_and_user()?;
    let alone = |target: &SubjectId| {
        let senders = &world.log_target(target)?.senders;
        let ours = |sender: &Sender| sender.service == service && sender.user.as_ref() == Some(&user);
        let last = |ours_wanted: bool| {
            let of = senders.values().filter(|held| ours(&held.value) == ours_wanted);
            of.filter_map(|held| held.last).max()
        };
        let mine = last(true).filter(|last| now.since(*last) <= RECENT)?;
        last(false).is_none_or(|theirs| theirs < mine).then(|| target.name.as_ref().into())
    };
    world.targets_of(usage).iter().find_map(alone)
}

/// A finding in a user's calls permits a write only if no other key can have made them.
fn ambiguous(key: &CredentialId, finding: &Finding, world: &World, now: Time) -> Option<Reason> {
    let (service, user) = finding.subject.service_and_user()?;
    let from = finding.since.unwrap_or(now).min(now);
    let mut possible = world
        .keys_of(&finding.subject, &user, &service)
        .into_iter()
        .filter(|(_, life)| !life.certainly_unusable(from - SLACK, now + SLACK))
        .map(|(id, _)| id);
    let only = possible.next().is_some_and(|it| it == *key) && possible.next().is_none();
    (!only).then_some(Reason::Ambiguous)
}

/// A key as limits and exemptions ask about it.
pub(crate) fn traits<'a>(
    credential: &'a CredentialId,
    id: &SubjectId,
    key: &'a ApiKey,
    world: &'a World,
) -> KeyTraits<'a> {
    let user = key.user.value();
    KeyTraits {
        user: user.map(|user| user.as_str()),
        service: key.service.value().map(|service| service.as_str()),
        credential,
        facts: user
            .and_then(|user| world.user(&SubjectId::user(id.partition.clone(), id.account.clone(), user))),
    }
}
