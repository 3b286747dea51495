//! Keytrail's engine: what a CloudTrail record means, what follows from all of them, and what to do about it.
//!
//! Pure and total. Time, ids and the surrounding world are arguments; the same input gives the same output,
//! on any machine, in any order of delivery.

pub mod action;
pub mod attribution;
#[cfg(test)]
mod boundaries;
pub mod compromise;
pub mod decide;
pub mod dependents;
pub mod document;
mod ended;
pub mod event;
pub mod expected;
pub mod finding;
pub mod fingerprint;
pub mod geography;
mod guard;
pub mod ids;
pub mod impact;
pub mod incident;
pub mod intervals;
pub mod judge;
pub mod key_policy;
pub mod known_use;
pub mod last_access;
pub mod lattice;
pub mod needs;
pub mod network;
pub mod notice;
pub mod owner;
pub mod parked;
pub mod parse;
pub mod policy;
pub mod read;
pub mod render;
pub mod rescue;
pub mod rotation;
pub mod rules;
mod scope;
pub mod services;
pub mod silence;
pub mod subject;
mod switched;
#[cfg(test)]
mod telling;
pub mod time;
pub mod touch;
pub mod trouble;
pub mod world;
