//! `keytrail explain`: what records mean and cause.

use std::num::NonZeroUsize;
use std::slice;

use keytrail_engine::parse::{self, ParseSettings};
use keytrail_engine::world::World;

use crate::args::{Explain, ExplainFormat};
use crate::exit::Exit;
use crate::explain::{Read, explain, newest};
use crate::input::{self, Item, Progress, Source};
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
    let policy = settings::policy(asked.judging.policy.as_deref())?;
    let world = asked.state.as_deref().map_or_else(|| Ok(World::default()), settings::world)?;
    let reading = read(asked, &settings::parse_settings(&policy));
    let now = settings::now(asked.judging.now, newest(&reading.read).max(world.newest()));
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
