//! `backfill`.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::Args;

use super::ImpactFormat;
use super::place::{Aws, PolicyPlace, Sure};
use crate::exit;

/// `backfill`.
#[derive(Debug, Args)]
#[command(
    after_help = exit::BACKFILL_HELP,
    long_about = "Let a deployed Keytrail know what happened before it: write what an archive's records say into its table.\n\n                  Records are recorded and judged with detect's own code. Nothing is told to anybody and nothing is done to any key:                   what is found fires silently, and what it asks for is held back for good; it is listed here, for you to look at.                   The same again, also after it was cut off, changes nothing."
)]
pub struct Backfill {
    /// Files or folders of CloudTrail records; JSON or gzip, told by content
    #[arg(required = true, value_name = "ARCHIVE")]
    pub archive: Vec<PathBuf>,
    /// The ledger's DynamoDB table
    #[arg(long, value_name = "NAME")]
    pub table: String,
    /// How AWS is reached.
    #[command(flatten)]
    pub aws: Aws,
    /// By what policy it is judged.
    #[command(flatten)]
    pub policy: PolicyPlace,
    /// Whether to ask.
    #[command(flatten)]
    pub sure: Sure,
    /// How to show it
    #[arg(long, value_enum, default_value_t = ImpactFormat::Text)]
    pub format: ImpactFormat,
    /// Read with so many threads [default: one for each processor]
    #[arg(long, value_name = "N")]
    pub threads: Option<NonZeroUsize>,
}
