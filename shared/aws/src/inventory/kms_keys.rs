//! KMS keys: which there are, what each is, and what its policy says.
//!
//! Sources: <https://docs.aws.amazon.com/kms/latest/APIReference/API_ListKeys.html>,
//! <https://docs.aws.amazon.com/kms/latest/APIReference/API_DescribeKey.html>,
//! <https://docs.aws.amazon.com/kms/latest/APIReference/API_GetKeyPolicy.html>

use keytrail_engine::event::{KmsKeyMake, KmsKeySeen, KmsKeyState, MultiRegion};
use keytrail_engine::subject::SubjectId;
use keytrail_engine::time::Time;
use keytrail_ledger::capability::{InventoryError, KmsKeyAnswer, KmsKeyPage};
use serde::Deserialize;
use serde_json::json;

use super::{next_place, stopped};
use crate::FailureKind;
use crate::json_call::JsonClient;

/// Each key of a page is asked for by itself, so that pages are small.
const LIMIT: u32 = 20;

/// KMS's own limit for a key policy, in bytes.
///
/// Source: <https://docs.aws.amazon.com/kms/latest/developerguide/resource-limits.html>
const POLICY_BYTES: usize = 32 << 10;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Listed {
    keys: Vec<serde_json::Value>,
    next_marker: Option<Box<str>>,
    #[serde(default)]
    truncated: bool,
}

