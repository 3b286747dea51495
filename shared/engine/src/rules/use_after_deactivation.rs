//! Calls with an API key after it was switched off, expired or was deleted.
//!
//! Calls within 15 minutes of the end are how IAM's news spreads: they are counted, and page nobody. Later ones are an
//! intruder, or a client that nobody told; the finding says which it looks like, and from where.

use std::collections::BTreeMap;

use super::Rule;
use crate::document::{ApiKey, Document, Facts, Hour, Use};
use crate::ended::{End, How, TAIL, called_after};
use crate::finding::{Finding, Severity};
use crate::ids::{CredentialId, Principal};
use crate::lattice::{Answer, BoundedSet, Sketched};
use crate::policy::Policy;
use crate::subject::{Kind, Part, SubjectId};
use crate::time::{Span, Time};
use crate::world::World;

pub(super) const RULE: Rule = Rule {
    id: "use_after_deactivation",
    title: "Use of an API key after its end",
    why: "Somebody still has the key: an intruder, or a sender whose logs no longer arrive.",
    severity: Severity::High,
    // The record of its being switched on again, or of another key, may come late.
    settle: Span::hours(1),
    judges: &[Kind::Usage],
    judge,
};

/// Whose calls they look like.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Looks {
    /// From where the user never called before, or with another tool.
    Intruder,
    /// All of it is as it was before the end.
    Client,
    /// Too much was seen to say what is new.
    Unknown,
}

/// The calls after one end of one key.
struct After<'a> {
    key: &'a ApiKey,
    end: End<'a>,
    hours: Vec<&'a Hour>,
}

fn judge(document: &Document, world: &World, policy: &Policy, _: Time) -> Vec<Finding> {
    let (Part::Main, Facts::Usage(facts)) = (&document.part, &document.facts) else { return Vec::new() };
    let usage = &document.subject;
    let Some((service, user)) = usage.service_and_user() else { return Vec::new() };
    let keys = world.keys_of(usage, &user, &service);
    let mut after: BTreeMap<(&CredentialId, Time), After<'_>> = BTreeMap::new();
    for (credential, hour) in world.hours(usage) {
        let Some((id, key, end)) = called_after(&keys, credential, hour) else { continue };
        let of_end = after.entry((id, end.at)).or_insert_with(|| After { key, end, hours: Vec::new() });
        of_end.hours.push(hour);
    }
    let found = after.iter().map(|((id, _), after)| finding(usage, facts, id, after, world, policy));
    found.collect()
}

fn finding(
    usage: &SubjectId,
    facts: &Use,
    id: &CredentialId,
    after: &After<'_>,
    world: &World,
    policy: &Policy,
) -> Finding {
    let End { at: end, how } = after.end;
    let (word, by) = ended_by(how);
    let (looks, was_let_through) = (looks(facts, after), was_let_through(after));
    let who = match looks {
        Looks::Intruder => "it looks like somebody else",
        Looks::Client => "it looks like its own sender",
        Looks::Unknown => "whether it is its own sender can't be said",
    };
    let key = format!("API key {id} of {}", super::user_of(after.key));
    let what = format!("{key} is used although it {word} on {end}; {who}");
    let hours = || after.hours.iter();
    let count = |of: fn(&Hour) -> u64| hours().map(|hour| of(hour)).sum::<u64>();
    let refused = count(|hour| hour.denied.count().number());
    let mut finding = RULE
        .found(usage, &format!("{id}/{end}"), what)
        .since(hours().filter_map(|hour| first_after(hour, end)).min().unwrap_or(end + TAIL))
        .evidence(&format!("{word} by"), by)
        .evidence("last call", hours().filter_map(|hour| hour.seen.last).max())
        .evidence("calls that were let through, to the hour", Some(count(|hour| hour.calls.count().number())))
        .evidence("calls that were refused, to the hour", Some(refused))
        .evidence("calls in the 15 minutes after its end, to the hour", tail(usage, end, world))
        .evidence("networks", super::joined(hours().flat_map(|hour| hour.networks.values())))
        .evidence("user agents", super::joined(hours().flat_map(|hour| hour.agents.values())))
        .evidence("log groups", super::joined(hours().flat_map(|hour| hour.log_groups.values())));
    finding.severity = match (looks, was_let_through) {
        (Looks::Intruder, true) => Severity::Critical,
        (Looks::Client | Looks::Unknown, false) => Severity::Medium,
        _ => Severity::High,
    };
    finding = match looks {
        Looks::Client => {
            finding.next(format!("Give its sender another key: {}", super::create_key(after.key, policy)))
        }
        _ => finding.next(
            "Find out what runs there. If nobody knows it, replace every key that was kept beside this one.",
        ),
    };
    finding.next("That the calls stop proves nothing: whether the sender was mended is not known until it is seen with another key.")
}

