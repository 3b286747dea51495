//! What the keys were used for, as far as calls can be told apart.

use std::collections::{BTreeMap, BTreeSet};

use keytrail_engine::attribution::{Attribution, Candidates};
use keytrail_engine::document::Hour;
use keytrail_engine::ids::CredentialId;
use keytrail_engine::lattice::{BoundedSet, Sketched};
use keytrail_engine::time::Time;
use keytrail_engine::world::World;
use serde::Serialize;

use super::Subjects;

/// The calls of a day.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Day {
    /// Its beginning, in UTC.
    pub day: Time,
    /// Calls that were let through, to a few per cent where there are many.
    pub calls: u64,
    /// Calls that were refused, likewise.
    pub refused: u64,
    /// The hour of the first refused one.
    pub first_refused: Option<Time>,
    /// Whether all of them are certainly these keys'.
    pub certain: bool,
    /// Networks, a few of each hour. Hostile text may stand in the next three.
    pub networks: BTreeSet<String>,
    /// User agents.
    pub agents: BTreeSet<String>,
    /// Log groups.
    pub log_groups: BTreeSet<String>,
}

/// A value, and when it was seen; by the hour.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Value {
    /// The value. Hostile text.
    pub value: String,
    /// First.
    pub first: Option<Time>,
    /// Last.
    pub last: Option<Time>,
}

/// All of it.
#[derive(Debug, Default)]
pub(super) struct Used {
    pub(super) days: Vec<Day>,
    pub(super) networks: Vec<Value>,
    pub(super) agents: Vec<Value>,
    pub(super) regions: Vec<Value>,
    pub(super) log_groups: Vec<Value>,
    pub(super) not_known: Vec<String>,
}

pub(super) fn used(world: &World, subjects: &Subjects, since: Option<Time>, now: Time) -> Used {
    let ids = subjects.ids();
    let mut used = Used::default();
    let mut days: BTreeMap<Time, Day> = BTreeMap::new();
    let (mut doubtful, mut of_nobody) = (0_u64, 0_u64);
    for usage in &subjects.usages {
        let candidates = Candidates::of(usage, world);
        for (credential, hour) in world.hours(usage) {
            let Some(first) = hour.seen.first.filter(|at| *at <= now) else { continue };
            if hour.seen.last.is_none_or(|last| since.is_some_and(|since| last < since)) {
                continue;
            }
            let whose = credential.cloned().map_or_else(|| candidates.attribute(hour), Attribution::Key);
            match theirs(&whose, &ids, subjects.single) {
                Whose::Others => continue,
                Whose::Perhaps => doubtful += 1,
                Whose::Nobodys => of_nobody += 1,
                Whose::Theirs => {}
            }
            let certain = matches!(theirs(&whose, &ids, subjects.single), Whose::Theirs);
            add(days.entry(first.floor_day()).or_insert_with(|| Day::of(first)), hour, certain);
        }
        lifelong(world, usage, since, &mut used);
    }
    used.days = days.into_values().collect();
    if subjects.single && !subjects.usages.is_empty() {
        used.not_known.push(
            "networks, agents, regions and log groups are those of all API keys of the user and service: no record of a \
             call names its key"
                .to_owned(),
        );
    }
    for (hours, what) in [
        (doubtful, "may be these keys' or another's of the same user"),
        (of_nobody, "were made when no key of the user is known to have worked"),
    ] {
        if hours > 0 {
            used.not_known
                .push(format!("the calls of {} {what}", crate::render::plural(hours, "hour", "hours")));
        }
    }
    used
}

enum Whose {
    Theirs,
    Perhaps,
    Nobodys,
    Others,
}

fn theirs(whose: &Attribution, ids: &[CredentialId], single: bool) -> Whose {
    match whose {
        Attribution::Key(key) if ids.contains(key) => Whose::Theirs,
        // A user's key that only calls name is the user's all the same.
        Attribution::Key(_) if single => Whose::Others,
        Attribution::Key(_) => Whose::Theirs,
        Attribution::Ambiguous(keys) if keys.iter().all(|key| ids.contains(key)) => Whose::Theirs,
        Attribution::Ambiguous(keys) if keys.iter().any(|key| ids.contains(key)) => Whose::Perhaps,
        Attribution::Ambiguous(_) => Whose::Others,
        Attribution::Unknown => Whose::Nobodys,
    }
}

impl Day {
    fn of(time: Time) -> Self {
        Self { day: time.floor_day(), certain: true, ..Self::default() }
    }
}

fn add(day: &mut Day, hour: &Hour, certain: bool) {
    let refused = hour.denied.count().number();
    day.calls += hour.calls.count().number();
    day.refused += refused;
    if refused > 0 {
        let at = hour.seen.first.map(Time::floor_hour);
        day.first_refused = day.first_refused.min(at).or(at);
    }
    day.certain &= certain;
    day.networks.extend(hour.networks.values().map(ToString::to_string));
    day.agents.extend(hour.agents.values().map(ToString::to_string));
    day.log_groups.extend(hour.log_groups.values().map(ToString::to_string));
}

fn lifelong(
    world: &World,
    usage: &keytrail_engine::subject::SubjectId,
    since: Option<Time>,
    used: &mut Used,
) {
    let Some(facts) = world.usage(usage) else { return };
    let seen = &facts.sightings;
    let mut full = Vec::new();
    values(&seen.networks, since, &mut used.networks, "networks", &mut full);
    values(&seen.agents, since, &mut used.agents, "agents", &mut full);
    values(&seen.regions, since, &mut used.regions, "regions", &mut full);
    values(&seen.log_groups, since, &mut used.log_groups, "log groups", &mut full);
    if !full.is_empty() {
        used.not_known.push(format!("there were more {} than are kept", full.join(", ")));
    }
}

fn values<T: ToString + Ord + Sketched + Clone, const K: usize>(
    set: &BoundedSet<T, K>,
    since: Option<Time>,
    into: &mut Vec<Value>,
    name: &'static str,
    full: &mut Vec<&'static str>,
) {
    for held in set.values() {
        // A value whose last sighting isn't kept may have been seen since.
        if held.last.is_some_and(|last| since.is_some_and(|since| last < since.floor_hour())) {
            continue;
        }
        let (value, first, last) = (held.value.to_string(), held.first, held.last);
        match into.iter_mut().find(|it| it.value == value) {
            Some(known) => {
                known.first = known.first.min(first).or(first);
                known.last = known.last.max(last);
            }
            None => into.push(Value { value, first, last }),
        }
    }
    into.sort_by(|a, b| (a.first, &a.value).cmp(&(b.first, &b.value)));
    if set.count().number() > set.values().len() as u64 {
        full.push(name);
    }
}
