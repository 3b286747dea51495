//! `keytrail keys`, `kms` and `logs`: rows of a state.

use keytrail_aws::SystemClock;
use keytrail_engine::subject::Kind;
use keytrail_engine::time::Time;
use keytrail_engine::world::World;
use keytrail_ledger::Parts;
use keytrail_ledger::capability::Clock as _;

use crate::args::{Format, Show};
use crate::exit::Exit;
use crate::ledger::{self, Opened};
use crate::report::{self, Row};
use crate::{render, settings};

pub(super) fn keys(asked: &Show) -> anyhow::Result<Exit> {
    const HOURS_AND_CREDENTIALS: &[Parts] = &[Parts::Hours, Parts::Credentials];
    let kinds = [(Kind::ApiKey, NONE), (Kind::User, NONE), (Kind::Usage, HOURS_AND_CREDENTIALS)];
    show(asked, &kinds, report::keys, render::keys)
}

pub(super) fn kms(asked: &Show) -> anyhow::Result<Exit> {
    let kinds: [(Kind, &[Parts]); 2] = [(Kind::KmsKey, &[Parts::Edges]), (Kind::LogTarget, NONE)];
    show(asked, &kinds, report::kms_keys, render::kms_keys)
}

pub(super) fn logs(asked: &Show) -> anyhow::Result<Exit> {
    let kinds = [(Kind::LogTarget, NONE), (Kind::KmsKey, NONE)];
    show(asked, &kinds, report::log_targets, |rows, _, width| render::log_targets(rows, width))
}

const NONE: &[Parts] = &[];

/// `kinds`: what of a table the rows are made of. A state is read whole.
fn show<R: Row>(
    asked: &Show,
    kinds: &[(Kind, &[Parts])],
    rows: impl Fn(&World, Time) -> Vec<R>,
    table: impl Fn(&[R], Time, usize) -> String,
) -> anyhow::Result<Exit> {
    let (world, now) = match &asked.place.state {
        Some(state) => {
            let world = settings::world(state)?;
            let now = settings::now(asked.now, world.newest());
            (world, now)
        }
        None => {
            let now = asked.now.unwrap_or_else(|| SystemClock.now());
            (ledger::world(&Opened::open(&asked.place, false)?, kinds, now)?, now)
        }
    };
    let rows = rows(&world, now);
    write(asked.format, &rows, || format!("{}\nAs of {now}.\n", table(&rows, now, render::width())))?;
    Ok(Exit::Fine)
}

/// Writes rows in the format that was asked for.
pub(super) fn write<R: Row>(format: Format, rows: &[R], table: impl Fn() -> String) -> anyhow::Result<()> {
    match format {
        Format::Table => render::print(&table()),
        Format::Json => render::json(rows),
        Format::Jsonl => render::json_lines(rows),
        Format::Csv => render::csv(rows),
    }
}
