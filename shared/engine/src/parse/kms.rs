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
    let state = seen.text("keyState").and_then(|state| state_of(&state));
    let state = state.or_else(|| enabled?.then_some(KmsKeyState::Enabled));
    What::KmsKeyCreated { key: key.clone(), make, state }
}

fn state_of(word: &str) -> Option<KmsKeyState> {
    use KmsKeyState::{
        Creating, Disabled, Enabled, PendingDeletion, PendingImport, PendingReplicaDeletion, Unavailable,
        Updating,
    };
    let all = [
        ("Creating", Creating),
        ("Enabled", Enabled),
        ("Disabled", Disabled),
        ("PendingDeletion", PendingDeletion),
        ("PendingReplicaDeletion", PendingReplicaDeletion),
        ("PendingImport", PendingImport),
        ("Unavailable", Unavailable),
        ("Updating", Updating),
    ];
    all.into_iter().find(|(name, _)| *name == word).map(|(_, state)| state)
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
            policy: request.text("policy").map(|policy| cut(&policy, POLICY_BYTES).into()),
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
mod tests {
    use super::super::testing::{Case, events, gap, whats};
    use super::*;

    const ARN: &str = "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";
    const ID: &str = "1234abcd-12ab-34cd-56ef-1234567890ab";

    fn case(name: &str, request: &str) -> Case {
        Case::new(SOURCE, name).request(request)
    }

    fn subject() -> SubjectId {
        SubjectId::kms_key_of_arn(ARN).unwrap()
    }

    fn changed(change: KmsKeyChange) -> Vec<What> {
        vec![What::KmsKeyChanged { key: subject(), change }]
    }

    #[test]
    fn a_key_is_found_by_arn_id_and_resources() {
        let expected = changed(KmsKeyChange::Disabled);
        for case in [
            case("DisableKey", &format!(r#"{{"keyId":"{ARN}"}}"#)),
            case("DisableKey", &format!(r#"{{"keyId":"{ID}"}}"#)),
            case("DisableKey", r#"{"keyId":"alias/logs"}"#).resources(&format!(r#"[{{"ARN":"{ARN}"}}]"#)),
            case("DisableKey", r#"{"keyId":"alias/logs"}"#)
                .resources(&format!(r#"[{{"arn":"{ARN}","type":"AWS::KMS::Key"}}]"#)),
            case("DisableKey", r#"{"keyId":"alias/logs"}"#).response(&format!(r#"{{"keyId":"{ARN}"}}"#)),
            case("DisableKey", "null").response("null").resources(&format!(r#"[{{"ARNPrefix":"{ARN}"}}]"#)),
        ] {
            assert_eq!(whats(&case), expected);
        }
        assert_eq!(gap(&case("DisableKey", r#"{"keyId":"alias/logs"}"#)), Gap::Target);
        let grant =
            case("DisableKey", "null").resources(&format!(r#"[{{"ARN":"{ARN}","type":"AWS::Other"}}]"#));
        assert_eq!(gap(&grant), Gap::Target);
    }

    #[test]
    fn where_arns_disagree_the_records_region_decides() {
        let other = "arn:aws:kms:us-west-2:111122223333:key/0000";
        let resources = |arn: &str| format!(r#"[{{"ARN":"{arn}","type":"AWS::KMS::Key"}}]"#);
        let response = |arn: &str| format!(r#"{{"keyId":"{arn}"}}"#);
        for (one, two) in [(ARN, other), (other, ARN)] {
            let case = case("EnableKey", "null").resources(&resources(one)).response(&response(two));
            assert_eq!(whats(&case), changed(KmsKeyChange::Enabled));
        }
    }

    #[test]
    fn the_subject_is_the_owners_and_so_is_the_place() {
        let owner = "arn:aws:kms:us-east-1:999999999999:key/mrk-1";
        let event = events(&case("EnableKey", &format!(r#"{{"keyId":"{owner}"}}"#))).remove(0);
        assert_eq!(event.place.account.as_str(), "999999999999");
    }

    #[test]
    fn a_scheduled_deletion_has_its_date_or_waits_for_replicas() {
        let schedule = |response: &str| {
            whats(
                &case("ScheduleKeyDeletion", &format!(r#"{{"keyId":"{ARN}","pendingWindowInDays":7}}"#))
                    .response(response),
            )
        };
        let date = |text: &str| {
            changed(KmsKeyChange::DeletionScheduled { date: Time::parse(text), waits_for_replicas: false })
        };
        let response = r#"{"deletionDate":"Aug 8, 2026, 11:53:36 PM","keyState":"PendingDeletion"}"#;
        assert_eq!(schedule(response), date("2026-08-08T23:53:36Z"));
        assert_eq!(schedule("null"), date("2026-08-08T00:00:00Z"));
        assert_eq!(schedule(r#"{"pendingWindowInDays":30}"#), date("2026-08-31T00:00:00Z"));
        let waits = KmsKeyChange::DeletionScheduled { date: None, waits_for_replicas: true };
        assert_eq!(
            schedule(r#"{"keyState":"PendingReplicaDeletion","pendingWindowInDays":7}"#),
            changed(waits)
        );
    }

    #[test]
    fn what_kms_does_by_itself_is_read_from_service_events() {
        for (name, change) in [
            ("DeleteKey", KmsKeyChange::Deleted),
            ("RotateKey", KmsKeyChange::Rotated),
            ("DeleteExpiredKeyMaterial", KmsKeyChange::MaterialExpired),
        ] {
            let case = case(name, "null")
                .caller(r#"{"accountId":"111122223333","invokedBy":"AWS Internal"}"#)
                .with(r#""eventType":"AwsServiceEvent""#);
            let by_resource =
                case.clone().resources(&format!(r#"[{{"ARN":"{ARN}","type":"AWS::KMS::Key"}}]"#));
            assert_eq!(whats(&by_resource), changed(change.clone()), "{name}");
            let by_details =
                case.with(&format!(r#""serviceEventDetails":{{"rotationType":"AUTOMATIC","keyId":"{ID}"}}"#));
            assert_eq!(whats(&by_details), changed(change), "{name}");
        }
    }

    #[test]
    fn other_changes_keep_what_matters() {
        let with = |name, rest: &str| whats(&case(name, &format!(r#"{{"keyId":"{ARN}"{rest}}}"#)));
        let policy = |text: &str, bypassed_lockout_check| KmsKeyChange::PolicyChanged {
            policy: Some(text.into()),
            bypassed_lockout_check,
        };
        assert_eq!(
            with("PutKeyPolicy", r#","policy":"{\n \"a\":1}","bypassPolicyLockoutSafetyCheck":"true""#),
            changed(policy("{\n \"a\":1}", true))
        );
        let long = format!(r#","policy":"{}""#, "é".repeat(40_000));
        assert_eq!(with("PutKeyPolicy", &long), changed(policy(&"é".repeat(16_384), false)));
        let expires = Time::parse("2026-10-05T00:00:00Z");
        let import = r#","expirationModel":"KEY_MATERIAL_EXPIRES","validTo":"Oct 5, 2026 12:00:00 AM""#;
        assert_eq!(with("ImportKeyMaterial", import), changed(KmsKeyChange::MaterialImported { expires }));
        let never =
            r#","expirationModel":"KEY_MATERIAL_DOES_NOT_EXPIRE","validTo":"Oct 5, 2026 12:00:00 AM""#;
        assert_eq!(
            with("ImportKeyMaterial", never),
            changed(KmsKeyChange::MaterialImported { expires: None })
        );
        let moved = KmsKeyChange::PrimaryMoved("eu-west-1".into());
        assert_eq!(with("UpdatePrimaryRegion", r#","primaryRegion":"eu-west-1""#), changed(moved));
        assert_eq!(gap(&case("UpdatePrimaryRegion", &format!(r#"{{"keyId":"{ARN}"}}"#))), Gap::Value);
    }

    #[test]
    fn a_replica_is_known_even_without_a_response() {
        let primary = "arn:aws:kms:us-east-1:111122223333:key/mrk-1";
        let replica = "arn:aws:kms:eu-west-1:111122223333:key/mrk-1";
        let expected = What::KmsKeyReplicated {
            key: SubjectId::kms_key_of_arn(primary).unwrap(),
            replica: SubjectId::kms_key_of_arn(replica).unwrap(),
            region: "eu-west-1".into(),
        };
        let request = format!(r#"{{"keyId":"{primary}","replicaRegion":"eu-west-1"}}"#);
        let response = format!(r#"{{"replicaKeyMetadata":{{"arn":"{replica}"}}}}"#);
        for case in [case("ReplicateKey", &request), case("ReplicateKey", &request).response(&response)] {
            assert_eq!(whats(&case).remove(0), expected);
        }
    }

    #[test]
    fn a_new_key_is_told_with_its_make() {
        let response = format!(
            r#"{{"keyMetadata":{{"AWSAccountId":"111122223333","arn":"{ARN}","keyState":"Creating","keySpec":"SYMMETRIC_DEFAULT",
            "keyUsage":"ENCRYPT_DECRYPT","origin":"EXTERNAL_KEY_STORE","customKeyStoreId":"cks-1","description":"",
            "xksKeyConfiguration":{{"id":"bb85"}},"multiRegion":true,"multiRegionConfiguration":{{"multiRegionKeyType":"REPLICA",
            "primaryKey":{{"arn":"arn:aws:kms:eu-west-1:111122223333:key/mrk-1"}}}}}}}}"#
        );
        let request = r#"{"tags":[{"tagKey":"a"}],"bypassPolicyLockoutSafetyCheck":true,"description":"keys\u0007 for logs"}"#;
        let What::KmsKeyCreated { key, make, state } =
            whats(&case("CreateKey", request).response(&response)).remove(0)
        else {
            panic!()
        };
        assert_eq!((key, state), (subject(), Some(KmsKeyState::Creating)));
        let primary = SubjectId::kms_key_of_arn("arn:aws:kms:eu-west-1:111122223333:key/mrk-1");
        let expected = KmsKeyMake {
            spec: Some("SYMMETRIC_DEFAULT".into()),
            usage: Some("ENCRYPT_DECRYPT".into()),
            origin: Some("EXTERNAL_KEY_STORE".into()),
            key_store: Some("cks-1".into()),
            xks_key: Some("bb85".into()),
            hsm_cluster: None,
            multi_region: Some(MultiRegion::Replica { primary }),
            bypassed_lockout_check: true,
            tagged: true,
            description: Some("keys for logs".into()),
        };
        assert_eq!(make, expected);
    }

    #[test]
    fn a_failed_call_is_an_attempt_on_the_key_if_it_says_which() {
        let denied = whats(&case("ScheduleKeyDeletion", "null").error("AccessDenied"));
        assert!(matches!(&denied[..], [What::Attempt { on: None, .. }]));
        let pending =
            whats(&case("EnableKey", &format!(r#"{{"keyId":"{ID}"}}"#)).error("KMSInvalidStateException"));
        assert!(matches!(&pending[..], [What::Attempt { on: Some(on), .. }] if *on == subject()));
    }
}
