//! A sheet for terminals, and as Markdown. Everything in it may be hostile.

use std::fmt::Write as _;

use super::table::Columns;
use super::{HEADING, visible};
use crate::investigate::Sheet;
use crate::render::prose::wrapped;

/// For people at a terminal.
pub fn sheet(sheet: &Sheet, width: usize) -> String {
    let mut text = format!("{HEADING}{}{HEADING:#}\n\n", visible(&sheet.title));
    for (label, value) in &sheet.facts {
        // Writing to a string never fails.
        let _ = writeln!(text, "{}", wrapped(&visible(&format!("{label}: {value}")), width, ""));
    }
    for section in &sheet.sections {
        let _ = writeln!(text, "\n{HEADING}{}{HEADING:#}", section.heading);
        if section.rows.is_empty() {
            let _ = writeln!(text, "{}", section.none);
            continue;
        }
        let mut columns = Columns::new(&section.columns, width);
        for row in &section.rows {
            columns.row(row.clone());
        }
        text += &columns.text();
    }
    text
}

/// As Markdown, whose tables and paragraphs no cell can leave.
pub fn sheet_markdown(sheet: &Sheet) -> String {
    let mut text = format!("# {}\n\n", plain(&sheet.title));
    for (label, value) in &sheet.facts {
        let _ = writeln!(text, "- {label}: {}", plain(value));
    }
    for section in &sheet.sections {
        let _ = writeln!(text, "\n## {}\n", section.heading);
        if section.rows.is_empty() {
            let _ = writeln!(text, "{}", section.none);
            continue;
        }
        let head: Vec<String> = section.columns.iter().map(|column| sentence(column)).collect();
        let _ = writeln!(text, "| {} |", head.join(" | "));
        let _ = writeln!(text, "|{}", "---|".repeat(section.columns.len()));
        for row in &section.rows {
            let cells: Vec<String> = row.iter().map(|cell| plain(cell)).collect();
            let _ = writeln!(text, "| {} |", cells.join(" | "));
        }
    }
    text
}

/// `USER AGENT` as `User agent`.
fn sentence(column: &str) -> String {
    let mut letters = column.chars();
    letters.next().into_iter().chain(letters.flat_map(char::to_lowercase)).collect()
}

/// Text that Markdown takes for text: what could begin or end markup, HTML, a link or a cell is a character reference.
///
/// Source: <https://spec.commonmark.org/0.31.2/#entity-and-numeric-character-references>: a reference is never taken for
/// structure. A bare address becomes a link in GitHub's dialect, so that its colon and its `www.` are written out too.
fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let visible = visible(text);
    let mut rest = visible.chars().peekable();
    while let Some(c) = rest.next() {
        let address = (c == ':' && rest.peek() == Some(&'/'))
            || (c == '.' && out.to_ascii_lowercase().ends_with("www"));
        match c {
            '&' | '<' | '>' | '|' | '`' | '*' | '_' | '[' | ']' | '(' | ')' | '\\' | '#' | '!' | '~'
            | '@' | '$' | '"' => {
                let _ = write!(out, "&#{};", u32::from(c));
            }
            _ if address => {
                let _ = write!(out, "&#{};", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markdown_takes_hostile_text_for_text() {
        for text in [
            "a | b",
            "![x](http://198.51.100.7/p.png)",
            "<script>alert(1)</script>",
            "`rm -rf`\n# heading",
            "www.example.com @team *bold* $x$",
        ] {
            let shown = plain(text);
            assert!(!shown.contains(['|', '<', '>', '`', '*', '[', ']', '(', '!', '\n', '@']), "{shown}");
            assert!(!shown.contains("://") && !shown.contains("www."), "{shown}");
        }
        assert_eq!(plain("otel-gateway 198.51.100.0/24"), "otel-gateway 198.51.100.0/24");
    }
}
