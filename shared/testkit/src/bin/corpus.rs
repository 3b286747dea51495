//! Writes a seeded corpus: `corpus OUT [RECORDS [FILES [SEED [SUBJECTS [HOURS]]]]]`.
#![allow(clippy::print_stdout, reason = "a command prints its result")]

use std::path::PathBuf;
use std::{env, process::ExitCode};

use keytrail_testkit::corpus::Corpus;

const USAGE: &str = "usage: corpus OUT [RECORDS [FILES [SEED [SUBJECTS [HOURS]]]]]";

fn main() -> ExitCode {
    match run() {
        Ok(said) => {
            println!("{said}");
            ExitCode::SUCCESS
        }
        Err(why) => {
            println!("{why}\n{USAGE}");
            ExitCode::from(2)
        }
    }
}

fn run() -> Result<String, String> {
    let mut arguments = env::args_os().skip(1);
    let out = PathBuf::from(arguments.next().ok_or("no folder to write to")?);
    let mut corpus = Corpus::default();
    let numbers =
        [&mut corpus.records, &mut corpus.files, &mut corpus.seed, &mut corpus.subjects, &mut corpus.hours];
    for (number, argument) in numbers.into_iter().zip(arguments) {
        let argument = argument.to_string_lossy();
        *number = argument.parse().map_err(|_| format!("not a number: {argument}"))?;
    }
    let tally =
        corpus.write_to(&out).map_err(|error| format!("cannot write to {}: {error}", out.display()))?;
    Ok(format!(
        "{} records ({} ours), {:.1} MB, {:.1} MB compressed ({:.1}:1), {} bytes a record",
        tally.records,
        tally.ours,
        tally.raw as f64 / 1e6,
        tally.compressed as f64 / 1e6,
        tally.raw as f64 / tally.compressed.max(1) as f64,
        tally.raw / tally.records.max(1),
    ))
}
