//! Explanations of single records.

use crate::run::{keytrail, keytrail_reading};

#[test]
fn a_change_is_explained() {
    let run = keytrail(&["explain", "events/story/10_cleaning_up.json"]);
    assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""));
    insta::assert_snapshot!(run.stdout);
}

#[test]
fn what_would_be_done_rests_on_state_and_policy() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (state, policy) = (path("state"), path("policy.toml"));
    keytrail(&["replay", "events/story", "--state", &state]);
    std::fs::write(&policy, "mode = \"enforce\"\nenrolled_accounts = [\"111122223333\"]\n").unwrap();
    let cleaning = "events/story/10_cleaning_up.json";
    let alone = keytrail(&["explain", cleaning]).stdout;
    assert!(!alone.contains("rescue_kms_key"), "nothing is known to hang on the key: {alone}");
    let observed = keytrail(&["explain", cleaning, "--state", &state]).stdout;
    assert!(
        observed.contains("rescue_kms_key 4f0e6c1d-9a37-4d52-8b1e-6f2a9c3d7e10: no, mode is observe"),
        "{observed}"
    );
    let enforced = keytrail(&["explain", cleaning, "--state", &state, "--policy", &policy]).stdout;
    assert!(enforced.contains("rescue_kms_key 4f0e6c1d-9a37-4d52-8b1e-6f2a9c3d7e10\n"), "{enforced}");
    let staged = "mode = \"enforce\"\nenrolled_accounts = [\"111122223333\"]\n\
                  [rules.kms_key_in_use_scheduled_for_deletion]\nenforce_from = 2027-01-01\n";
    std::fs::write(&policy, staged).unwrap();
    let staged = keytrail(&["explain", cleaning, "--state", &state, "--policy", &policy]).stdout;
    assert!(staged.contains("no, the rule alerts only until 2027-01-01T00:00:00Z"), "{staged}");
}

#[test]
fn what_means_nothing_or_too_little_is_explained_too() {
    let records = concat!(
        r#"{"eventVersion":"1.11","eventSource":"s3.amazonaws.com","eventName":"GetObject"}"#,
        "\n",
        r#"{"eventVersion":"1.11","eventSource":"kms.amazonaws.com","eventName":"DisableKey","eventTime":"2026-11-01T00:00:00Z","awsRegion":"us-east-1","recipientAccountId":"111122223333","requestParameters":{"keyId":null}}"#,
        "\n",
        r#"{"eventVersion":"1.11"}"#,
        "\n",
    );
    let run = keytrail_reading(&["explain", "-"], records);
    insta::assert_snapshot!(run.stdout, @"
    GetObject of s3.amazonaws.com (-, record 0)
      means nothing to Keytrail

    DisableKey of kms.amazonaws.com (-, record 1)
      should mean something, but it names no subject: no credential, user, log target, KMS key or trail. Its shape, without any value:
        {awsRegion:string,eventName:string,eventSource:string,eventTime:string,eventVersion:string,recipientAccountId:string,requestParameters:{keyId:null}}

    (none) of (none) (-, record 2)
      is no record that can be read
    ");
    let replayed = keytrail_reading(&["replay", "-", "--format", "json"], records).json();
    assert_eq!((&replayed["ignored_count"], &replayed["unresolved_count"]), (&1.into(), &1.into()));
    assert_eq!(replayed["skipped_count"], 1);
    assert_eq!(replayed["records"], 2);
}

#[test]
fn programs_get_explanations_as_json() {
    let json = keytrail(&["explain", "events/key_reset/hit_reset.json", "--format", "json"]).json();
    let last = json.as_array().unwrap().last().unwrap();
    assert_eq!(last["means"], "events");
    let rules = last["events"][0]["rules"].as_array().unwrap();
    let reset = rules.iter().find(|look| look["rule"] == "key_reset").unwrap();
    assert_eq!(reset["found"][0]["new"], true);
}
