//! An API key that nobody uses, on its way out: a first warning, a final one, deactivation, deletion.
//!
//! The dates are set when the first warning goes out, stand in every message from then on, and move only away. They rest
//! on the last use: a key that is used again leaves the track, and the next silence begins another.

use super::Rule;
use crate::action::ActionKind;
use crate::document::{ApiKey, Document, Facts, Standing, Track};
use crate::event::Status;
use crate::finding::{Finding, Severity};
use crate::ids::CredentialId;
use crate::policy::{Mode, Policy, Staleness};
use crate::rotation::{Rotation, rotation};
use crate::silence::{Silence, last_possible_use, silence};
use crate::subject::Kind;
use crate::time::{Span, Time};
use crate::world::World;

pub(super) const RULE: Rule = Rule {
    id: "unused_key",
    title: "API key that nobody uses",
    why: "A key that nobody uses is missed by nobody, whoever else has a copy of it.",
    severity: Severity::Low,
    settle: Span::hours(0),
    judges: &[Kind::ApiKey],
    judge,
};

/// How far a key has come on its way out.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    First,
    Final,
    Deactivation,
    Deletion,
}

impl Stage {
    const fn word(self) -> &'static str {
        match self {
            Self::First => "first-warning",
            Self::Final => "final-warning",
            Self::Deactivation => "deactivation",
            Self::Deletion => "deletion",
        }
    }
}

fn judge(document: &Document, world: &World, policy: &Policy, now: Time) -> Vec<Finding> {
    let Facts::ApiKey(key) = &document.facts else { return Vec::new() };
    if let Some(rotation) = rotation(&document.subject, key, world, policy, now) {
        return replaced(document, key, &rotation).into_iter().collect();
    }
    match key.standing(now) {
        Standing::Is(Status::Active) => switched_on(document, key, world, policy, now),
        Standing::Is(Status::Inactive) => {
            switched_off(document, key, world, policy, now).into_iter().collect()
        }
        _ => Vec::new(),
    }
}

/// A key that another one replaces is on its way out for another reason: whoever was told a date is told so.
fn replaced(document: &Document, key: &ApiKey, rotation: &Rotation<'_>) -> Option<Finding> {
    let track = key.course.track?;
    let (id, new) = (&document.subject.name, &rotation.new.name);
    let what = format!(
        "API key {id} of {} will not be switched off for being unused: {new} takes its place",
        super::user_of(key)
    );
    let finding = RULE.found(&document.subject, &format!("{}/replaced/{new}", track_name(track.since)), what);
    Some(
        finding
            .evidence("user", key.user.value())
            .evidence("was to be switched off on", Some(track.deactivate)),
    )
}

/// A key that is used again before its date leaves the track: whoever was told the date is told so.
fn left(document: &Document, key: &ApiKey, world: &World) -> Option<Finding> {
    let track = key.course.track?;
    let used = last_possible_use(&document.subject, key, world).filter(|used| Some(*used) > track.since)?;
    if key.switched_off().is_some_and(|(off, _)| off >= track.first) {
        return None;
    }
    let (id, user) = (&document.subject.name, super::user_of(key));
    let what = format!(
        "API key {id} of {user} will not be switched off on {}: it is used again",
        day(track.deactivate)
    );
    let finding = RULE.found(&document.subject, &format!("{}/left", track_name(track.since)), what);
    Some(finding.evidence("user", key.user.value()).evidence("last use", Some(used)))
}

fn switched_on(document: &Document, key: &ApiKey, world: &World, policy: &Policy, now: Time) -> Vec<Finding> {
    let (since, silent, never) = match silence(&document.subject, key, world, policy, now) {
        Silence::Short => return left(document, key, world).into_iter().collect(),
        Silence::Unknown { last } => {
            let unknown = unknown(document, key, last);
            return std::iter::once(unknown).chain(left(document, key, world)).collect();
        }
        Silence::Long { since, silent, never } => (since, silent, never),
    };
    let said = Said { document, key, silent, never };
    let service = key.service.value().map(|service| service.as_str());
    if policy.mode_for(RULE.id, &document.subject.account, service, now) == Mode::Observe {
        // Nobody is warned, so no date is set: switching warnings on later begins with the first.
        return vec![said.observed(since)];
    }
    let told = key.course.track.filter(|track| track.since == since);
    let track = told.unwrap_or_else(|| begun(since, &policy.staleness, now));
    let mut first = said.warning(&track, Stage::First);
    first.mark = told.is_none().then_some(track);
    let mut findings = vec![first];
    if told.is_some() && now >= track.final_warning {
        let mut last = said.warning(&track, Stage::Final);
        if !track.warned_finally {
            let track = warned_late(track, &policy.staleness, now);
            last = said.warning(&track, Stage::Final);
            last.mark = Some(track);
        }
        findings.push(last);
    }
    if track.warned_finally && now >= track.deactivate {
        findings.push(said.deactivation(&track));
    }
    findings
}

/// The track of a key whose first warning goes out now.
fn begun(since: Option<Time>, staleness: &Staleness, now: Time) -> Track {
    let days = |days: u32| Span::days(i64::from(days));
    let deactivate = now + days(staleness.deactivate_days);
    Track {
        since,
        first: now,
        final_warning: now + days(staleness.final_warning_days),
        deactivate,
        delete: deactivate + days(staleness.delete_days),
        warned_finally: false,
    }
}