const fn ended_by(how: How<'_>) -> (&'static str, Option<&Principal>) {
    match how {
        How::SwitchedOff(by) => ("was switched off", by),
        How::Expired => ("expired", None),
        How::Deleted(by) => ("was deleted", by),
    }
}

/// The first moment at which an hour certainly has a call after the tail.
fn first_after(hour: &Hour, end: Time) -> Option<Time> {
    hour.seen.first.filter(|first| *first > end + TAIL).or(hour.seen.last)
}

/// Whether some call after the tail certainly was let through. An hour in which the key ended says it only if nothing in it
/// was refused.
fn was_let_through(after: &After<'_>) -> bool {
    let none = |count: u64| count == 0;
    after.hours.iter().any(|hour| {
        let is_whole = hour.seen.first.is_some_and(|first| first > after.end.at + TAIL);
        !none(hour.calls.count().number()) && (is_whole || none(hour.denied.count().number()))
    })
}

/// Calls of the hours that end within the tail.
fn tail(usage: &SubjectId, end: Time, world: &World) -> Option<u64> {
    let within = |hour: &&Hour| hour.seen.last.is_some_and(|last| last > end && last <= end + TAIL);
    let hours: Vec<&Hour> = world.hours(usage).map(|(_, hour)| hour).filter(within).collect();
    let calls = hours.iter().map(|hour| hour.calls.count().number() + hour.denied.count().number()).sum();
    (!hours.is_empty()).then_some(calls)
}

/// Compares where the calls come from, and with what, with what was let through before the key's end. What is known
/// of before is known to the hour; the hour of the end itself says nothing.
fn looks(facts: &Use, after: &After<'_>) -> Looks {
    let end = after.end.at.floor_hour();
    let whole =
        after.hours.iter().filter(|hour| hour.seen.first.is_some_and(|first| first > after.end.at + TAIL));
    let hours: Vec<&&Hour> = whole.collect();
    if hours.is_empty() {
        return Looks::Unknown;
    }
    let networks = hours.iter().flat_map(|hour| hour.networks.values());
    let agents = hours.iter().flat_map(|hour| hour.agents.values());
    let known = networks.map(|it| known_before(&facts.sightings.networks, it, end));
    let known: Vec<Option<bool>> =
        known.chain(agents.map(|it| known_before(&facts.sightings.agents, it, end))).collect();
    if known.contains(&Some(false)) {
        Looks::Intruder
    } else if known.is_empty() || known.contains(&None) {
        Looks::Unknown
    } else {
        Looks::Client
    }
}

/// Whether a value was seen before an hour; `None` if that can't be said.
fn known_before<T: Ord + Sketched, const K: usize>(
    set: &BoundedSet<T, K>,
    value: &T,
    hour: Time,
) -> Option<bool> {
    match set.contains(value) {
        Answer::Yes { first: Some(first), .. } if first == hour => None,
        Answer::Yes { first: Some(first), .. } => Some(first < hour),
        Answer::Yes { first: None, .. } | Answer::Unknown => None,
        Answer::No => Some(false),
    }
}

#[cfg(test)]
mod tests;
