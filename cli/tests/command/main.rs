//! The `keytrail` command as people and programs meet it: real runs of the binary, most of them over `events/`.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test fails by panicking")]

mod docs;
mod explain;
mod hostile;
mod impact;
mod investigate;
mod order;
mod policy;
mod replay;
mod report;
mod requests;
mod run;
mod samples;
mod simulate;
mod state;
mod trail_patch;
