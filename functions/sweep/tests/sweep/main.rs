//! Sweep from what it is handed to what it leaves in the ledger.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may fail by panicking"
)]

mod absence;
mod account;
mod calls;
mod invocation;
mod kms;
mod members;
mod messages;
mod restored;
mod trouble;
