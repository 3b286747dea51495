//! The life of an API key, as control events tell it.

use serde::{Deserialize, Serialize};

use super::{By, CLOCK_TOLERANCE, Course, History, Margin, ReportEntry, blank, margin};
use crate::event::{ApiKeySeen, Compromised, Event, Expiry, Status, What};
use crate::ids::{ServiceName, UserName};
use crate::join_fields;
use crate::lattice::{Earliest, Entry, Latest, Timeline};
use crate::time::{Span, Time};

/// What can happen in an API key's life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Life {
    /// Created.
    Created,
    /// Its status was set.
    Status(Status),
    /// It got a new secret.
    Reset,
    /// Deleted, for ever.
    Deleted,
}

/// An entry of an API key's history.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct LifeEntry {
    /// What happened.
    pub what: Life,
    /// Who did it.
    #[serde(flatten)]
    pub by: By,
}

/// What a listing said of the key.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Observation {
    /// Its status then.
    pub status: Option<Status>,
    /// Its creation, as the listing says it.
    pub created: Option<Time>,
}

/// The facts of an API key's life.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ApiKey {
    /// Its user. IAM never moves a key; the latest record that says it wins.
    #[serde(skip_serializing_if = "blank")]
    pub user: Latest<UserName>,
    /// Its service, likewise.
    #[serde(skip_serializing_if = "blank")]
    pub service: Latest<ServiceName>,
    /// The public part of its token, likewise.
    #[serde(skip_serializing_if = "blank")]
    pub alias: Latest<Box<str>>,
    /// Its expiry, likewise.
    #[serde(skip_serializing_if = "blank")]
    pub expires: Latest<Expiry>,
    /// Its creation, status changes, resets and deletion.
    #[serde(skip_serializing_if = "blank")]
    pub life: History<LifeEntry>,
    /// Its deletion, kept apart so that no length of history can push it out.
    #[serde(skip_serializing_if = "blank")]
    pub deleted: Earliest<By>,
    /// The newest listing that showed it.
    #[serde(skip_serializing_if = "blank")]
    pub observed: Latest<Observation>,
    /// Complete listings in which it was absent. Since IAM is eventually consistent, one absence says nothing.
    #[serde(skip_serializing_if = "blank")]
    pub absences: Timeline<(), 4>,
    /// Who called it compromised.
    #[serde(skip_serializing_if = "blank")]
    pub reports: History<ReportEntry>,
    /// What Keytrail and people did about it.
    #[serde(skip_serializing_if = "blank")]
    pub course: Course,
    /// Attempts, and records without a usable time.
    #[serde(flatten)]
    pub margin: Margin,
    /// Fields of a newer minor version.
    #[serde(flatten)]
    pub newer: serde_json::Map<String, serde_json::Value>,
}

join_fields!(ApiKey { user, service, alias, expires, life, deleted, observed, absences, reports, course, margin } keeps { newer });

/// How the status of a key stands at a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// No record says it.
    Unknown,
    /// So it is.
    Is(Status),
    /// Two records of the same second contradict each other.
    Contested,
    /// Deleted, for ever.
    Deleted,
}

impl ApiKey {
    pub(super) fn absorb(&mut self, event: &Event) -> bool {
        let time = match margin(&mut self.margin, event) {
            Ok(time) => time,
            Err(changed) => return changed | self.identify_undated(event),
        };
        match &event.what {
            What::ApiKeyCreated(seen) => self.identify(time, seen) | self.enter(time, event, Life::Created),
            What::ApiKeyReset(seen) => self.identify(time, seen) | self.enter(time, event, Life::Reset),
            What::ApiKeyObserved(seen) => {
                let observation = Observation { status: seen.status, created: seen.created };
                self.identify(time, seen) | self.observed.absorb(time, &observation)
            }
            What::ApiKeyAbsent { .. } => self.absences.absorb(time, event.record, event.revision, &()),
            What::ApiKeyStatusChanged { user, status, .. } => {
                self.belongs_to(time, user.as_ref()) | self.enter(time, event, Life::Status(*status))
            }
            What::ApiKeyDeleted { user, .. } => {
                self.belongs_to(time, user.as_ref())
                    | self.deleted.absorb(time, &By::of(event))
                    | self.enter(time, event, Life::Deleted)
            }
            What::CompromiseReported { of: Compromised::ApiKey(_), source } => {
                let report = ReportEntry::of(event, source);
                self.reports.absorb(time, event.record, event.revision, &report)
            }
            What::Requested { request, why, .. } => self.course.request(time, event, request, why),
            _ => false,
        }
    }

    fn enter(&mut self, time: Time, event: &Event, what: Life) -> bool {
        self.life.absorb(time, event.record, event.revision, &LifeEntry { what, by: By::of(event) })
    }

    fn belongs_to(&mut self, time: Time, user: Option<&UserName>) -> bool {
        user.is_some_and(|user| self.user.absorb(time, user))
    }

    fn identify(&mut self, time: Time, seen: &ApiKeySeen) -> bool {
        let mut changed = self.belongs_to(time, seen.user.as_ref());
        changed |= seen.service.as_ref().is_some_and(|service| self.service.absorb(time, service));
        changed |= seen.alias.as_ref().is_some_and(|alias| self.alias.absorb(time, alias));
        changed | seen.expires.is_some_and(|expires| self.expires.absorb(time, &expires))
    }

