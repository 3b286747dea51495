//! What a replay shows and how it ends.

use crate::run::{command, keytrail, keytrail_reading};
use std::io::Read as _;
use std::process::Stdio;

#[test]
fn the_story_is_told_to_people() {
    let run = keytrail(&["replay", "events/story"]);
    assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""));
    insta::assert_snapshot!(run.stdout);
}

#[test]
fn the_story_is_told_to_programs() {
    let run = keytrail(&["replay", "events/story", "--format", "json"]);
    assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""));
    insta::assert_snapshot!(run.stdout);
}

#[test]
fn json_lines_say_the_same_as_json() {
    let whole = keytrail(&["replay", "events", "--format", "json"]).json();
    let lines = keytrail(&["replay", "events", "--format", "jsonl"]).stdout;
    let lines: Vec<serde_json::Value> =
        lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    for (list, word) in [
        ("ignored", "ignored"),
        ("keys", "key"),
        ("kms_keys", "kms_key"),
        ("log_targets", "log_target"),
        ("findings", "finding"),
        ("withheld", "withheld"),
    ] {
        let mut of_type: Vec<_> = lines.iter().filter(|line| line["type"] == word).cloned().collect();
        for line in &mut of_type {
            line.as_object_mut().unwrap().remove("type");
        }
        assert_eq!(whole[list].as_array().unwrap(), &of_type, "{list}");
    }
    assert_eq!(lines[0]["type"], "summary");
    assert_eq!(lines[0]["records"], whole["records"]);
}

#[test]
fn every_sample_is_read() {
    let run = keytrail(&["replay", "events"]);
    assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""), "no progress and no complaint in a pipe");
}

#[test]
fn standard_input_is_read() {
    let story =
        std::fs::read_to_string(crate::run::root().join("events/story/01_encrypt_the_log_groups.json"));
    let run = keytrail_reading(&["replay", "-", "--format", "json"], &story.unwrap());
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    assert_eq!(run.json()["log_targets"].as_array().unwrap().len(), 3);
}

#[test]
fn what_is_skipped_is_named_and_the_rest_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("half.jsonl");
    let whole = r#"{"eventSource":"iam.amazonaws.com","eventName":"ListUsers","eventVersion":"1.11"}"#;
    std::fs::write(&file, format!("{whole}\n{{\"eventSource\": \"kms\n{whole}\n")).unwrap();
    let file = file.to_str().unwrap();
    let run = keytrail(&["replay", file, "no/such/file", "--format", "json"]);
    assert_eq!(run.code, Some(1));
    let json = run.json();
    assert_eq!((&json["records"], &json["skipped_count"]), (&2.into(), &2.into()));
    assert_eq!(json["skipped"][0]["file"], file);
    assert_eq!(json["skipped"][0]["position"]["record"], 1);
    assert_eq!(json["skipped"][1]["file"], "no/such/file");
    assert!(run.stderr.contains("no/such/file: cannot open: No such file"), "{}", run.stderr);
    assert_eq!(run.stderr.lines().count(), 2, "{}", run.stderr);
}

#[test]
fn lists_of_faults_stop_and_their_counts_do_not() {
    let broken = "{\"eventSource\": 1 \n".repeat(1_500);
    let run = keytrail_reading(&["replay", "-", "--format", "json"], &broken);
    let json = run.json();
    assert_eq!(json["skipped_count"], 1_500);
    assert_eq!(json["skipped"].as_array().unwrap().len(), 1_000);
    assert_eq!(json["skipped"][999]["position"]["record"], 999, "the first of them");
    assert!(run.stderr.lines().last().unwrap().contains("and 500 more"), "{}", run.stderr);
}

#[test]
fn the_gravest_finding_decides_how_it_ends() {
    for (severity, code) in [("critical", 3), ("high", 3), ("info", 3)] {
        let run = keytrail(&["replay", "events/story", "--fail-on", severity]);
        assert_eq!(run.code, Some(code), "{severity}");
    }
    let harmless = "events/kms_keys/create_key.json";
    assert_eq!(keytrail(&["replay", harmless, "--fail-on", "info"]).code, Some(0));
    let both = keytrail(&["replay", "events/story", "no/such/file", "--fail-on", "critical"]);
    assert_eq!(both.code, Some(3), "what was skipped is still named: {}", both.stderr);
    assert!(both.stderr.contains("no/such/file"));
}

#[test]
fn a_wrong_call_is_told_so() {
    for args in [
        &["replay"][..],
        &["replay", "events", "--format", "yaml"],
        &["replay", "events", "--fail-on", "bad"],
        &["replay", "events", "--now", "today"],
        &["replay", "events", "--threads", "0"],
        &["replay", "events", "--policy", "no/such/policy.toml"],
        &["replay", "events", "--state", "no/such/folder/state"],
        &["keys", "--state", "no/such/state"],
        &["keys"],
        &["bogus"],
    ] {
        let run = keytrail(args);
        assert_eq!(run.code, Some(2), "{args:?}");
        assert!(run.stdout.is_empty() && !run.stderr.is_empty(), "{args:?}");
    }
}

#[test]
fn the_moment_can_be_chosen() {
    let at = |now: &str| keytrail(&["replay", "events/story", "--now", now, "--format", "json"]).json();
    let later = at("2030-01-01T00:00:00Z");
    assert_eq!(later["now"], "2030-01-01T00:00:00Z");
    let of = |json: &serde_json::Value, id: &str| {
        let keys = json["keys"].as_array().unwrap();
        keys.iter().find(|key| key["id"] == id).unwrap()["status"].clone()
    };
    assert_eq!(of(&later, "ACCAEXAMPLEBILLING01"), "expired");
    assert_eq!(of(&at("2026-11-04T00:00:00Z"), "ACCAEXAMPLEBILLING01"), "active");
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let mut command = command(&["replay", "events", "--format", "json"]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let mut stderr = String::new();
    child.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
    assert_eq!((child.wait().unwrap().code(), stderr.as_str()), (Some(0), ""));
}

#[test]
fn colours_are_for_those_who_want_them() {
    let run = |name: &str| {
        let output = command(&["replay", "events/story"]).env(name, "1").output().unwrap();
        String::from_utf8(output.stdout).unwrap()
    };
    assert!(!run("NO_COLOR").contains('\u{1b}'));
    assert!(run("CLICOLOR_FORCE").contains('\u{1b}'));
    assert!(!keytrail(&["replay", "events/story"]).stdout.contains('\u{1b}'), "a pipe gets none");
}

#[test]
fn a_key_that_only_calls_name_is_listed() {
    let json =
        keytrail(&["replay", "events/bearer_call_by_unknown_key/hit_id_never_seen.json", "--format", "json"])
            .json();
    let key = &json["keys"][0];
    assert_eq!((&key["id"], &key["user"]), (&"ACCAEXAMPLEGHOST0001".into(), &"ghost-forwarder".into()));
    assert_eq!((&key["status"], &key["last_used"]["known"]), (&"unknown".into(), &true.into()));
}

#[test]
fn silence_is_never_called_disuse() {
    let run = keytrail(&["replay", "events/ambiguous_bearer_call/hit_two_active_keys.json"]);
    assert!(run.stdout.contains("unknown, perhaps"), "either key may have been used: {}", run.stdout);
    let unused = keytrail(&["replay", "events/key_created/hit_logs.json"]).stdout;
    assert!(unused.contains("unknown") && !unused.contains("never"), "{unused}");
}
