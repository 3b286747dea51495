//! What AWS says there is, of a [`FakeIam`] and of log groups and trails that a test names.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use keytrail_engine::event::{ApiKeySeen, UserSeen};
use keytrail_engine::ids::{AccountId, Partition, Region, ServiceName, UserName};
use keytrail_engine::subject::SubjectId;
use keytrail_engine::time::Time;
use keytrail_ledger::capability::{
    HistoryPage, Inventory, InventoryError, KeyPage, KmsKeyAnswer, KmsKeyPage, LogGroupPage, LogGroupSeen,
    LogPartPage, LogPartSeen, TrailSeen,
};

use super::iam::FakeIam;
use super::wire::Mishap;

/// What AWS says there is.
#[derive(Clone, Debug)]
pub struct FakeInventory {
    iam: FakeIam,
    /// The log groups.
    pub log_groups: Arc<Mutex<Vec<LogGroupSeen>>>,
    /// The other parts of CloudWatch Logs that have a KMS key.
    pub log_parts: Arc<Mutex<Vec<LogPartSeen>>>,
    /// The trails.
    pub trails: Arc<Mutex<Vec<TrailSeen>>>,
    /// The KMS keys; those that are not here don't exist.
    pub kms_keys: Arc<Mutex<BTreeMap<SubjectId, KmsKeyAnswer>>>,
    /// The enabled regions.
    pub regions: Arc<Mutex<BTreeSet<Region>>>,
    /// Past records, each with the name of its event.
    pub history: Arc<Mutex<Vec<PastRecord>>>,
    /// Other accounts that may be read; those that are not here let nobody in.
    pub members: Arc<Mutex<BTreeMap<AccountId, FakeInventory>>>,
    page_size: usize,
}

/// The name of an event, and its record.
pub(super) type PastRecord = (Box<str>, Box<str>);

impl FakeInventory {
    /// Lists an account's keys, and no log groups or trails yet, so many to a page. Calls go over the wire of IAM.
    pub fn of(iam: FakeIam, page_size: usize) -> Self {
        Self {
            iam,
            log_groups: Arc::default(),
            log_parts: Arc::default(),
            trails: Arc::default(),
            kms_keys: Arc::default(),
            regions: Arc::new(Mutex::new(BTreeSet::from(["us-east-1".into()]))),
            history: Arc::default(),
            members: Arc::default(),
            page_size: page_size.max(1),
        }
    }

    async fn begin(&self, operation: &'static str, about: &str) -> Result<(), InventoryError> {
        match self.iam.wire().begin("inventory", operation, about).await {
            None => Ok(()),
            Some(Mishap::Refused("AllUsers")) => {
                Err(InventoryError::AllUsersRefused { source: "AccessDenied".into() })
            }
            Some(Mishap::Refused("NotSupportedService")) => Err(InventoryError::NotSupportedService),
            Some(Mishap::Refused(code)) => {
                Err(InventoryError::Refused { code: code.into(), source: code.into() })
            }
            Some(Mishap::Throttled | Mishap::Unreachable | Mishap::AnswerLost) => {
                Err(InventoryError::Later { source: "a pause".into() })
            }
        }
    }

    fn keys(&self, service: &ServiceName, user: Option<&UserName>) -> Vec<ApiKeySeen> {
        let of = |(name, key): (UserName, keytrail_ledger::capability::Listed)| ApiKeySeen {
            key: key.key,
            user: Some(name),
            service: Some(key.service),
            status: Some(key.status),
            created: None,
            expires: None,
            alias: None,
        };
        let keys = self.iam.listed().into_iter().map(of);
        let of_user = |key: &ApiKeySeen| user.is_none() || key.user.as_ref() == user;
        keys.filter(|key| key.service.as_ref() == Some(service)).filter(of_user).collect()
    }

    /// The page after so many entries; a marker is a number of entries.
    fn page<T>(&self, all: Vec<T>, after: Option<&str>) -> (Vec<T>, Option<Box<str>>) {
        let start: usize = after.and_then(|marker| marker.parse().ok()).unwrap_or(0);
        let end = start + self.page_size;
        let next = (end < all.len()).then(|| end.to_string().into());
        (all.into_iter().skip(start).take(self.page_size).collect(), next)
    }
}

