//! CSV that a spreadsheet can't take for formulas.

use std::borrow::Cow;

use super::visible::visible;
use crate::report::Row;

/// Writes rows to standard output, with a line of names before them.
///
/// # Errors
/// If they can't be written.
pub fn csv<R: Row>(rows: &[R]) -> anyhow::Result<()> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(R::CELLS)?;
    for row in rows {
        writer.write_record(row.cells().iter().map(|cell| inert(cell).into_owned()))?;
    }
    super::write(&writer.into_inner().map_err(csv::IntoInnerError::into_error)?)
}

/// A cell that no spreadsheet takes for a formula. Control characters are written out, so none leads a cell.
///
/// <https://owasp.org/www-community/attacks/CSV_Injection>
fn inert(cell: &str) -> Cow<'_, str> {
    // Excel takes the full-width forms for the plain ones.
    const LEADS: [char; 11] = ['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠'];
    if cell.starts_with(LEADS) { Cow::Owned(format!("'{}", visible(cell))) } else { visible(cell) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_cell_is_a_formula() {
        for (cell, written) in [
            ("=HYPERLINK(\"x\")", "'=HYPERLINK(\"x\")"),
            ("+1", "'+1"),
            ("-1", "'-1"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("\t=1", "'\\t=1"),
            ("\r=1", "'\\r=1"),
            ("＝1", "'＝1"),
            ("a=1", "a=1"),
            ("", ""),
            ("a\u{1b}b", "a\\u{1b}b"),
        ] {
            assert_eq!(inert(cell), written);
        }
    }
}
