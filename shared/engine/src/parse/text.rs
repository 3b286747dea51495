//! Hostile text: cut, and rid of characters that do things to a terminal or can't be seen.

/// At most `bytes` bytes of the text, never cut inside a character.
pub(super) fn cut(text: &str, bytes: usize) -> &str {
    text.get(..text.floor_char_boundary(bytes)).unwrap_or_default()
}

/// The text for people to look at: no control characters, nothing invisible, no change of direction, trimmed, and at
/// most `bytes` bytes.
pub(super) fn clean(text: &str, bytes: usize) -> Box<str> {
    if text.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
        return cut(text.trim(), bytes).into();
    }
    // What is dropped may be long; what is looked at need not be longer than this to fill the room.
    let shown: String = cut(text, bytes.saturating_mul(8)).chars().filter(|c| !is_unseen(*c)).collect();
    cut(shown.trim(), bytes).into()
}

/// Control characters, and Unicode's format characters: bidirectional overrides, joiners, tags.
fn is_unseen(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{feff}' | '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn nothing_that_moves_a_cursor_is_kept() {
        assert_eq!(&*clean("\u{1b}[31mred\u{202e}\r\n\u{0}", 64), "[31mred");
        assert_eq!(&*clean("  plain  ", 64), "plain");
        assert_eq!(&*clean("né\u{200b}e", 64), "née");
    }

    proptest! {
        #[test]
        fn a_cut_is_a_prefix_and_fits(text in ".{0,40}", bytes in 0usize..50) {
            let kept = cut(&text, bytes);
            prop_assert!(kept.len() <= bytes && text.starts_with(kept));
            prop_assert!(clean(&text, bytes).len() <= bytes);
            prop_assert!(!clean(&text, bytes).chars().any(is_unseen));
        }
    }
}
