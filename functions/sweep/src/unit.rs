//! The pieces that a sweep is made of: one message each, so that a fleet needn't fit into one invocation.

use std::collections::BTreeSet;

use keytrail_engine::ids::{AccountId, Partition, Region, ServiceName};
use keytrail_engine::services::API_KEY_SERVICES;
use keytrail_engine::subject::Kind;
use keytrail_engine::time::Time;
use keytrail_ledger::{HISTORY, KMS_KEYS, LOG_GROUPS, LOG_PARTS, REGIONS, sweep_slot};
use serde::{Deserialize, Serialize};

use crate::Home;

/// One piece of a sweep.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unit {
    /// The partition of the account.
    pub partition: Partition,
    /// The account.
    pub account: AccountId,
    /// The region whose listings are read; IAM's are the same in every one.
    pub region: Region,
    /// What is read, or judged.
    pub work: Work,
}

/// What a unit reads, or judges.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "work", rename_all = "snake_case")]
pub enum Work {
    /// The API keys of a service.
    ApiKeys {
        /// The service.
        service: ServiceName,
    },
    /// The regions that the account has enabled.
    Regions,
    /// The log groups of the region.
    LogGroups,
    /// The other parts of CloudWatch Logs in the region that have a KMS key.
    LogParts,
    /// The KMS keys of the region: those that are listed, and those that memory has.
    KmsKeys,
    /// What was recorded in the ninety days before the installation, once.
    History,
    /// The trails that record the region, and their selectors.
    Trails,
    /// Every subject of a kind is judged again: rules that go by the clock, and what was missed.
    Judge {
        /// The kind.
        kind: Kind,
    },
}

/// The units of a whole sweep. Of each account, the home before its members: the API keys of each service and the enabled regions, once; what is listed by region,
/// in the home region and in each of the others. What the ledger holds is judged once.
pub fn units(home: &Home, members: &BTreeSet<AccountId>, regions: &BTreeSet<Region>) -> Vec<Unit> {
    let listed = std::iter::once(&home.account).chain(members).flat_map(|it| of_account(home, it, regions));
    let judged =
        Kind::ALL.into_iter().map(|kind| unit(home, &home.account, &home.region, Work::Judge { kind }));
    listed.chain(judged).collect()
}

fn of_account<'a>(
    home: &'a Home,
    account: &'a AccountId,
    regions: &'a BTreeSet<Region>,
) -> impl Iterator<Item = Unit> + 'a {
    let services = API_KEY_SERVICES.iter().map(|it| Work::ApiKeys { service: it.name.into() });
    let regions = std::iter::once(&home.region).chain(regions.iter().filter(|it| **it != home.region));
    let listed = regions.flat_map(|region| {
        let work = [Work::LogGroups, Work::LogParts, Work::KmsKeys, Work::Trails, Work::History];
        work.map(|work| unit(home, account, region, work))
    });
    let once = services.chain([Work::Regions]);
    once.map(|work| unit(home, account, &home.region, work)).chain(listed)
}

fn unit(home: &Home, account: &AccountId, region: &Region, work: Work) -> Unit {
    Unit { partition: home.partition.clone(), account: account.clone(), region: region.clone(), work }
}

/// A unit that was asked for: the message of sweep's own queue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asked {
    /// The unit.
    pub unit: Unit,
    /// When. A pass that began earlier is no answer, so that a message that comes twice asks for one pass only.
    pub at: Time,
    /// How often AWS has asked for a pause since the last page.
    #[serde(default)]
    pub pauses: u32,
}

impl Unit {
    /// Where it belongs.
    pub(crate) fn home(&self) -> Home {
        Home { partition: self.partition.clone(), account: self.account.clone(), region: self.region.clone() }
    }

    /// The name under which its progress is kept.
    pub fn slot(&self) -> String {
        let what = match &self.work {
            Work::ApiKeys { service } => format!("api-keys/{service}"),
            Work::Regions => REGIONS.to_owned(),
            Work::LogGroups => LOG_GROUPS.to_owned(),
            Work::LogParts => LOG_PARTS.to_owned(),
            Work::KmsKeys => KMS_KEYS.to_owned(),
            Work::History => HISTORY.to_owned(),
            Work::Trails => "trails".to_owned(),
            Work::Judge { kind } => format!("judge/{}", kind.word()),
        };
        sweep_slot(&self.partition, &self.account, &self.region, &what)
    }
}
