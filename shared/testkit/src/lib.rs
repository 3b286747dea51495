//! What Keytrail's tests, benchmarks and samples are made from. A dev-dependency only: nothing that ships links it.
//!
//! * [`corpus`] writes a seeded gzip corpus of CloudTrail files for throughput measurements.
//! * [`fakes`] stands for the world outside: ledger, IAM, topic, policy, clock.
//! * [`random`] is the seeded generator behind it.
//! * [`record`] builds single CloudTrail records and what they arrive in.
//! * [`remember`] goes the whole way from bytes to standing findings, in memory.
//! * [`story`] generates whole histories for property tests, and the ways in which they arrive.
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "test code: a panic here is a failing test, not an outage"
)]

pub mod corpus;
pub mod fakes;
pub mod random;
pub mod record;
pub mod remember;
pub mod story;
