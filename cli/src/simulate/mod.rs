//! What a policy would have done on real history.
//!
//! The same code as the functions' runs over a ledger that is thrown away: events are recorded in the order in which they
//! happened, an hour at a time; a virtual clock ticks; what is due is decided again, takes its permit and is done, which
//! then is an event like any other.

mod archive;
mod rescue;
mod respond;
mod sweep;
mod tally;

pub(crate) use tally::{Day, Done, Simulated};

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroUsize;
use std::path::PathBuf;

use keytrail_engine::decide::Circumstances;
use keytrail_engine::event::{Event, What};
use keytrail_engine::ids::{AccountId, UserName};
use keytrail_engine::policy::Policy;
use keytrail_engine::subject::SubjectId;
use keytrail_engine::time::{Span, Time};
use keytrail_ledger::{Judging, LedgerError, Recorded, record, world_of};
use keytrail_sqlite::SqliteLedger;

use crate::input::Progress;
pub(crate) use archive::Archive;

/// A simulation under way.
struct Simulation<'p> {
    ledger: SqliteLedger,
    policy: &'p Policy,
    days: BTreeMap<Time, Day>,
    done: Vec<Done>,
    /// What was switched off here of whom.
    off: BTreeMap<Who, Off>,
    /// KMS keys whose deletion was cancelled here.
    rescued: BTreeSet<SubjectId>,
    /// Names what happens here and in no record.
    made: u64,
}

/// A user, and in which account.
type Who = (AccountId, UserName);

/// What was switched off of a user.
struct Off {
    /// A key of it, in whose surroundings the others are found.
    key: SubjectId,
    /// Whether its calls are denied, whatever the key.
    denied: bool,
}

/// Simulates a policy over an archive. `scratch` is a file to work in; nobody needs it afterwards.
pub(crate) fn simulate(
    paths: &[PathBuf],
    threads: NonZeroUsize,
    policy: &Policy,
    scratch: &std::path::Path,
    progress: &Progress,
) -> anyhow::Result<Simulated> {
    let archive = Archive::read(paths, threads, &policy.parse_settings(), progress);
    let ledger = SqliteLedger::scratch(scratch)?;
    let mut simulation = Simulation {
        ledger,
        policy,
        days: BTreeMap::new(),
        done: Vec::new(),
        off: BTreeMap::new(),
        rescued: BTreeSet::new(),
        made: 0,
    };
    pollster::block_on(simulation.run(&archive.events))?;
    Ok(Simulated::of(simulation.days, simulation.done, &archive))
}

impl Simulation<'_> {
    /// Everything in the order of time, with a sweep at every midnight between.
    async fn run(&mut self, events: &[Event]) -> Result<(), LedgerError> {
        let mut rest = events;
        let Some(mut midnight) = events.iter().find_map(|event| event.time).map(next_day) else {
            return Ok(());
        };
        while !rest.is_empty() {
            let before = rest.partition_point(|event| event.time.is_none_or(|at| at < midnight));
            let (today, later) = rest.split_at(before);
            for batch in today.chunk_by(together) {
                self.batch(batch).await?;
            }
            self.sweep(midnight).await?;
            rest = later;
            midnight = midnight + Span::days(1);
        }
        Ok(())
    }

    /// Records a batch, and does what follows from it.
    async fn batch(&mut self, batch: &[Event]) -> Result<(), LedgerError> {
        let Some(now) = batch.iter().filter_map(|event| event.time).max() else { return Ok(()) };
        let silenced = self.silenced(batch).await?;
        let happened = batch.iter().filter(|event| !self.averted(event)).cloned().collect::<Vec<_>>();
        let (refused, heard): (Vec<Event>, Vec<Event>) =
            happened.into_iter().partition(|event| caller(event).is_some_and(|who| silenced.contains(&who)));
        refused.iter().for_each(|event| self.refuse(event, now));
        self.day(now).events += batch.len() as u64;
        self.tell(&heard, now).await?;
        self.respond(now).await
    }

    /// Records events at a moment.
    async fn tell(&mut self, events: &[Event], now: Time) -> Result<(), LedgerError> {
        self.tell_at(events, now, now).await
    }

    /// The same; `counted` says to which day it belongs.
    async fn tell_at(&mut self, events: &[Event], now: Time, counted: Time) -> Result<(), LedgerError> {
        let circumstances = Circumstances::default();
        let judging = Judging { policy: self.policy, now, circumstances };
        let recorded = record(&self.ledger, events, judging).await;
        self.count(recorded, counted)
    }

    fn count(&mut self, mut recorded: Recorded, now: Time) -> Result<(), LedgerError> {
        if let Some(failed) = recorded.failed.pop() {
            return Err(failed.error);
        }
        let day = self.day(now);
        day.withdrawn += recorded.withdrawn.len() as u64;
        for finding in &recorded.fired {
            *day.findings.entry(finding.severity.word()).or_default() += 1;
        }
        for withheld in &recorded.withheld {
            day.hold(withheld.action.kind.word(), &withheld.reason);
        }
        Ok(())
    }

    fn day(&mut self, now: Time) -> &mut Day {
        let date = now.floor_day();
        self.days.entry(date).or_insert_with(|| Day::of(date))
    }

    /// Those of a batch's callers whose calls AWS would have refused: denied here, or every key switched off, the last of
    /// them here.
    async fn silenced(&self, batch: &[Event]) -> Result<BTreeSet<Who>, LedgerError> {
        let mut silenced = BTreeSet::new();
        for event in batch {
            let (Some(who), Some(at)) = (caller(event), event.time) else { continue };
            let Some(off) = self.off.get(&who).filter(|_| !silenced.contains(&who)) else { continue };
            if off.denied || self.none_works(&off.key, &who.1, at).await? {
                silenced.insert(who);
            }
        }
        Ok(silenced)
    }

    /// Whether no key works that may have made a call of a user at a moment.
    async fn none_works(&self, key: &SubjectId, user: &UserName, at: Time) -> Result<bool, LedgerError> {
        let world = world_of(&self.ledger, key, self.policy, at).await?;
        let Some(service) = world.api_key(key).and_then(|key| key.service.value()) else { return Ok(false) };
        let keys = world.keys_of(key, user, service);
        Ok(keys.iter().all(|(_, key)| key.certainly_unusable(at, at)))
    }

    /// Counts a call that would have been refused, with the action that would have been why.
    fn refuse(&mut self, event: &Event, now: Time) {
        let What::BearerCall(call) = &event.what else { return };
        if call.denied.is_some() {
            return;
        }
        self.day(now).calls_refused += 1;
        let its = |done: &&mut Done| {
            done.account == event.place.account && done.user.is_some() && done.user == call.user
        };
        if let Some(done) = self.done.iter_mut().rfind(its) {
            done.calls_refused += 1;
            done.first_refused = done.first_refused.or(event.time);
        }
    }
}

/// Whose call with an API key an event is.
fn caller(event: &Event) -> Option<Who> {
    match &event.what {
        What::BearerCall(call) => Some((event.place.account.clone(), call.user.clone()?)),
        _ => None,
    }
}

fn next_day(at: Time) -> Time {
    at.floor_day() + Span::days(1)
}

/// Calls of an hour are recorded together; everything else by itself, so that it is decided when it happens.
fn together(one: &Event, two: &Event) -> bool {
    let is_call = |event: &Event| matches!(event.what, What::BearerCall(_));
    let hour = |event: &Event| event.time.map(Time::floor_hour);
    let unmoved = one.time.is_none() || one.time == two.time;
    unmoved || (is_call(one) && is_call(two) && hour(one) == hour(two))
}
