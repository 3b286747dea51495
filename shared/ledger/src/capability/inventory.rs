//! What AWS says there is. Only sweep reads it.

use std::collections::BTreeSet;

use keytrail_engine::event::{ApiKeySeen, KmsKeySeen, LogPart, Selectors, UserSeen};
use keytrail_engine::ids::{
    AccountId, Arn, LogGroupName, Partition, Region, ServiceName, TrailName, UserName,
};
use keytrail_engine::subject::SubjectId;
use keytrail_engine::time::Time;

use crate::error::BoxError;

/// What can go wrong with a listing. Whatever it is, nothing is inferred from what the listing doesn't show.
#[derive(Debug, thiserror::Error)]
pub enum InventoryError {
    /// Throttled, unreachable or a fault of the service: the same page again, later.
    #[error("AWS asks for a pause")]
    Later {
        /// AWS's words.
        #[source]
        source: BoxError,
    },
    /// `AllUsers` isn't supported or allowed here: list each user.
    #[error("listing the keys of all users at once is refused")]
    AllUsersRefused {
        /// AWS's words.
        #[source]
        source: BoxError,
    },
    /// The service has no such credentials here.
    #[error("the service has no API keys here")]
    NotSupportedService,
    /// It would fail again until somebody repairs it.
    #[error("AWS refuses the listing: {code}")]
    Refused {
        /// AWS's error code.
        code: Box<str>,
        /// AWS's words.
        #[source]
        source: BoxError,
    },
}

/// A page of a listing of API keys.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct KeyPage {
    /// The keys; each with its user.
    pub keys: Vec<ApiKeySeen>,
    /// The marker of the next page; `None` only where `IsTruncated` is false.
    pub next: Option<Box<str>>,
}

/// A log group as `DescribeLogGroups` shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogGroupSeen {
    /// Its name.
    pub name: LogGroupName,
    /// Its KMS key.
    pub kms_key: Option<Arn>,
    /// Its retention in days; `None` for ever.
    pub retention_days: Option<u32>,
    /// Whether bearer authentication is on, if the answer says it.
    pub bearer_authentication: Option<bool>,
}

/// A page of a listing of log groups.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LogGroupPage {
    /// The log groups.
    pub groups: Vec<LogGroupSeen>,
    /// The token of the next page.
    pub next: Option<Box<str>>,
}

/// A part of CloudWatch Logs that has a KMS key, as a listing shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogPartSeen {
    /// What it is.
    pub part: LogPart,
    /// Its name, as records name it too.
    pub name: Box<str>,
    /// Its KMS key.
    pub kms_key: Arn,
}

/// A page of a listing of those parts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LogPartPage {
    /// The parts that have a KMS key.
    pub parts: Vec<LogPartSeen>,
    /// The place of the next page.
    pub next: Option<Box<str>>,
}

/// A trail, and what its selectors let through.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrailSeen {
    /// Its name.
    pub name: TrailName,
    /// The account that it belongs to: an organization's trail is its owner's.
    pub account: AccountId,
    /// The region that it lives in.
    pub home: Region,
    /// Whether it records every region.
    pub multi_region: bool,
    /// Whether it is logging.
    pub logging: bool,
    /// What it lets through.
    pub selectors: Selectors,
}

/// A page of a listing of KMS keys.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KmsKeyPage {
    /// The keys.
    pub keys: Vec<SubjectId>,
    /// The marker of the next page.
    pub next: Option<Box<str>>,
}

/// What KMS says of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KmsKeyAnswer {
    /// There is no such key.
    NotFound,
    /// It may not be looked at: its policy says who may.
    NotToBeSeen,
    /// One that AWS made for its own services, which nobody can lose.
    OfAws,
    /// This.
    Shown {
        /// What `DescribeKey` says.
        seen: Box<KmsKeySeen>,
        /// What `GetKeyPolicy` says, where that may be read.
        policy: Option<Box<str>>,
    },
}

/// A page of past management events.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HistoryPage {
    /// The records as CloudTrail wrote them, newest first.
    pub records: Vec<Box<str>>,
    /// The token of the next page.
    pub next: Option<Box<str>>,
}

/// Reads what AWS says there is in an account, page by page.
pub trait Inventory: Send + Sync + Sized {
    /// The listings of another account, as far as it lets Keytrail read them.
    fn of_account(
        &self,
        partition: &Partition,
        account: &AccountId,
    ) -> impl Future<Output = Result<Self, InventoryError>> + Send;

    /// `ListServiceSpecificCredentials` with `AllUsers`.
    fn keys_of_all_users(
        &self,
        service: &ServiceName,
        after: Option<&str>,
    ) -> impl Future<Output = Result<KeyPage, InventoryError>> + Send;

    /// `ListServiceSpecificCredentials` of one user, all pages of it: IAM may show fewer than it could. None of a user
    /// that is gone.
    fn keys_of_user(
        &self,
        service: &ServiceName,
        user: &UserName,
    ) -> impl Future<Output = Result<Vec<ApiKeySeen>, InventoryError>> + Send;

    /// `ListUsers`: names, and the marker of the next page.
    fn users(
        &self,
        after: Option<&str>,
    ) -> impl Future<Output = Result<(Vec<UserName>, Option<Box<str>>), InventoryError>> + Send;

    /// `GetUser` of one user: its path and tags, or that it may not be looked at. None of one that is gone.
    fn user(&self, user: &UserName) -> impl Future<Output = Result<Option<UserSeen>, InventoryError>> + Send;

    /// `DescribeLogGroups` of a region.
    fn log_groups(
        &self,
        region: &Region,
        after: Option<&str>,
    ) -> impl Future<Output = Result<LogGroupPage, InventoryError>> + Send;

    /// The anomaly detectors, lookup tables and scheduled queries of a region that have a KMS key.
    fn log_parts(
        &self,
        region: &Region,
        after: Option<&str>,
    ) -> impl Future<Output = Result<LogPartPage, InventoryError>> + Send;

    /// `ListKeys` of a region.
    fn kms_keys(
        &self,
        region: &Region,
        after: Option<&str>,
    ) -> impl Future<Output = Result<KmsKeyPage, InventoryError>> + Send;

    /// `DescribeKey` and `GetKeyPolicy` of one key, in its region.
    fn kms_key(&self, key: &SubjectId) -> impl Future<Output = Result<KmsKeyAnswer, InventoryError>> + Send;

    /// `LookupEvents` of a region: management events of one name, between two moments.
    fn history(
        &self,
        region: &Region,
        name: &str,
        since: Time,
        until: Time,
        after: Option<&str>,
    ) -> impl Future<Output = Result<HistoryPage, InventoryError>> + Send;

    /// The regions that the account has enabled, as one of them lists them.
    fn regions(
        &self,
        region: &Region,
    ) -> impl Future<Output = Result<BTreeSet<Region>, InventoryError>> + Send;

    /// The trails that record a region, with their selectors.
    fn trails(&self, region: &Region) -> impl Future<Output = Result<Vec<TrailSeen>, InventoryError>> + Send;
}