pub(super) async fn page(client: &JsonClient, after: Option<&str>) -> Result<KmsKeyPage, InventoryError> {
    let mut ask = json!({"Limit": LIMIT});
    if let (Some(after), Some(ask)) = (after, ask.as_object_mut()) {
        ask.insert("Marker".to_owned(), after.into());
    }
    let listed: Listed = client.call("ListKeys", &ask).await.map_err(stopped)?;
    let next = next_place(after, listed.truncated, listed.next_marker.as_deref())?;
    let arns = listed.keys.iter().filter_map(|key| key.get("KeyArn")?.as_str());
    Ok(KmsKeyPage { keys: arns.filter_map(SubjectId::kms_key_of_arn).collect(), next })
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Described {
    key_metadata: Metadata,
}

/// <https://docs.aws.amazon.com/kms/latest/APIReference/API_KeyMetadata.html>
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Metadata {
    creation_date: Option<f64>,
    deletion_date: Option<f64>,
    valid_to: Option<f64>,
    description: Option<Box<str>>,
    key_spec: Option<Box<str>>,
    customer_master_key_spec: Option<Box<str>>,
    key_usage: Option<Box<str>>,
    key_state: Option<Box<str>>,
    key_manager: Option<Box<str>>,
    origin: Option<Box<str>>,
    custom_key_store_id: Option<Box<str>>,
    cloud_hsm_cluster_id: Option<Box<str>>,
    xks_key_configuration: Option<ExternalKey>,
    multi_region: Option<bool>,
    multi_region_configuration: Option<Family>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ExternalKey {
    id: Option<Box<str>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Family {
    multi_region_key_type: Option<Box<str>>,
    primary_key: Option<Relative>,
    #[serde(default)]
    replica_keys: Vec<Relative>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Relative {
    arn: Box<str>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct PolicyShown {
    policy: Box<str>,
}

/// One key. That a role may not look at one says nothing of the others.
pub(super) async fn one(client: &JsonClient, key: &SubjectId) -> Result<KmsKeyAnswer, InventoryError> {
    let SubjectId { partition, account, region, name, .. } = key;
    let arn = format!("arn:{partition}:kms:{region}:{account}:key/{name}");
    let ask = json!({"KeyId": arn});
    let described: Described = match client.call("DescribeKey", &ask).await {
        Ok(described) => described,
        Err(failure) if &*failure.code == "NotFoundException" => return Ok(KmsKeyAnswer::NotFound),
        Err(failure) if failure.kind == FailureKind::AccessDenied => {
            tracing::warn!(key = %key, "KMS lets nobody here look at a key: its policy says who may");
            return Ok(KmsKeyAnswer::NotToBeSeen);
        }
        Err(failure) => return Err(stopped(failure)),
    };
    if described.key_metadata.key_manager.as_deref() == Some("AWS") {
        return Ok(KmsKeyAnswer::OfAws);
    }
    // A key has one policy, and this is its name.
    let ask = json!({"KeyId": arn, "PolicyName": "default"});
    let policy = match client.call::<_, PolicyShown>("GetKeyPolicy", &ask).await {
        Ok(shown) => Some(shown.policy).filter(|policy| policy.len() <= POLICY_BYTES),
        Err(failure) if matches!(failure.kind, FailureKind::AccessDenied) => None,
        Err(failure) if &*failure.code == "NotFoundException" => None,
        Err(failure) => return Err(stopped(failure)),
    };
    Ok(KmsKeyAnswer::Shown { seen: Box::new(seen(described.key_metadata)), policy })
}

fn seen(said: Metadata) -> KmsKeySeen {
    let family = said.multi_region_configuration;
    let kin = |relative: &Relative| SubjectId::kms_key_of_arn(&relative.arn);
    let primary = family.as_ref().and_then(|family| kin(family.primary_key.as_ref()?));
    let mut relatives: Vec<SubjectId> =
        family.iter().flat_map(|family| family.replica_keys.iter().filter_map(kin)).collect();
    relatives.extend(primary.clone());
    relatives.sort_unstable();
    relatives.dedup();
    let kind = family.and_then(|family| family.multi_region_key_type);
    KmsKeySeen {
        created: said.creation_date.and_then(moment),
        make: KmsKeyMake {
            spec: said.key_spec.or(said.customer_master_key_spec),
            usage: said.key_usage,
            origin: said.origin,
            key_store: said.custom_key_store_id,
            xks_key: said.xks_key_configuration.and_then(|key| key.id),
            hsm_cluster: said.cloud_hsm_cluster_id,
            multi_region: match (kind.as_deref(), said.multi_region) {
                (Some("PRIMARY"), _) => Some(MultiRegion::Primary),
                (Some("REPLICA"), _) => Some(MultiRegion::Replica { primary }),
                (_, Some(true)) => Some(MultiRegion::Yes),
                (_, said) => said.map(|_| MultiRegion::No),
            },
            bypassed_lockout_check: false,
            tagged: false,
            description: said.description.filter(|text| !text.is_empty()).map(|text| cut(&text).into()),
        },
        state: said.key_state.and_then(|state| KmsKeyState::from_word(&state)),
        deletion_date: said.deletion_date.and_then(moment),
        material_expires: said.valid_to.and_then(moment),
        family: relatives,
    }
}

/// As much of a description as a record's is kept.
fn cut(text: &str) -> &str {
    text.get(..text.floor_char_boundary(256)).unwrap_or_default()
}

/// Seconds since 1970, with a fraction.
pub(crate) fn moment(seconds: f64) -> Option<Time> {
    let millis = seconds * 1_000.0;
    let plausible = (0.0..=253_402_300_799_000.0).contains(&millis);
    #[expect(clippy::cast_possible_truncation, reason = "checked to lie between 1970 and 9999")]
    plausible.then(|| Time::from_millis(millis as i64))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_description_is_read_with_its_family() {
        let arn = |region: &str| format!("arn:aws:kms:{region}:111122223333:key/mrk-1");
        let said = json!({"KeyMetadata": {
            "KeyId": "mrk-1", "Arn": arn("us-east-1"), "CreationDate": 1_785_542_400.5, "Enabled": false,
            "KeyState": "PendingDeletion", "DeletionDate": 1_786_147_200, "KeySpec": "SYMMETRIC_DEFAULT",
            "KeyUsage": "ENCRYPT_DECRYPT", "Origin": "AWS_KMS", "KeyManager": "CUSTOMER", "MultiRegion": true,
            "Description": "", "MultiRegionConfiguration": {
                "MultiRegionKeyType": "PRIMARY", "PrimaryKey": {"Arn": arn("us-east-1"), "Region": "us-east-1"},
                "ReplicaKeys": [{"Arn": arn("us-west-2"), "Region": "us-west-2"}]
            }
        }});
        let described: Described = serde_json::from_value(said).unwrap();
        let seen = seen(described.key_metadata);
        assert_eq!(seen.created, Some(Time::from_millis(1_785_542_400_500)));
        assert_eq!(seen.deletion_date, Some(Time::from_millis(1_786_147_200_000)));
        assert_eq!(seen.state, Some(KmsKeyState::PendingDeletion));
        assert_eq!(seen.make.multi_region, Some(MultiRegion::Primary));
        assert_eq!((seen.make.description, seen.family.len()), (None, 2));
    }

    #[test]
    fn a_moment_that_is_none_is_left_out() {
        for seconds in [-1.0, f64::NAN, f64::INFINITY, 1e18] {
            assert_eq!(moment(seconds), None);
        }
        assert!(serde_json::from_str::<Listed>("{}").is_err(), "an answer without a list is no answer");
    }
}
