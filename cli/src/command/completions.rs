//! `keytrail completions`.

use clap::CommandFactory as _;
use clap_complete::{Shell, generate};

use crate::args::Cli;
use crate::exit::Exit;
use crate::render;

pub(super) fn run(shell: Shell) -> anyhow::Result<Exit> {
    let mut script = Vec::new();
    generate(shell, &mut Cli::command(), "keytrail", &mut script);
    render::print(&String::from_utf8_lossy(&script))?;
    Ok(Exit::Fine)
}
