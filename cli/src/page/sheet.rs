//! A sheet as one HTML page.

use super::html::Html;
use super::{begin, end};
use crate::investigate::Sheet;

/// For people to read, print and file.
pub fn sheet_page(sheet: &Sheet) -> String {
    let mut html = Html::default();
    begin(&mut html, &sheet.title);
    html.markup("<header><h1>").text(&sheet.title).markup("</h1></header>\n<main>\n<table><tbody>\n");
    for (label, value) in &sheet.facts {
        html.markup("<tr><th scope=\"row\">")
            .markup(label)
            .markup("</th><td>")
            .text(value)
            .markup("</td></tr>\n");
    }
    html.markup("</tbody></table>\n");
    for section in &sheet.sections {
        html.markup("<section><h2>").markup(section.heading).markup("</h2>\n");
        if section.rows.is_empty() {
            html.markup("<p>").markup(section.none).markup("</p></section>\n");
            continue;
        }
        html.markup("<div class=\"wide\" tabindex=\"0\" role=\"region\" aria-label=\"")
            .markup(section.heading)
            .markup("\"><table><thead><tr>");
        for column in &section.columns {
            html.markup("<th scope=\"col\">").markup(column).markup("</th>");
        }
        html.markup("</tr></thead><tbody>\n");
        for row in &section.rows {
            html.markup("<tr>");
            for cell in row {
                html.markup("<td>").text(cell).markup("</td>");
            }
            html.markup("</tr>\n");
        }
        html.markup("</tbody></table></div></section>\n");
    }
    html.markup("</main>\n");
    end(&mut html);
    html.into_text()
}
