//! `export`.

use clap::Args;
use keytrail_engine::time::Time;

use super::place::Place;
use crate::exit;

/// `export`.
#[derive(Debug, Args)]
#[command(after_help = exit::EXPORT_HELP)]
pub struct Export {
    /// Where.
    #[command(flatten)]
    pub place: Place,
    /// Only what was made or changed from then on
    #[arg(long, value_name = "TIME", value_parser = super::time)]
    pub since: Option<Time>,
}
