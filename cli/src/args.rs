//! What can be asked on the command line.

pub mod backfill;
pub mod budget;
pub mod doctor;
pub mod export;
pub mod investigate;
pub mod place;
pub mod report;
pub mod request;
pub mod reset;
pub mod resume;
pub mod simulate;
pub mod trail_patch;

use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use keytrail_engine::finding::Severity;
use keytrail_engine::time::Time;

use crate::exit;

/// Watches over API keys and KMS keys in front of log data: reads CloudTrail, shows every key's life and what is wrong.
#[derive(Debug, Parser)]
#[command(name = "keytrail", version, after_help = exit::HELP, max_term_width = 100)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Read CloudTrail records and show every key, KMS key and log group that they speak of, and what is wrong
    Replay(Replay),
    /// Show the API keys of a state or of a deployed Keytrail's table
    Keys(Show),
    /// Show the KMS keys of the same
    Kms(Show),
    /// Show the log groups of the same
    Logs(Show),
    /// Say what in CloudWatch Logs depends on a KMS key; never whether it is safe to delete
    Impact(Impact),
    /// Show what is wrong, judged from a state or from a deployed Keytrail's table
    Findings(Findings),
    /// Write what a state holds, and what is wrong, as one HTML page that needs nothing else
    Report(report::Report),
    /// Say what happened to an API key or a user: the report that a post-mortem begins with
    Investigate(investigate::Investigate),
    /// Print what was found, done, told and asked for, one JSON object a line, for an audit
    Export(export::Export),
    /// Write what an archive's records say into a deployed Keytrail's table; nobody is told, nothing is done
    Backfill(backfill::Backfill),
    /// Explain records: what each means, what it touches, what the rules say, what would be done and why not
    Explain(Explain),
    /// Say what a policy would have done, day by day, on an archive of records
    Simulate(simulate::Simulate),
    /// Keep an API key from being retired for being unused, or rotated, until a date
    #[command(after_help = exit::HOLD_HELP)]
    Hold(request::Hold),
    /// End the hold on an API key
    #[command(after_help = exit::RELEASE_HELP)]
    Release(request::Ask),
    /// Leave an API key out of staleness until a date
    #[command(after_help = exit::EXEMPT_HELP)]
    Exempt(request::Exempt),
    /// Say that somebody else may have an API key: it is deactivated, whatever holds it
    #[command(after_help = exit::COMPROMISED_HELP)]
    Compromised(request::Ask),
    /// Say that the evidence against an API key was looked at and means nothing any more
    #[command(after_help = exit::CLEARED_HELP)]
    Cleared(request::Ask),
    /// Say that what was found of a user's calls is expected: the baseline learns it
    #[command(after_help = exit::EXPECTED_HELP)]
    Expected(request::Expected),
    /// Say that another API key takes this one's place: the rotation is followed to its end
    #[command(after_help = exit::REPLACE_HELP)]
    Replace(request::Replace),
    /// Switch an API key off
    #[command(after_help = exit::DEACTIVATE_HELP)]
    Deactivate(request::Ask),
    /// Switch an API key on again, and hold it for 30 days
    #[command(after_help = exit::REACTIVATE_HELP)]
    Reactivate(request::Ask),
    /// Delete an inactive API key, for ever
    #[command(after_help = exit::DELETE_HELP)]
    Delete(request::Ask),
    /// Give an API key a new secret with your own credentials, shown once on a terminal
    Reset(reset::Reset),
    /// Show how much was done in the last 24 hours and how much may be, or reset a budget
    Budget(budget::Budget),
    /// End the pause of a ledger that was restored from a backup
    Resume(resume::Resume),
    /// Look at a deployment and say what is wrong with it, and how to mend it
    Doctor(doctor::Doctor),
    /// Print what a trail's event selectors would have to be for Keytrail; never writes them
    TrailPatch(trail_patch::TrailPatch),
    /// List the rules
    Rules(Rules),
    /// Begin or check a policy
    #[command(subcommand)]
    Policy(Policy),
    /// Write the manual pages into a folder
    Man {
        /// The folder
        folder: PathBuf,
    },
    /// Print the completions of a shell
    Completions {
        /// Which shell
        shell: Shell,
    },
}

/// `replay`.
#[derive(Debug, Args)]
#[command(after_help = exit::HELP)]
pub struct Replay {
    /// Files, folders, or - for standard input; JSON or gzip, told by content
    #[arg(required = true, value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// Add what is read to this file, and judge all that it holds
    #[arg(long, value_name = "FILE")]
    pub state: Option<PathBuf>,
    /// By what policy and at what moment to judge.
    #[command(flatten)]
    pub judging: Judging,
    /// How to show it
    #[arg(long, value_enum, default_value_t = ReplayFormat::Table)]
    pub format: ReplayFormat,
    /// End with exit code 3 if a finding is at least this grave
    #[arg(long, value_name = "SEVERITY", value_parser = severity)]
    pub fail_on: Option<Severity>,
    /// Read with so many threads [default: one for each processor]
    #[arg(long, value_name = "N")]
    pub threads: Option<NonZeroUsize>,
}

/// By what policy and at what moment to judge.
#[derive(Debug, Args)]
pub struct Judging {
    /// The policy; without it, Keytrail observes
    #[arg(long, value_name = "FILE")]
    pub policy: Option<PathBuf>,
    /// The moment to judge at, such as 2026-08-01T00:00:00Z [default: the newest event]
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub now: Option<Time>,
}

