/// Bytes that are not done with, one after another, in a buffer that is used again and again.
#[derive(Debug, Default)]
pub(super) struct Window {
    /// Never shrinks, lest it be filled with zeros again and again.
    buffer: Vec<u8>,
    filled: usize,
}

impl Window {
    /// Room for this many bytes behind those that are there.
    pub(super) fn room(&mut self, bytes: usize) -> &mut [u8] {
        let end = self.filled + bytes;
        if self.buffer.len() < end {
            self.buffer.resize(end, 0);
        }
        self.buffer.get_mut(self.filled..end).unwrap_or_default()
    }

    /// Tells that this many bytes of the room were filled.
    pub(super) fn fill(&mut self, bytes: usize) {
        self.filled += bytes;
    }

    /// What is there.
    pub(super) fn filled(&self) -> &[u8] {
        self.buffer.get(..self.filled).unwrap_or_default()
    }

    /// Throws everything away.
    pub(super) fn clear(&mut self) {
        self.filled = 0;
    }

    /// Shows what is there to `done`, which tells how many bytes it is done with, and keeps the rest.
    pub(super) fn drain(&mut self, done: impl FnOnce(&[u8]) -> usize) {
        let done = done(self.filled());
        self.buffer.copy_within(done..self.filled, 0);
        self.filled -= done;
    }
}
