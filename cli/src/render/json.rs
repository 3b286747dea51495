//! JSON. Nothing in it acts on a terminal: what would is written as `\u` escapes, which are the same JSON.

use std::fmt::Write as _;

use serde::Serialize;

use super::visible::acts;

/// Writes a value to standard output, indented.
///
/// # Errors
/// If it can't be written.
pub fn json<T: Serialize + ?Sized>(value: &T) -> anyhow::Result<()> {
    let mut text = serde_json::to_string_pretty(value)?;
    text.push('\n');
    super::write(inert(text).as_bytes())
}

/// Writes values to standard output, one a line.
///
/// # Errors
/// If they can't be written.
pub fn json_lines<T: Serialize>(values: impl IntoIterator<Item = T>) -> anyhow::Result<()> {
    let mut text = String::new();
    for value in values {
        text.push_str(&serde_json::to_string(&value)?);
        text.push('\n');
    }
    super::write(inert(text).as_bytes())
}

/// Outside of strings JSON is ASCII, and inside of them serde_json escapes what lies below U+0020: the line breaks
/// left are the layout's own, and all else that acts stands in a string.
fn inert(text: String) -> String {
    if text.bytes().all(|byte| matches!(byte, b'\n' | b' '..=b'~')) {
        return text;
    }
    let hidden = |c| c != '\n' && acts(c);
    let mut out = String::with_capacity(text.len() + 64);
    for c in text.chars() {
        if hidden(c) {
            for unit in c.encode_utf16(&mut [0; 2]) {
                // Writing to a string never fails.
                let _ = write!(out, "\\u{unit:04x}");
            }
        } else {
            out.push(c);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_acts_is_escaped_and_means_the_same() {
        let name = "a\u{202e}b\u{1b}\u{9b}\u{7f}\u{e0041}\nü";
        let text = inert(serde_json::to_string_pretty(&[name]).unwrap());
        assert!(!text.contains(|c: char| c != '\n' && acts(c)), "{text}");
        assert_eq!(serde_json::from_str::<Vec<String>>(&text).unwrap(), [name]);
    }
}
