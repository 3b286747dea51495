//! Hostile text, made harmless for a line of text that a person reads.

/// The text in one line: control characters, line breaks and characters that are invisible or turn the direction of
/// writing are written as `\u{…}`.
pub fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_control() || deceives(c) {
            out.extend(c.escape_unicode());
        } else {
            out.push(c);
        }
    }
    out
}

/// Line and paragraph separators, zero-width characters, byte-order marks, tags and everything bidirectional.
///
/// Source: <https://www.unicode.org/reports/tr9/> (UAX 9), <https://www.unicode.org/reports/tr36/> (UTR 36).
fn deceives(c: char) -> bool {
    matches!(c,
        '\u{00ad}' | '\u{061c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}
