//! What every ledger must do, on SQLite.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use keytrail_sqlite::SqliteLedger;

fn open() -> (tempfile::TempDir, SqliteLedger) {
    let folder = tempfile::tempdir().unwrap();
    let ledger = SqliteLedger::open(folder.path().join("state.ktrl")).unwrap();
    (folder, ledger)
}

keytrail_ledger::contract!(pollster::block_on, open);
