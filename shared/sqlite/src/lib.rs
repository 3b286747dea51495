//! Keytrail: the sqlite crate.
