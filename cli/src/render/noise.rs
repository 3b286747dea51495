//! Which rules and subjects make the noise, as two tables.

use super::HEADING;
use super::prose::minute;
use super::table::Columns;
use crate::command::noisy::{Line, Noises};

/// Subjects that are shown; the JSON has all.
const SHOWN: usize = 20;

/// By rule and by subject, loudest first.
pub(crate) fn noises(noises: &Noises, width: usize) -> String {
    if noises.rules.is_empty() {
        return "Nothing was found yet.\n".to_owned();
    }
    let mut text = format!("{HEADING}By rule{HEADING:#}\n\n");
    let mut columns = Columns::new(&["RULE", "FIRED", "WITHDRAWN", "SUBJECTS", "NEWEST (UTC)"], width);
    for line in &noises.rules {
        columns.row(cells(line.of.clone(), line));
    }
    text += &columns.text();
    text += &format!("\n{HEADING}By subject{HEADING:#}\n\n");
    let mut columns = Columns::new(&["SUBJECT", "FIRED", "WITHDRAWN", "RULES", "NEWEST (UTC)"], width);
    for line in noises.subjects.iter().take(SHOWN) {
        columns.row(cells(line.of.to_string(), line));
    }
    text += &columns.text();
    if let Some(more) = noises.subjects.len().checked_sub(SHOWN).filter(|more| *more > 0) {
        text += &format!("\nand {more} more; --format json has all.\n");
    }
    text.push_str(
        "\nWhat is expected is taught by `keytrail expected FINDING --why TEXT`; a rule's mode, severity and weight are the \
         policy's.\n",
    );
    text
}

fn cells<T>(of: String, line: &Line<T>) -> Vec<String> {
    let noise = &line.noise;
    vec![
        of,
        noise.fired.to_string(),
        noise.withdrawn.to_string(),
        noise.among.to_string(),
        noise.newest.map(minute).unwrap_or_default(),
    ]
}
