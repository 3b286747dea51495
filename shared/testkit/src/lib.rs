//! Keytrail: the testkit crate.
