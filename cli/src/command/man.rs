//! `keytrail man`: the manual pages.

use std::path::Path;

use anyhow::Context as _;
use clap::CommandFactory as _;

use crate::args::Cli;
use crate::exit::Exit;

/// One page for the command and one for each of its commands; a folder that isn't there is made.
pub(super) fn run(folder: &Path) -> anyhow::Result<Exit> {
    let name = folder.display();
    std::fs::create_dir_all(folder).with_context(|| format!("cannot make the folder {name}"))?;
    clap_mangen::generate_to(Cli::command(), folder).with_context(|| format!("cannot write into {name}"))?;
    Ok(Exit::Fine)
}
