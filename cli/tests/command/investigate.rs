//! What happened to a key or a user, in each format.

use crate::run::{keytrail, root};

/// A state of one folder or file of samples.
fn state(folder: &tempfile::TempDir, samples: &str) -> String {
    let state = folder.path().join("state").to_str().unwrap().to_owned();
    let run = keytrail(&["replay", samples, "--state", &state]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    state
}

const STOLEN: &str = "events/stolen_key_suspected/hit_elsewhere_at_once_and_with_another_tool";

/// The sample, whether it is a file or a folder.
fn stolen() -> String {
    let found = std::fs::read_dir(root().join("events/stolen_key_suspected")).unwrap();
    let mut names = found.map(|entry| entry.unwrap().path());
    let file =
        names.find(|path| path.starts_with(root().join("events")) && path.to_str().unwrap().contains(STOLEN));
    file.unwrap().to_str().unwrap().to_owned()
}

fn user_of(state: &str) -> String {
    keytrail(&["keys", "--state", state, "--format", "json"]).json()[0]["user"].as_str().unwrap().to_owned()
}

#[test]
fn a_stolen_key_is_told_to_people_and_programs() {
    let folder = tempfile::tempdir().unwrap();
    let state = state(&folder, &stolen());
    let user = user_of(&state);
    for format in ["text", "markdown", "json", "html"] {
        let run = keytrail(&["investigate", &user, "--state", &state, "--format", format]);
        assert_eq!(run.code, Some(0), "{}", run.stderr);
        insta::assert_snapshot!(format!("a_stolen_key_as_{format}"), run.stdout);
    }
}

#[test]
fn a_key_is_told_with_the_calls_that_may_be_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let state = state(&folder, "events/story");
    let keys = keytrail(&["keys", "--state", &state, "--format", "json"]).json();
    for key in keys.as_array().unwrap() {
        let id = key["id"].as_str().unwrap();
        let told = keytrail(&["investigate", id, "--state", &state, "--format", "json"]).json();
        assert_eq!(told["keys"][0], *key);
        let at: Vec<_> =
            told["timeline"].as_array().unwrap().iter().map(|it| it["at"].as_str().unwrap()).collect();
        assert!(at.is_sorted() && !at.is_empty(), "{at:?}");
        let is_open = told["open"].as_array().unwrap().iter().any(|it| it["kind"] == "key");
        assert_eq!(is_open, key["status"] == "active" || key["status"] == "unknown", "{told}");
    }
}

#[test]
fn only_what_happened_since_then_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let state = state(&folder, &stolen());
    let user = user_of(&state);
    let all = keytrail(&["investigate", &user, "--state", &state, "--format", "json"]).json();
    let middle = all["days"].as_array().unwrap().last().unwrap()["day"].as_str().unwrap().to_owned();
    let late =
        keytrail(&["investigate", &user, "--state", &state, "--format", "json", "--since", &middle]).json();
    let count = |of: &serde_json::Value, list: &str| of[list].as_array().unwrap().len();
    for list in ["timeline", "days"] {
        assert!(count(&late, list) < count(&all, list) && count(&late, "days") > 0, "{list}: {late}");
    }
    assert!(
        late["timeline"].as_array().unwrap().iter().all(|it| it["at"].as_str().unwrap() >= middle.as_str())
    );
    assert_eq!(count(&late, "open"), count(&all, "open"), "what is open is open whenever it began");
}

#[test]
fn whom_nobody_knows_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let state = state(&folder, "events/story");
    let run = keytrail(&["investigate", "nobody\u{1b}[2J", "--state", &state]);
    assert_eq!((run.code, run.stdout.as_str()), (Some(7), ""));
    assert!(run.stderr.contains("nobody\\u{1b}[2J"), "{}", run.stderr);
}

const HOSTILE: &str = "=a|b`</td><script>alert(1)</script>![x](http://198.51.100.7/)\u{1b}[2J\u{202e}\n# x";

#[test]
fn hostile_names_stay_text_in_each_format() {
    let sample = std::fs::read_to_string(root().join("events/key_created/hit_logs.json")).unwrap();
    let mut record: serde_json::Value = serde_json::from_str(&sample).unwrap();
    record["userIdentity"]["arn"] = HOSTILE.into();
    record["eventID"] = HOSTILE.into();
    record["userAgent"] = HOSTILE.into();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("record.json");
    std::fs::write(&file, record.to_string()).unwrap();
    let state = state(&folder, file.to_str().unwrap());
    let key = keytrail(&["keys", "--state", &state, "--format", "json"]).json()[0]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    for format in ["text", "markdown", "json", "html"] {
        let shown = keytrail(&["investigate", &key, "--state", &state, "--format", format]).stdout;
        assert!(shown.contains("alert"), "{format} shows it: {shown}");
        assert!(!shown.contains(['\u{1b}', '\u{202e}']), "{format}");
        assert!(!shown.lines().any(|line| line.starts_with("# x")), "{format}");
        match format {
            "markdown" => {
                assert!(!shown.contains("![x]") && !shown.contains("<script") && !shown.contains("a|b"));
            }
            "html" => assert!(!shown.contains("<script") && shown.contains("&lt;script&gt;alert")),
            "json" => assert!(serde_json::from_str::<serde_json::Value>(&shown).is_ok()),
            _ => {}
        }
    }
}
