//! AWS, as Keytrail's functions and its command line use it. No other crate names an AWS SDK.
//!
//! [`AwsConfig`] makes the clients.

mod config;

pub use config::{AwsConfig, ConfigError};
