//! A bar on a terminal while files are read.

use std::io::IsTerminal as _;
use std::path::PathBuf;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

use super::thousands;
use crate::input::{Progress, total_bytes};

const EVERY: Duration = Duration::from_millis(100);

/// Does the work, and shows how far it has come if standard error is a terminal; silent otherwise.
pub fn watched<T>(paths: &[PathBuf], progress: &Progress, work: impl FnOnce() -> T) -> T {
    if !std::io::stderr().is_terminal() {
        return work();
    }
    let (done, waiting) = channel::<()>();
    std::thread::scope(|scope| {
        scope.spawn(move || {
            let bar = bar(total_bytes(paths));
            let began = Instant::now();
            while waiting.recv_timeout(EVERY) == Err(RecvTimeoutError::Timeout) {
                show(&bar, progress, began.elapsed());
            }
            bar.finish_and_clear();
        });
        let outcome = work();
        drop(done);
        outcome
    })
}

/// Without a size (standard input) there is nothing to draw a bar of.
fn bar(bytes: u64) -> ProgressBar {
    let (bar, template) = match bytes {
        0 => (ProgressBar::new_spinner(), "{spinner} {binary_bytes} {msg}"),
        bytes => {
            (ProgressBar::new(bytes), "{bar:30} {binary_bytes} of {binary_total_bytes}, {msg}, {eta} left")
        }
    };
    bar.with_style(ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar()))
}

fn show(bar: &ProgressBar, progress: &Progress, elapsed: Duration) {
    let reached = progress.reached();
    let rate = reached.records as f64 / elapsed.as_secs_f64().max(0.001);
    // A file may have grown since its size was taken.
    bar.set_position(bar.length().map_or(reached.bytes_done, |length| reached.bytes_done.min(length)));
    bar.set_message(format!("{} records/s", thousands(rate as u64)));
    bar.tick();
}