    /// Whose key it is never changes, so a record without a time may say it where none with a time does.
    fn identify_undated(&mut self, event: &Event) -> bool {
        const BEFORE_ALL: Time = Time::from_millis(-62_135_596_800_000); // 0001-01-01
        match &event.what {
            What::ApiKeyCreated(seen) | What::ApiKeyReset(seen) if event.time.is_none() => {
                self.belongs_to(BEFORE_ALL, seen.user.as_ref())
                    | seen.service.as_ref().is_some_and(|service| self.service.absorb(BEFORE_ALL, service))
            }
            _ => false,
        }
    }

    /// When it was last switched on again.
    pub fn switched_on(&self) -> Option<Time> {
        let on = self.life.entries().filter(|entry| entry.value.what == Life::Status(Status::Active));
        on.map(|entry| entry.at).max()
    }

    /// When it was last switched off, and by whom.
    pub fn switched_off(&self) -> Option<(Time, &By)> {
        let off = self.life.entries().filter(|entry| entry.value.what == Life::Status(Status::Inactive));
        off.map(|entry| (entry.at, &entry.value.by)).next_back()
    }

    /// When it was created, as the best source says: its creation's record, else a listing.
    pub fn created(&self) -> Option<Time> {
        let recorded = self.life.entries().find(|entry| entry.value.what == Life::Created);
        recorded.map(|entry| entry.at).or_else(|| self.observed.value()?.created)
    }

    /// Since when it has been missing from complete listings: two of them at least, and no sighting since. Never a
    /// deletion: only a record says that.
    pub fn missing_since(&self, now: Time) -> Option<Time> {
        let last_seen = self.observed.at().max(self.life.entries().next_back().map(|entry| entry.at));
        let mut absences = self.absences.entries().map(|entry| entry.at);
        let first = absences.find(|at| *at <= now && last_seen.is_none_or(|seen| *at > seen))?;
        absences.next().is_some_and(|second| second <= now).then_some(first)
    }

    /// How its status stands at a moment. Entries later than the clock's tolerance after it are not looked at.
    pub fn standing(&self, now: Time) -> Standing {
        let horizon = now + CLOCK_TOLERANCE;
        if self.deleted.at().is_some_and(|at| at <= horizon) {
            return Standing::Deleted;
        }
        let recorded = self.recorded_status(horizon);
        let observed = self.observed.get().filter(|seen| seen.at <= horizon);
        let standing = match (recorded, observed) {
            (None, None) => Standing::Unknown,
            (Some((_, standing)), None) => standing,
            // A listing outranks records that are older than its own moment.
            (Some((at, standing)), Some(seen)) if at >= seen.at => standing,
            (_, Some(seen)) => seen.value.status.map_or(Standing::Unknown, Standing::Is),
        };
        match (standing, self.expires.value()) {
            (Standing::Is(Status::Active) | Standing::Unknown, Some(Expiry::At(end))) if *end <= now => {
                Standing::Is(Status::Expired)
            }
            _ => standing,
        }
    }

    fn recorded_status(&self, horizon: Time) -> Option<(Time, Standing)> {
        let status = |what| match what {
            Life::Created => Some(Status::Active),
            Life::Status(status) => Some(status),
            Life::Reset | Life::Deleted => None,
        };
        let mut newest: Option<(Time, Standing)> = None;
        for entry in self.life.entries().filter(|entry| entry.at <= horizon) {
            let Some(status) = status(entry.value.what) else { continue };
            let second = entry.at.floor_second();
            newest = Some(match newest {
                Some((at, standing)) if at == second && standing != Standing::Is(status) => {
                    (second, Standing::Contested)
                }
                _ => (second, Standing::Is(status)),
            });
        }
        newest
    }

    /// Whether the key certainly could not be used at a moment: deleted, not yet created, expired or switched off
    /// throughout the hour around it.
    pub fn certainly_unusable(&self, from: Time, to: Time) -> bool {
        if self.deleted.at().is_some_and(|at| at < from) {
            return true;
        }
        if self.created().is_some_and(|at| at > to) {
            return true;
        }
        if matches!(self.expires.value(), Some(Expiry::At(end)) if *end < from) {
            return true;
        }
        self.inactive_throughout(from, to)
    }

    /// Switched off before, and not switched on again until after; a change that history has forgotten may have.
    fn inactive_throughout(&self, from: Time, to: Time) -> bool {
        let status = |entry: &Entry<LifeEntry>| match entry.value.what {
            Life::Created => Some(Status::Active),
            Life::Status(status) => Some(status),
            Life::Reset | Life::Deleted => None,
        };
        let statuses = || self.life.entries().filter_map(|entry| Some((entry.at, status(entry)?)));
        let Some(since) = statuses().map(|(at, _)| at).rfind(|at| *at < from) else { return false };
        let switched_off = statuses().filter(|(at, _)| *at >= since && *at <= to);
        let mut inactive = switched_off.map(|(_, status)| status == Status::Inactive);
        !self.life.may_have_forgotten(since, to + Span::seconds(1)) && inactive.all(|it| it)
    }
}
