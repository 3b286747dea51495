//! Finds the end of one JSON value, and on the way where its top-level `eventSource` and `eventName` stand.

use super::block::{BLOCK, Masks, Strings};

/// What a scan learned of a value that ended.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Findings {
    /// Where the last top-level string `"eventSource"` ends, counted from the value's first byte. It is a key if a
    /// colon follows.
    pub(super) source: Option<usize>,
    /// The same of `"eventName"`.
    pub(super) name: Option<usize>,
    /// Either was met twice, so that only a full parse can tell which counts.
    pub(super) twice: bool,
    /// A backslash stands somewhere, so that a key or value may be spelled with escapes.
    pub(super) backslash: bool,
    /// A byte below U+0020 stands inside a string, which JSON forbids.
    pub(super) control: bool,
    /// The deepest nesting met; the value itself is 1.
    pub(super) depth: usize,
}

/// How a scan stands after the bytes it was given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Progress {
    /// The value ends before this byte, counted from its first.
    End(usize),
    /// The bytes end before the value does.
    More,
    /// A careful scan met a control character inside a string.
    Control,
    /// A careful scan met more levels than it allows.
    Deep,
}

/// A scan of one object or array that can stop at the end of its bytes and go on when there are more.
///
/// The caller presents the value from its first byte each time; whole blocks that were already seen are not
/// looked at again.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Scan {
    /// Levels at which to give up, for a careful scan.
    careful: Option<usize>,
    strings: Strings,
    /// The quotes of the block before.
    quotes: u64,
    depth: usize,
    /// Bytes that whole blocks have covered.
    seen: usize,
    findings: Findings,
}

impl Scan {
    /// A scan that gives up at the first sign that the value is cut off or absurd, for a caller that can begin
    /// again behind it; without this, only the end of the value ends the scan.
    pub(super) fn careful(depth: usize) -> Self {
        Self { careful: Some(depth), ..Self::default() }
    }

    /// Follows the value that begins at the first of `bytes`.
    pub(super) fn run(&mut self, bytes: &[u8]) -> Progress {
        // A copy, which the compiler keeps in registers.
        let mut scan = *self;
        let mut padded = [b' '; BLOCK];
        loop {
            let rest = bytes.get(scan.seen..).unwrap_or_default();
            let whole = rest.first_chunk::<BLOCK>();
            let block = whole.unwrap_or_else(|| {
                // What its unfilled part would hold is not known, so a scan that goes on forgets this block.
                *self = scan;
                for (to, from) in padded.iter_mut().zip(rest) {
                    *to = *from;
                }
                &padded
            });
            match scan.block(block, bytes) {
                Progress::More if whole.is_some() => scan.seen += BLOCK,
                Progress::More => return Progress::More,
                progress => {
                    *self = scan;
                    return progress;
                }
            }
        }
    }

    /// What was learned so far; all of it once [`run`](Self::run) has told the end.
    pub(super) fn findings(&self) -> &Findings {
        &self.findings
    }

    /// How many bytes no later call needs, for a caller that throws the value away as it goes; the next call
    /// begins after them.
    pub(super) fn forget(&mut self) -> usize {
        std::mem::take(&mut self.seen)
    }

    #[inline(always)]
    fn block(&mut self, block: &[u8; BLOCK], bytes: &[u8]) -> Progress {
        let masks = Masks::of(block);
        let (quotes, inside) = self.strings.advance(&masks);
        self.findings.backslash |= masks.backslash != 0;
        let control = masks.control & inside;
        let mut names = self.names(quotes) & !inside;
        let mut brackets = masks.bracket & !inside;
        while brackets != 0 {
            let at = brackets.trailing_zeros();
            let below = (1u64 << at) - 1;
            if self.depth == 1 {
                self.look(names & below, bytes);
            }
            names &= !below;
            // Of what the mask holds, this tells opening and closing brackets and the rest apart.
            match block.get(at as usize).map_or(0, |byte| byte & 0b110) {
                0b010 => {
                    self.depth += 1;
                    self.findings.depth = self.findings.depth.max(self.depth);
                    if self.careful.is_some_and(|limit| self.depth > limit) {
                        return if control & below == 0 { Progress::Deep } else { Progress::Control };
                    }
                }
                0b100 => {
                    self.depth = self.depth.saturating_sub(1);
                    if self.depth == 0 {
                        self.findings.control |= control & below != 0;
                        return Progress::End(self.seen + at as usize + 1);
                    }
                }
                _ => {}
            }
            brackets &= brackets - 1;
        }
        if self.depth == 1 {
            self.look(names, bytes);
        }
        self.findings.control |= control != 0;
        if control != 0 && self.careful.is_some() { Progress::Control } else { Progress::More }
    }

    /// The quotes that stand as far behind another as those of a name that is looked for.
    #[inline(always)]
    fn names(&mut self, quotes: u64) -> u64 {
        let before = std::mem::replace(&mut self.quotes, quotes);
        let behind = |name: &[u8]| quotes << (name.len() - 1) | before >> (BLOCK + 1 - name.len());
        quotes & (behind(NAME) | behind(SOURCE))
    }

    /// Looks at the strings that end at the given quotes of the block at hand, all of the value's own level.
    #[inline(always)]
    fn look(&mut self, mut quotes: u64, bytes: &[u8]) {
        while quotes != 0 {
            let end = self.seen + quotes.trailing_zeros() as usize + 1;
            quotes &= quotes - 1;
            let until = bytes.get(..end).unwrap_or_default();
            if until.ends_with(NAME) {
                self.findings.twice |= self.findings.name.replace(end).is_some();
            } else if until.ends_with(SOURCE) {
                self.findings.twice |= self.findings.source.replace(end).is_some();
            }
        }
    }
}

const NAME: &[u8] = b"\"eventName\"";
const SOURCE: &[u8] = b"\"eventSource\"";
