//! `keytrail simulate`.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::Args;

use super::ImpactFormat;
use crate::exit;

/// `simulate`.
#[derive(Debug, Args)]
#[command(
    after_help = exit::SIMULATE_HELP,
    long_about = "Say what a policy would have done, day by day, on real history.\n\nThe archive's records are recorded and \
                  judged hour by hour, as detect does it; every day at midnight every key is listed and judged, as sweep \
                  does it; what is wanted is decided, counted against the budgets and done, as respond and rescue do \
                  it: to a memory that is thrown away, and to nothing else. Run it before you let a policy enforce."
)]
pub struct Simulate {
    /// Files or folders of CloudTrail records; JSON or gzip, told by content
    #[arg(long = "from", required = true, num_args = 1.., value_name = "ARCHIVE")]
    pub archive: Vec<PathBuf>,
    /// The policy to try
    #[arg(long, value_name = "FILE")]
    pub policy: PathBuf,
    /// How to show it
    #[arg(long, value_enum, default_value_t = ImpactFormat::Text)]
    pub format: ImpactFormat,
    /// Read with so many threads [default: one for each processor]
    #[arg(long, value_name = "N")]
    pub threads: Option<NonZeroUsize>,
}
