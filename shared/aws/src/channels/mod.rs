//! The ways in which people are told: a file for each. Only notify holds them.

mod sns;

pub use sns::SnsTopic;
