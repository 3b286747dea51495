//! Inflates gzip: members of a file at hand at once, and anything larger piece by piece.

use super::flow::Flow;
use super::gzip::{Candidate, MAGIC, candidates};
use super::metered::{Counted, given};
use super::source::Trouble;
use flate2::bufread::GzDecoder;
use libdeflater::Decompressor;
use std::io::{self, BufRead, BufReader, ErrorKind, Read};

/// Bytes up to which a member is inflated as a whole.
const MEMBER: usize = 16 << 20;

/// Bytes that are inflated before they are split.
const PIECE: usize = 256 << 10;

/// Bytes that the decoder is asked for at once: so many at most are lost before damage, as it gives none with its
/// complaint.
const STEP: usize = 16 << 10;

/// No trail inflates more: a record's ids, which repeat nothing, hold a file far below that.
const RATIO: u64 = 250;
/// Inflated bytes from which on the ratio counts.
const RATIO_FROM: u64 = 64 << 20;

/// How far the inflating of a file has come.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Reached {
    /// Bytes of the file that are done with.
    pub(super) file: usize,
    /// Bytes that they inflated to.
    inflated: u64,
}

/// Inflates member after member of a file that is at hand as a whole. Tells where streaming has to go on if this
/// way does not do: a member is too large, or damaged, or something else stands behind it.
pub(super) fn members(file: &[u8], inflater: &mut Decompressor, flow: &mut Flow<'_, '_>) -> Option<Reached> {
    let mut reached = Reached::default();
    while reached.file < file.len() {
        let mut inflates = |member: &Candidate| {
            let bytes = file.get(reached.file..member.end).unwrap_or_default();
            inflater.gzip_decompress(bytes, flow.room(member.size)) == Ok(member.size)
        };
        let Some(member) = candidates(file, reached.file, MEMBER).find(|member| inflates(member)) else {
            return Some(reached);
        };
        reached = Reached { file: member.end, inflated: reached.inflated + member.size as u64 };
        let bomb = bomb(reached.inflated, reached.file as u64);
        flow.take(member.size, bomb.is_none() && reached.file == file.len());
        if let Some(bomb) = bomb {
            flow.trouble(bomb);
            return None;
        }
    }
    None
}

/// Inflates the members of what is left of a file from `reached` on.
pub(super) fn stream(input: impl Read, reached: Reached, flow: &mut Flow<'_, '_>) {
    let mut input = BufReader::with_capacity(PIECE, Counted::from(input, reached.file as u64));
    let mut inflated = reached.inflated;
    loop {
        if let Err(trouble) = member(&mut input, &mut inflated, flow) {
            return flow.trouble(trouble);
        }
        match is_over(&mut input) {
            Ok(true) => return flow.take(0, true),
            Ok(false) => {}
            Err(trouble) => {
                flow.take(0, true);
                return flow.trouble(trouble);
            }
        }
    }
}

fn member<R: Read>(
    input: &mut BufReader<Counted<R>>,
    inflated: &mut u64,
    flow: &mut Flow<'_, '_>,
) -> Result<(), Trouble> {
    let mut decoder = GzDecoder::new(input);
    loop {
        let (length, end) = piece(&mut decoder, flow.room(PIECE));
        flow.take(length, false);
        *inflated += length as u64;
        let input = decoder.get_ref();
        if let Some(bomb) = bomb(*inflated, given(input)) {
            return Err(bomb);
        }
        match end {
            Ok(true) => return Ok(()),
            Ok(false) => {}
            Err(error) => return Err(damage(error, given(input))),
        }
    }
}

/// Fills the room as far as there is something to fill it with. Tells with how many bytes, and whether the member
/// is at its end.
fn piece(decoder: &mut impl Read, room: &mut [u8]) -> (usize, io::Result<bool>) {
    let mut filled = 0;
    while let Some(step) = room.get_mut(filled..).filter(|rest| !rest.is_empty()) {
        let length = step.len().min(STEP);
        match decoder.read(step.get_mut(..length).unwrap_or_default()) {
            Ok(0) => return (filled, Ok(true)),
            Ok(length) => filled += length,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return (filled, Err(error)),
        }
    }
    (filled, Ok(false))
}

/// Whether nothing follows the last member. Zeros are nothing: tapes and block devices leave them.
fn is_over<R: Read>(input: &mut BufReader<Counted<R>>) -> Result<bool, Trouble> {
    loop {
        let next = input.fill_buf().map_err(|source| Trouble::Io { attempt: "read", source })?;
        let zeros = next.iter().take_while(|&&byte| byte == 0).count();
        match next.get(zeros) {
            None if zeros == 0 => return Ok(true),
            None => {}
            Some(&byte) if zeros == 0 && MAGIC.first() == Some(&byte) => return Ok(false),
            Some(_) => {
                let problem = "something that is no gzip member follows the last one".to_owned();
                return Err(Trouble::Gzip { offset: given(input) + zeros as u64, problem });
            }
        }
        input.consume(zeros);
    }
}

fn bomb(inflated: u64, file: u64) -> Option<Trouble> {
    let absurd = inflated > RATIO_FROM && inflated / RATIO > file;
    absurd.then_some(Trouble::Bomb { ratio: RATIO, inflated })
}

/// What the decoder complained of: the file, or the reading of it.
fn damage(error: io::Error, offset: u64) -> Trouble {
    let problem = match error.kind() {
        ErrorKind::UnexpectedEof => "the file ends inside a gzip member",
        ErrorKind::InvalidInput | ErrorKind::InvalidData if error.raw_os_error().is_none() => {
            return Trouble::Gzip { offset, problem: error.to_string() };
        }
        _ => return Trouble::Io { attempt: "read", source: error },
    };
    Trouble::Gzip { offset, problem: problem.to_owned() }
}
