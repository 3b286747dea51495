//! The ledgers that commands work on: a state file, or the functions' own DynamoDB table.

mod credentials;
mod opened;
mod policy;
mod table;
mod whole;

pub(crate) use credentials::config as aws;
pub(crate) use opened::{Opened, Who};
pub(crate) use table::Table;
pub(crate) use whole::world;
