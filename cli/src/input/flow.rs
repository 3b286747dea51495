use super::progress::Progress;
use super::source::{Item, Trouble};
use super::window::Window;
use keytrail_engine::read::{Limits, Splitter};
use std::io;

/// Takes what a source gives, in order.
pub(super) type Emit<'e> = dyn FnMut(Item<'_>) + 'e;

/// The way of one source's inflated bytes: into the window, through the splitter, out as items.
pub(super) struct Flow<'f, 'e> {
    window: &'f mut Window,
    splitter: Splitter,
    progress: &'f Progress,
    emit: &'f mut Emit<'e>,
}

impl<'f, 'e> Flow<'f, 'e> {
    pub(super) fn new(
        limits: Limits,
        window: &'f mut Window,
        progress: &'f Progress,
        emit: &'f mut Emit<'e>,
    ) -> Self {
        window.clear();
        Self { window, splitter: Splitter::new(limits), progress, emit }
    }

    /// Room for the next inflated bytes.
    pub(super) fn room(&mut self, bytes: usize) -> &mut [u8] {
        self.window.room(bytes)
    }

    /// Takes as many bytes of the room as were filled, which are the source's end if `last`.
    pub(super) fn take(&mut self, bytes: usize, last: bool) {
        self.window.fill(bytes);
        let Self { window, splitter, progress, emit } = self;
        let before = splitter.ordinal();
        window.drain(|filled| splitter.feed(filled, last, &mut |item| emit(Item::from(item))));
        progress.records(splitter.ordinal() - before);
    }

    /// Takes all of the source's bytes, which never were in the window.
    pub(super) fn take_whole(&mut self, bytes: &[u8]) {
        let Self { splitter, progress, emit, .. } = self;
        splitter.feed(bytes, true, &mut |item| emit(Item::from(item)));
        progress.records(splitter.ordinal());
    }

    pub(super) fn trouble(&mut self, trouble: Trouble) {
        (self.emit)(Item::Trouble(trouble));
    }

    pub(super) fn unreadable(&mut self, source: io::Error) {
        self.trouble(Trouble::Io { attempt: "read", source });
    }
}
