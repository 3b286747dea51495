use std::collections::BTreeSet;

use serde_json::Value;

use super::{Corpus, Tally};

fn small() -> Corpus {
    Corpus { records: 4_000, files: 8, seed: 7, subjects: 10, hours: 6 }
}

fn records(corpus: &Corpus) -> Vec<Value> {
    corpus
        .texts()
        .flat_map(|text| match serde_json::from_slice::<Value>(&text).unwrap()["Records"].take() {
            Value::Array(records) => records,
            other => panic!("no list of records: {other}"),
        })
        .collect()
}

fn is_ours(record: &Value) -> bool {
    let name = record["eventName"].as_str().unwrap();
    !matches!(record["eventSource"].as_str().unwrap(), "s3.amazonaws.com" | "ec2.amazonaws.com")
        && [
            "CallWithBearerToken",
            "ServiceSpecificCredential",
            "KeyDeletion",
            "DisableKey",
            "EnableKey",
            "PutKeyPolicy",
            "AssociateKmsKey",
            "CreateLogGroup",
            "PutRetentionPolicy",
        ]
        .iter()
        .any(|ours| name.contains(ours))
}

#[test]
fn a_seed_names_the_bytes() {
    let again: Vec<_> = small().texts().collect();
    assert_eq!(small().texts().collect::<Vec<_>>(), again);
    assert_ne!(Corpus { seed: 8, ..small() }.texts().collect::<Vec<_>>(), again);
}

#[test]
fn every_record_is_whole_and_one_in_twenty_is_ours() {
    let records = records(&small());
    assert_eq!(records.len(), 4_000);
    for record in &records {
        assert!(record["eventTime"].as_str().unwrap().starts_with("2026-11-02T0"), "{record}");
        assert!(!record.to_string().contains("<<"), "{record}");
    }
    let ours = records.iter().filter(|record| is_ours(record)).count();
    assert!((160..=240).contains(&ours), "{ours} of 4,000 are ours");
    let ids: BTreeSet<_> = records.iter().map(|record| record["eventID"].as_str().unwrap()).collect();
    assert_eq!(ids.len(), 4_000);
}

#[test]
fn bearer_calls_carry_no_credential_id_and_come_from_no_more_users_than_asked() {
    let records = records(&small());
    let calls: Vec<_> =
        records.iter().filter(|record| record["eventName"] == "CallWithBearerToken").collect();
    assert!(calls.len() > 100);
    assert!(calls.iter().all(|call| !call.to_string().contains("ACCA")));
    let users: BTreeSet<_> =
        calls.iter().map(|call| call["userIdentity"]["userName"].as_str().unwrap()).collect();
    assert_eq!(users.len(), 10);
}

#[test]
fn records_are_as_large_as_those_the_published_figures_were_measured_on() {
    let raw: usize = small().texts().map(|text| text.len()).sum();
    let mean = raw / 4_000;
    assert!((1_560..=1_720).contains(&mean), "{mean} bytes a record");
}

#[test]
fn a_corpus_on_disk_says_what_it_holds() {
    let folder = std::env::temp_dir().join(format!("keytrail-corpus-{}", std::process::id()));
    let tally = small().write_to(&folder).unwrap();
    let files = std::fs::read_dir(&folder).unwrap().count();
    std::fs::remove_dir_all(&folder).unwrap();
    let raw: u64 = small().texts().map(|text| text.len() as u64).sum();
    let ours = records(&small()).iter().filter(|record| is_ours(record)).count() as u64;
    assert_eq!(files, 8);
    assert_eq!(tally, Tally { records: 4_000, ours, raw, compressed: tally.compressed });
    assert!(tally.compressed > 0 && tally.compressed < raw / 4);
}
