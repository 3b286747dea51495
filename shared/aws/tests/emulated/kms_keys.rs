//! KMS keys as KMS describes them, and past records as CloudTrail lists them.

use std::collections::BTreeSet;

use keytrail_aws::actions::KmsAdmin;
use keytrail_aws::json_call::{JsonService, KMS};
use keytrail_aws::{AwsInventory, last_usage};
use keytrail_engine::event::KmsKeyState;
use keytrail_engine::ids::Region;
use keytrail_engine::rescue::OPT_IN_TAG;
use keytrail_engine::subject::SubjectId;
use keytrail_engine::time::Time;
use keytrail_ledger::capability::{Inventory, InventoryError, KmsKeyAdmin as _, KmsKeyAnswer};
use serde_json::{Value, json};

use crate::emulator::{Caller, block_on, unique};

/// EventBridge, of which the inventory calls nothing: what passes its default bus is the emulator's history. The emulator has
/// one address for all services, so that KMS's stands for it.
const EVENTS: JsonService = JsonService { name: "events", target: "AWSEvents", endpoint: "KMS" };

/// The emulator's own.
fn region() -> Region {
    Region::new("us-east-1")
}

async fn create(parameters: &Value) -> SubjectId {
    let made: Value = Caller::new().config.json(KMS).call("CreateKey", parameters).await.unwrap();
    SubjectId::kms_key_of_arn(made["KeyMetadata"]["Arn"].as_str().unwrap()).unwrap()
}

