use super::flow::{Emit, Flow};
use super::gzip::MAGIC;
use super::inflate::{self, Reached};
use super::metered::Metered;
use super::progress::Progress;
use super::window::Window;
use keytrail_engine::read::Limits;
use libdeflater::Decompressor;
use std::io::{ErrorKind, Read};

/// Bytes of a file up to which it is held as a whole as it stands on disk. CloudTrail's files compress by six and
/// more, so that a larger one inflates beyond what is inflated at once anyway.
const FILE: usize = 4 << 20;

/// Bytes that are read before they are split, of a file that is not held as a whole.
const PIECE: usize = 256 << 10;

/// Reads one source after another into the same buffers.
pub(super) struct Reader<'p> {
    progress: &'p Progress,
    file: Vec<u8>,
    window: Window,
    inflater: Decompressor,
}

impl<'p> Reader<'p> {
    pub(super) fn new(progress: &'p Progress) -> Self {
        Self { progress, file: Vec::new(), window: Window::default(), inflater: Decompressor::new() }
    }

    /// Reads an input to its end and hands on what it holds.
    pub(super) fn read(&mut self, input: impl Read, emit: &mut Emit<'_>) {
        let mut input = Metered::new(input, self.progress);
        let mut flow = Flow::new(Limits::default(), &mut self.window, self.progress, emit);
        self.file.clear();
        let whole = match (&mut input).take(FILE as u64 + 1).read_to_end(&mut self.file) {
            Ok(length) => length <= FILE,
            Err(error) => return flow.unreadable(error),
        };
        match (self.file.starts_with(MAGIC), whole) {
            (false, true) => flow.take_whole(&self.file),
            (false, false) => plain(self.file.chain(input), &mut flow),
            (true, true) => {
                if let Some(reached) = inflate::members(&self.file, &mut self.inflater, &mut flow) {
                    let rest = self.file.get(reached.file..).unwrap_or_default();
                    inflate::stream(rest, reached, &mut flow);
                }
            }
            (true, false) => inflate::stream(self.file.chain(input), Reached::default(), &mut flow),
        }
    }
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
