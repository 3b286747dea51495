//! KMS keys. Records: <https://docs.aws.amazon.com/kms/latest/developerguide/understanding-kms-entries.html>

use super::json::Object;
use super::record::{Reading, Record, Told};
use super::shape::Gap;
use super::text::{clean, cut};
use super::{dates, names};
use crate::event::{KmsKeyChange, KmsKeyMake, KmsKeyState, MultiRegion, Place, What};
use crate::ids::Region;
use crate::subject::SubjectId;
use crate::time::{Span, Time};

pub(super) const SOURCE: &str = "kms.amazonaws.com";

pub(super) const NAMES: &[&str] = &[
    "CancelKeyDeletion",
    "CreateKey",
    "DeleteExpiredKeyMaterial",
    "DeleteImportedKeyMaterial",
    "DeleteKey",
    "DescribeKey",
    "DisableKey",
    "EnableKey",
    "ImportKeyMaterial",
    "PutKeyPolicy",
    "ReplicateKey",
    "RotateKey",
    "RotateKeyOnDemand",
    "ScheduleKeyDeletion",
    "UpdatePrimaryRegion",
];

/// KMS's own limit for a key policy, in bytes.
///
/// Source: <https://docs.aws.amazon.com/kms/latest/developerguide/resource-limits.html>
const POLICY_BYTES: usize = 32 << 10;

pub(super) fn read(record: &Record<'_>) -> Reading {
    let (request, response) = (record.request(), record.response());
    let key = key(record, &request, &response);
    if record.name == "DescribeKey" {
        return Ok(described(record, key));
    }
    if let Some(code) = &record.failure {
        return Ok(vec![at(key.as_ref(), record.attempt(code, key.clone()).what)]);
    }
    let key = key.ok_or(Gap::Target)?;
    let what = match &*record.name {
        "CreateKey" => created(&key, &request, &response.object("keyMetadata")),
        "ReplicateKey" => replicated(&key, &request, &response)?,
        _ => What::KmsKeyChanged { key: key.clone(), change: change(record, &request, &response)? },
    };
    Ok(vec![at(Some(&key), what)])
}

/// Of a description the record shows no answer; only that there is no such key, for whoever asked. CloudWatch Logs asks
/// as well.
fn described(record: &Record<'_>, key: Option<SubjectId>) -> Vec<Told> {
    let absent = record.failure.as_deref() == Some("NotFoundException");
    // Whoever names the key of another region or account is told that there is none.
    let here = |key: &SubjectId| key.region == record.place.region && key.account == record.place.account;
    let key = key.filter(|key| absent && here(key));
    key.map(|key| at(Some(&key), What::KmsKeyAbsent { key: key.clone() })).into_iter().collect()
}

/// What is told of a key happened where the key is: the copy of a record in another account is about the same key.
fn at(key: Option<&SubjectId>, what: What) -> Told {
    let place = key.map(|key| Place {
        partition: key.partition.clone(),
        account: key.account.clone(),
        region: key.region.clone(),
    });
    Told { what, place }
}

/// The key that a record is about.
///
/// Looked for in `resources`, which CloudTrail writes in one form for every call, then in the response, in
/// `serviceEventDetails`, then in the request. Where they disagree, the first key in the record's own region counts,
/// since a KMS key can be changed only in its region: AWS's sample of `CreateKey` in an external key store has a
/// response from `us-west-2` in a record of `us-east-1`, with the key of `resources` in `us-east-1`
/// (<https://docs.aws.amazon.com/kms/latest/developerguide/ct-createkey.html>).
fn key(record: &Record<'_>, request: &Object<'_>, response: &Object<'_>) -> Option<SubjectId> {
    let resources = record.resources();
    let resources =
        resources.iter().filter(|(sort, _)| sort.as_deref().is_none_or(|sort| sort == "AWS::KMS::Key"));
    let metadata = response.object("keyMetadata");
    let details = record.top().object("serviceEventDetails");
    let said: Vec<_> = [
        metadata.text("arn"),
        metadata.text("keyId"),
        response.text("keyId"),
        details.text("keyId"),
        request.text("keyId"),
    ]
    .into_iter()
    .flatten()
    .collect();
    let arns = resources.map(|(_, arn)| arn).chain(&said).filter_map(|arn| names::kms_key_of_arn(arn));
    let mut first = None;
    for key in arns {
        if key.region == record.place.region {
            return Some(key);
        }
        first = first.or(Some(key));
    }
    // A bare id is of the account and region of the call.
    first.or_else(|| {
        let id = said.iter().find_map(|id| names::kms_key_id(id))?;
        let Place { partition, account, region } = record.place.clone();
        Some(SubjectId::kms_key(partition, account, region, &id))
    })
}

