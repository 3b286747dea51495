//! Where and when use is known. Silence is not disuse: a call that no trail records was made all the same.
//!
//! Use of a service is known in a region at a moment if a trail's selectors narrow nothing away then *and* a bearer
//! call from there reached us in the day before. A gap counts as possible use, and so does all before the first proof.

use crate::document::{Coverage, Facts, TrailEntry};
use crate::event::{Selectors, TrailChange};
use crate::ids::{Region, ServiceName};
use crate::intervals::Intervals;
use crate::policy::{Policy, TrailPlace};
use crate::subject::SubjectId;
use crate::time::{Span, Time};
use crate::world::World;

/// For so long one bearer call proves that those of its region reach us.
const PROVES: Span = Span::hours(24);

/// The documents that say where use of a service is known: of every region in which keys may be used, and of every
/// trail that the policy names.
pub fn coverage_of(near: &SubjectId, service: &ServiceName, policy: &Policy) -> Vec<SubjectId> {
    let regions = policy.staleness.regions.iter().map(|region| proofs(near, service, region));
    let trails = policy.staleness.trails.iter().map(|trail| trail_subject(near, trail));
    regions.chain(trails).collect()
}

/// Since when use of a service has been known without a gap in all regions where its keys may be used; `None` if it is
/// not known now.
pub fn known_since(
    near: &SubjectId,
    service: &ServiceName,
    world: &World,
    policy: &Policy,
    now: Time,
) -> Option<Time> {
    let mut known: Option<Intervals> = None;
    for region in &policy.staleness.regions {
        let here = proven(&proofs(near, service, region), world)
            .intersection(&recorded(near, region, world, policy, now));
        known = Some(known.map_or(here.clone(), |known| known.intersection(&here)));
    }
    known?.start_of(now)
}

fn proofs(near: &SubjectId, service: &ServiceName, region: &Region) -> SubjectId {
    let name = format!("bearer/{service}");
    SubjectId::coverage(near.partition.clone(), near.account.clone(), region.clone(), &name)
}

fn trail_subject(near: &SubjectId, trail: &TrailPlace) -> SubjectId {
    let name = format!("trail/{}", trail.name);
    SubjectId::coverage(near.partition.clone(), near.account.clone(), trail.region.clone(), &name)
}

fn coverage<'w>(subject: &SubjectId, world: &'w World) -> Option<&'w Coverage> {
    match world.facts(subject)? {
        Facts::Coverage(facts) => Some(facts),
        _ => None,
    }
}

/// When bearer calls of a region reached us.
fn proven(subject: &SubjectId, world: &World) -> Intervals {
    let hours = coverage(subject, world).into_iter().flat_map(|facts| facts.proven.runs());
    Intervals::of(hours.map(|(from, to)| (from, to + PROVES)))
}

/// When some trail of the policy recorded every bearer call of a region.
fn recorded(near: &SubjectId, region: &Region, world: &World, policy: &Policy, now: Time) -> Intervals {
    policy.staleness.trails.iter().fold(Intervals::default(), |recorded, trail| {
        let Some(facts) = coverage(&trail_subject(near, trail), world) else { return recorded };
        let everywhere = facts.observed.value().is_some_and(|seen| seen.multi_region);
        if trail.region != *region && !everywhere {
            return recorded;
        }
        let seen = facts.observed.get();
        let selects =
            register(facts, seen.map(|seen| (seen.at, wide(&seen.value.selectors))), selecting, now);
        let logs = register(facts, seen.map(|seen| (seen.at, seen.value.logging)), logging, now);
        recorded.union(&selects.intersection(&logs))
    })
}

const fn wide(selectors: &Selectors) -> bool {
    selectors.bearer_calls && !selectors.narrowed
}

/// What an entry says of the selectors.
const fn selecting(entry: &TrailEntry) -> Option<bool> {
    match &entry.change {
        TrailChange::SelectorsPut(selectors) => Some(wide(selectors)),
        TrailChange::Created | TrailChange::Deleted => Some(false),
        TrailChange::Started | TrailChange::Stopped | TrailChange::Updated => None,
    }
}

/// What an entry says of logging.
const fn logging(entry: &TrailEntry) -> Option<bool> {
    match &entry.change {
        TrailChange::Started => Some(true),
        TrailChange::Stopped | TrailChange::Created | TrailChange::Deleted => Some(false),
        TrailChange::SelectorsPut(_) | TrailChange::Updated => None,
    }
}

