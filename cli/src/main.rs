//! The `keytrail` command.

// The SDK's futures are nested deeper than the compiler looks by itself.
#![recursion_limit = "256"]

use std::process::ExitCode;

use clap::Parser as _;
use keytrail::args::Cli;
use keytrail::exit;

fn main() -> ExitCode {
    exit::code(keytrail::command::run(&Cli::parse()))
}
