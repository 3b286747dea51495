//! What depends on a KMS key, and how the command ends.

use crate::run::keytrail;

fn state(paths: &[&str]) -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("state").to_str().unwrap().to_owned();
    for path in paths {
        assert_eq!(keytrail(&["replay", path, "--state", &file]).code, Some(0));
    }
    (folder, file)
}

#[test]
fn a_key_in_use_is_told_with_everything_that_needs_it() {
    let (_folder, file) = state(&["events/story"]);
    let key = "4f0e6c1d-9a37-4d52-8b1e-6f2a9c3d7e10";
    let run = keytrail(&["impact", key, "--state", &file]);
    assert_eq!((run.code, run.stderr.as_str()), (Some(4), ""));
    insta::assert_snapshot!(run.stdout);
    let arn = format!("arn:aws:kms:us-east-1:111122223333:key/{key}");
    let json = keytrail(&["impact", &arn, "--state", &file, "--format", "json"]).json();
    assert_eq!((json["verdict"].as_str(), json["dependents"].as_array().unwrap().len()), (Some("in_use"), 3));
    assert!(json["free_from"].is_null() && json["key"]["id"] == key, "{json}");
}

#[test]
fn older_data_names_the_day_from_which_nothing_needs_the_key() {
    let case = "events/kms_key_in_use_disabled/hit_older_data.json";
    let (_folder, file) = state(&[case]);
    let key = "00000202-12ab-34cd-56ef-1234567890ab";
    let run = keytrail(&["impact", key, "--state", &file]);
    assert_eq!(run.code, Some(4));
    assert!(run.stdout.contains("From 2026-12-12 10:05 on, none of them will need it."), "{}", run.stdout);
    let later = keytrail(&["impact", key, "--state", &file, "--now", "2026-12-12T10:05:00Z"]);
    assert_eq!(later.code, Some(5), "what is free today may have been associated before: {}", later.stdout);
}

#[test]
fn no_dependency_takes_the_whole_history() {
    let case = "events/custom_key_store_dependency/miss_not_in_use.json";
    let (_folder, file) = state(&[case]);
    let key = "00000223-12ab-34cd-56ef-1234567890ab";
    let ask = |more: &[&str]| keytrail(&[&["impact", key, "--state", &file], more].concat());
    let unknown = ask(&[]);
    assert_eq!(unknown.code, Some(5));
    assert!(unknown.stdout.contains("--complete-since 2026-11-03T10:00:00Z"), "{}", unknown.stdout);
    assert_eq!(ask(&["--complete-since", "2026-11-03T10:00:01Z"]).code, Some(5), "a second is missing");
    let free = ask(&["--complete-since", "2026-11-01T00:00:00Z"]);
    assert_eq!(free.code, Some(0));
    for told in [&unknown, &free] {
        assert!(told.stdout.contains("Other services may use the key"), "{}", told.stdout);
    }
}

#[test]
fn a_key_that_is_not_known_is_unknown_by_its_arn_and_a_mistake_by_its_id() {
    let (_folder, file) = state(&["events/story"]);
    let arn = "arn:aws:kms:us-east-1:111122223333:key/00000000-12ab-34cd-56ef-1234567890ab";
    let unknown = keytrail(&["impact", arn, "--state", &file, "--complete-since", "2020-01-01T00:00:00Z"]);
    assert_eq!(unknown.code, Some(5));
    assert!(unknown.stdout.contains("no record speaks of this key"), "{}", unknown.stdout);
    let mistake = keytrail(&["impact", "00000000", "--state", &file]);
    assert_eq!(mistake.code, Some(2));
    assert!(mistake.stderr.contains("name its ARN"), "{}", mistake.stderr);
}
