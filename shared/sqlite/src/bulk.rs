//! Many documents at once.

use keytrail_engine::document::Document;
use keytrail_engine::lattice::Join;
use keytrail_engine::time::Time;
use keytrail_engine::world::World;
use keytrail_ledger::{LedgerError, Write};
use rusqlite::Connection;

use crate::connections::SqliteLedger;
use crate::documents;

/// Documents in a transaction: enough that its `fsync` doesn't count, few enough that other writers wait well under
/// a second.
const AT_ONCE: usize = 4_096;

/// What a join came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Joined {
    /// Documents that the file didn't have.
    pub created: usize,
    /// Documents that the file had, and that now know more.
    pub changed: usize,
    /// Documents of which the file knew everything: not written.
    pub unchanged: usize,
}

impl SqliteLedger {
    /// Joins documents into the file's, in few transactions. What is joined twice changes nothing, so that after a
    /// failure or a kill the same again completes the work.
    ///
    /// A document that is new here never ages out; one that does keeps its time.
    ///
    /// # Errors
    ///
    /// See [`LedgerError`]; the transactions before stay.
    pub fn join_all<'a>(
        &self,
        documents: impl IntoIterator<Item = &'a Document>,
    ) -> Result<Joined, LedgerError> {
        let mut documents = documents.into_iter().peekable();
        let mut joined = Joined::default();
        while documents.peek().is_some() {
            joined = self.write("join documents", |connection| {
                documents.by_ref().take(AT_ONCE).try_fold(joined, |joined, it| join(connection, it, joined))
            })?;
        }
        Ok(joined)
    }

    /// All documents of the file, as of one moment.
    ///
    /// # Errors
    ///
    /// See [`LedgerError`].
    pub fn world(&self) -> Result<World, LedgerError> {
        let mut world = World::default();
        self.read("read all documents", |connection| {
            documents::every(connection, |stored| world.add(stored.document))
        })?;
        Ok(world)
    }
}

fn join(connection: &Connection, document: &Document, mut joined: Joined) -> Result<Joined, LedgerError> {
    /// What ages out is told by the clock; a join has none, and nothing that it finds is too old for it.
    const BEFORE_ALL: Time = Time::from_millis(i64::MIN);
    let Some(mut stored) = documents::one(connection, &document.id())? else {
        let write = Write { document: document.clone(), expected: None, expires: None };
        documents::write(connection, &write, BEFORE_ALL)?;
        joined.created += 1;
        return Ok(joined);
    };
    if stored.document.join(document) {
        let (expected, expires) = (Some(stored.version), stored.expires);
        let write = Write { document: stored.document, expected, expires };
        documents::write(connection, &write, BEFORE_ALL)?;
        joined.changed += 1;
    } else {
        joined.unchanged += 1;
    }
    Ok(joined)
}
