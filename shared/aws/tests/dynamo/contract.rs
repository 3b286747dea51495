//! What every ledger does.

use keytrail_aws::dynamo::DynamoLedger;

use crate::local::{block_on, ledger};

fn open() -> ((), DynamoLedger) {
    ((), block_on(ledger()))
}

keytrail_ledger::contract!(block_on, open);
