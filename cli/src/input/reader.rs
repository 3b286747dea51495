use super::flow::{Emit, Flow};
use super::gzip::MAGIC;
use super::inflate::{self, Reached};
use super::metered::Metered;
use super::progress::Progress;
use super::window::Window;
use keytrail_engine::read::Limits;
use libdeflater::Decompressor;
use std::io::{self, ErrorKind, Read};

/// Bytes of a file up to which it is held as a whole as it stands on disk. CloudTrail's files compress by six and
/// more, so that a larger one inflates beyond what is inflated at once anyway.
const FILE: usize = 4 << 20;

/// Bytes that are asked for first.
const FIRST: usize = 64 << 10;

/// Bytes that are read before they are split, of a file that is not held as a whole.
const PIECE: usize = 256 << 10;

/// Reads one source after another into the same buffers.
pub(super) struct Reader<'p> {
    progress: &'p Progress,
    /// The file as it stands on disk, or its beginning.
    file: Window,
    /// Its inflated form, a member or a piece at a time.
    window: Window,
    inflater: Decompressor,
}

impl<'p> Reader<'p> {
    pub(super) fn new(progress: &'p Progress) -> Self {
        Self { progress, file: Window::default(), window: Window::default(), inflater: Decompressor::new() }
    }

    /// Reads an input to its end and hands on what it holds.
    pub(super) fn read(&mut self, input: impl Read, emit: &mut Emit<'_>) {
        let mut input = Metered::new(input, self.progress);
        let mut flow = Flow::new(Limits::default(), &mut self.window, self.progress, emit);
        let whole = match begin(&mut input, &mut self.file) {
            Ok(whole) => whole,
            Err(error) => return flow.unreadable(error),
        };
        let file = self.file.filled();
        match (file.starts_with(MAGIC), whole) {
            (false, true) => flow.take_whole(file),
            (false, false) => plain(file.chain(input), &mut flow),
            (true, true) => {
                if let Some(reached) = inflate::members(file, &mut self.inflater, &mut flow) {
                    let rest = file.get(reached.file..).unwrap_or_default();
                    inflate::stream(rest, reached, &mut flow);
                }
            }
            (true, false) => inflate::stream(file.chain(input), Reached::default(), &mut flow),
        }
    }
}

/// Reads the beginning of an input, and tells whether that was all of it.
fn begin(input: &mut impl Read, file: &mut Window) -> io::Result<bool> {
    file.clear();
    while file.filled().len() <= FILE {
        // Twice as much each time, so that a small file costs little and a large one few calls.
        let room = file.filled().len().max(FIRST);
        match input.read(file.room(room)) {
            Ok(0) => return Ok(true),
            Ok(length) => file.fill(length),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(false)
}

fn plain(mut input: impl Read, flow: &mut Flow<'_, '_>) {
    loop {
        match input.read(flow.room(PIECE)) {
            Ok(0) => return flow.take(0, true),
            Ok(length) => flow.take(length, false),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return flow.unreadable(error),
        }
    }
}
