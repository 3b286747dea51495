//! Keytrail: the engine crate.
