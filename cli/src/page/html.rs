//! HTML that no text of other people's making can break out of.

use std::fmt::{Display, Write as _};

use crate::render::visible;

/// A page that is being written. Markup is the program's own (`&'static str`); everything else is escaped.
#[derive(Debug, Default)]
pub(super) struct Html(String);

impl Html {
    /// Markup.
    pub(super) fn markup(&mut self, markup: &'static str) -> &mut Self {
        self.0.push_str(markup);
        self
    }

    /// Text, between tags or between the quotes of an attribute. What would hide or reorder text is written out.
    pub(super) fn text(&mut self, text: impl Display) -> &mut Self {
        let text = text.to_string();
        for c in visible(&text).chars() {
            match c {
                '&' => self.0.push_str("&amp;"),
                '<' => self.0.push_str("&lt;"),
                '>' => self.0.push_str("&gt;"),
                '"' => self.0.push_str("&quot;"),
                '\'' => self.0.push_str("&#39;"),
                c => self.0.push(c),
            }
        }
        self
    }

    /// A number, of a picture's geometry.
    pub(super) fn number(&mut self, number: i64) -> &mut Self {
        // Writing to a string never fails.
        let _ = write!(self.0, "{number}");
        self
    }

    /// The page.
    pub(super) fn into_text(self) -> String {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_stays_text_between_tags_and_in_attributes() {
        let mut html = Html::default();
        html.markup("<p title=\"")
            .text("\" onload='x'")
            .markup("\">")
            .text("</p><script>&\u{202e}\n")
            .markup("</p>");
        assert_eq!(
            html.into_text(),
            "<p title=\"&quot; onload=&#39;x&#39;\">&lt;/p&gt;&lt;script&gt;&amp;\\u{202e}\\n</p>"
        );
    }
}
