//! Signals of a theft, added up: one incident with one confidence.

use std::collections::BTreeMap;

use super::Rule;
use super::learnt::day;
use crate::action::ActionKind;
use crate::attribution::{Attribution, Candidates};
use crate::document::{Document, Facts};
use crate::finding::{Finding, FindingId, Severity};
use crate::policy::Policy;
use crate::subject::{DocumentId, Kind, Part, SubjectId};
use crate::time::{Span, Time};
use crate::world::World;

pub(super) const RULE: Rule = Rule {
    id: "stolen_key_suspected",
    title: "API key probably stolen",
    why: "Several things about the calls of this key are unlike its sender; together they look like somebody else.",
    severity: Severity::High,
    // What makes a signal harmless (others use the same network) may come a little later.
    settle: Span::minutes(15),
    judges: &[Kind::Usage],
    judge,
};

/// Signals of so many days belong together.
const DAYS: i64 = 3;
/// An incident is not told again within this time.
const QUIET: Span = Span::days(7);

/// One rule's finding, as a summand.
struct Signal {
    id: FindingId,
    at: Time,
    points: u32,
    what: Box<str>,
}

fn judge(document: &Document, world: &World, policy: &Policy, now: Time) -> Vec<Finding> {
    let (Part::Main, Facts::Usage(_)) = (&document.part, &document.facts) else { return Vec::new() };
    incidents(document, world, policy, now).into_iter().map(|(finding, _)| finding).collect()
}

/// The incidents, each with the findings that it adds up.
pub(super) fn incidents(
    document: &Document,
    world: &World,
    policy: &Policy,
    now: Time,
) -> Vec<(Finding, Vec<FindingId>)> {
    let signals = signals(document, world, policy, now);
    let mut days: Vec<Time> = signals.values().flatten().map(|signal| signal.at.floor_day()).collect();
    days.sort_unstable();
    days.dedup();
    let mut found = Vec::new();
    let mut told: Option<Time> = None;
    for from in days {
        if told.is_some_and(|told| from < told + QUIET) {
            continue;
        }
        if let Some(finding) = incident(document, world, policy, &signals, from) {
            told = Some(from);
            let window = from..from + Span::days(DAYS);
            let added = signals.values().flatten().filter(|signal| window.contains(&signal.at));
            found.push((finding, added.map(|signal| signal.id.clone()).collect()));
        }
    }
    found
}

/// The findings of the rules that have a weight, by rule.
fn signals(
    document: &Document,
    world: &World,
    policy: &Policy,
    now: Time,
) -> BTreeMap<&'static str, Vec<Signal>> {
    let user = document.subject.service_and_user().map(|(_, user)| {
        let SubjectId { partition, account, .. } = &document.subject;
        DocumentId::main(SubjectId::user(partition.clone(), account.clone(), &user))
    });
    let user = user.and_then(|user| world.get(&user));
    let mut signals = BTreeMap::new();
    let Facts::Usage(facts) = &document.facts else { return signals };
    for rule in super::RULES {
        if rule.id == RULE.id || !policy.correlation.weights.contains_key(rule.id) || !policy.enabled(rule.id)
        {
            continue;
        }
        let judged = if rule.judges.contains(&Kind::Usage) { Some(document) } else { user };
        let found = judged.map(|judged| (rule.judge)(judged, world, policy, now)).unwrap_or_default();
        let weigh = |finding: Finding| {
            let points = policy.correlation.weight(rule.id, finding.severity);
            let Finding { id, what, since, .. } = finding;
            Some(Signal { id, at: since?, points, what }).filter(|_| points > 0)
        };
        let strange = found.into_iter().filter(|finding| !facts.lessons.expect(&finding.id));
        let found: Vec<Signal> = strange.filter_map(weigh).collect();
        if !found.is_empty() {
            signals.insert(rule.id, found);
        }
    }
    signals
}

/// The incident that begins on a day, if its signals weigh enough: of each rule the heaviest counts.
fn incident(
    document: &Document,
    world: &World,
    policy: &Policy,
    signals: &BTreeMap<&'static str, Vec<Signal>>,
    from: Time,
) -> Option<Finding> {
    let window = from..from + Span::days(DAYS);
    let heaviest = signals.iter().filter_map(|(rule, signals)| {
        let inside = signals.iter().filter(|signal| window.contains(&signal.at));
        Some((*rule, inside.max_by(|a, b| a.points.cmp(&b.points).then(b.at.cmp(&a.at)))?))
    });
    let mut summands: Vec<(&str, &Signal)> = heaviest.collect();
    summands.sort_by(|a, b| b.1.points.cmp(&a.1.points).then(a.0.cmp(b.0)));
    let sum: u32 = summands.iter().map(|(_, signal)| signal.points).sum();
    let limits = &policy.correlation;
    if sum < limits.page {
        return None;
    }
    // One signal alone, however heavy, is a reason to look and none to act.
    let is_compromise = sum >= limits.compromise && summands.len() > 1;
    let (user, at) = (document.subject.service_and_user()?.1, summands.iter().map(|(_, it)| it.at).min()?);
    let word = if is_compromise { "stolen" } else { "suspected" };
    let what = if is_compromise {
        format!(
            "The API key of user {user} is in somebody else's hands: {sum} points of {}",
            limits.compromise
        )
    } else {
        format!(
            "The API key of user {user} may be in somebody else's hands: {sum} points of {}",
            limits.compromise
        )
    };
    let mut finding = RULE.found(&document.subject, &format!("{}/{word}", day(from)), what).since(at);
    for (rule, signal) in &summands {
        let line = format!("{} points, {}: {}", signal.points, signal.at, signal.what);
        finding = finding.evidence(rule, Some(line));
    }
    if is_compromise {
        finding.severity = Severity::Critical;
        finding = finding.remedy(remedy(document, world, &window));
    }
    let id = finding.id.clone();
    Some(
        finding
            .next("Find out what runs there. If nobody knows it, switch the key off and replace it.")
            .next(format!("If it is yours: keytrail expected {id} --why TEXT")),
    )
}

/// The one key that the calls can belong to is switched off; where there are several, the user's bearer calls are denied,
/// which needs no guess.
fn remedy(document: &Document, world: &World, window: &std::ops::Range<Time>) -> Option<ActionKind> {
    let (service, user) = document.subject.service_and_user()?;
    let candidates = Candidates::of(&document.subject, world);
    let mut keys = Vec::new();
    for (credential, hour) in world.hours(&document.subject) {
        if !hour.seen.first.is_some_and(|first| window.contains(&first)) {
            continue;
        }
        match (credential, candidates.attribute(hour)) {
            (Some(id), _) => keys.push(id.clone()),
            (None, Attribution::Key(id)) => keys.push(id),
            (None, _) => return Some(ActionKind::DenyBearerCalls { user }),
        }
    }
    keys.sort_unstable();
    keys.dedup();
    match keys.as_slice() {
        [key] => Some(ActionKind::DeactivateApiKey { key: key.clone(), user, service }),
        _ => Some(ActionKind::DenyBearerCalls { user }),
    }
}
