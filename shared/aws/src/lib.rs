//! AWS, as Keytrail's functions and its command line use it. No other crate names an AWS SDK.
//!
//! [`AwsConfig`] makes the clients; [`dynamo`] keeps the ledger in one DynamoDB table.

mod config;
pub mod dynamo;

pub use config::{AwsConfig, ConfigError};
