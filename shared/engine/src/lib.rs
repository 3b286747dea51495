//! Keytrail's engine: what a CloudTrail record means, what follows from all of them, and what to do about it.
//!
//! Pure and total. Time, ids and the surrounding world are arguments; the same input gives the same output,
//! on any machine, in any order of delivery.

pub mod event;
pub mod fingerprint;
pub mod ids;
pub mod lattice;
pub mod read;
pub mod services;
pub mod subject;
pub mod time;
