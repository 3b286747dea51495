//! Tables that fit the screen: cells wrap at blanks as long as there is room for their longest words, and none is cut.

use comfy_table::{Cell, ColumnConstraint, ContentArrangement, LineStyle, Table, TableStyle, Width};
use textwrap::core::display_width;

use super::visible::visible;

const STYLE: TableStyle = TableStyle::new().header_separator(LineStyle::none().fill('─'));
/// Blanks around a cell.
const PADDING: usize = 2;
/// A column is never narrower than this for the sake of another's longest word.
const NARROW: usize = 8;

/// A table in the making.
pub(super) struct Columns {
    width: usize,
    rows: Vec<Vec<String>>,
}

impl Columns {
    pub(super) fn new(headers: &[&str], width: usize) -> Self {
        Self { width, rows: vec![headers.iter().map(|header| (*header).to_owned()).collect()] }
    }

    /// Adds a row. Hostile text is made visible here.
    pub(super) fn row(&mut self, cells: impl IntoIterator<Item = String>) {
        let shown =
            |cell: String| if cell.is_empty() { "–".to_owned() } else { visible(&cell).into_owned() };
        self.rows.push(cells.into_iter().map(shown).collect());
    }

    pub(super) fn text(self) -> String {
        let mut table = Table::new();
        table.load_style(STYLE).set_content_arrangement(ContentArrangement::Dynamic);
        table.set_width(u16::try_from(self.width).unwrap_or(u16::MAX));
        let least = self.least_widths();
        let mut rows = self.rows.into_iter().map(|row| row.into_iter().map(Cell::new).collect::<Vec<_>>());
        table.set_header(rows.next().unwrap_or_default());
        table.add_rows(rows);
        for (column, least) in table.column_iter_mut().zip(least) {
            let width = u16::try_from(least + PADDING).unwrap_or(u16::MAX);
            column.set_constraint(ColumnConstraint::LowerBoundary(Width::Fixed(width)));
        }
        table.lines().map(|line| line.trim_end().to_owned() + "\n").collect()
    }

    /// The widths below which a column would break a word, as far as the screen is wide enough for all of them: the
    /// widest ones give way.
    fn least_widths(&self) -> Vec<usize> {
        let columns = self.rows.first().map_or(0, Vec::len);
        let word = |cell: &String| cell.split(' ').map(display_width).max().unwrap_or_default();
        let longest = |column: usize| self.rows.iter().filter_map(|row| row.get(column)).map(word).max();
        let mut least: Vec<usize> = (0..columns).map(|column| longest(column).unwrap_or_default()).collect();
        while least.iter().map(|width| width + PADDING).sum::<usize>() > self.width {
            let Some(widest) = least.iter_mut().max().filter(|widest| **widest > NARROW) else { break };
            *widest -= 1;
        }
        least
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(width: usize, cells: &[&str]) -> String {
        let headers: Vec<_> = cells.iter().map(|_| "H").collect();
        let mut columns = Columns::new(&headers, width);
        columns.row(cells.iter().map(|cell| (*cell).to_owned()));
        columns.text()
    }

    #[test]
    fn words_stay_whole_while_there_is_room_for_the_longest() {
        let text = table(30, &["ACCAEXAMPLE", "never used so far"]);
        assert!(text.contains("ACCAEXAMPLE"), "{text}");
        assert!(text.lines().all(|line| display_width(line) <= 30), "{text}");
    }

    #[test]
    fn nothing_is_cut_however_narrow_the_screen() {
        let (long, wide) = ("x".repeat(300), "日本".repeat(40));
        let text = table(60, &[&long, "short", &wide]);
        assert_eq!(text.matches('x').count(), 300);
        assert_eq!(text.matches('日').count(), 40);
        assert!(text.lines().all(|line| display_width(line) <= 60), "{text}");
    }

    #[test]
    fn hostile_text_is_made_visible() {
        assert!(table(60, &["a\u{1b}[2Jb\nc"]).contains("a\\u{1b}[2Jb\\nc"));
    }
}
