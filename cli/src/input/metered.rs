use super::progress::Progress;
use std::io::{self, BufReader, Read};

/// Tells the progress of every byte that is read.
pub(super) struct Metered<'p, R> {
    inner: R,
    progress: &'p Progress,
}

impl<'p, R> Metered<'p, R> {
    pub(super) fn new(inner: R, progress: &'p Progress) -> Self {
        Self { inner, progress }
    }
}

impl<R: Read> Read for Metered<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.inner.read(buffer)?;
        self.progress.bytes(length as u64);
        Ok(length)
    }
}

/// Knows how many bytes were read through it.
pub(super) struct Counted<R> {
    inner: R,
    count: u64,
}

impl<R> Counted<R> {
    /// Counts on from the bytes that were read before.
    pub(super) fn from(inner: R, count: u64) -> Self {
        Self { inner, count }
    }
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.inner.read(buffer)?;
        self.count += length as u64;
        Ok(length)
    }
}

/// How many bytes a reader with a buffer has given.
pub(super) fn given<R: Read>(reader: &BufReader<Counted<R>>) -> u64 {
    reader.get_ref().count - reader.buffer().len() as u64
}
