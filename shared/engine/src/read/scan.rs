//! Finds the end of one JSON value, and on the way where its top-level `eventSource` and `eventName` stand.

use super::block::{BLOCK, Masks, Strings};

/// What a scan learned of a value that ended.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Findings {
    /// Where the value of the last top-level `"eventSource":` begins, counted from the value's first byte.
    pub(super) source: Option<usize>,
    /// The same of `"eventName":`.
    pub(super) name: Option<usize>,
    /// A key was met twice, or written in a way that only a full parse can read.
    pub(super) odd: bool,
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
        let (blocks, rest) = bytes.get(self.seen..).unwrap_or_default().as_chunks::<BLOCK>();
        for block in blocks {
            match self.block(block, bytes) {
                Progress::More => self.seen += BLOCK,
                progress => return progress,
            }
        }
        // What a block's unfilled part would hold is not known yet, so a scan that goes on forgets this try.
        let before = *self;
        let mut block = [b' '; BLOCK];
        for (to, from) in block.iter_mut().zip(rest) {
            *to = *from;
        }
        let progress = self.block(&block, bytes);
        if progress == Progress::More {
            *self = before;
        }
        progress
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

    #[inline]
    fn block(&mut self, block: &[u8; BLOCK], bytes: &[u8]) -> Progress {
        let masks = Masks::of(block);
        let inside = self.strings.advance(&masks);
        self.findings.backslash |= masks.backslash != 0;
        let control = masks.control & inside;
        let mut colons = masks.colon & !inside;
        let mut brackets = (masks.open | masks.close) & !inside;
        while brackets != 0 {
            let at = brackets.trailing_zeros();
            let below = (1u64 << at) - 1;
            if self.depth == 1 {
                self.keys(colons & below, bytes);
            }
            colons &= !below;
            if masks.open >> at & 1 == 1 {
                self.depth += 1;
                self.findings.depth = self.findings.depth.max(self.depth);
                if self.careful.is_some_and(|limit| self.depth > limit) {
                    return if control & below == 0 { Progress::Deep } else { Progress::Control };
                }
            } else {
                self.depth = self.depth.saturating_sub(1);
                if self.depth == 0 {
                    self.findings.control |= control & below != 0;
                    return Progress::End(self.seen + at as usize + 1);
                }
            }
            brackets &= brackets - 1;
        }
        if self.depth == 1 {
            self.keys(colons, bytes);
        }
        self.findings.control |= control != 0;
        if control != 0 && self.careful.is_some() { Progress::Control } else { Progress::More }
    }

    /// Looks at the keys before the given colons of the block at hand, all of the value's own level.
    #[inline]
    fn keys(&mut self, mut colons: u64, bytes: &[u8]) {
        while colons != 0 {
            let colon = self.seen + colons.trailing_zeros() as usize;
            colons &= colons - 1;
            self.key(colon, bytes);
        }
    }

    #[inline]
    fn key(&mut self, colon: usize, bytes: &[u8]) {
        let Some(before) = bytes.get(..colon) else { return };
        // Eight bytes tell all but a few keys apart in one comparison.
        match before.last_chunk::<8>() {
            Some(b"entName\"") if before.ends_with(b"\"eventName\"") => {
                self.findings.odd |= self.findings.name.replace(colon + 1).is_some();
            }
            Some(b"tSource\"") if before.ends_with(b"\"eventSource\"") => {
                self.findings.odd |= self.findings.source.replace(colon + 1).is_some();
            }
            Some(&[.., b'"']) => {}
            // Space between key and colon.
            _ => self.findings.odd = true,
        }
    }
}
