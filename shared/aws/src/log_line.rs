//! Lines of the log in which nobody else's text can do harm.
//!
//! JSON escapes the control characters of ASCII and no others: a terminal may still take its orders from those above, and
//! characters that turn the direction of writing show another line than the one that is there.

use std::fmt::Write as _;
use std::io::{self, Write};

use keytrail_engine::render::plain;

/// Writes JSON lines, a whole one at a time, and escapes in them what a page for people wouldn't show as it is either.
#[derive(Debug)]
pub(crate) struct LogLine<W>(pub(crate) W);

impl<W: Write> Write for LogLine<W> {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        if line.iter().all(|byte| byte.is_ascii() && *byte != b'\x7f') {
            self.0.write_all(line)?;
        } else {
            self.0.write_all(escaped(&String::from_utf8_lossy(line)).as_bytes())?;
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

/// In a line of JSON such characters are nowhere but in strings, where each can be written by its number.
fn escaped(line: &str) -> String {
    let mut out = String::with_capacity(line.len());
    for c in line.chars() {
        let harmless = c == '\n' || plain(c.encode_utf8(&mut [0; 4])).starts_with(c);
        if harmless {
            out.push(c);
            continue;
        }
        for unit in c.encode_utf16(&mut [0; 2]) {
            // Writing to a string can't fail.
            let _ = write!(out, "\\u{unit:04x}");
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;

    fn written(value: &Value) -> String {
        let mut out = Vec::new();
        LogLine(&mut out).write_all(format!("{value}\n").as_bytes()).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn what_could_do_harm_is_written_by_its_number() {
        let line = written(&json!({"user": "a\u{7f}\u{9b}31m\u{202e}\u{2028}\u{e0041}é"}));
        assert_eq!(line, "{\"user\":\"a\\u007f\\u009b31m\\u202e\\u2028\\udb40\\udc41é\"}\n");
    }

    proptest! {
        #[test]
        fn any_text_stays_one_line_of_json_that_says_the_same(text in any::<String>()) {
            let value = json!({ "text": text });
            let line = written(&value);
            let (json, end) = line.split_at(line.len() - 1);
            prop_assert_eq!(end, "\n");
            prop_assert_eq!(plain(json), json, "nothing is left to escape");
            prop_assert_eq!(serde_json::from_str::<Value>(json).unwrap(), value);
        }
    }
}