/// `keys`, `kms` and `logs`.
#[derive(Debug, Args)]
pub struct Show {
    /// Where.
    #[command(flatten)]
    pub place: place::Place,
    /// The moment to look at, such as 2026-08-01T00:00:00Z [default: now for a table, the newest event for a state]
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub now: Option<Time>,
    /// How to show it
    #[arg(long, value_enum, default_value_t = Format::Table)]
    pub format: Format,
}

/// `impact`.
#[derive(Debug, Args)]
#[command(after_help = exit::IMPACT_HELP)]
pub struct Impact {
    /// The key's ARN, or its id
    #[arg(value_name = "KEY")]
    pub key: String,
    /// Where.
    #[command(flatten)]
    pub place: place::Place,
    /// You vouch that every management event of every account and region since then was read; without it, a table's own sweeps and
    /// trails have to show it
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub complete_since: Option<Time>,
    /// The moment to look at, such as 2026-08-01T00:00:00Z [default: now for a table, the newest event for a state]
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub now: Option<Time>,
    /// How to show it
    #[arg(long, value_enum, default_value_t = ImpactFormat::Text)]
    pub format: ImpactFormat,
}

/// `findings`.
#[derive(Debug, Args)]
#[command(after_help = exit::HELP)]
pub struct Findings {
    /// Where.
    #[command(flatten)]
    pub place: place::Place,
    /// The policy, as the SSM parameter that the functions read [default: KEYTRAIL_POLICY_PARAMETER]
    #[arg(long, value_name = "NAME", conflicts_with = "policy", requires = "table")]
    pub policy_parameter: Option<String>,
    /// By what policy and at what moment to judge.
    #[command(flatten)]
    pub judging: Judging,
    /// How to show it
    #[arg(long, value_enum, default_value_t = Format::Table)]
    pub format: Format,
    /// Show which rules and which subjects have found the most, of all that the ledger remembers
    #[arg(long, conflicts_with = "fail_on")]
    pub noisy: bool,
    /// End with exit code 3 if a finding is at least this grave
    #[arg(long, value_name = "SEVERITY", value_parser = severity)]
    pub fail_on: Option<Severity>,
}

/// `explain`.
#[derive(Debug, Args)]
pub struct Explain {
    /// A file with one or more records, or - for standard input
    #[arg(value_name = "EVENT")]
    pub event: PathBuf,
    /// Explain in view of what this file holds; it is not changed
    #[arg(long, value_name = "FILE", conflicts_with = "table")]
    pub state: Option<PathBuf>,
    /// Explain in view of what a deployed Keytrail's DynamoDB table holds; it is not changed
    #[arg(long, value_name = "NAME")]
    pub table: Option<String>,
    /// How AWS is reached.
    #[command(flatten)]
    pub aws: place::Aws,
    /// The policy, as the SSM parameter that the functions read [default: KEYTRAIL_POLICY_PARAMETER]
    #[arg(long, value_name = "NAME", conflicts_with = "policy", requires = "table")]
    pub policy_parameter: Option<String>,
    /// By what policy and at what moment to judge.
    #[command(flatten)]
    pub judging: Judging,
    /// How to show it
    #[arg(long, value_enum, default_value_t = ExplainFormat::Text)]
    pub format: ExplainFormat,
}

/// `rules`.
#[derive(Debug, Args)]
pub struct Rules {
    /// How to show them
    #[arg(long, value_enum, default_value_t = RulesFormat::Table)]
    pub format: RulesFormat,
}

/// `policy`.
#[derive(Debug, Subcommand)]
pub enum Policy {
    /// Print a policy to begin with, or write it to a new file
    Init {
        /// The file; it must not exist yet
        #[arg(value_name = "FILE")]
        file: Option<PathBuf>,
    },
    /// Tell every fault of a policy, or what it says
    Check {
        /// The policy, or - for standard input
        #[arg(value_name = "FILE")]
        file: PathBuf,
    },
}

/// How to show rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people
    Table,
    /// One JSON array
    Json,
    /// One JSON object a line
    Jsonl,
    /// For spreadsheets; no cell can be taken for a formula
    Csv,
}

/// How to show a replay.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ReplayFormat {
    /// For people
    Table,
    /// One JSON object
    Json,
    /// One JSON object a line, each with a "type"
    Jsonl,
}

/// How to show what depends on a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ImpactFormat {
    /// For people
    Text,
    /// One JSON object
    Json,
}

/// How to show an explanation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ExplainFormat {
    /// For people
    Text,
    /// One JSON array
    Json,
    /// One JSON object a line
    Jsonl,
}

/// How to show the rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum RulesFormat {
    /// For people
    Table,
    /// One JSON array
    Json,
    /// What stands in docs/rules.md
    Markdown,
}

fn time(text: &str) -> Result<Time, String> {
    Time::parse(text).ok_or_else(|| "a time is written like 2026-08-01T00:00:00Z".to_owned())
}

fn severity(text: &str) -> Result<Severity, String> {
    Severity::from_word(text).ok_or_else(|| {
        let words: Vec<_> = Severity::ALL.iter().map(|severity| severity.word()).collect();
        format!("a severity is one of {}", words.join(", "))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory as _;

    #[test]
    fn the_command_line_is_well_formed() {
        Cli::command().debug_assert();
    }
}
