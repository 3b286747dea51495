//! The registers of a sketch, spelled out for the packer.
//!
//! In a document's text they are base64 of five bits each, in which a packer finds nothing to save: the letters of base64 have six
//! bits. As one letter each, most of them one of four, they take three bits: 400 bytes instead of 640.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD as BASE64;

/// What stands before them. In a text of somebody else's making the quotation marks would be escaped.
const BEFORE: &str = r#""dense":""#;
const LETTERS: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ012345";

/// The text with its registers spelled out; `None` where they aren't written as expected.
pub(super) fn spell(text: &str) -> Option<String> {
    each(text, |registers| {
        let bytes = BASE64.decode(registers).ok()?;
        let bit = |index: usize| bytes.get(index / 8).map(|byte| byte >> (7 - index % 8) & 1);
        if !(bytes.len() * 8).is_multiple_of(5) {
            return None;
        }
        (0..bytes.len() * 8 / 5)
            .map(|register| {
                let value = (0..5).try_fold(0, |value, n| Some(value << 1 | bit(register * 5 + n)?))?;
                LETTERS.get(usize::from(value)).map(|letter| char::from(*letter))
            })
            .collect()
    })
}

/// What [`spell`] was given.
pub(super) fn unspell(text: &str) -> Option<String> {
    each(text, |letters| {
        let mut bytes = vec![0_u8; (letters.len() * 5).div_ceil(8)];
        for (register, letter) in letters.bytes().enumerate() {
            let value = LETTERS.iter().position(|it| *it == letter)?;
            for n in (0..5).filter(|n| value >> (4 - n) & 1 == 1) {
                let index = register * 5 + n;
                *bytes.get_mut(index / 8)? |= 1 << (7 - index % 8);
            }
        }
        Some(BASE64.encode(bytes))
    })
}

/// The text with what `change` makes of every sketch's registers.
fn each(text: &str, change: impl Fn(&str) -> Option<String>) -> Option<String> {
    let mut pieces = text.split(BEFORE);
    let mut out = pieces.next()?.to_owned();
    for piece in pieces {
        let (registers, rest) = piece.split_once('"')?;
        out.extend([BEFORE, &*change(registers)?, "\"", rest]);
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn registers_are_spelled_one_letter_each() {
        assert_eq!(spell(r#"{"calls":{"dense":"AEQyFP8f"}}"#), None, "48 bits are no registers");
        // Registers 0, 1, 2, 3, 4, 5, 6, 31, of five bits each.
        let five = BASE64.encode([0b0000_0000, 0b0100_0100, 0b0011_0010, 0b0001_0100, 0b1101_1111]);
        let text = format!(r#"{{"calls":{{"dense":"{five}"}},"x":"\"dense\":\"AA"}}"#);
        let spelled = spell(&text).unwrap();
        assert_eq!(spelled, r#"{"calls":{"dense":"ABCDEFG5"},"x":"\"dense\":\"AA"}"#);
        assert_eq!(unspell(&spelled).unwrap(), text);
    }

    proptest! {
        #[test]
        fn what_was_spelled_is_unspelled(bytes in prop::collection::vec(any::<[u8; 5]>(), 0..130), text in ".{0,50}") {
            let registers = BASE64.encode(bytes.concat());
            let text = format!("{text}{BEFORE}{registers}\"{text}");
            if let Some(spelled) = spell(&text) {
                prop_assert_eq!(unspell(&spelled).unwrap(), text);
            }
        }

        #[test]
        fn whatever_is_found_is_read_or_refused(text in ".{0,50}\"dense\":\"[A-Z0-9/+]{0,20}\"?.{0,9}") {
            let _ = (spell(&text), unspell(&text));
        }
    }
}
