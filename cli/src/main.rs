//! The `keytrail` command.

use std::process::ExitCode;

use clap::Parser as _;
use keytrail::args::Cli;
use keytrail::exit;

fn main() -> ExitCode {
    exit::code(keytrail::command::run(&Cli::parse()))
}
