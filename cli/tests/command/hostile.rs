//! Names that would act on a terminal or in a spreadsheet.

use crate::run::{keytrail, root};

/// The record of a key's creation, changed, in a file of its own.
fn changed(change: impl Fn(&mut serde_json::Value)) -> (tempfile::TempDir, String) {
    let sample = std::fs::read_to_string(root().join("events/key_created/hit_logs.json")).unwrap();
    let mut record: serde_json::Value = serde_json::from_str(&sample).unwrap();
    change(&mut record);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("record.json");
    std::fs::write(&file, record.to_string()).unwrap();
    let path = file.to_str().unwrap().to_owned();
    (folder, path)
}

fn acts(c: char) -> bool {
    c != '\n' && c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

const ACTING: &str = "a\u{1b}]0;owned\u{7}\u{202e}\u{9b}2J\r\nb\u{2066}";

#[test]
fn no_caller_acts_on_a_terminal() {
    let (folder, record) = changed(|record| record["userIdentity"]["arn"] = ACTING.into());
    let state = folder.path().join("state").to_str().unwrap().to_owned();
    for args in [
        &["replay", &record, "--state", &state][..],
        &["replay", &record, "--format", "json"],
        &["explain", &record],
        &["keys", "--state", &state, "--format", "csv"],
        &["findings", "--state", &state],
    ] {
        shows_without_acting(args);
    }
}

#[test]
fn no_event_acts_on_a_terminal() {
    let (_folder, record) = changed(|record| record["eventName"] = ACTING.into());
    for args in [
        &["replay", &record, "--format", "json"][..],
        &["replay", &record, "--format", "jsonl"],
        &["explain", &record],
        &["explain", &record, "--format", "json"],
    ] {
        let shown = shows_without_acting(args);
        assert!(shown.contains("\\u001b") || shown.contains("\\u{1b}"), "written out: {shown}");
    }
}

fn shows_without_acting(args: &[&str]) -> String {
    let run = keytrail(args);
    assert_eq!(run.code, Some(0), "{args:?}: {}", run.stderr);
    assert!(run.stdout.contains("owned"), "{args:?} shows it: {}", run.stdout);
    assert!(!run.stdout.contains(acts), "{args:?}: {:?}", run.stdout);
    run.stdout
}

#[test]
fn no_name_is_a_formula() {
    for name in ["=1+1", "+x", "-x", "@x"] {
        let (folder, record) = changed(|record| {
            record["requestParameters"]["userName"] = name.into();
            record["responseElements"]["serviceSpecificCredential"]["userName"] = name.into();
        });
        let state = folder.path().join("state").to_str().unwrap().to_owned();
        keytrail(&["replay", &record, "--state", &state]);
        let csv = keytrail(&["keys", "--state", &state, "--format", "csv"]).stdout;
        assert!(csv.contains(&format!(",'{name},")), "{csv}");
    }
}

#[test]
fn no_file_name_acts_on_a_terminal() {
    let run = keytrail(&["replay", "no/such\u{1b}[2J\u{202e}/file"]);
    assert_eq!(run.code, Some(1));
    assert!(!run.stderr.contains(acts) && run.stderr.contains("such"), "{:?}", run.stderr);
}
