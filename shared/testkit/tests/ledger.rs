//! The ledger in memory does what every ledger must.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use keytrail_testkit::fakes::{MemoryLedger, Wire, run};

fn open() -> ((), MemoryLedger) {
    ((), MemoryLedger::new(Wire::default()))
}

keytrail_ledger::contract!(run, open);
