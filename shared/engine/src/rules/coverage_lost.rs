//! Bearer calls are no longer recorded, or may not be.

use super::Rule;
use super::learnt::day;
use crate::document::{Coverage, Document, Facts};
use crate::event::TrailChange;
use crate::finding::{Finding, Severity};
use crate::policy::Policy;
use crate::subject::Kind;
use crate::time::{Span, Time};
use crate::world::World;

pub(super) const RULE: Rule = Rule {
    id: "coverage_lost",
    title: "Bearer calls are no longer recorded",
    why: "What is not recorded can't be seen: a stolen key would go unnoticed, and disuse can't be told from silence.",
    severity: Severity::High,
    // Data events take minutes to arrive, sometimes an hour.
    settle: Span::hours(1),
    judges: &[Kind::Coverage],
    judge,
};

/// A region is busy if it had calls in so many of the 168 hours before it fell silent, and silent after so long.
const BUSY: i64 = 150;
const SILENT: Span = Span::hours(13);

fn judge(document: &Document, _: &World, _: &Policy, now: Time) -> Vec<Finding> {
    let Facts::Coverage(coverage) = &document.facts else { return Vec::new() };
    if document.subject.name.starts_with("bearer/") {
        return silent(document, coverage, now).into_iter().collect();
    }
    changed(document, coverage)
}

/// The changes of a trail that switch recording off, unless a later one switched it on again.
fn changed(document: &Document, coverage: &Coverage) -> Vec<Finding> {
    let trail = document.subject.name.strip_prefix("trail/").unwrap_or(&document.subject.name);
    let entries: Vec<_> = coverage.changes.entries().collect();
    let narrows = |index: usize| {
        let before = entries.iter().take(index).rev().find_map(|entry| match &entry.value.change {
            TrailChange::SelectorsPut(selectors) => Some(*selectors),
            _ => None,
        });
        let told_before = before.is_some_and(|before| before.bearer_calls && !before.narrowed);
        match entries.get(index).map(|entry| &entry.value.change) {
            Some(TrailChange::Stopped) => Some("was stopped"),
            Some(TrailChange::Deleted) => Some("was deleted"),
            Some(TrailChange::SelectorsPut(now)) if told_before && !now.bearer_calls => {
                Some("no longer records bearer calls")
            }
            Some(TrailChange::SelectorsPut(now)) if told_before && now.narrowed => {
                Some("may no longer record all bearer calls")
            }
            _ => None,
        }
    };
    let mends = |index: usize, lost: &TrailChange| {
        entries.iter().skip(index + 1).any(|later| match (&later.value.change, lost) {
            (TrailChange::Started, TrailChange::Stopped) | (TrailChange::Created, TrailChange::Deleted) => {
                true
            }
            (TrailChange::SelectorsPut(now), TrailChange::SelectorsPut(_)) => {
                now.bearer_calls && !now.narrowed
            }
            _ => false,
        })
    };
    let found = entries.iter().enumerate().filter_map(|(index, entry)| {
        let how = narrows(index).filter(|_| !mends(index, &entry.value.change))?;
        Some(
            RULE.found(&document.subject, &entry.record.to_string(), format!("Trail {trail} {how}"))
                .since(entry.at)
                .evidence("by", entry.value.by.who.as_ref())
                .evidence("from", entry.value.by.from.as_ref())
                .evidence("event", entry.value.by.event_id.as_ref())
                .next("Ask who did it whether it was meant; if not, start the trail again and put its selectors back."),
        )
    });
    found.collect()
}

/// A region and service of which calls came nearly every hour, and come no more.
fn silent(document: &Document, coverage: &Coverage, now: Time) -> Option<Finding> {
    let last = coverage.proven.last()?;
    let week = (1..=168).filter(|hours| coverage.proven.contains(last - Span::hours(*hours))).count();
    if now.since(last) < SILENT || i64::try_from(week).unwrap_or(0) < BUSY {
        return None;
    }
    let (service, region) = (document.subject.name.strip_prefix("bearer/")?, &document.subject.region);
    let what = format!("No bearer call of {service} from {region} is recorded any more");
    let finding = RULE
        .found(&document.subject, &day(last), what)
        .since(last + Span::hours(1))
        .evidence("last hour with calls", Some(last))
        .evidence("hours with calls of the 168 before", Some(week));
    Some(
        finding
            .next("See whether the senders have stopped, or the trail or the rule that forwards its events."),
    )
}
