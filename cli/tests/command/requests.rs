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

#[test]
fn what_is_expected_is_found_no_more() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("state").to_str().unwrap().to_owned();
    let case = "events/stolen_key_suspected/hit_another_place_and_tool.json";
    keytrail(&["replay", case, "--state", &file, "--format", "json"]);
    let found = || keytrail(&["findings", "--state", &file, "--format", "json"]).json();
    let of_rule = |rule: &str| {
        let found = found();
        let mut ids = found.as_array().unwrap().iter().filter(|finding| finding["rule"] == rule);
        ids.next().map(|finding| finding["id"].as_str().unwrap().to_owned())
    };
    let id = of_rule("stolen_key_suspected").expect("the case finds it");
    let noisy = keytrail(&["findings", "--state", &file, "--noisy", "--format", "json"]).json();
    let loud: Vec<&str> =
        noisy["rules"].as_array().unwrap().iter().map(|it| it["of"].as_str().unwrap()).collect();
    assert!(loud.contains(&"stolen_key_suspected") && loud.contains(&"first_seen_network"), "{noisy}");

    let ask = |id: &str, how: &str| {
        keytrail(&["expected", id, "--state", &file, "--why", "the new office\u{1b}[31m", how])
    };
    let dry = ask(&id, "--dry-run");
    assert!(dry.code == Some(0) && dry.stdout.starts_with("To be recorded"), "{}{}", dry.stdout, dry.stderr);
    assert!(of_rule("stolen_key_suspected").is_some(), "a dry run teaches nothing");
    let told = ask(&id, "--yes");
    assert!(
        told.code == Some(0) && told.stdout.contains("expected from now on"),
        "{}{}",
        told.stdout,
        told.stderr
    );
    assert!(!told.stdout.contains('\u{1b}'), "{}", told.stdout);
    assert_eq!(of_rule("stolen_key_suspected"), None);
    assert_eq!(of_rule("first_seen_network"), None);

    let again = ask(&id, "--yes");
    assert!(again.code == Some(8) && again.stderr.contains("stands no longer"), "{}", again.stderr);
    let back = keytrail(&["expected", &id, "--not", "--state", &file, "--why", "nobody knows it", "--yes"]);
    assert!(back.code == Some(0) && back.stdout.contains("no longer"), "{}{}", back.stdout, back.stderr);
    assert!(of_rule("stolen_key_suspected").is_some() && of_rule("first_seen_network").is_some());
    let unknown = ask("0123456789abcdef0123456789abcdef", "--yes");
    assert_eq!(unknown.code, Some(7), "{}", unknown.stderr);
    let other = of_rule("key_created").expect("the case has a key");
    let refused = ask(&other, "--yes");
    assert!(refused.code == Some(8) && refused.stderr.contains("not about habits"), "{}", refused.stderr);
    let noisy = keytrail(&["findings", "--state", &file, "--noisy"]);
    assert!(
        noisy.stdout.contains("WITHDRAWN") && noisy.stdout.contains("stolen_key_suspected"),
        "{}",
        noisy.stdout
    );
}
