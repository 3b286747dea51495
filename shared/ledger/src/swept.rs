//! How far sweep has come, as others read it: what it keeps under `slot/sweep/…`.

use std::collections::BTreeSet;

use keytrail_engine::ids::{AccountId, Partition, Region};
use keytrail_engine::impact::{Listed, Reach, Sweeps};
use keytrail_engine::time::Time;
use serde::{Deserialize, Serialize};

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

/// The same, over the regions that an account has enabled.
pub const REGIONS: &str = "regions";

/// The slot in which sweep leaves the accounts that the policy names, its own among them.
pub const ACCOUNTS: &str = "sweep/accounts";

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

/// The name of the slot in which sweep leaves the regions that an account has enabled.
pub fn enabled_slot(partition: &Partition, account: &AccountId) -> String {
    sweep_slot(partition, account, &Region::global(), "enabled")
}

/// Leaves in a slot what was listed whole. Who was faster has said the same.
///
/// # Errors
/// Those of the ledger.
pub async fn keep_listed<T>(ledger: &impl Slots, name: &str, listed: &Listed<T>) -> Result<(), LedgerError>
where
    T: Ord + Serialize + Send + Sync,
{
    let value = serde_json::to_value(listed)
        .map_err(|source| LedgerError::Corrupt { what: name.into(), source: source.into() })?;
    let version = ledger.slot(name).await?.map(|(_, version)| version);
    match ledger.set_slot(name, &value, version).await {
        Err(LedgerError::Conflict { .. }) => Ok(()),
        other => other,
    }
}

/// Which accounts there are by the operator's word, and which regions those and `known` ones have enabled.
///
/// # Errors
/// Those of the ledger.
pub async fn reach_of(
    ledger: &impl Slots,
    partition: &Partition,
    known: &BTreeSet<AccountId>,
) -> Result<Reach, LedgerError> {
    let accounts = read_slot::<Listed<AccountId>>(ledger, ACCOUNTS).await?.map(|(listed, _)| listed);
    let mut reach = Reach { accounts, ..Reach::default() };
    let named = reach.accounts.iter().flat_map(|listed| &listed.all);
    for account in named.chain(known).cloned().collect::<BTreeSet<_>>() {
        if let Some((listed, _)) = read_slot(ledger, &enabled_slot(partition, &account)).await? {
            reach.regions.insert(account, listed);
        }
    }
    Ok(reach)
}
