//! The samples under `events/` are what `docs/samples.md` says they are.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use flate2::read::MultiGzDecoder;
use keytrail_engine::read::{Limits, split};
use keytrail_engine::rules::Rule;
use serde_json::Value;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Every sample: its path below `events/`, and its text.
fn samples() -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    for folder in fs::read_dir(root().join("events")).unwrap() {
        let folder = folder.unwrap().path();
        for file in fs::read_dir(&folder).unwrap() {
            let path = file.unwrap().path();
            let name = |path: &Path| path.file_name().unwrap().to_str().unwrap().to_owned();
            found.insert(format!("{}/{}", name(&folder), name(&path)), text(&path));
        }
    }
    found
}

fn text(path: &Path) -> String {
    let bytes = fs::read(path).unwrap();
    if path.extension().is_some_and(|extension| extension == "gz") {
        let mut text = String::new();
        MultiGzDecoder::new(bytes.as_slice()).read_to_string(&mut text).unwrap();
        return text;
    }
    String::from_utf8(bytes).unwrap()
}

/// What `docs/samples.md` lists: path below `events/`, and what it says of the record.
fn listed() -> Vec<(String, String)> {
    let page = fs::read_to_string(root().join("docs/samples.md")).unwrap();
    let mut folder = String::new();
    let mut rows = Vec::new();
    for line in page.lines() {
        if let Some(name) = line.strip_prefix("## ") {
            name.clone_into(&mut folder);
        } else if let Some(row) = line.strip_prefix("| `") {
            let (file, rest) = row.split_once("` | ").unwrap();
            rows.push((format!("{folder}/{file}"), rest.split(" | ").next().unwrap().to_owned()));
        }
    }
    rows
}

/// Every CloudTrail record in a JSON value, wherever it is wrapped up.
fn records(value: &Value, into: &mut Vec<Value>) {
    match value {
        Value::Object(fields) if fields.contains_key("eventVersion") => into.push(value.clone()),
        Value::Object(fields) => fields.values().for_each(|inner| records(inner, into)),
        Value::Array(items) => items.iter().for_each(|inner| records(inner, into)),
        Value::String(text) => {
            if let Ok(inner @ Value::Object(_)) = serde_json::from_str(text) {
                records(&inner, into);
            }
        }
        _ => {}
    }
}

/// How many reports of Health or GuardDuty a JSON value holds.
fn reports(value: &Value) -> usize {
    match value {
        Value::Object(fields) if fields.contains_key("detail-type") => {
            usize::from(value["detail"].get("eventVersion").is_none())
        }
        Value::Array(items) => items.iter().map(reports).sum(),
        _ => 0,
    }
}

fn values(text: &str) -> Vec<Value> {
    serde_json::Deserializer::from_str(text).into_iter().collect::<Result<_, _>>().unwrap()
}

#[test]
fn every_sample_is_listed_once_and_says_where_it_is_from() {
    let listed = listed();
    let names: BTreeSet<_> = listed.iter().map(|(path, _)| path.clone()).collect();
    assert_eq!(names.len(), listed.len(), "a sample is listed twice");
    assert_eq!(names, samples().into_keys().collect());
    for (path, record) in &listed {
        let published = record.starts_with("[published](https://docs.aws.amazon.com/");
        assert!(published || record == "constructed", "{path}: {record}");
    }
    assert_eq!(listed.iter().filter(|(_, record)| record != "constructed").count(), 3);
}

#[test]
fn every_sample_is_json_and_repeats_no_record() {
    let mut seen = BTreeSet::new();
    for (path, text) in samples() {
        let values = values(&text);
        assert!(!values.is_empty(), "{path} is empty");
        let mut found = Vec::new();
        values.iter().for_each(|value| records(value, &mut found));
        let report = path.starts_with("compromise_reported/") && text.contains("\"detail\"");
        assert!(report || !found.is_empty(), "{path} holds no record");
        for record in found {
            let id = record["eventID"].as_str().unwrap().to_owned();
            assert!(seen.insert(id.clone()), "{path} repeats {id}");
        }
    }
    assert!(seen.len() > 200, "{} records", seen.len());
}

#[test]
fn the_reader_finds_no_fault() {
    for (path, text) in samples() {
        let (mut read, mut found) = (0, Vec::new());
        split(text.as_bytes(), Limits::default(), &mut |record| {
            read += 1;
            assert!(record.is_ok(), "{path}: {record:?}");
        });
        let values = values(&text);
        values.iter().for_each(|value| records(value, &mut found));
        assert_eq!(read, found.len() + values.iter().map(reports).sum::<usize>(), "{path}");
    }
}

#[test]
fn a_folder_with_hits_and_misses_is_named_after_a_rule() {
    for path in samples().into_keys() {
        let (folder, file) = path.split_once('/').unwrap();
        if file.starts_with("hit_") || file.starts_with("miss_") {
            assert!(Rule::by_id(folder).is_some(), "no rule is called {folder}");
        }
    }
}

#[test]
fn a_rules_folder_has_hits_and_near_misses() {
    let mut rules: BTreeMap<String, (usize, usize)> = BTreeMap::new();
    for path in samples().into_keys() {
        let (folder, file) = path.split_once('/').unwrap();
        match file.split_once('_').map(|(kind, _)| kind) {
            Some("hit") => rules.entry(folder.to_owned()).or_default().0 += 1,
            Some("miss") => rules.entry(folder.to_owned()).or_default().1 += 1,
            _ => assert!(!rules.contains_key(folder), "{path} is neither a hit nor a miss"),
        }
    }
    assert!(rules.len() >= 9, "{rules:?}");
    for (rule, (hits, misses)) in rules {
        assert!(hits > 0 && misses > 0, "{rule} has {hits} hits and {misses} misses");
    }
}

#[test]
fn samples_name_documentation_accounts_networks_and_no_people() {
    for (path, text) in samples() {
        if path.starts_with("kms_keys/create_key_") {
            continue;
        }
        let mut found = Vec::new();
        values(&text).iter().for_each(|value| records(value, &mut found));
        for record in found {
            let account = record["recipientAccountId"].as_str().unwrap();
            assert!(["111122223333", "444455556666"].contains(&account), "{path}: {account}");
            let address = record["sourceIPAddress"].as_str().unwrap();
            // Where a case needs more networks than there are for documentation, it takes neighbours of the first.
            let example = ["192.0.", "198.51.100.", "203.0.113.", "2001:db8:", "AWS Internal"];
            let of_aws = address.ends_with(".amazonaws.com");
            assert!(
                of_aws || example.iter().any(|network| address.starts_with(network)),
                "{path}: {address}"
            );
            assert!(!record.to_string().contains("Alice"), "{path}");
        }
    }
}
