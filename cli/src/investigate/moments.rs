//! What happened, moment by moment.

use keytrail_engine::document::{By, Life, UserLife};
use keytrail_engine::event::{CompromiseSource, Grant, Request, Status};
use keytrail_engine::notice::Outcome;
use keytrail_engine::subject::SubjectId;
use keytrail_engine::time::Time;
use keytrail_engine::world::World;
use keytrail_ledger::{Body, Item, State};

use super::{Kept, Moment, Subjects};

/// All of it, oldest first.
pub(super) fn moments(world: &World, subjects: &Subjects, kept: &Kept, now: Time) -> Vec<Moment> {
    let mut moments = Vec::new();
    for key in &subjects.keys {
        of_key(world, key, now, &mut moments);
    }
    for user in &subjects.users {
        of_user(world, user, &mut moments);
    }
    for (finding, fired, stands) in kept.findings() {
        let at = finding.since.or(fired).unwrap_or(now);
        let gone = if stands { "" } else { "; it no longer stands" };
        let what = format!("{} {}: {}{gone}", finding.severity, finding.rule, finding.what);
        moments.push(plain(at, "finding", what));
    }
    for item in &kept.items {
        of_item(item, &mut moments);
    }
    moments.sort();
    moments.dedup();
    moments
}

fn plain(at: Time, kind: &'static str, what: String) -> Moment {
    Moment { at, kind, what, by: None, from: None, event_id: None }
}

fn done(at: Time, kind: &'static str, what: String, by: &By) -> Moment {
    Moment {
        at,
        kind,
        what,
        by: by.who.as_ref().map(ToString::to_string),
        from: by.from.as_ref().map(ToString::to_string),
        event_id: by.event_id.clone(),
    }
}

fn of_key(world: &World, subject: &SubjectId, now: Time, moments: &mut Vec<Moment>) {
    let Some(key) = world.api_key(subject) else { return };
    let name = &subject.name;
    for entry in key.life.entries() {
        let what = match entry.value.what {
            Life::Created => "created",
            Life::Status(Status::Active) => "switched on",
            Life::Status(Status::Inactive) => "switched off",
            Life::Status(Status::Expired) => "expired",
            Life::Reset => "given a new secret",
            Life::Deleted => "deleted",
        };
        moments.push(done(entry.at, "key", format!("{name} {what}"), &entry.value.by));
    }
    if let Some(since) = key.missing_since(now) {
        moments.push(plain(since, "key", format!("{name} missing from complete listings")));
    }
    for entry in key.reports.entries() {
        moments.push(plain(entry.at, "report", format!("{name}: {}", source(&entry.value.source))));
    }
    for entry in key.course.requests.entries() {
        let asked = &entry.value;
        let until = match &asked.request {
            Request::Hold { until } | Request::Exempt { until } => format!(" until {until}"),
            _ => String::new(),
        };
        let what = format!("{name}: {}{until} was asked for, because: {}", asked.request.word(), asked.why);
        moments.push(done(entry.at, "request", what, &asked.by));
    }
    for entry in key.margin.attempts.entries() {
        let what = format!("{name}: {} failed with {}", entry.value.name, entry.value.code);
        moments.push(done(entry.at, "attempt", what, &entry.value.by));
    }
}

fn of_user(world: &World, subject: &SubjectId, moments: &mut Vec<Moment>) {
    let Some(user) = world.user(subject) else { return };
    let name = &subject.name;
    for entry in user.lives.entries() {
        let what = match entry.value {
            UserLife::Created => "created",
            UserLife::Deleted => "deleted",
        };
        moments.push(plain(entry.at, "user", format!("user {name} {what}")));
    }
    for entry in user.grants.entries() {
        let what = match &entry.value.grant {
            Grant::AccessKey => "got an access key".to_owned(),
            Grant::LoginProfile => "got a console password".to_owned(),
            Grant::ManagedPolicy(arn) => format!("got the policy {arn}"),
            Grant::InlinePolicy(policy) => format!("got a policy of its own, {policy}"),
            Grant::ManagedPolicyTaken(arn) => format!("lost the policy {arn}"),
            Grant::Group(group) => format!("was put into the group {group}"),
        };
        moments.push(done(entry.at, "user", format!("user {name} {what}"), &entry.value.by));
    }
    for entry in user.reports.entries() {
        moments.push(plain(entry.at, "report", format!("user {name}: {}", source(&entry.value.source))));
    }
    for entry in user.margin.attempts.entries() {
        let what = format!("user {name}: {} failed with {}", entry.value.name, entry.value.code);
        moments.push(done(entry.at, "attempt", what, &entry.value.by));
    }
}

fn source(source: &CompromiseSource) -> String {
    match source {
        CompromiseSource::Health(code) => format!("AWS Health reports {code}"),
        CompromiseSource::GuardDuty { finding_type, severity_tenths, sample, .. } => {
            let sample = if *sample { ", a generated sample" } else { "" };
            format!(
                "GuardDuty finds {finding_type} ({}.{}{sample})",
                severity_tenths / 10,
                severity_tenths % 10
            )
        }
        CompromiseSource::QuarantinePolicy(arn) => format!("AWS attached its quarantine policy {arn}"),
    }
}

/// An action when it was decided and when it ended; a page when it was told.
fn of_item(item: &Item, moments: &mut Vec<Moment>) {
    let ended = item.outcome.as_ref().map(outcome);
    match &item.body {
        Body::Action(action) => {
            let named = format!("{} {}", action.kind.word(), action.kind.target());
            moments.push(plain(item.created, "action", format!("{named} decided, by {}", action.rule)));
            if matches!(item.state, State::Done | State::Failed | State::Withheld) {
                let ended = ended.map(|it| format!(": {it}")).unwrap_or_default();
                moments.push(plain(item.changed, "action", format!("{named} {}{ended}", item.state.word())));
            }
        }
        Body::Notice(notice) if item.state == State::Done => {
            moments.push(plain(item.changed, "page", format!("page {} told", notice.id)));
        }
        Body::Notice(_) | Body::Finding(_) => {}
    }
}

/// How something ended, in words.
pub(super) fn outcome(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Done { already: true } => "there was nothing left to do".to_owned(),
        Outcome::Done { already: false } => "done, and AWS shows it".to_owned(),
        Outcome::LeftDisabled { .. } => "the deletion is cancelled, and the key stays disabled".to_owned(),
        Outcome::Failed { code } => format!("AWS says {code}"),
        Outcome::Withheld { reason } => reason.to_string(),
    }
}
