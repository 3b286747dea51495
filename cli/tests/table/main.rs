//! Commands on the functions' table: real runs of the binary against DynamoDB Local and the emulator of AWS.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may fail by panicking"
)]

mod backfill;
mod budget;
mod credentials;
mod emulator;
mod export;
mod impact;
mod requests;
mod reset;
mod resume;
mod show;
