//! Makes visible what would act on a terminal or hide from its reader.

use std::borrow::Cow;
use std::fmt::Write as _;

/// The text with control characters, line breaks and whatever reorders or hides text written out (`\u{202e}`).
pub fn visible(text: &str) -> Cow<'_, str> {
    shown(text, acts)
}

/// The same, line breaks kept: for text of our own that holds foreign parts.
pub fn visible_lines(text: &str) -> Cow<'_, str> {
    shown(text, |c| c != '\n' && acts(c))
}

fn shown(text: &str, hidden: impl Fn(char) -> bool) -> Cow<'_, str> {
    if text.bytes().all(|byte| matches!(byte, b' '..=b'~')) || !text.contains(&hidden) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match c {
            '\n' | '\r' | '\t' if hidden(c) => out.extend(c.escape_default()),
            _ if hidden(c) => {
                // Writing to a string never fails.
                let _ = write!(out, "\\u{{{:x}}}", u32::from(c));
            }
            _ => out.push(c),
        }
    }
    Cow::Owned(out)
}

/// Control characters (C0, C1), what sets the direction of text, what has no width, line and paragraph separators,
/// and tags.
pub(super) fn acts(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{180e}'
            | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{3164}' | '\u{feff}' | '\u{ffa0}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_act_is_written_out_and_everything_else_stays() {
        for (text, seen) in [
            ("otel-gateway", "otel-gateway"),
            ("münchen 日本 🦀", "münchen 日本 🦀"),
            ("a\u{1b}[2Jb", "a\\u{1b}[2Jb"),
            ("user\u{202e}nimda", "user\\u{202e}nimda"),
            ("two\nlines\r\tx", "two\\nlines\\r\\tx"),
            ("\u{9b}31m", "\\u{9b}31m"),
            ("a\u{200b}b\u{feff}", "a\\u{200b}b\\u{feff}"),
        ] {
            assert_eq!(visible(text), seen);
        }
        assert_eq!(visible_lines("a\nb\u{7}"), "a\nb\\u{7}");
    }
}