/// The same track once its final warning goes out: between that and the deactivation there is as much time as promised,
/// however late the warning is.
fn warned_late(track: Track, staleness: &Staleness, now: Time) -> Track {
    let promised = staleness.deactivate_days.saturating_sub(staleness.final_warning_days);
    let deactivate = track.deactivate.max(now + Span::days(i64::from(promised)));
    let later = deactivate.since(track.deactivate);
    Track { deactivate, delete: track.delete + later, warned_finally: true, ..track }
}

/// The deletion of a key that Keytrail switched off on its track, after the recovery time. A key that a person switched
/// off is that person's.
fn switched_off(
    document: &Document,
    key: &ApiKey,
    world: &World,
    policy: &Policy,
    now: Time,
) -> Option<Finding> {
    let track = key.course.track.filter(|track| track.warned_finally)?;
    let (off, by) = key.switched_off()?;
    let ours = by
        .who
        .as_ref()
        .is_some_and(|who| policy.principals.keytrail.iter().any(|pattern| pattern.matches(who.as_str())));
    let recovery = Span::days(i64::from(policy.staleness.delete_days));
    let due = track.delete.max(off + recovery);
    let missed = last_possible_use(&document.subject, key, world).is_some_and(|last| last >= off);
    if !ours || off < track.deactivate || now < due || missed || key.reports.entries().next().is_some() {
        return None;
    }
    let (id, user) = (&document.subject.name, super::user_of(key));
    let what = format!("API key {id} of {user} was switched off on {} and nobody missed it", day(off));
    let finding = RULE.found(&document.subject, &discriminator(track.since, Stage::Deletion), what);
    let remedy = remedy(id, key, |key, user, service| ActionKind::DeleteApiKey { key, user, service });
    Some(finding.evidence("user", key.user.value()).evidence("switched off", Some(off)).remedy(remedy).next(
        format!(
            "To keep it, exempt the credential {id} in the policy ([[exemptions]]), with a reason and an end."
        ),
    ))
}

/// What is said of one key.
struct Said<'a> {
    document: &'a Document,
    key: &'a ApiKey,
    silent: Time,
    never: bool,
}

impl Said<'_> {
    fn finding(&self, discriminator: &str, what: &str) -> Finding {
        let evidence = if self.never { "never used since its creation" } else { "not used since" };
        RULE.found(&self.document.subject, discriminator, what)
            .evidence("user", self.key.user.value())
            .evidence("service", self.key.service.value())
            .evidence(evidence, Some(self.silent))
            .evidence("created by", super::creator(self.key))
    }

    fn name(&self) -> String {
        format!("API key {} of {}", self.document.subject.name, super::user_of(self.key))
    }

    fn observed(&self, since: Option<Time>) -> Finding {
        let what = format!("{} has not been used since {}", self.name(), day(self.silent));
        self.finding(&format!("{}/observed", track_name(since)), &what).next(format!(
            "If nobody needs it: {}",
            super::deactivate_key(self.key, &self.document.subject.name)
        ))
    }

    fn warning(&self, track: &Track, stage: Stage) -> Finding {
        let (word, date) =
            (if stage == Stage::Final { "final warning: " } else { "" }, day(track.deactivate));
        let what = format!("{word}{} will be switched off on {date}: nobody uses it", self.name());
        let mut finding = self.finding(&discriminator(track.since, stage), &what);
        if stage == Stage::Final {
            finding.severity = Severity::Medium;
        }
        let id = &self.document.subject.name;
        finding
            .deadline(Some(track.deactivate))
            .evidence("switched off on", Some(track.deactivate))
            .evidence("deleted on", Some(track.delete))
            .next("To keep it, use it.")
            .next(format!("To keep it unused, exempt the credential {id} in the policy ([[exemptions]]), with a reason and an end."))
    }

    fn deactivation(&self, track: &Track) -> Finding {
        let id = &self.document.subject.name;
        let what = format!("{} has not been used since {}", self.name(), day(self.silent));
        let mut finding = self.finding(&discriminator(track.since, Stage::Deactivation), &what);
        finding.severity = Severity::Medium;
        let deactivate = |key, user, service| ActionKind::DeactivateApiKey { key, user, service };
        finding
            .evidence("first warning", Some(track.first))
            .evidence("deleted on", Some(track.delete))
            .remedy(remedy(id, self.key, deactivate))
            .next(format!("To undo it: {}", super::reactivate_key(self.key, id)))
    }
}

fn unknown(document: &Document, key: &ApiKey, last: Option<Time>) -> Finding {
    let id = &document.subject.name;
    let what = format!("Whether API key {id} of {} is used is not known", super::user_of(key));
    let mut finding = RULE.found(&document.subject, "unknown", what);
    finding.severity = Severity::Info;
    finding
        .evidence("user", key.user.value())
        .evidence("service", key.service.value())
        .evidence("last use that was seen", last)
        .next(
            "Let a trail record its bearer calls in every region where it may be used, and name that trail in the policy \
             (staleness.trails).",
        )
}

fn remedy(
    id: &str,
    key: &ApiKey,
    kind: fn(CredentialId, crate::ids::UserName, crate::ids::ServiceName) -> ActionKind,
) -> Option<ActionKind> {
    Some(kind(CredentialId::new(id), key.user.value()?.clone(), key.service.value()?.clone()))
}

fn track_name(since: Option<Time>) -> String {
    since.map_or_else(|| "never".to_owned(), |at| at.to_string())
}

fn discriminator(since: Option<Time>, stage: Stage) -> String {
    format!("{}/{}", track_name(since), stage.word())
}

/// The day of a moment, as people write it.
fn day(at: Time) -> String {
    at.to_string().chars().take(10).collect()
}

#[cfg(test)]
mod tests;
