use super::*;
use crate::parse::testing::{Case, events, gap, ignored, whats};

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
    let grant = case("DisableKey", "null").resources(&format!(r#"[{{"ARN":"{ARN}","type":"AWS::Other"}}]"#));
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
    assert_eq!(schedule(r#"{"keyState":"PendingReplicaDeletion","pendingWindowInDays":7}"#), changed(waits));
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
        let by_resource = case.clone().resources(&format!(r#"[{{"ARN":"{ARN}","type":"AWS::KMS::Key"}}]"#));
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
    let never = r#","expirationModel":"KEY_MATERIAL_DOES_NOT_EXPIRE","validTo":"Oct 5, 2026 12:00:00 AM""#;
    assert_eq!(with("ImportKeyMaterial", never), changed(KmsKeyChange::MaterialImported { expires: None }));
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
    let request = r#"{"tags":[{"tagKey":"a"}],"bypassPolicyLockoutSafetyCheck":true,"description":"keys\u0007 for logs","policy":"{}"}"#;
    let What::KmsKeyCreated { key, make, state, policy } =
        whats(&case("CreateKey", request).response(&response)).remove(0)
    else {
        panic!()
    };
    assert_eq!((key, state, policy.as_deref()), (subject(), Some(KmsKeyState::Creating), Some("{}")));
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

#[test]
fn a_description_says_only_that_there_is_no_such_key_and_only_where_it_was_asked_for() {
    let asked = |region: &str| {
        let arn = ARN.replace("us-east-1", region);
        case("DescribeKey", &format!(r#"{{"keyId":"{arn}"}}"#))
    };
    let absent = [What::KmsKeyAbsent { key: subject() }];
    assert_eq!(whats(&asked("us-east-1").error("NotFoundException")), absent);
    for other in [
        asked("us-east-1"),
        asked("us-east-1").error("AccessDenied"),
        asked("eu-west-1").error("NotFoundException"),
        case("DescribeKey", r#"{"keyId":"alias/logs"}"#).error("NotFoundException"),
    ] {
        assert!(ignored(&other));
    }
}
