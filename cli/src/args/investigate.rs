//! `investigate`.

use clap::{Args, ValueEnum};
use keytrail_engine::time::Time;

use super::place::Place;
use crate::exit;

/// `investigate`.
#[derive(Debug, Args)]
#[command(after_help = exit::INVESTIGATE_HELP)]
pub struct Investigate {
    /// The id of an API key, or the name of a user
    #[arg(value_name = "KEY|USER")]
    pub of: String,
    /// Tell only what happened from then on
    #[arg(long, value_name = "TIME", value_parser = super::time)]
    pub since: Option<Time>,
    /// Where.
    #[command(flatten)]
    pub place: Place,
    /// The policy by which a state is judged; a table keeps what was found
    #[arg(long, value_name = "FILE", conflicts_with = "table")]
    pub policy: Option<std::path::PathBuf>,
    /// The moment to look at, such as 2026-08-01T00:00:00Z [default: now for a table, the newest event for a state]
    #[arg(long, value_name = "TIME", value_parser = super::time)]
    pub now: Option<Time>,
    /// How to show it
    #[arg(long, value_enum, default_value_t = SheetFormat::Text)]
    pub format: SheetFormat,
}

/// How to show a report of words and tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum SheetFormat {
    /// For people at a terminal
    Text,
    /// For a post-mortem
    Markdown,
    /// One JSON object
    Json,
    /// One HTML page that needs nothing else
    Html,
}
