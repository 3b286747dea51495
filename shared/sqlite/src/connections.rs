//! One connection that writes, and some that read.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use keytrail_ledger::LedgerError;
use rusqlite::{Connection, OpenFlags, TransactionBehavior};

use crate::error::{OpenError, failed};
use crate::layout::{self, Content};

/// How long to wait for another process's transaction. The bulk way's transactions take well under a second.
const PATIENCE: Duration = Duration::from_secs(10);
/// Readers that are kept open for the next one.
const IDLE_READERS: usize = 4;

/// The ledger in one SQLite file.
#[derive(Debug)]
pub struct SqliteLedger {
    file: PathBuf,
    /// Before the writer, and so closed before it: the last to close puts the write-ahead log back into the file, and
    /// a reader can't.
    readers: Mutex<Vec<Connection>>,
    /// `None` for one who only looks.
    writer: Option<Mutex<Connection>>,
}

impl SqliteLedger {
    /// Opens a file to read and write, and makes it if there is none or an empty one.
    ///
    /// # Errors
    ///
    /// See [`OpenError`]. A file that is refused is left as it was.
    pub fn open(file: impl AsRef<Path>) -> Result<Self, OpenError> {
        let file = file.as_ref();
        let unreadable = OpenError::of(file);
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | THREADS;
        let mut writer = Connection::open_with_flags(file, flags).map_err(unreadable)?;
        writer.busy_timeout(PATIENCE).map_err(unreadable)?;
        let content = layout::inspect(&writer, file)?;
        writer.pragma_update(None, "journal_mode", "WAL").map_err(unreadable)?;
        writer.pragma_update(None, "synchronous", "FULL").map_err(unreadable)?;
        if content == Content::Nothing {
            layout::create(&mut writer, file)?;
        }
        Ok(Self { file: file.into(), writer: Some(Mutex::new(writer)), readers: Mutex::default() })
    }

    /// Makes a ledger that nobody needs when the process has ended: nothing waits for the disk, and a crash may leave the file
    /// torn.
    ///
    /// # Errors
    ///
    /// See [`OpenError`].
    pub fn scratch(file: impl AsRef<Path>) -> Result<Self, OpenError> {
        let file = file.as_ref();
        let ledger = Self::open(file)?;
        if let Some(writer) = &ledger.writer {
            lock(writer).pragma_update(None, "synchronous", "OFF").map_err(OpenError::of(file))?;
        }
        Ok(ledger)
    }

    /// Opens an existing file to look only, also while another process writes.
    ///
    /// # Errors
    ///
    /// See [`OpenError`].
    pub fn open_read_only(file: impl AsRef<Path>) -> Result<Self, OpenError> {
        let file = file.as_ref();
        if !file.exists() {
            return Err(OpenError::Missing { file: file.into() });
        }
        let reader = reader(file).map_err(OpenError::of(file))?;
        if layout::inspect(&reader, file)? == Content::Nothing {
            return Err(OpenError::Foreign { file: file.into() });
        }
        Ok(Self { file: file.into(), writer: None, readers: Mutex::new(vec![reader]) })
    }

    /// The file.
    pub fn file(&self) -> &Path {
        &self.file
    }

    /// Reads in one transaction, so that everything is of one moment.
    pub(crate) fn read<T>(
        &self,
        attempt: &'static str,
        read: impl FnOnce(&Connection) -> Result<T, LedgerError>,
    ) -> Result<T, LedgerError> {
        let idle = lock(&self.readers).pop();
        let mut connection = idle.map_or_else(|| reader(&self.file), Ok).map_err(failed(attempt))?;
        let transaction = connection.transaction().map_err(failed(attempt))?;
        let answer = read(&transaction);
        transaction.finish().map_err(failed(attempt))?;
        let mut readers = lock(&self.readers);
        if readers.len() < IDLE_READERS {
            readers.push(connection);
        }
        answer
    }

    /// Writes in one transaction: all of it if `write` succeeds, nothing if it fails.
    pub(crate) fn write<T>(
        &self,
        attempt: &'static str,
        write: impl FnOnce(&Connection) -> Result<T, LedgerError>,
    ) -> Result<T, LedgerError> {
        let Some(writer) = &self.writer else {
            let source = "it was opened for reading only".into();
            return Err(LedgerError::Unavailable { attempt, source });
        };
        let mut connection = lock(writer);
        // Immediate: a transaction that began by reading could not wait for another's lock, only fail.
        let begin = connection.transaction_with_behavior(TransactionBehavior::Immediate);
        let transaction = begin.map_err(failed(attempt))?;
        let answer = write(&transaction)?;
        transaction.commit().map_err(failed(attempt))?;
        Ok(answer)
    }
}

/// No connection is used by two threads at once, so SQLite needn't guard against it.
const THREADS: OpenFlags = OpenFlags::SQLITE_OPEN_NO_MUTEX;

/// A connection that can't write. On a medium that can't be written, write-ahead mode has nowhere to put its index:
/// a file without a write-ahead log is complete, and is read as one that nobody changes.
fn reader(file: &Path) -> Result<Connection, rusqlite::Error> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | THREADS;
    let open = || {
        let connection = Connection::open_with_flags(file, flags)?;
        connection.busy_timeout(PATIENCE)?;
        connection.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()))?;
        Ok(connection)
    };
    open().or_else(|error: rusqlite::Error| {
        let cannot_open = error.sqlite_error_code() == Some(rusqlite::ErrorCode::CannotOpen);
        match immutable(file).filter(|_| cannot_open) {
            Some(uri) => Connection::open_with_flags(uri, flags | OpenFlags::SQLITE_OPEN_URI),
            None => Err(error),
        }
    })
}

/// The URI of a file that nobody changes; `None` if there may be more of it in a write-ahead log.
fn immutable(file: &Path) -> Option<String> {
    let mut log = file.as_os_str().to_owned();
    log.push("-wal");
    if Path::new(&log).metadata().is_ok_and(|log| log.len() > 0) {
        return None;
    }
    let path = std::path::absolute(file).ok()?;
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/._-".contains(&byte);
    let escape = |byte: u8| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") };
    let escaped: String = path.to_str()?.bytes().map(escape).collect();
    Some(format!("file://{escaped}?immutable=1"))
}

/// A panic elsewhere while the lock was held left no half-done work: transactions roll back when dropped.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_nobody_changes_is_read_whatever_its_name() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a ?b=c#%41é.ktrl");
        drop(SqliteLedger::open(&file).unwrap());
        let uri = immutable(&file).unwrap();
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI;
        let connection = Connection::open_with_flags(&uri, flags).unwrap();
        assert_eq!(layout::inspect(&connection, &file).unwrap(), Content::Ledger, "{uri}");
    }

    #[test]
    fn a_file_with_a_log_is_not_taken_for_complete() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("state.ktrl");
        let ledger = SqliteLedger::open(&file).unwrap();
        assert_eq!(immutable(&file), None, "the writer's log holds the tables");
        assert!(ledger.world().unwrap().is_empty());
        drop(ledger);
        assert!(immutable(&file).is_some(), "the last one to close leaves none");
    }
}