/// When something of a trail was as it should be: as its changes say, and between two of them as a listing says. What
/// history has forgotten may have been anything.
fn register(
    facts: &Coverage,
    listed: Option<(Time, bool)>,
    says: fn(&TrailEntry) -> Option<bool>,
    now: Time,
) -> Intervals {
    let beginning = Time::from_millis(i64::MIN / 2);
    let end = now + Span::days(1);
    let said = facts.changes.entries().filter_map(|entry| Some((entry.at, says(&entry.value)?)));
    let mut pieces: Vec<(Time, Option<bool>)> = vec![(beginning, None)];
    pieces.extend(said.map(|(at, good)| (at, Some(good))));
    let ends = pieces.iter().skip(1).map(|(at, _)| *at).chain([end]);
    let good = pieces.iter().zip(ends).filter(|((from, said), to)| {
        let shown = listed.filter(|(at, _)| from <= at && at < to).map(|(_, good)| good);
        // A listing and the changes must agree where both speak.
        let good = said.unwrap_or(true) && shown.unwrap_or(true) && (said.is_some() || shown.is_some());
        good && !facts.changes.may_have_forgotten(*from, *to)
    });
    Intervals::of(good.map(|((from, _), to)| (*from, to)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::{BearerCall, Caller, Event, Place, Token, TrailSeen, What};
    use crate::ids::RecordId;

    const START: Time = Time::from_millis(1_785_542_400_000);

    fn at(hours: i64) -> Time {
        START + Span::hours(hours)
    }

    fn event(hours: i64, region: &str, what: What) -> Event {
        let place = Place { partition: "aws".into(), account: "111122223333".into(), region: region.into() };
        Event {
            record: RecordId(u64::try_from(hours + 1_000).unwrap()),
            event_id: None,
            revision: 0,
            time: Some(at(hours)),
            place,
            caller: Caller::default(),
            foreign_envelope: false,
            what,
        }
    }

    fn call(hours: i64, region: &str) -> Event {
        let call = BearerCall {
            service: "logs.amazonaws.com".into(),
            user: Some("u".into()),
            key: None,
            token: Token::LongTerm,
            log_group: None,
            denied: None,
        };
        event(hours, region, What::BearerCall(call))
    }

    fn put(hours: i64, wide: bool) -> Event {
        let selectors = Selectors { bearer_calls: true, narrowed: !wide, ..Selectors::default() };
        let change = TrailChange::SelectorsPut(selectors);
        event(hours, "us-east-1", What::TrailChanged { trail: "t".into(), change })
    }

    fn seen(hours: i64, multi_region: bool) -> Event {
        let selectors = Selectors { bearer_calls: true, ..Selectors::default() };
        let seen = TrailSeen { logging: true, multi_region, selectors };
        event(hours, "us-east-1", What::TrailObserved { trail: "t".into(), seen })
    }

    /// Hours since when use is known, asked at an hour.
    fn known(regions: &[&str], events: &[Event], now: i64) -> Option<i64> {
        let mut policy = Policy::default();
        policy.staleness.regions = regions.iter().map(|it| Region::from(*it)).collect();
        policy.staleness.trails = vec![TrailPlace { region: "us-east-1".into(), name: "t".into() }];
        let mut world = World::default();
        events.iter().for_each(|event| world.absorb(event));
        let near = SubjectId::api_key("aws".into(), "111122223333".into(), &"ACCA1".into());
        let since = known_since(&near, &"logs.amazonaws.com".into(), &world, &policy, at(now))?;
        Some(since.since(START).millis() / Span::hours(1).millis())
    }

    #[test]
    fn a_call_proves_a_day_and_a_gap_ends_it() {
        let one = [seen(0, true), call(10, "us-east-1")];
        let asked = |now| known(&["us-east-1"], &one, now);
        assert_eq!([9, 10, 34, 35].map(asked), [None, Some(10), Some(10), None]);
        let two = [seen(0, true), call(10, "us-east-1"), call(35, "us-east-1"), call(61, "us-east-1")];
        assert_eq!(known(&["us-east-1"], &two, 40), Some(10), "a day and an hour from the hour's start");
        assert_eq!(known(&["us-east-1"], &two, 62), Some(61), "a gap counts as possible use");
    }

    #[test]
    fn a_region_that_is_not_forwarded_makes_use_unknown() {
        let events = [seen(0, true), call(1, "us-east-1"), call(2, "us-west-2")];
        assert_eq!(known(&["us-east-1"], &events, 5), Some(1));
        assert_eq!(known(&["us-east-1", "us-west-2"], &events, 5), Some(2));
        assert_eq!(known(&["us-east-1", "us-west-1"], &events, 5), None);
    }

    #[test]
    fn a_trail_that_narrows_or_stops_or_is_not_there_makes_use_unknown() {
        let calls: Vec<Event> = (0..9).map(|day| call(day * 20, "us-east-1")).collect();
        let with = |trail: &[Event]| known(&["us-east-1"], &[&calls, trail].concat(), 170);
        assert_eq!(with(&[]), None, "no word of the trail");
        assert_eq!(with(&[seen(150, true)]), Some(0), "no change since before the first proof");
        assert_eq!(with(&[put(50, true), seen(150, true)]), Some(50), "who knows what it was before");
        assert_eq!(with(&[put(50, false), seen(150, true)]), None, "the listing contradicts the change");
        assert_eq!(with(&[put(50, false), put(60, true), seen(150, true)]), Some(60));
        let stopped = What::TrailChanged { trail: "t".into(), change: TrailChange::Stopped };
        assert_eq!(with(&[seen(150, true), event(160, "us-east-1", stopped)]), None);
        assert_eq!(known(&["us-west-2"], &[seen(0, false), call(1, "us-west-2")], 2), None, "of one region");
    }
}
