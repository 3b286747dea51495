//! `trail-patch`.

use std::path::PathBuf;

use clap::Args;

use crate::exit;

/// `trail-patch`.
#[derive(Debug, Args)]
#[command(after_help = exit::TRAIL_PATCH_HELP)]
pub struct TrailPatch {
    /// What `aws cloudtrail get-event-selectors` printed, or - for standard input
    #[arg(value_name = "FILE", default_value = "-")]
    pub file: PathBuf,
}
