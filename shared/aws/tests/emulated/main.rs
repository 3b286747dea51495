//! The adapters against the emulator of tests/emulator: moto behind a gate that logs calls and spoils them.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may fail by panicking"
)]

mod caller;
mod channels;
mod emulator;
mod iam;
mod inventory;
mod json_call;
mod kms_keys;
mod members;
mod policy;
mod sns;
mod unit_queue;
