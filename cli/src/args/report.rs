//! `report`.

use std::path::PathBuf;

use clap::Args;

use super::Judging;

/// `report`.
#[derive(Debug, Args)]
pub struct Report {
    /// A file that `replay --state` wrote
    #[arg(long, value_name = "FILE")]
    pub state: PathBuf,
    /// Where to write the page, or - for standard output
    #[arg(long, value_name = "FILE")]
    pub out: PathBuf,
    /// By what policy and at what moment to judge.
    #[command(flatten)]
    pub judging: Judging,
}
