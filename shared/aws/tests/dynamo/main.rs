//! The ledger on DynamoDB Local, AWS's own engine.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "test code: a panic here is a failing test, not an outage"
)]

mod bounds;
mod budget;
mod consistent;
mod contract;
mod cost;
mod faults;
mod local;
mod outbox;
mod stored;
