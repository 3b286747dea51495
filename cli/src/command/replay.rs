//! `keytrail replay`: reads records, shows what there is and what is wrong.

use std::num::NonZeroUsize;

use anyhow::Context as _;
use keytrail_engine::decide::Circumstances;
use keytrail_engine::policy::Policy;
use keytrail_engine::time::Time;
use keytrail_engine::world::World;
use keytrail_ledger::{Judging, conclude};
use keytrail_sqlite::SqliteLedger;
use serde::Serialize;

use crate::args::{Replay, ReplayFormat};
use crate::exit::Exit;
use crate::input::Progress;
use crate::replay::Tally;
use crate::report::{Report, Row};
use crate::{render, replay, settings};

pub(super) fn run(asked: &Replay) -> anyhow::Result<Exit> {
    let policy = settings::policy(asked.judging.policy.as_deref())?;
    // Before an hour of reading, not after it.
    let state = asked.state.as_ref().map(SqliteLedger::open).transpose().context("cannot use the state")?;
    let progress = Progress::default();
    let replayed = render::watched(&asked.paths, &progress, || {
        replay::replay(&asked.paths, threads(asked.threads), &settings::parse_settings(&policy), &progress)
    });
    let world = match &state {
        Some(state) => remembered(state, &replayed.world)?,
        None => replayed.world,
    };
    let report = Report::of(&world, &replayed.tally, &policy, asked.judging.now);
    if let Some(state) = &state {
        fire(state, &world, &policy, report.now)?;
    }
    show(asked.format, &report)?;
    complain(&replayed.tally);
    Ok(if super::findings::fails(&report.findings, asked.fail_on) {
        Exit::Found
    } else if replayed.tally.skipped.count > 0 {
        Exit::Skipped
    } else {
        Exit::Fine
    })
}

fn threads(asked: Option<NonZeroUsize>) -> NonZeroUsize {
    asked.unwrap_or_else(|| std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN))
}

/// What the state knows with what was read; the state knows it from now on.
fn remembered(state: &SqliteLedger, read: &World) -> anyhow::Result<World> {
    let cannot = || format!("cannot write the state {}", state.file().display());
    state.join_all(read.documents()).with_context(cannot)?;
    state.world().with_context(|| format!("cannot read the state {}", state.file().display()))
}

/// Brings the findings that the state says fired into line with those that stand: new ones fire, others are withdrawn,
/// none is erased.
fn fire(state: &SqliteLedger, world: &World, policy: &Policy, now: Option<Time>) -> anyhow::Result<()> {
    let circumstances = Circumstances { replay: true, ..Circumstances::default() };
    let judging = Judging { policy, now: now.unwrap_or_default(), circumstances };
    let concluded = pollster::block_on(conclude(state, world, judging));
    concluded.with_context(|| format!("cannot write the state {}", state.file().display()))?;
    Ok(())
}

fn show(format: ReplayFormat, report: &Report) -> anyhow::Result<()> {
    match format {
        ReplayFormat::Table => render::print(&render::replay(report, render::width())),
        ReplayFormat::Json => render::json(report),
        ReplayFormat::Jsonl => lines(report),
    }
}

/// A line of JSON, with what it is about.
#[derive(Serialize)]
struct Line<'a, T: Serialize> {
    r#type: &'static str,
    #[serde(flatten)]
    value: &'a T,
}

fn lines(report: &Report) -> anyhow::Result<()> {
    of_type(
        "summary",
        &[serde_json::json!({
            "now": report.now,
            "files": report.files,
            "records": report.records,
            "events": report.events,
            "skipped_count": report.skipped_count,
            "passed_over": report.passed_over,
            "ignored_count": report.ignored_count,
            "unresolved_count": report.unresolved_count,
        })],
    )?;
    of_type("skipped", &report.skipped)?;
    of_type("ignored", &report.ignored)?;
    of_type("unresolved", &report.unresolved)?;
    rows(&report.keys)?;
    rows(&report.kms_keys)?;
    rows(&report.log_targets)?;
    rows(&report.findings)?;
    of_type("action", &report.actions)?;
    of_type("withheld", &report.withheld)
}

fn rows<R: Row>(values: &[R]) -> anyhow::Result<()> {
    of_type(R::TYPE, values)
}

fn of_type<T: Serialize>(r#type: &'static str, values: &[T]) -> anyhow::Result<()> {
    render::json_lines(values.iter().map(|value| Line { r#type, value }))
}

/// Names what was skipped on standard error.
fn complain(tally: &Tally) {
    tally.skipped.list().for_each(render::skipped);
    let unnamed = tally.skipped.count.saturating_sub(tally.skipped.list().len() as u64);
    if unnamed > 0 {
        render::complain("skipped", &format!("and {} more", render::thousands(unnamed)));
    }
}
