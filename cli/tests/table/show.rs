//! What is shown of a table is what is shown of a state that learnt the same.

use std::path::Path;

use keytrail_engine::decide::Circumstances;
use keytrail_engine::event::Event;
use keytrail_engine::parse::{Meaning, ParseSettings, meaning};
use keytrail_engine::policy::Policy;
use keytrail_engine::read::{Limits, split};
use keytrail_engine::time::Time;
use keytrail_ledger::{Judging, record};
use serde_json::Value;

use crate::emulator::{block_on, keytrail, table};

const NOW: &str = "2026-11-13T00:00:00Z";

/// The events of the story's files, in their order.
fn story() -> Vec<Event> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../events/story");
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let mut events = Vec::new();
    for file in files.iter().filter(|file| file.extension().is_some_and(|it| it == "json")) {
        split(&std::fs::read(file).unwrap(), Limits::default(), &mut |record| {
            let record = record.unwrap();
            let meaning = meaning(record.json, record.envelope.as_ref(), None, &ParseSettings::default());
            if let Meaning::Events(found) = meaning {
                events.extend(found);
            }
        });
    }
    assert!(events.len() > 30, "{} events", events.len());
    events
}

#[test]
fn a_table_is_shown_as_a_state_is() {
    let (name, ledger) = table();
    let policy = Policy::default();
    let now = Time::parse(NOW).unwrap();
    let judging = Judging { policy: &policy, now, circumstances: Circumstances::default() };
    let recorded = block_on(record(&ledger, &story(), judging));
    assert!(recorded.failed.is_empty(), "{recorded:?}");
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("state").to_str().unwrap().to_owned();
    let replayed = keytrail(&["replay", "events/story", "--state", &state, "--format", "json"]);
    assert_eq!(replayed.code, Some(0), "{}", replayed.stderr);
    for command in ["keys", "kms", "logs"] {
        let of_state = keytrail(&[command, "--state", &state, "--now", NOW, "--format", "json"]).json();
        let of_table = keytrail(&[command, "--table", &name, "--now", NOW, "--format", "json"]);
        assert_eq!(of_table.code, Some(0), "{}", of_table.stderr);
        assert_eq!(of_table.json(), of_state, "{command}");
        assert!(of_state.as_array().unwrap().len() > 1, "{command}");
    }
    let policy = folder.path().join("policy.toml").to_str().unwrap().to_owned();
    std::fs::write(&policy, "mode = \"alert\"\n").unwrap();
    let judged = |command: &[&str], place: [&str; 2]| {
        let how = ["--policy", &policy, "--now", NOW, "--format", "json"];
        let run = keytrail(&[command, &place, &how].concat());
        assert_eq!(run.code, Some(0), "{command:?} {place:?}: {}", run.stderr);
        run.json()
    };
    for command in [&["findings"][..], &["explain", "events/story/07_somebody_else_calls.json"]] {
        let (of_table, of_state) =
            (judged(command, ["--table", &name]), judged(command, ["--state", &state]));
        assert_eq!(of_table, of_state, "{command:?}");
        assert!(of_state.as_array().unwrap().len() > 1, "{command:?}");
    }
}

#[test]
fn an_investigation_of_a_table_tells_what_that_of_a_state_tells() {
    let (name, ledger) = table();
    let (policy, now) = (Policy::default(), Time::parse(NOW).unwrap());
    let judging = Judging { policy: &policy, now, circumstances: Circumstances::default() };
    let recorded = block_on(record(&ledger, &story(), judging));
    assert!(recorded.failed.is_empty(), "{recorded:?}");
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("state").to_str().unwrap().to_owned();
    keytrail(&["replay", "events/story", "--state", &state]);
    let keys = keytrail(&["keys", "--state", &state, "--now", NOW, "--format", "json"]).json();
    for key in keys.as_array().unwrap() {
        let told = |place: [&str; 2]| {
            let id = key["id"].as_str().unwrap();
            let run = keytrail(&["investigate", id, place[0], place[1], "--now", NOW, "--format", "json"]);
            assert_eq!(run.code, Some(0), "{}", run.stderr);
            run.json()
        };
        let (of_table, of_state) = (told(["--table", &name]), told(["--state", &state]));
        for part in
            ["keys", "days", "networks", "agents", "regions", "log_groups", "first_suspicious", "not_known"]
        {
            assert_eq!(of_table[part], of_state[part], "{part}");
        }
        let findings = |it: &Value| {
            let all = it["timeline"].as_array().unwrap().clone();
            all.into_iter().filter(|moment| moment["kind"] == "finding").collect::<Vec<_>>()
        };
        assert_eq!(findings(&of_table), findings(&of_state));
    }
    assert_eq!(keytrail(&["investigate", "nobody", "--table", &name]).code, Some(7));
}

#[test]
fn a_ledger_is_named_once() {
    for args in [
        &["keys"][..],
        &["keys", "--table", "t", "--state", "s"],
        &["keys", "--state", "s", "--region", "us-east-1"],
    ] {
        let run = keytrail(args);
        assert_eq!((run.code, run.stdout.as_str()), (Some(2), ""), "{args:?}");
    }
}
