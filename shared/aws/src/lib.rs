//! AWS, as Keytrail's functions and its command line use it. No other crate names an AWS SDK.
//!
//! [`AwsConfig`] makes the clients; [`dynamo`] keeps the ledger in one DynamoDB table; [`queue`] and [`stream`] read what
//! Lambda's pollers hand over.

mod config;
pub mod dynamo;
mod failure;
mod inventory;
pub mod json_call;
pub mod queue;
pub mod settings;
pub mod stream;
pub mod telemetry;
mod unit_queue;

pub use config::{AwsConfig, ConfigError};
pub use failure::{Failure, FailureKind};
pub use inventory::AwsInventory;
pub use unit_queue::SqsUnitQueue;
