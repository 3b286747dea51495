//! Every sample means something. What rules find in them: `tests/tests/rules.rs`.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

use std::fs;
use std::path::{Path, PathBuf};

use keytrail_engine::parse::{Meaning, ParseSettings, meaning};
use keytrail_engine::read::{Limits, split};

fn folder(name: &str) -> Vec<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../events").join(name);
    let mut found: Vec<_> = fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()).collect();
    found.sort();
    found
}

fn meanings(path: &Path) -> Vec<Meaning> {
    let mut found = Vec::new();
    split(&fs::read(path).unwrap(), Limits::default(), &mut |record| {
        let record = record.unwrap();
        found.push(meaning(record.json, record.envelope.as_ref(), None, &ParseSettings::default()));
    });
    found
}

#[test]
fn every_sample_means_something() {
    let mut wrong = Vec::new();
    for theme in folder("") {
        for case in folder(theme.file_name().unwrap().to_str().unwrap()) {
            if case.extension().is_some_and(|extension| extension == "gz") {
                continue;
            }
            for meaning in meanings(&case) {
                // Passwords are no API keys, and somebody else's EventBridge rule is no part of Keytrail.
                let no_concern = case.ends_with("passwords_are_not_api_keys.json")
                    || case.ends_with("miss_codecommit.json")
                    || case.ends_with("keytrail_changed/miss_another_rule.json");
                let understood = match &meaning {
                    Meaning::Events(events) => !events.is_empty(),
                    Meaning::Ignored => no_concern,
                    _ => false,
                };
                if !understood {
                    wrong.push(format!("{}: {meaning:?}", case.display()));
                }
            }
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
}
