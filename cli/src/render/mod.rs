//! How things are shown: tables and prose for people, JSON, JSON lines and CSV for programs.
//!
//! Whatever comes from records is hostile: it goes through [`visible()`] before a terminal sees it.

mod csv;
mod doctor;
mod explain;
mod findings;
mod impact;
mod json;
mod meaning;
mod noise;
mod progress;
mod prose;
mod replay;
mod rules;
mod sheet;
mod simulate;
mod table;
mod tables;
mod visible;

pub use csv::csv;
pub use doctor::diagnosis;
pub use explain::explain;
pub use findings::findings;
pub use impact::impact;
pub use json::{json, json_lines};
pub use meaning::meaning;
pub(crate) use noise::noises;
pub use progress::watched;
pub use prose::{plural, thousands};
pub use replay::replay;
pub use rules::{markdown, rules};
pub use sheet::{sheet, sheet_markdown};
pub(crate) use simulate::simulated;
pub use tables::{keys, kms_keys, log_targets};
pub use visible::{visible, visible_lines};

use std::io::{IsTerminal as _, Write as _};

use anstyle::{AnsiColor, Style};

use crate::replay::Skipped;

/// Columns where nothing says how many there are, as in a pipe.
const USUAL_WIDTH: usize = 120;
/// Wider lines are hard to read; narrower ones hold no table.
const WIDTHS: std::ops::RangeInclusive<usize> = 60..=200;

const HEADING: Style = Style::new().bold();
const DIM: Style = Style::new().dimmed();
const BAD: Style = AnsiColor::Red.on_default().bold();
const WARNING: Style = AnsiColor::Yellow.on_default();

/// Columns of the screen that standard output is.
pub fn width() -> usize {
    let stdout = std::io::stdout();
    let screen = stdout.is_terminal().then(|| terminal_size::terminal_size_of(&stdout)).flatten();
    let width = screen.map_or(USUAL_WIDTH, |(width, _)| usize::from(width.0));
    width.clamp(*WIDTHS.start(), *WIDTHS.end())
}

/// Writes text to standard output, with its colours only where they are wanted (a terminal, no `NO_COLOR`).
///
/// # Errors
/// If it can't be written.
pub fn print(text: &str) -> anyhow::Result<()> {
    let mut out = anstream::AutoStream::auto(std::io::stdout().lock());
    out.write_all(text.as_bytes())?;
    out.flush()?;
    Ok(())
}

/// Writes bytes to standard output as they are.
fn write(bytes: &[u8]) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    out.write_all(bytes)?;
    out.flush()?;
    Ok(())
}

/// Says something on standard error. Where that can't be written, there is nobody to tell.
pub fn complain(label: &str, text: &str) {
    let style = if label == "error" { BAD } else { WARNING };
    let _ = writeln!(anstream::stderr().lock(), "{style}{label}:{style:#} {}", visible_lines(text));
}

/// Names something that was skipped on standard error.
pub fn skipped(Skipped { place, reason }: &Skipped) {
    let at = place.position.map(|at| format!(", record {} at byte {}", at.record, at.offset));
    complain("skipped", &format!("{}{}: {reason}", place.file, at.unwrap_or_default()));
}
