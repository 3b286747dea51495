//! How far sweep has come, as others read it: what it keeps under `slot/sweep/…`.

use keytrail_engine::ids::{AccountId, Partition, Region};
use keytrail_engine::impact::Sweeps;
use keytrail_engine::time::Time;
use serde::Deserialize;

use crate::error::LedgerError;
use crate::slots::{Slots, read_slot};

/// Sweep's work over the log groups of a region, as its slot names it.
pub const LOG_GROUPS: &str = "log-groups";

/// The same, over the other parts of CloudWatch Logs that have a KMS key.
pub const LOG_PARTS: &str = "log-parts";

/// The same, over the KMS keys of a region.
pub const KMS_KEYS: &str = "kms-keys";

/// The same, over what was recorded in the ninety days before the installation.
pub const HISTORY: &str = "history";

/// The name of the slot in which a unit of sweep keeps how far it has come.
pub fn sweep_slot(partition: &Partition, account: &AccountId, region: &Region, work: &str) -> String {
    format!("sweep/{partition}/{account}/{region}/{work}")
}

/// What others read of a unit's progress.
#[derive(Deserialize)]
struct Whole {
    complete: Option<Time>,
    #[serde(default)]
    fault: Option<Box<str>>,
}

/// When the newest whole passes over an account and region began, that KMS keys and log groups rest on. A pass of which something
/// could not be recorded is none.
///
/// # Errors
/// Those of the ledger.
pub async fn sweeps_of(
    ledger: &impl Slots,
    partition: &Partition,
    account: &AccountId,
    region: &Region,
) -> Result<Sweeps, LedgerError> {
    let whole = async |work| -> Result<Option<Time>, LedgerError> {
        let held = read_slot::<Whole>(ledger, &sweep_slot(partition, account, region, work)).await?;
        Ok(held.and_then(|(whole, _)| whole.complete.filter(|_| whole.fault.is_none())))
    };
    Ok(Sweeps {
        log_groups: whole(LOG_GROUPS).await?,
        log_parts: whole(LOG_PARTS).await?,
        kms_keys: whole(KMS_KEYS).await?,
        history: whole(HISTORY).await?,
    })
}
