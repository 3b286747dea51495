//! The ledger in one SQLite file: for the command line, and for whatever runs on one machine.
//!
//! One connection writes; readers have connections of their own and see, in write-ahead mode, what was committed
//! when they began, however long a writer takes. Calls block: the futures are ready when first polled.
//!
//! **What survives.** A commit is one transaction of SQLite's. Killed at any moment, the process leaves either all of
//! it or nothing, and the next to open the file finishes the recovery. `synchronous` is `FULL`: a commit that was
//! reported also survives the loss of power. That costs one `fsync` a commit, and the bulk way
//! ([`SqliteLedger::join_all`]) makes few commits.

mod bulk;
mod connections;
mod documents;
mod epoch;
mod error;
mod items;
mod layout;
mod ledger;
mod slots;

pub use bulk::Joined;
pub use connections::SqliteLedger;
pub use error::OpenError;