fn created(key: &SubjectId, request: &Object<'_>, seen: &Object<'_>) -> What {
    let word = |name: &str| seen.text(name).or_else(|| request.text(name)).map(|word| clean(&word, 64));
    let flag = |name: &str| request.get(name).and_then(|flag| flag.flag()).unwrap_or_default();
    let xks = seen.object("xksKeyConfiguration").text("id").or_else(|| request.text("xksKeyId"));
    let make = KmsKeyMake {
        spec: word("keySpec").or_else(|| word("customerMasterKeySpec")),
        usage: word("keyUsage"),
        origin: word("origin"),
        key_store: word("customKeyStoreId"),
        xks_key: xks.map(|id| clean(&id, 128)),
        hsm_cluster: word("cloudHsmClusterId"),
        multi_region: multi_region(seen).or_else(|| multi_region(request)),
        bypassed_lockout_check: flag("bypassPolicyLockoutSafetyCheck"),
        tagged: !request.items("tags").is_empty(),
        description: seen
            .text("description")
            .or_else(|| request.text("description"))
            .map(|text| clean(&text, 256)),
    };
    let enabled = seen.get("enabled").and_then(|flag| flag.flag());
    let state = seen.text("keyState").and_then(|state| KmsKeyState::from_word(&state));
    let state = state.or_else(|| enabled?.then_some(KmsKeyState::Enabled));
    What::KmsKeyCreated { key: key.clone(), make, state, policy: policy(request) }
}

fn multi_region(said: &Object<'_>) -> Option<MultiRegion> {
    let roles = said.object("multiRegionConfiguration");
    match roles.text("multiRegionKeyType").as_deref() {
        Some("PRIMARY") => return Some(MultiRegion::Primary),
        Some("REPLICA") => {
            let primary = roles.object("primaryKey").text("arn").and_then(|arn| names::kms_key_of_arn(&arn));
            return Some(MultiRegion::Replica { primary });
        }
        _ => {}
    }
    let multi = said.get("multiRegion")?.flag()?;
    Some(if multi { MultiRegion::Yes } else { MultiRegion::No })
}

/// A replica has its primary's id and account, so that the region alone tells it where the response is silent.
fn replicated(key: &SubjectId, request: &Object<'_>, response: &Object<'_>) -> Result<What, Gap> {
    let seen = response.object("replicaKeyMetadata").text("arn").and_then(|arn| names::kms_key_of_arn(&arn));
    let region = || request.text("replicaRegion").and_then(|region| names::region(&region));
    let replica = match seen {
        Some(replica) => replica,
        None => SubjectId { region: region().ok_or(Gap::Value)?, ..key.clone() },
    };
    let region: Region = replica.region.clone();
    Ok(What::KmsKeyReplicated { key: key.clone(), replica, region })
}

fn change(record: &Record<'_>, request: &Object<'_>, response: &Object<'_>) -> Result<KmsKeyChange, Gap> {
    Ok(match &*record.name {
        "EnableKey" => KmsKeyChange::Enabled,
        "DisableKey" => KmsKeyChange::Disabled,
        "ScheduleKeyDeletion" => scheduled(record.time, request, response),
        "CancelKeyDeletion" => KmsKeyChange::DeletionCancelled,
        "DeleteKey" => KmsKeyChange::Deleted,
        "ImportKeyMaterial" => KmsKeyChange::MaterialImported { expires: material_expiry(request, response) },
        "DeleteImportedKeyMaterial" => KmsKeyChange::MaterialDeleted,
        "DeleteExpiredKeyMaterial" => KmsKeyChange::MaterialExpired,
        "PutKeyPolicy" => KmsKeyChange::PolicyChanged {
            policy: policy(request),
            bypassed_lockout_check: request
                .get("bypassPolicyLockoutSafetyCheck")
                .and_then(|flag| flag.flag())
                .unwrap_or_default(),
        },
        "UpdatePrimaryRegion" => {
            let region = request.text("primaryRegion").and_then(|region| names::region(&region));
            KmsKeyChange::PrimaryMoved(region.ok_or(Gap::Value)?)
        }
        _ => KmsKeyChange::Rotated,
    })
}

fn policy(request: &Object<'_>) -> Option<Box<str>> {
    request.text("policy").map(|policy| cut(&policy, POLICY_BYTES).into())
}

/// A multi-Region primary with replicas has no date: it waits until they are gone.
fn scheduled(time: Option<Time>, request: &Object<'_>, response: &Object<'_>) -> KmsKeyChange {
    let waits_for_replicas = response.text("keyState").is_some_and(|state| state == "PendingReplicaDeletion");
    if waits_for_replicas {
        return KmsKeyChange::DeletionScheduled { date: None, waits_for_replicas };
    }
    let window = || {
        let days =
            response.get("pendingWindowInDays").or_else(|| request.get("pendingWindowInDays"))?.whole()?;
        Some(time? + Span::days(i64::from(days)))
    };
    let date = response.get("deletionDate").and_then(dates::read).or_else(window);
    KmsKeyChange::DeletionScheduled { date, waits_for_replicas }
}

fn material_expiry(request: &Object<'_>, response: &Object<'_>) -> Option<Time> {
    if request.text("expirationModel").is_some_and(|model| model == "KEY_MATERIAL_DOES_NOT_EXPIRE") {
        return None;
    }
    request.get("validTo").or_else(|| response.get("validTo")).and_then(dates::read)
}

#[cfg(test)]
mod tests;
