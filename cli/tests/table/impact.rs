//! What depends on a KMS key, by what a table, its sweeps and KMS say.

use std::collections::BTreeSet;

use keytrail_aws::dynamo::DynamoLedger;
use keytrail_aws::json_call::KMS;
use keytrail_engine::event::{KmsKeyMake, KmsKeyRef, KmsKeyState, LogTargetName, Selectors, TrailSeen, What};
use keytrail_engine::ids::Region;
use keytrail_engine::impact::Listed;
use keytrail_engine::policy::Mode;
use keytrail_engine::subject::SubjectId;
use keytrail_engine::time::Span;
use keytrail_ledger::capability::Clock as _;
use keytrail_ledger::{
    ACCOUNTS, HISTORY, KMS_KEYS, LOG_GROUPS, LOG_PARTS, Slots as _, enabled_slot, keep_listed, sweep_slot,
};
use serde_json::{Value, json};

use crate::emulator::{Run, block_on, config, keytrail, table};
use crate::requests::{event, policy, put};

/// It lets CloudWatch Logs use the key for log groups of the emulator's account.
const POLICY: &str = r#"{"Statement": [
    {"Effect": "Allow", "Principal": {"Service": "logs.us-east-1.amazonaws.com"}, "Action": "kms:*", "Resource": "*",
     "Condition": {"ArnLike": {"kms:EncryptionContext:aws:logs:arn": "arn:aws:logs:us-east-1:123456789012:*"}}}]}"#;

/// A key in KMS, and a table that saw it being made under a trail.
fn made() -> (String, DynamoLedger, SubjectId, String) {
    let answer: Value = block_on(config().json(KMS).call("CreateKey", &json!({}))).unwrap();
    let arn = answer["KeyMetadata"]["Arn"].as_str().unwrap().to_owned();
    let key = SubjectId::kms_key_of_arn(&arn).unwrap();
    let (name, ledger) = table();
    let now = keytrail_aws::SystemClock.now();
    let selectors = Selectors { management_writes: true, ..Selectors::default() };
    let seen = TrailSeen { logging: true, multi_region: true, selectors };
    let (make, state) = (KmsKeyMake::default(), Some(KmsKeyState::Enabled));
    let created = What::KmsKeyCreated { key: key.clone(), make, state, policy: Some(POLICY.into()) };
    let trail = What::TrailObserved { trail: "audit".into(), seen };
    let events = [event(1, now - Span::days(2), created), event(2, now - Span::hours(1), trail)];
    put(&ledger, &events, &policy(Mode::Observe).policy, now);
    (name, ledger, key, arn)
}

/// As sweep leaves it.
fn swept(ledger: &DynamoLedger, key: &SubjectId, works: &[&str]) {
    let complete = keytrail_aws::SystemClock.now() - Span::hours(3);
    for work in works {
        let slot = sweep_slot(&key.partition, &key.account, &key.region, work);
        block_on(ledger.set_slot(&slot, &json!({"complete": complete}), None)).unwrap();
    }
}

/// The account has these regions, and there is no other account.
fn reached(ledger: &DynamoLedger, key: &SubjectId, regions: &[&str]) {
    let at = keytrail_aws::SystemClock.now() - Span::hours(3);
    let accounts = Listed { at, all: BTreeSet::from([key.account.clone()]) };
    block_on(keep_listed(ledger, ACCOUNTS, &accounts)).unwrap();
    let enabled = Listed { at, all: regions.iter().map(|region| Region::new(*region)).collect() };
    block_on(keep_listed(ledger, &enabled_slot(&key.partition, &key.account), &enabled)).unwrap();
}

fn ask(table: &str, arn: &str) -> Run {
    keytrail(&["impact", arn, "--table", table, "--format", "json"])
}

fn missing(run: &Run) -> String {
    run.json()["missing"].to_string()
}

#[test]
fn no_dependency_is_what_sweep_the_trail_and_kms_together_show() {
    let (table, ledger, key, arn) = made();
    let unswept = ask(&table, &arn);
    assert_eq!(unswept.code, Some(5), "{}", unswept.stderr);
    for said in ["was ever listed whole", "which accounts the policy names", "has enabled was never listed"] {
        assert!(missing(&unswept).contains(said), "{said}: {}", unswept.stdout);
    }
    reached(&ledger, &key, &["us-east-1", "eu-south-1"]);
    let elsewhere = ask(&table, &arn);
    let told = missing(&elsewhere);
    assert!(told.contains("nothing of account 123456789012 in eu-south-1"), "{told}");
    reached(&ledger, &key, &["us-east-1"]);
    swept(&ledger, &key, &[LOG_GROUPS, LOG_PARTS, KMS_KEYS]);
    let unread = ask(&table, &arn);
    assert_eq!((unread.code, unread.json()["missing"].as_array().unwrap().len()), (Some(5), 1));
    assert!(missing(&unread).contains("was never read"), "{}", unread.stdout);
    swept(&ledger, &key, &[HISTORY]);
    let free = ask(&table, &arn);
    assert_eq!((free.code, &free.json()["missing"]), (Some(0), &json!([])), "{}", free.stdout);
    assert!(free.json()["caution"].as_str().unwrap().contains("Other services may use the key"));

    // Something encrypts with it, which CloudTrail's management events of CloudWatch Logs don't tell.
    let encrypt = json!({"KeyId": arn, "Plaintext": "bG9ncw=="});
    let _: Value = block_on(config().json(KMS).call("Encrypt", &encrypt)).unwrap();
    let used = ask(&table, &arn);
    assert_eq!(used.code, Some(5));
    assert!(missing(&used).contains("something has used it: KMS saw Encrypt"), "{}", used.stdout);
    assert!(!used.json()["last_used"].is_null());
}

#[test]
fn a_key_that_kms_does_not_speak_of_is_unknown_and_one_in_use_is_told_with_what_needs_it() {
    let (table, ledger, key, arn) = made();
    swept(&ledger, &key, &[LOG_GROUPS, LOG_PARTS, KMS_KEYS, HISTORY]);
    let gone = arn.replace(&*key.name, "00000000-12ab-34cd-56ef-1234567890ab");
    let unknown = ask(&table, &gone);
    assert_eq!(unknown.code, Some(5));
    let told = missing(&unknown);
    assert!(told.contains("no record speaks of this key"), "{told}");

    let now = keytrail_aws::SystemClock.now();
    let target = LogTargetName::LogGroup("/shop".into());
    let associated = What::Associated { target, key: KmsKeyRef::Key(key) };
    put(&ledger, &[event(3, now - Span::hours(1), associated)], &policy(Mode::Observe).policy, now);
    let in_use = ask(&table, &arn);
    assert_eq!((in_use.code, in_use.json()["dependents"].as_array().unwrap().len()), (Some(4), 1));
}
