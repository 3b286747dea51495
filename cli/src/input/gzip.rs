//! What can be told of a gzip file without inflating it (RFC 1952).

use memchr::memmem;

/// How a gzip member begins.
pub(super) const MAGIC: &[u8] = &[0x1f, 0x8b];

/// Magic, and the only compression method there is.
const BEGINNING: &[u8] = &[0x1f, 0x8b, 8];
/// Header, an empty deflate block, trailer.
const SMALLEST: usize = 20;
/// What deflate can do at most: 258 bytes for two bits.
const STEEPEST: usize = 1032;

/// A stretch of a file that may be exactly one member.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Candidate {
    /// Where it ends.
    pub(super) end: usize,
    /// How many bytes it inflates to, if it is a member.
    pub(super) size: usize,
}

/// Where the member may end that begins at `start` and inflates to no more than `limit` bytes: before anything
/// that looks like the beginning of another, or at the end of the file.
///
/// libdeflate does not tell where a member ended, so its end has to be known before. A beginning is met by chance
/// once in 128 MiB of compressed bytes, and then the size before it, which a member's last four bytes hold, is
/// within the limit once in 256 times. The size is never trusted: the member must inflate to just that.
pub(super) fn candidates(file: &[u8], start: usize, limit: usize) -> impl Iterator<Item = Candidate> {
    let search = (start + SMALLEST).min(file.len());
    memmem::find_iter(file.get(search..).unwrap_or_default(), BEGINNING)
        .map(move |at| search + at)
        .filter(|&at| file.get(at + BEGINNING.len()).is_some_and(|flags| flags & 0b1110_0000 == 0))
        .chain(std::iter::once(file.len()))
        .filter_map(move |end| {
            let member = file.get(start..end)?;
            let size = u32::from_le_bytes(*member.last_chunk::<4>()?) as usize;
            (size <= limit && size / STEEPEST <= member.len()).then_some(Candidate { end, size })
        })
}
