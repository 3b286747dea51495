//! What the command does: one file for each thing that can be asked.

mod backfill;
mod budget;
mod completions;
mod doctor;
mod explain;
mod export;
mod findings;
mod impact;
mod investigate;
mod man;
pub(crate) mod noisy;
mod policy;
mod replay;
mod report;
mod request;
mod reset;
mod resume;
mod rules;
mod show;
mod simulate;
mod trail_patch;

use keytrail_engine::event::Request;

use crate::args::{Cli, Command};
use crate::exit::Exit;

/// Does what was asked.
///
/// # Errors
/// If a policy, a state or the output can't be used.
pub fn run(cli: &Cli) -> anyhow::Result<Exit> {
    match &cli.command {
        Command::Replay(asked) => replay::run(asked),
        Command::Keys(asked) => show::keys(asked),
        Command::Kms(asked) => show::kms(asked),
        Command::Logs(asked) => show::logs(asked),
        Command::Impact(asked) => impact::run(asked),
        Command::Findings(asked) => findings::run(asked),
        Command::Report(asked) => report::run(asked),
        Command::Investigate(asked) => investigate::run(asked),
        Command::Export(asked) => export::run(asked),
        Command::Backfill(asked) => backfill::run(asked),
        Command::Explain(asked) => explain::run(asked),
        Command::Simulate(asked) => simulate::run(asked),
        Command::Hold(asked) => request::hold(asked),
        Command::Exempt(asked) => request::exempt(asked),
        Command::Replace(asked) => request::replace(asked),
        Command::Release(asked) => crate::request::run(&Request::Release, asked),
        Command::Compromised(asked) => crate::request::run(&Request::Compromised, asked),
        Command::Cleared(asked) => crate::request::run(&Request::Cleared, asked),
        Command::Expected(asked) => crate::request::expected(asked),
        Command::Deactivate(asked) => crate::request::run(&Request::Deactivate, asked),
        Command::Reactivate(asked) => crate::request::run(&Request::Reactivate, asked),
        Command::Delete(asked) => crate::request::run(&Request::Delete, asked),
        Command::Reset(asked) => reset::run(asked),
        Command::Budget(asked) => budget::run(asked),
        Command::Resume(asked) => resume::run(asked),
        Command::Doctor(asked) => doctor::run(asked),
        Command::TrailPatch(asked) => trail_patch::run(asked),
        Command::Rules(asked) => rules::run(asked),
        Command::Policy(asked) => policy::run(asked),
        Command::Man { folder } => man::run(folder),
        Command::Completions { shell } => completions::run(*shell),
    }
}
