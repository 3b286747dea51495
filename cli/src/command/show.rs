//! `keytrail keys`, `kms` and `logs`: rows of a state.

use keytrail_engine::time::Time;
use keytrail_engine::world::World;

use crate::args::{Format, Show};
use crate::exit::Exit;
use crate::report::{self, Row};
use crate::{render, settings};

pub(super) fn keys(asked: &Show) -> anyhow::Result<Exit> {
    show(asked, report::keys, render::keys)
}

pub(super) fn kms(asked: &Show) -> anyhow::Result<Exit> {
    show(asked, report::kms_keys, render::kms_keys)
}

pub(super) fn logs(asked: &Show) -> anyhow::Result<Exit> {
    show(asked, report::log_targets, |rows, _, width| render::log_targets(rows, width))
}

fn show<R: Row>(
    asked: &Show,
    rows: impl Fn(&World, Time) -> Vec<R>,
    table: impl Fn(&[R], Time, usize) -> String,
) -> anyhow::Result<Exit> {
    let world = settings::world(&asked.state)?;
    let now = settings::now(asked.now, world.newest());
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
