//! `keytrail simulate`: what a policy would have done.

use std::num::NonZeroUsize;

use anyhow::Context as _;

use crate::args::ImpactFormat;
use crate::args::simulate::Simulate;
use crate::exit::Exit;
use crate::input::Progress;
use crate::simulate::simulate;
use crate::{render, settings};

pub(super) fn run(asked: &Simulate) -> anyhow::Result<Exit> {
    let policy = settings::policy(Some(&asked.policy))?;
    let scratch = tempfile::tempdir().context("cannot make a folder for the simulation's memory")?;
    let threads =
        asked.threads.unwrap_or_else(|| std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN));
    let progress = Progress::default();
    let simulated = render::watched(&asked.archive, &progress, || {
        simulate(&asked.archive, threads, &policy, &scratch.path().join("ledger"), &progress)
    })
    .with_context(|| format!("cannot simulate in {}", scratch.path().display()))?;
    match asked.format {
        ImpactFormat::Text => render::print(&render::simulated(&simulated, render::width()))?,
        ImpactFormat::Json => render::json(&simulated)?,
    }
    simulated.skipped.iter().for_each(render::skipped);
    let unnamed = simulated.skipped_count.saturating_sub(simulated.skipped.len() as u64);
    if unnamed > 0 {
        render::complain("skipped", &format!("and {} more", render::thousands(unnamed)));
    }
    Ok(if simulated.skipped_count > 0 { Exit::Skipped } else { Exit::Fine })
}