#[test]
fn keys_are_listed_over_all_pages_and_described_with_their_policy() {
    block_on(async {
        let inventory = AwsInventory::new(&Caller::new().config);
        let mut made = BTreeSet::new();
        for _ in 0..25 {
            made.insert(create(&json!({"Description": "for logs"})).await);
        }
        let (mut listed, mut pages, mut after) = (BTreeSet::new(), 0, None);
        loop {
            let page = inventory.kms_keys(&region(), after.as_deref()).await.unwrap();
            listed.extend(page.keys);
            pages += 1;
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        assert!(made.is_subset(&listed) && pages >= 2, "{pages} pages, {} keys", listed.len());
        let KmsKeyAnswer::Shown { seen, policy } = inventory.kms_key(made.first().unwrap()).await.unwrap()
        else {
            panic!()
        };
        assert_eq!(seen.state, Some(KmsKeyState::Enabled));
        assert_eq!(seen.make.spec.as_deref(), Some("SYMMETRIC_DEFAULT"));
        assert_eq!(seen.make.description.as_deref(), Some("for logs"));
        assert!(seen.created.is_some() && policy.unwrap().contains("Statement"));
    });
}

#[test]
fn a_key_that_waits_for_its_deletion_has_a_date_and_one_that_is_not_there_is_told_so() {
    block_on(async {
        let inventory = AwsInventory::new(&Caller::new().config);
        let key = create(&json!({})).await;
        let kms = Caller::new().config.json(KMS);
        let ask = json!({"KeyId": &*key.name, "PendingWindowInDays": 7});
        let _: Value = kms.call("ScheduleKeyDeletion", &ask).await.unwrap();
        let KmsKeyAnswer::Shown { seen, .. } = inventory.kms_key(&key).await.unwrap() else { panic!() };
        assert_eq!(seen.state, Some(KmsKeyState::PendingDeletion));
        assert!(seen.deletion_date.unwrap() > seen.created.unwrap());
        let other = SubjectId { name: "00000000-12ab-34cd-56ef-1234567890ab".into(), ..key };
        assert_eq!(inventory.kms_key(&other).await.unwrap(), KmsKeyAnswer::NotFound);
    });
}

#[test]
fn what_kms_refuses_is_told_from_what_it_hides() {
    block_on(async {
        let caller = Caller::new();
        let inventory = AwsInventory::new(&caller.config);
        let key = create(&json!({})).await;
        let spoil = |action: &str, code: &str| {
            caller.spoil(json!({"service": "kms", "action": action, "count": 1, "answer": {"code": code}}));
        };
        spoil("DescribeKey", "AccessDeniedException");
        assert_eq!(inventory.kms_key(&key).await.unwrap(), KmsKeyAnswer::NotToBeSeen);
        spoil("GetKeyPolicy", "AccessDeniedException");
        let without = inventory.kms_key(&key).await.unwrap();
        assert!(matches!(without, KmsKeyAnswer::Shown { policy: None, .. }), "{without:?}");
        spoil("DescribeKey", "InvalidArnException");
        let refused = inventory.kms_key(&key).await;
        assert!(matches!(refused, Err(InventoryError::Refused { .. })), "{refused:?}");
    });
}

#[test]
fn past_records_are_listed_by_name_page_by_page() {
    block_on(async {
        let inventory = AwsInventory::new(&Caller::new().config);
        let (name, events) = (unique("PastEvent"), Caller::new().config.json(EVENTS));
        for second in 0..60 {
            let time = format!("2026-08-01T10:00:{second:02}Z");
            let record = json!({"eventName": name, "eventTime": time, "eventID": time, "eventSource": "kms.amazonaws.com"});
            let entry = json!({"Source": "aws.kms", "DetailType": "AWS API Call via CloudTrail", "Detail": record.to_string()});
            let _: Value = events.call("PutEvents", &json!({"Entries": [entry]})).await.unwrap();
        }
        let moment = |text: &str| Time::parse(text).unwrap();
        let (since, until) = (moment("2026-07-01T00:00:00Z"), moment("2026-08-02T00:00:00Z"));
        let first = inventory.history(&region(), &name, since, until, None).await.unwrap();
        let rest = inventory.history(&region(), &name, since, until, first.next.as_deref()).await.unwrap();
        let mut times: Vec<String> =
            first.records.iter().chain(&rest.records).map(|it| it.to_string()).collect();
        assert_eq!((first.records.len(), rest.next), (50, None));
        times.dedup();
        assert_eq!(times.len(), 60);
        let later = inventory.history(&region(), &name, until, until, None).await.unwrap();
        assert!(later.records.is_empty());
    });
}

#[test]
fn a_deletion_is_cancelled_and_the_key_enabled_as_kms_does_it() {
    block_on(async {
        let admin = KmsAdmin::new(Caller::new().config);
        let tag = json!({"Tags": [{"TagKey": "a", "TagValue": "b"}, {"TagKey": "keytrail:rescue", "TagValue": "true"}]});
        let key = create(&tag).await;
        let kms = Caller::new().config.json(KMS);
        let ask = json!({"KeyId": &*key.name, "PendingWindowInDays": 7});
        let _: Value = kms.call("ScheduleKeyDeletion", &ask).await.unwrap();
        assert_eq!(admin.state(&key).await.unwrap(), Some(KmsKeyState::PendingDeletion));
        assert!(admin.has_tag(&key, OPT_IN_TAG).await.unwrap());
        assert!(!admin.has_tag(&key, ("keytrail:rescue", "yes")).await.unwrap());
        admin.cancel_deletion(&key).await.unwrap();
        assert_eq!(admin.state(&key).await.unwrap(), Some(KmsKeyState::Disabled));
        admin.enable(&key).await.unwrap();
        assert_eq!(admin.state(&key).await.unwrap(), Some(KmsKeyState::Enabled));
        let other = SubjectId { name: "00000000-12ab-34cd-56ef-1234567890ab".into(), ..key };
        assert_eq!(admin.state(&other).await.unwrap(), None);
    });
}

#[test]
fn what_kms_answers_to_a_rescue_says_what_to_do_next() {
    block_on(async {
        let caller = Caller::new();
        let admin = KmsAdmin::new(caller.config.clone());
        let key = create(&json!({})).await;
        for (code, expected) in [
            ("AccessDeniedException", "AccessDenied"),
            ("ThrottlingException", "Later"),
            ("KMSInvalidStateException", "Refused"),
        ] {
            // As often as it is tried.
            let answer = json!({"code": code, "status": 400});
            caller.spoil(
                json!({"service": "kms", "action": "CancelKeyDeletion", "count": 3, "answer": answer}),
            );
            let error = format!("{:?}", admin.cancel_deletion(&key).await.unwrap_err());
            assert!(error.starts_with(expected), "{code}: {error}");
            caller.unspoil();
        }
    });
}

#[test]
fn kms_says_when_a_key_was_last_used() {
    block_on(async {
        let config = Caller::new().config;
        let key = create(&json!({})).await;
        let never = last_usage(&config, &key).await.unwrap();
        assert_eq!(never.last, None);
        assert!(never.tracked_since.unwrap() < never.created.unwrap());
        let encrypt = json!({"KeyId": &*key.name, "Plaintext": "bG9ncw=="});
        let _: Value = config.json(KMS).call("Encrypt", &encrypt).await.unwrap();
        let (at, operation) = last_usage(&config, &key).await.unwrap().last.unwrap();
        assert!(at >= never.created.unwrap() && &*operation == "Encrypt");
        let other = SubjectId { name: "00000000-12ab-34cd-56ef-1234567890ab".into(), ..key };
        assert_eq!(&*last_usage(&config, &other).await.unwrap_err().code, "NotFoundException");
    });
}
