//! `keytrail resume`.

use clap::Args;

use super::ImpactFormat;
use super::place::{Aws, Sure};
use crate::exit;

/// `resume`.
#[derive(Debug, Args)]
#[command(
    after_help = exit::RESUME_HELP,
    long_about = "End the pause of a ledger that was restored from a backup.\n\nAfter a restore Keytrail does nothing to any \
                  key: nobody knows what was done since the backup. Sweep compares what is remembered with AWS; when \
                  that is done and you have looked at it, resume. What the backup still had to do expires, and is told; \
                  what is found from now on is acted upon again."
)]
pub struct Resume {
    /// The ledger's DynamoDB table
    #[arg(long, value_name = "NAME")]
    pub table: String,
    /// How AWS is reached.
    #[command(flatten)]
    pub aws: Aws,
    /// Whether to ask.
    #[command(flatten)]
    pub sure: Sure,
    /// How to show it
    #[arg(long, value_enum, default_value_t = ImpactFormat::Text)]
    pub format: ImpactFormat,
}
