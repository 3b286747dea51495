//! Tables that fit the screen: cells wrap at blanks, and none is cut. Where the screen is too narrow for the longest
//! words, rows are written one below the other, so that ids stay in one piece.

use anstyle::Style;
use comfy_table::{Cell, ColumnConstraint, ContentArrangement, LineStyle, Table, TableStyle, Width};
use textwrap::core::display_width;

use super::HEADING;
use super::visible::visible;

const STYLE: TableStyle = TableStyle::new().header_separator(LineStyle::none().fill('─'));
/// What stands where there is nothing to say.
const NOTHING: &str = "–";
/// Blanks around a cell.
const PADDING: usize = 2;
/// Columns of the screen by which words may be broken before rows are stacked.
const SLACK: usize = 8;

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
            |cell: String| if cell.is_empty() { NOTHING.to_owned() } else { visible(&cell).into_owned() };
        self.rows.push(cells.into_iter().map(shown).collect());
    }

    pub(super) fn text(self) -> String {
        match self.least_widths() {
            Some(least) => self.side_by_side(least),
            None => self.stacked(),
        }
    }

    fn side_by_side(self, least: Vec<usize>) -> String {
        let mut table = Table::new();
        table.load_style(STYLE).set_content_arrangement(ContentArrangement::Dynamic);
        table.set_width(u16::try_from(self.width).unwrap_or(u16::MAX));
        let mut rows = self.rows.into_iter().map(|row| row.into_iter().map(Cell::new).collect::<Vec<_>>());
        table.set_header(rows.next().unwrap_or_default());
        table.add_rows(rows);
        for (column, least) in table.column_iter_mut().zip(least) {
            let width = u16::try_from(least + PADDING).unwrap_or(u16::MAX);
            column.set_constraint(ColumnConstraint::LowerBoundary(Width::Fixed(width)));
        }
        let mut heading = true;
        let lines = table.lines().map(|line| {
            heading &= !line.starts_with('─');
            let style = if heading { HEADING } else { Style::new() };
            format!("{style}{}{style:#}\n", line.trim_end())
        });
        lines.collect()
    }

    /// Each row's first cell as a heading, and the others, with their names, below it.
    fn stacked(self) -> String {
        let mut rows = self.rows.into_iter();
        let names = rows.next().unwrap_or_default();
        let mut out = String::new();
        for row in rows {
            let mut cells = names.iter().map(|name| name.to_lowercase()).zip(row);
            let Some((_, first)) = cells.next() else { continue };
            out += &format!(" {HEADING}{first}{HEADING:#}\n");
            let mut line = String::new();
            for (name, cell) in cells.filter(|(_, cell)| cell != NOTHING) {
                let pair = format!("{name}: {cell}");
                if !line.is_empty() && display_width(&line) + display_width(&pair) + 2 > self.width {
                    out += &(std::mem::take(&mut line) + "\n");
                }
                line += if line.is_empty() { "   " } else { ", " };
                line += &pair;
            }
            out += &(line + "\n");
        }
        out
    }

    /// The widths below which a column would break a word. Where the screen is a little too narrow for all of them, the
    /// widest but the first give way; `None` where it is much too narrow.
    fn least_widths(&self) -> Option<Vec<usize>> {
        let columns = self.rows.first().map_or(0, Vec::len);
        let word = |cell: &String| cell.split(' ').map(display_width).max().unwrap_or_default();
        let longest = |column: usize| self.rows.iter().filter_map(|row| row.get(column)).map(word).max();
        let mut least: Vec<usize> = (0..columns).map(|column| longest(column).unwrap_or_default()).collect();
        let whole: usize = least.iter().map(|width| width + PADDING).sum();
        let lacking = whole.saturating_sub(self.width);
        for _ in 0..lacking {
            *least.iter_mut().skip(1).max()? -= 1;
        }
        (lacking <= SLACK).then_some(least)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(width: usize, cells: &[&str]) -> String {
        let headers: Vec<_> = cells.iter().map(|_| "H").collect();
        let mut columns = Columns::new(&headers, width);
        columns.row(cells.iter().map(|cell| (*cell).to_owned()));
        anstream::adapter::strip_str(&columns.text()).to_string()
    }

    #[test]
    fn words_stay_whole_while_there_is_room_for_the_longest() {
        let text = table(30, &["ACCAEXAMPLE", "never used so far"]);
        assert!(text.contains("ACCAEXAMPLE"), "{text}");
        assert!(text.lines().all(|line| display_width(line) <= 30), "{text}");
    }

    #[test]
    fn rows_are_stacked_where_words_would_break_and_nothing_is_cut() {
        let (long, wide) = ("x".repeat(300), "日本".repeat(40));
        let text = table(60, &["ACCAEXAMPLEGATEWAY01", "", &long, &wide]);
        assert_eq!(text, format!(" ACCAEXAMPLEGATEWAY01\n   h: {long}\n   h: {wide}\n"));
    }

    #[test]
    fn a_word_gives_way_by_a_little_but_an_id_never() {
        let text = table(60, &[&"a".repeat(36), &"b".repeat(24)]);
        assert!(text.contains(&"a".repeat(36)) && text.contains(&"b".repeat(20)), "{text}");
        assert!(text.lines().all(|line| display_width(line) <= 60), "{text}");
    }

    #[test]
    fn hostile_text_is_made_visible() {
        assert!(table(60, &["a\u{1b}[2Jb\nc"]).contains("a\\u{1b}[2Jb\\nc"));
    }
}
