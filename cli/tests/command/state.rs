//! States: files that replays add to and other commands look into.

use keytrail_ledger::{ItemKind, Ledger, State};
use keytrail_sqlite::SqliteLedger;

use crate::run::{Run, keytrail};

fn replay(state: &str, path: &str) -> Run {
    let run = keytrail(&["replay", path, "--state", state, "--format", "json"]);
    assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""));
    run
}

fn state() -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("state").to_str().unwrap().to_owned();
    (folder, file)
}

#[test]
fn the_same_files_again_change_nothing() {
    let (_folder, file) = state();
    let first = replay(&file, "events/story");
    let bytes = || std::fs::read(&file).unwrap();
    let before = bytes();
    assert_eq!(replay(&file, "events/story").stdout, first.stdout);
    assert!(bytes() == before, "not a byte of the state");
    assert_eq!(
        first.stdout,
        keytrail(&["replay", "events/story", "--format", "json"]).stdout,
        "as in memory"
    );
}

#[test]
fn a_state_remembers_what_earlier_replays_read() {
    let (_folder, file) = state();
    let parts = ["05_a_second_key", "10_cleaning_up", "02_a_key_that_never_expires", "06_rotated"];
    for part in parts {
        replay(&file, &format!("events/story/{part}.json"));
    }
    let together = replay(&file, "events/story").json();
    let at_once = keytrail(&["replay", "events/story", "--format", "json"]).json();
    for list in ["now", "keys", "kms_keys", "log_targets", "findings", "withheld"] {
        assert_eq!(together[list], at_once[list], "{list}");
    }
}

#[test]
fn what_a_state_holds_is_shown_as_the_replay_showed_it() {
    let (_folder, file) = state();
    let replayed = replay(&file, "events/story").json();
    for (command, list) in
        [("keys", "keys"), ("kms", "kms_keys"), ("logs", "log_targets"), ("findings", "findings")]
    {
        let json = keytrail(&[command, "--state", &file, "--format", "json"]).json();
        assert_eq!(json, replayed[list], "{command}");
        let lines = keytrail(&[command, "--state", &file, "--format", "jsonl"]).stdout;
        assert_eq!(lines.lines().count(), json.as_array().unwrap().len(), "{command}");
        let cells = keytrail(&[command, "--state", &file, "--format", "csv"]).stdout;
        assert_eq!(cells.lines().count(), json.as_array().unwrap().len() + 1, "{command}");
    }
}

#[test]
fn a_state_is_shown_to_people() {
    let (_folder, file) = state();
    replay(&file, "events/story");
    for command in ["keys", "kms", "logs"] {
        let run = keytrail(&[command, "--state", &file]);
        assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""));
        insta::assert_snapshot!(format!("{command}_of_a_state"), run.stdout);
        let csv = keytrail(&[command, "--state", &file, "--format", "csv"]);
        insta::assert_snapshot!(format!("{command}_of_a_state_as_csv"), csv.stdout);
    }
}

#[test]
fn findings_decide_how_it_ends() {
    let (_folder, file) = state();
    replay(&file, "events/key_reset/hit_reset.json");
    assert_eq!(keytrail(&["findings", "--state", &file, "--fail-on", "medium"]).code, Some(3));
    assert_eq!(keytrail(&["findings", "--state", &file, "--fail-on", "high"]).code, Some(0));
}

#[test]
fn a_file_that_is_no_state_is_refused_and_left_alone() {
    let (folder, _) = state();
    let file = folder.path().join("notes.txt");
    std::fs::write(&file, "not a state").unwrap();
    let name = file.to_str().unwrap();
    for args in [&["replay", "events/story", "--state", name][..], &["keys", "--state", name]] {
        let run = keytrail(args);
        assert_eq!((run.code, run.stdout.as_str()), (Some(2), ""));
        assert!(run.stderr.contains(name), "{}", run.stderr);
    }
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "not a state");
}

#[test]
fn an_empty_input_leaves_an_empty_state() {
    let (folder, file) = state();
    let empty = folder.path().join("empty.json");
    std::fs::write(&empty, r#"{"Records": []}"#).unwrap();
    let json = replay(&file, empty.to_str().unwrap()).json();
    assert_eq!((&json["now"], &json["files"], &json["records"]), (&().into(), &1.into(), &0.into()));
    let keys = keytrail(&["keys", "--state", &file]);
    assert_eq!(keys.code, Some(0), "{}", keys.stderr);
}

/// How many findings of a state are fired, and how many withdrawn.
fn history(file: &str) -> (usize, usize) {
    let ledger = SqliteLedger::open_read_only(file).unwrap();
    let page = pollster::block_on(ledger.items_of_kind(ItemKind::Finding, None, 1_000)).unwrap();
    let of = |state: State| page.entries.iter().filter(|stored| stored.item.state == state).count();
    (of(State::Fired), of(State::Withdrawn))
}

#[test]
fn a_finding_fires_once_and_is_withdrawn_but_never_erased() {
    let (_folder, file) = state();
    // Two active keys and a key that never expires; later one is switched off and deleted.
    for part in ["02_a_key_that_never_expires", "03_the_gateway_sends", "05_a_second_key"] {
        replay(&file, &format!("events/story/{part}.json"));
    }
    let (before, none) = history(&file);
    assert!(before > 0 && none == 0, "{before} fired, {none} withdrawn");
    let standing = replay(&file, "events/story").json()["findings"].as_array().unwrap().len();
    let (fired, withdrawn) = history(&file);
    assert_eq!(fired, standing, "what stands is what is fired");
    assert!(withdrawn > 0, "the deleted key's findings stand no longer");
    replay(&file, "events/story");
    assert_eq!(history(&file), (fired, withdrawn), "the same again fires nothing");
}
