//! The bytes of one 64-byte block that mean something to JSON's structure, as bit masks.
//!
//! Bit *i* of a mask speaks of byte *i* of the block. The masks say nothing about strings: a brace inside a
//! string is set like any other, and [`Strings`] takes it out again, with the carry from block to block.

use wide::u8x16;

/// Bytes in a block.
pub(super) const BLOCK: usize = 64;

/// Where the structural bytes of one block are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Masks {
    /// `"`, escaped or not.
    pub(super) quote: u64,
    /// `{`, `[`, `}` and `]`, and also `Y`, `y`, `_` and DEL, none of which stands outside strings in JSON.
    pub(super) bracket: u64,
    /// `\`.
    pub(super) backslash: u64,
    /// Bytes below U+0020, which JSON forbids inside strings.
    pub(super) control: u64,
}

impl Masks {
    #[inline(always)]
    pub(super) fn of(block: &[u8; BLOCK]) -> Self {
        let lanes = lanes(block);
        // The four brackets differ in these three bits alone, and only four other bytes agree in the rest.
        let common = u8x16::splat(!0x26);
        let bracket = equal(&lanes.map(|lane| lane & common), b'{' & !0x26);
        let quote = equal(&lanes, b'"');
        // Most blocks hold neither backslash nor control character: one question for both and for all bytes.
        if is_plain(&lanes) {
            return Self { quote, bracket, ..Self::default() };
        }
        let last = u8x16::splat(LAST_CONTROL);
        let control = join(lanes.map(|lane| lane.min(last).simd_eq(lane)));
        Self { quote, bracket, backslash: equal(&lanes, b'\\'), control }
    }
}

const LAST_CONTROL: u8 = 0x1f;

#[inline(always)]
fn lanes(block: &[u8; BLOCK]) -> [u8x16; 4] {
    let mut lanes = [u8x16::ZERO; 4];
    for (lane, bytes) in lanes.iter_mut().zip(block.as_chunks::<16>().0) {
        *lane = u8x16::new(*bytes);
    }
    lanes
}

#[inline(always)]
fn join(parts: [u8x16; 4]) -> u64 {
    parts.iter().rev().fold(0, |mask, part| mask << 16 | u64::from(part.to_bitmask()))
}

#[inline(always)]
fn equal(lanes: &[u8x16; 4], byte: u8) -> u64 {
    let wanted = u8x16::splat(byte);
    join(lanes.map(|lane| lane.simd_eq(wanted)))
}

/// Whether no byte is a backslash or a control character.
#[inline(always)]
fn is_plain(lanes: &[u8x16; 4]) -> bool {
    let (backslash, last) = (u8x16::splat(b'\\'), u8x16::splat(LAST_CONTROL));
    let [a, b, c, d] = *lanes;
    let least = a.min(b).min(c.min(d));
    let [e, f, g, h] = lanes.map(|lane| lane.simd_eq(backslash));
    ((e | f) | (g | h) | least.min(last).simd_eq(least)).to_bitmask() == 0
}

/// Tells, block after block, which bytes lie inside strings.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Strings {
    /// All ones while the last byte seen lies inside a string.
    inside: u64,
    /// 1 if the last byte seen was a backslash that escapes the next.
    escaping: u64,
}

impl Strings {
    /// The quotes that begin or end a string, and the bytes inside strings: an opening quote is inside, a closing
    /// quote is not.
    #[inline(always)]
    pub(super) fn advance(&mut self, masks: &Masks) -> (u64, u64) {
        let quotes = masks.quote & !self.escaped(masks.backslash);
        let inside = prefix_xor(quotes) ^ self.inside;
        self.inside = 0u64.wrapping_sub(inside >> 63);
        (quotes, inside)
    }

    /// The bytes that a backslash escapes: those after an odd run of backslashes.
    #[inline(always)]
    fn escaped(&mut self, backslash: u64) -> u64 {
        if backslash == 0 {
            return std::mem::take(&mut self.escaping);
        }
        const EVEN: u64 = 0x5555_5555_5555_5555;
        let backslash = backslash & !self.escaping;
        let follows = backslash << 1 | self.escaping;
        // Adding a run's start to the run carries past its end; the parity of start and end tells its length's.
        let odd_starts = backslash & !EVEN & !follows;
        let (even_runs, overflow) = odd_starts.overflowing_add(backslash);
        self.escaping = u64::from(overflow);
        (EVEN ^ (even_runs << 1)) & follows
    }
}

/// Bit *i* of the answer is the parity of bits 0 to *i*.
#[inline(always)]
fn prefix_xor(mut bits: u64) -> u64 {
    for shift in [1, 2, 4, 8, 16, 32] {
        bits ^= bits << shift;
    }
    bits
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Bytes of which about half mean something to JSON.
    fn jsonish() -> impl Strategy<Value = u8> {
        prop_oneof![any::<u8>(), prop::sample::select(br#""\{}[]:,"#.to_vec()), Just(b'\\')]
    }

    /// One byte at a time, as anybody would write it.
    fn slowly(bytes: &[u8]) -> Vec<bool> {
        let (mut inside, mut escaping) = (false, false);
        bytes
            .iter()
            .map(|byte| {
                let escaped = std::mem::take(&mut escaping);
                match byte {
                    b'\\' if !escaped => escaping = true,
                    b'"' if !escaped => inside = !inside,
                    _ => {}
                }
                inside
            })
            .collect()
    }

    proptest! {
        #[test]
        fn masks_say_what_the_bytes_are(bytes in prop::array::uniform32(jsonish())) {
            let mut block = [b' '; BLOCK];
            block[17..49].copy_from_slice(&bytes);
            let masks = Masks::of(&block);
            let bit = |mask: u64, at: usize| mask >> at & 1 == 1;
            for (at, byte) in block.into_iter().enumerate() {
                prop_assert_eq!(bit(masks.quote, at), byte == b'"');
                prop_assert_eq!(bit(masks.backslash, at), byte == b'\\');
                prop_assert_eq!(bit(masks.bracket, at), b"{}[]Yy_\x7f".contains(&byte));
                prop_assert_eq!(bit(masks.control, at), byte < 0x20);
            }
        }

        #[test]
        fn strings_are_followed_across_blocks(bytes in prop::collection::vec(jsonish(), 256)) {
            let mut strings = Strings::default();
            let mut inside = Vec::new();
            for block in bytes.as_chunks::<BLOCK>().0 {
                let (_, mask) = strings.advance(&Masks::of(block));
                inside.extend((0..BLOCK).map(|at| mask >> at & 1 == 1));
            }
            prop_assert_eq!(inside, slowly(&bytes));
        }
    }
}
