//! What AWS says there is: IAM's API keys and users, log groups, KMS keys, trails and what they recorded.
//!
//! A page is whole or an error: what its caller infers from absence must not rest on half an answer. Fields that Keytrail
//! doesn't know are passed over; one that it reads and can't is no page, or no entry where an entry stands for itself.

mod history;
mod keys;
mod kms_keys;
mod log_groups;
mod log_parts;
mod regions;
mod trails;

pub(crate) use kms_keys::moment;

use std::collections::BTreeSet;

use aws_sdk_iam::Client;
use keytrail_engine::event::{ApiKeySeen, UserSeen};
use keytrail_engine::ids::{AccountId, Partition, Region, ServiceName, UserName};
use keytrail_engine::subject::SubjectId;
use keytrail_engine::time::Time;
use keytrail_ledger::capability::{
    HistoryPage, Inventory, InventoryError, KeyPage, KmsKeyAnswer, KmsKeyPage, LogGroupPage, LogPartPage,
    TrailSeen,
};

use crate::json_call::{CLOUDTRAIL, JsonClient, JsonService, KMS, LOGS};
use crate::members::{Members, READ};
use crate::settings::EXTERNAL_ID;
use crate::{AwsConfig, Failure, FailureKind};

/// The listings of one account, in any of its regions.
#[derive(Clone, Debug)]
pub struct AwsInventory {
    iam: Client,
    config: AwsConfig,
    members: Option<Members>,
}

impl AwsInventory {
    /// Those that a configuration's credentials show.
    pub fn new(config: &AwsConfig) -> Self {
        Self { iam: config.iam(), config: config.clone(), members: None }
    }

    /// The same, and those of the other accounts that let Keytrail read them.
    #[must_use]
    pub fn with_members(mut self, members: Option<Members>) -> Self {
        self.members = members;
        self
    }

    /// A client of a service in a region; connections are shared by all of them.
    fn client(&self, region: &Region, service: JsonService) -> JsonClient {
        self.config.in_region(region).json(service)
    }
}

impl Inventory for AwsInventory {
    async fn of_account(&self, partition: &Partition, account: &AccountId) -> Result<Self, InventoryError> {
        let Some(members) = &self.members else {
            let source = format!("{} isn't set, so that no role of {account} is taken", EXTERNAL_ID.name);
            return Err(InventoryError::Refused { code: "NoExternalId".into(), source: source.into() });
        };
        let there = members.config(partition, account, READ).await.map_err(stopped)?;
        Ok(Self::new(&there))
    }

    async fn keys_of_all_users(
        &self,
        service: &ServiceName,
        after: Option<&str>,
    ) -> Result<KeyPage, InventoryError> {
        keys::of_all_users(&self.iam, service, after).await
    }

    async fn keys_of_user(
        &self,
        service: &ServiceName,
        user: &UserName,
    ) -> Result<Vec<ApiKeySeen>, InventoryError> {
        keys::of_user(&self.iam, service, user).await
    }

    async fn users(&self, after: Option<&str>) -> Result<(Vec<UserName>, Option<Box<str>>), InventoryError> {
        keys::users(&self.iam, after).await
    }

    async fn user(&self, user: &UserName) -> Result<Option<UserSeen>, InventoryError> {
        keys::user_seen(&self.iam, user).await
    }

    async fn log_groups(&self, region: &Region, after: Option<&str>) -> Result<LogGroupPage, InventoryError> {
        log_groups::page(&self.client(region, LOGS), after).await
    }

    async fn log_parts(&self, region: &Region, after: Option<&str>) -> Result<LogPartPage, InventoryError> {
        log_parts::page(&self.client(region, LOGS), after).await
    }

    async fn kms_keys(&self, region: &Region, after: Option<&str>) -> Result<KmsKeyPage, InventoryError> {
        kms_keys::page(&self.client(region, KMS), after).await
    }

    async fn kms_key(&self, key: &SubjectId) -> Result<KmsKeyAnswer, InventoryError> {
        kms_keys::one(&self.client(&key.region, KMS), key).await
    }

    async fn history(
        &self,
        region: &Region,
        name: &str,
        since: Time,
        until: Time,
        after: Option<&str>,
    ) -> Result<HistoryPage, InventoryError> {
        history::page(&self.client(region, CLOUDTRAIL), name, since, until, after).await
    }

    async fn regions(&self, region: &Region) -> Result<BTreeSet<Region>, InventoryError> {
        regions::enabled(&self.config.in_region(region)).await
    }

    async fn trails(&self, region: &Region) -> Result<Vec<TrailSeen>, InventoryError> {
        trails::all(&self.client(region, CLOUDTRAIL)).await
    }
}

/// What a failed call means for the listing.
fn stopped(failure: Failure) -> InventoryError {
    match failure.kind {
        // A call that only reads may be repeated, whatever became of it.
        FailureKind::Later | FailureKind::Unreachable => InventoryError::Later { source: failure.source },
        FailureKind::AccessDenied
        | FailureKind::NoSuchEntity
        | FailureKind::LimitExceeded
        | FailureKind::Refused => InventoryError::Refused { code: failure.code, source: failure.source },
    }
}

/// The place at which a listing goes on. One that is the place just asked for would go round for ever, and one that is
/// missing where there is more would pass for the end: neither is a listing.
fn next_place(
    after: Option<&str>,
    is_more: bool,
    place: Option<&str>,
) -> Result<Option<Box<str>>, InventoryError> {
    match place.filter(|place| !place.is_empty()) {
        None if !is_more => Ok(None),
        Some(place) if after != Some(place) => Ok(Some(place.into())),
        _ => Err(InventoryError::Refused {
            code: "EndlessListing".into(),
            source: "the listing says that it goes on, and not where".into(),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_listing_goes_on_where_it_says_and_never_in_a_circle() {
        assert_eq!(next_place(None, false, None).unwrap(), None);
        assert_eq!(next_place(None, false, Some("")).unwrap(), None);
        assert_eq!(next_place(None, true, Some("a")).unwrap().as_deref(), Some("a"));
        assert_eq!(next_place(Some("a"), true, Some("b")).unwrap().as_deref(), Some("b"));
        // The end is only where both say so.
        assert_eq!(next_place(None, false, Some("a")).unwrap().as_deref(), Some("a"));
        for (after, place) in [(None, None), (None, Some("")), (Some("a"), Some("a"))] {
            assert!(
                matches!(next_place(after, true, place), Err(InventoryError::Refused { .. })),
                "{place:?}"
            );
        }
    }

    #[test]
    fn what_passes_is_asked_again_later_and_the_rest_keeps_its_code() {
        let failed = |kind| stopped(Failure { kind, code: "Code".into(), source: "words".into() });
        for kind in [FailureKind::Later, FailureKind::Unreachable] {
            assert!(matches!(failed(kind), InventoryError::Later { .. }), "{kind:?}");
        }
        for kind in [
            FailureKind::AccessDenied,
            FailureKind::NoSuchEntity,
            FailureKind::LimitExceeded,
            FailureKind::Refused,
        ] {
            let error = failed(kind);
            assert!(matches!(&error, InventoryError::Refused { code, .. } if &**code == "Code"), "{error:?}");
        }
    }
}
