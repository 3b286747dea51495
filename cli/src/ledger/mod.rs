//! The ledgers that commands work on: a state file, or the functions' own DynamoDB table.

mod credentials;
mod table;

pub(crate) use table::Table;
