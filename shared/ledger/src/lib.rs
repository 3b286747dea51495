//! Keytrail: the ledger crate.
