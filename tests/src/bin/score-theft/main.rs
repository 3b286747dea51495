//! How well stolen keys are seen by their use: fleets with planted thefts are run past the engine call by call, as the
//! functions do it, and what people are paged for is held against the labels.
//!
//! `cargo run --release -p keytrail-tests --bin score-theft -- [--commit HASH] [--fleets 10] [--keys 200] [--thefts 60]
//! [--variant NAME] [--leave-out] [--offices] [--systems]
//! [--tell] [--cost]`
//!
//! The seeds follow from the commit's hash, so that the fleets of a reported figure are none that the rules were tuned to.

#![allow(clippy::print_stdout, reason = "a command prints its result")]

mod cost;
mod score;
mod settings;
mod watch;

use std::error::Error;

use keytrail_engine::policy::theft::WEIGHTS;
use keytrail_fleet::Fleet;

use score::Score;
use settings::Settings;
use watch::watch;

fn main() -> Result<(), Box<dyn Error>> {
    let settings = Settings::read(std::env::args().skip(1))?;
    println!("seeds of commit {}, fleets of {:?}, {:?}", settings.commit, settings.size, settings.variant);
    if settings.cost {
        cost::measure(&settings);
        return Ok(());
    }
    let score = run(&settings, None);
    println!("\n# All rules\n\n{score}");
    if settings.tell {
        println!("# False pages\n\n{}\n", score.told.join("\n"));
    }
    if settings.leave_out {
        for (rule, _) in WEIGHTS {
            println!("# Without {rule}\n\n{}", run(&settings, Some(rule)).in_short());
        }
    }
    Ok(())
}

/// Runs every fleet, two at a time.
fn run(settings: &Settings, without: Option<&str>) -> Score {
    let score = std::sync::Mutex::new(Score::default());
    let next = std::sync::atomic::AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                loop {
                    let number = next.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                    if number >= settings.fleets {
                        return;
                    }
                    let fleet = Fleet::generate(settings.seed(number), settings.size);
                    let seen = watch(&fleet, settings, without);
                    score.lock().expect("no other thread panicked").add(&fleet, &seen);
                }
            });
        }
    });
    score.into_inner().expect("no other thread panicked")
}
