//! Policies: begun, checked, obeyed.

use crate::run::{keytrail, keytrail_reading};

#[test]
fn a_policy_that_was_begun_has_no_faults_and_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("policy.toml");
    let file = file.to_str().unwrap();
    assert_eq!(keytrail(&["policy", "init", file]).code, Some(0));
    assert_eq!(std::fs::read_to_string(file).unwrap(), keytrail(&["policy", "init"]).stdout);
    let check = keytrail(&["policy", "check", file]);
    assert_eq!((check.code, check.stderr.as_str()), (Some(0), ""));
    assert!(check.stdout.starts_with("No faults."), "{}", check.stdout);
    let with = keytrail(&["replay", "events/story", "--policy", file, "--format", "json"]).stdout;
    assert_eq!(with, keytrail(&["replay", "events/story", "--format", "json"]).stdout);
    let again = keytrail(&["policy", "init", file]);
    assert_eq!(again.code, Some(2), "no policy is overwritten: {}", again.stderr);
}

#[test]
fn every_fault_of_a_policy_is_told_at_once() {
    let policy = "mode = \"enforced\"\n[api_keys]\nmax_lifetime_days = 0\n[rules.key_rest]\nenabled = true\n";
    let run = keytrail_reading(&["policy", "check", "-"], policy);
    assert_eq!((run.code, run.stdout.as_str()), (Some(2), ""));
    insta::assert_snapshot!(run.stderr, @r#"
    error: the policy - has faults:
      line 1: mode is "enforced"; write "observe", "alert" or "enforce"
      line 3: api_keys.max_lifetime_days is 0; write a whole number of days from 1 to 36600, such as 90
      line 4: rules.key_rest is not known; did you mean key_reset?
    "#);
}

#[test]
fn a_policy_is_obeyed() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("policy.toml");
    std::fs::write(
        &file,
        "[api_keys]\nmax_lifetime_days = 10\n[rules.key_created]\nenabled = false\n[rules.key_reset]\nseverity = \"critical\"\n",
    )
    .unwrap();
    let args = ["replay", "events/story", "--policy", file.to_str().unwrap(), "--format", "json"];
    let json = keytrail(&args).json();
    let findings = json["findings"].as_array().unwrap();
    let of = |rule: &str| findings.iter().filter(|it| it["rule"] == rule).collect::<Vec<_>>();
    assert!(of("key_created").is_empty());
    assert_eq!(of("key_reset")[0]["severity"], "critical");
    assert_eq!(of("key_lifetime_over_limit").len(), 3);
}

#[test]
fn a_policy_that_would_do_nothing_is_told_so() {
    let check = keytrail_reading(&["policy", "check", "-"], "mode = \"enforce\"\n");
    assert!(check.stdout.contains("no account is enrolled"), "{}", check.stdout);
}
