use std::sync::atomic::{AtomicU64, Ordering};

/// How far reading has come, for another thread to look at while it goes on.
#[derive(Debug, Default)]
pub struct Progress {
    bytes_total: AtomicU64,
    bytes_done: AtomicU64,
    records: AtomicU64,
    files: AtomicU64,
}

/// What [`Progress`] says at one moment.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Reached {
    /// Bytes of all files as they stand on disk; 0 until [`Progress::expect`] told it.
    pub bytes_total: u64,
    /// Bytes read so far, as they stand on disk.
    pub bytes_done: u64,
    /// Records read so far, whole and broken.
    pub records: u64,
    /// Files finished so far, read or not.
    pub files: u64,
}

impl Progress {
    /// Tells how many bytes there will be, as [`total_bytes`](super::total_bytes) counts them.
    pub fn expect(&self, bytes: u64) {
        self.bytes_total.store(bytes, Ordering::Relaxed);
    }

    /// How far it has come.
    pub fn reached(&self) -> Reached {
        Reached {
            bytes_total: self.bytes_total.load(Ordering::Relaxed),
            bytes_done: self.bytes_done.load(Ordering::Relaxed),
            records: self.records.load(Ordering::Relaxed),
            files: self.files.load(Ordering::Relaxed),
        }
    }

    pub(super) fn bytes(&self, bytes: u64) {
        self.bytes_done.fetch_add(bytes, Ordering::Relaxed);
    }

    pub(super) fn records(&self, records: u64) {
        self.records.fetch_add(records, Ordering::Relaxed);
    }

    pub(super) fn file(&self) {
        self.files.fetch_add(1, Ordering::Relaxed);
    }
}
