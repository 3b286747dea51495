//! `keytrail explain`: what records mean and cause.

use std::collections::BTreeSet;
use std::num::NonZeroUsize;
use std::slice;

use keytrail_aws::SystemClock;
use keytrail_engine::needs::judged_with;
use keytrail_engine::parse::{self, Meaning, ParseSettings};
use keytrail_engine::policy::Policy;
use keytrail_engine::subject::SubjectId;
use keytrail_engine::time::Time;
use keytrail_engine::touch::touched;
use keytrail_engine::world::World;
use keytrail_ledger::capability::Clock as _;
use keytrail_ledger::world_of;

use crate::args::place::{Place as TablePlace, PolicyPlace};
use crate::args::{Explain, ExplainFormat};
use crate::exit::Exit;
use crate::explain::{Read, explain, newest};
use crate::input::{self, Item, Progress, Source};
use crate::ledger::Opened;
use crate::replay::{Place, Skipped};
use crate::{render, settings};

/// Records that are explained; whoever has more wants a replay.
const RECORDS: usize = 1_000;

/// What was read.
#[derive(Default)]
struct Reading {
    read: Vec<Read>,
    left: u64,
    skipped: Vec<Skipped>,
}

pub(super) fn run(asked: &Explain) -> anyhow::Result<Exit> {
    let table = asked.table.as_ref().map(|_| opened(asked)).transpose()?;
    let policy = match &table {
        Some(ledger) => ledger.policy(&of_policy(asked))?.0,
        None => settings::policy(asked.judging.policy.as_deref())?,
    };
    let reading = read(asked, &settings::parse_settings(&policy));
    let (world, now) = match (&table, &asked.state) {
        (Some(ledger), _) => {
            let now = asked.judging.now.unwrap_or_else(|| SystemClock.now());
            (around(ledger, &reading.read, &policy, now)?, now)
        }
        (None, state) => {
            let world = state.as_deref().map_or_else(|| Ok(World::default()), settings::world)?;
            let now = settings::now(asked.judging.now, newest(&reading.read).max(world.newest()));
            (world, now)
        }
    };
    let explained = explain(reading.read, world, &policy, now);
    match asked.format {
        ExplainFormat::Text => render::print(&render::explain(&explained, render::width()))?,
        ExplainFormat::Json => render::json(&explained)?,
        ExplainFormat::Jsonl => render::json_lines(&explained)?,
    }
    if reading.left > 0 {
        let text =
            format!("{} after the first {RECORDS}: use keytrail replay", render::thousands(reading.left));
        render::complain("not explained", &text);
    }
    for skipped in &reading.skipped {
        render::skipped(skipped);
    }
    Ok(if reading.skipped.is_empty() { Exit::Fine } else { Exit::Skipped })
}

fn opened(asked: &Explain) -> anyhow::Result<Opened> {
    let place = TablePlace { table: asked.table.clone(), state: None, aws: asked.aws.clone() };
    Opened::open(&place, false)
}

fn of_policy(asked: &Explain) -> PolicyPlace {
    PolicyPlace { policy: asked.judging.policy.clone(), policy_parameter: asked.policy_parameter.clone() }
}

/// What a table remembers of the subjects that records speak of, and of those whose judgement may change with them.
fn around(ledger: &Opened, read: &[Read], policy: &Policy, now: Time) -> anyhow::Result<World> {
    let mut world = World::default();
    let mut asked: BTreeSet<SubjectId> = BTreeSet::new();
    for read in read {
        let Meaning::Events(events) = &read.meaning else { continue };
        for event in events {
            let mut subjects: BTreeSet<SubjectId> = touched(event).into_iter().map(|id| id.subject).collect();
            // Once what it touches is there, the event says who is judged with it.
            for _ in 0..2 {
                for subject in subjects.iter().filter(|subject| !asked.contains(*subject)) {
                    world.join(ledger.run(world_of(ledger, subject, policy, now))?);
                }
                asked.append(&mut subjects);
                let mut after = world.clone();
                after.absorb(event);
                for id in touched(event) {
                    let judged = after.get(&id).map(|document| judged_with(world.get(&id), document));
                    subjects.extend(judged.into_iter().flatten());
                }
            }
        }
    }
    Ok(world)
}

fn read(asked: &Explain, settings: &ParseSettings) -> Reading {
    let take = |reading: &mut Reading, source: &Source, item: Item<'_>| match item {
        Item::Record(_) if reading.read.len() >= RECORDS => reading.left += 1,
        Item::Record(record) => reading.read.push(Read {
            place: Place::of(source, Some(record.position)),
            source: record.event_source.map(str::to_owned),
            name: record.event_name.map(str::to_owned),
            meaning: parse::meaning(record.json, record.envelope.as_ref(), None, settings),
        }),
        Item::Trouble(trouble) => {
            if reading.skipped.len() < RECORDS {
                reading.skipped.push(Skipped::trouble(source, &trouble));
            }
        }
        Item::PassedOver(_) => {}
    };
    let paths = slice::from_ref(&asked.event);
    let readings = input::read_all(paths, NonZeroUsize::MIN, Reading::default, take, &Progress::default());
    readings.into_iter().next().unwrap_or_default()
}
