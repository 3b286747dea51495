//! What DynamoDB's errors mean to the ledger.

use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use keytrail_ledger::LedgerError;

use crate::Failure;

/// A service that asks for a pause. A table on demand says so while it grows into a load.
const BUSY: [&str; 7] = [
    "ProvisionedThroughputExceededException",
    "ThrottlingException",
    "RequestLimitExceeded",
    "LimitExceededException",
    "TransactionInProgressException",
    "ProvisionedThroughputExceeded",
    "ThrottlingError",
];

/// Another writer has the item in a transaction, or wrote it. Nothing was written here.
const OVERTAKEN: [&str; 4] = [
    "TransactionConflictException",
    "ConditionalCheckFailedException",
    "TransactionConflict",
    "ConditionalCheckFailed",
];

/// Whether a code of an error, or of a reason why a transaction was cancelled, asks for a pause.
pub(super) fn is_busy(code: &str) -> bool {
    BUSY.contains(&code)
}

/// Whether a code says that another writer was faster.
pub(super) fn is_overtaken(code: &str) -> bool {
    OVERTAKEN.contains(&code)
}

/// The ledger's error for one of DynamoDB's: `attempt` is what was attempted, `what` the address of it.
pub(super) fn ledger_error<E>(attempt: &'static str, what: &str, error: SdkError<E>) -> LedgerError
where
    E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
{
    let code = error.code().unwrap_or_default().to_owned();
    let source = Failure::of(error).source;
    match code.as_str() {
        code if is_busy(code) => LedgerError::Throttled { source },
        code if is_overtaken(code) => LedgerError::Conflict { what: what.into() },
        _ => LedgerError::Unavailable { attempt, source },
    }
}
