//! Requests recorded in a state file: remembered, and never carried out.

use crate::run::keytrail;

const KEY: &str = "ACCAEXAMPLEGATEWAY02";

#[test]
fn a_state_remembers_a_request_and_nobody_carries_it_out() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("state").to_str().unwrap().to_owned();
    assert_eq!(keytrail(&["replay", "events/story", "--state", &file, "--format", "json"]).code, Some(0));
    let ask = |command: &str| {
        keytrail(&[command, KEY, "--state", &file, "--why", "drill", "--yes", "--format", "json"])
    };
    let run = ask("compromised");
    assert_eq!(run.code, Some(8), "{}", run.stderr);
    let told = run.json();
    assert_eq!(told["withheld"][0]["reason"], "replay", "{told}");
    assert_eq!(told["by_is_proved"], false);
    assert!(told["by"].as_str().unwrap().starts_with("os-user:"), "{told}");
    let text = keytrail(&["deactivate", KEY, "--state", &file, "--why", "drill", "--dry-run"]);
    assert!(text.stdout.contains("proves nothing"), "{}", text.stdout);
    let none = keytrail(&["hold", KEY, "--state", "/nowhere/state", "--why", "drill", "--yes"]);
    assert!(none.code == Some(2) && none.stderr.contains("/nowhere/state"), "{}", none.stderr);
}

#[test]
fn a_hostile_reason_reaches_no_terminal() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("state").to_str().unwrap().to_owned();
    keytrail(&["replay", "events/story", "--state", &file, "--format", "json"]);
    let run = keytrail(&["hold", KEY, "--state", &file, "--why", "a\u{1b}[31m\nFollows: nothing", "--yes"]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    assert!(!run.stdout.contains('\u{1b}'), "{}", run.stdout);
    assert!(run.stdout.lines().all(|line| !line.starts_with("Follows: nothing")), "{}", run.stdout);
}
