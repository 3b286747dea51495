//! From files to what they say: every worker folds the records that it meets into documents of its own, and these are
//! joined at the end. Facts converge, so it doesn't matter which worker met what.

mod bounded;
mod documents;
mod fold;
mod tally;

pub use bounded::{Firsts, LISTED};
pub use tally::{At, Ignored, Place, Skipped, Tally, Unresolved};

use std::num::NonZeroUsize;
use std::path::PathBuf;

use keytrail_engine::parse::ParseSettings;
use keytrail_engine::world::World;

use crate::input::{self, Progress};
use fold::Fold;

/// What reading gave.
#[derive(Debug, Default)]
pub struct Replayed {
    /// The documents.
    pub world: World,
    /// What was read, skipped and left alone.
    pub tally: Tally,
}

/// Reads everything that the paths hold.
pub fn replay(
    paths: &[PathBuf],
    threads: NonZeroUsize,
    settings: &ParseSettings,
    progress: &Progress,
) -> Replayed {
    let folds = input::read_all(
        paths,
        threads,
        || Fold::new(settings),
        |fold, source, item| fold.take(source, item),
        progress,
    );
    let mut replayed = Replayed::default();
    for fold in folds {
        fold.finish(&mut replayed);
    }
    let passed_over: u64 = replayed.tally.passed_over.values().sum();
    replayed.tally.files = progress.reached().files.saturating_sub(passed_over);
    replayed
}
