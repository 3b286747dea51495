//! AWS, as Keytrail's functions and its command line use it. No other crate names an AWS SDK.
//!
//! [`AwsConfig`] makes the clients; [`dynamo`] keeps the ledger in one DynamoDB table; [`queue`] and [`stream`] read what
//! Lambda's pollers hand over.

pub mod actions;
mod caller;
pub mod channels;
mod clock;
mod config;
mod deployment;
pub mod dynamo;
mod failure;
mod function;
mod iam;
mod inventory;
pub mod json_call;
mod last_usage;
mod log_line;
mod members;
mod plain_call;
pub mod policy;
pub mod queue;
pub mod reset;
pub mod settings;
pub mod stream;
pub mod telemetry;
mod tls;
mod unit_queue;

pub use caller::CallerIdentity;
pub use clock::SystemClock;
pub use config::{AwsConfig, ConfigError};
pub use deployment::AwsDeployment;
pub use failure::{Failure, FailureKind};
pub use function::Function;
pub use inventory::AwsInventory;
pub use last_usage::last_usage;
pub use members::Members;
pub use unit_queue::SqsUnitQueue;
