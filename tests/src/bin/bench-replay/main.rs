//! How fast records are read and replayed, beside the least that any reader must spend.
//!
//! `bench-replay FOLDER [ROUNDS]` measures a folder of gzip files: the floor (inflate each file with libdeflate
//! and forget it), the reader alone, the whole replay, and jq and Python where they are installed. Each runs in a
//! process of its own, so that peaks of memory are apart, and in turn, so that a busy moment strikes all alike;
//! the figures are medians. `keytrail` itself is looked for beside this program, so build both with `--release`.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a command prints its result")]

mod measure;
mod phase;
mod table;

use std::env;
use std::path::PathBuf;
use std::process::ExitCode;

const USAGE: &str = "usage: bench-replay FOLDER [ROUNDS]";

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let done = match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["--phase", name, threads, folder] => phase::run(name, threads, &PathBuf::from(folder)),
        [folder] => measure::all(&PathBuf::from(folder), 7),
        [folder, rounds] => match rounds.parse() {
            Ok(rounds) => measure::all(&PathBuf::from(folder), rounds),
            Err(_) => Err(format!("not a number of rounds: {rounds}\n{USAGE}")),
        },
        _ => Err(USAGE.to_owned()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("{why}");
            ExitCode::FAILURE
        }
    }
}
