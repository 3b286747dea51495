//! What the `keytrail` command is made of.

pub mod input;