impl Inventory for FakeInventory {
    async fn of_account(&self, _: &Partition, account: &AccountId) -> Result<Self, InventoryError> {
        self.begin("of_account", account.as_str()).await?;
        let members = self.members.lock().unwrap_or_else(PoisonError::into_inner);
        let refused = || InventoryError::Refused { code: "AccessDenied".into(), source: "not let in".into() };
        members.get(account).cloned().ok_or_else(refused)
    }

    async fn keys_of_all_users(
        &self,
        service: &ServiceName,
        after: Option<&str>,
    ) -> Result<KeyPage, InventoryError> {
        self.begin("keys_of_all_users", service.as_str()).await?;
        let (keys, next) = self.page(self.keys(service, None), after);
        Ok(KeyPage { keys, next })
    }

    async fn keys_of_user(
        &self,
        service: &ServiceName,
        user: &UserName,
    ) -> Result<Vec<ApiKeySeen>, InventoryError> {
        self.begin("keys_of_user", user.as_str()).await?;
        Ok(self.keys(service, Some(user)))
    }

    async fn users(&self, after: Option<&str>) -> Result<(Vec<UserName>, Option<Box<str>>), InventoryError> {
        self.begin("users", "").await?;
        Ok(self.page(self.iam.user_names(), after))
    }

    async fn user(&self, user: &UserName) -> Result<Option<UserSeen>, InventoryError> {
        match self.begin("user", user.as_str()).await {
            Ok(()) => Ok(self.iam.user_seen(user)),
            Err(InventoryError::Refused { .. }) => Ok(Some(UserSeen::Unreadable)),
            Err(error) => Err(error),
        }
    }

    async fn log_groups(&self, region: &Region, after: Option<&str>) -> Result<LogGroupPage, InventoryError> {
        self.begin("log_groups", region.as_str()).await?;
        let all = self.log_groups.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let (groups, next) = self.page(all, after);
        Ok(LogGroupPage { groups, next })
    }

    async fn log_parts(&self, region: &Region, after: Option<&str>) -> Result<LogPartPage, InventoryError> {
        self.begin("log_parts", region.as_str()).await?;
        let all = self.log_parts.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let (parts, next) = self.page(all, after);
        Ok(LogPartPage { parts, next })
    }

    async fn kms_keys(&self, region: &Region, after: Option<&str>) -> Result<KmsKeyPage, InventoryError> {
        self.begin("kms_keys", region.as_str()).await?;
        let all = self.kms_keys.lock().unwrap_or_else(PoisonError::into_inner);
        let of_region = all.keys().filter(|key| key.region == *region).cloned().collect();
        drop(all);
        let (keys, next) = self.page(of_region, after);
        Ok(KmsKeyPage { keys, next })
    }

    async fn kms_key(&self, key: &SubjectId) -> Result<KmsKeyAnswer, InventoryError> {
        self.begin("kms_key", &key.name).await?;
        let keys = self.kms_keys.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(keys.get(key).cloned().unwrap_or(KmsKeyAnswer::NotFound))
    }

    async fn history(
        &self,
        _: &Region,
        name: &str,
        _: Time,
        _: Time,
        after: Option<&str>,
    ) -> Result<HistoryPage, InventoryError> {
        self.begin("history", name).await?;
        let all = self.history.lock().unwrap_or_else(PoisonError::into_inner);
        let named = all.iter().filter(|(its, _)| **its == *name).map(|(_, record)| record.clone()).collect();
        drop(all);
        let (records, next) = self.page(named, after);
        Ok(HistoryPage { records, next })
    }

    async fn regions(&self, region: &Region) -> Result<BTreeSet<Region>, InventoryError> {
        self.begin("regions", region.as_str()).await?;
        Ok(self.regions.lock().unwrap_or_else(PoisonError::into_inner).clone())
    }

    async fn trails(&self, region: &Region) -> Result<Vec<TrailSeen>, InventoryError> {
        self.begin("trails", region.as_str()).await?;
        Ok(self.trails.lock().unwrap_or_else(PoisonError::into_inner).clone())
    }
}
