//! What a policy would have done on an archive.

use serde_json::Value;

use crate::run::{Run, keytrail};

const ENFORCE: &str = "mode = \"enforce\"\nenrolled_accounts = [\"111122223333\", \"444455556666\"]\n";

/// The story, in which AWS Health reports a key as exposed the day after it was made; and a policy over it.
fn simulate(policy: &str, format: &str) -> Run {
    let folder = tempfile::tempdir().unwrap();
    let (report, file) = (folder.path().join("report.json"), folder.path().join("policy.toml"));
    let root = crate::run::root();
    let sample = root.join("events/compromise_reported/hit_health_names_api_key.json");
    let text = std::fs::read_to_string(sample).unwrap();
    std::fs::write(&report, text.replace("ACCAEXAMPLELEAK00001", "ACCAEXAMPLEGATEWAY02")).unwrap();
    std::fs::write(&file, policy).unwrap();
    let (report, file) = (report.to_str().unwrap(), file.to_str().unwrap());
    keytrail(&["simulate", "--from", "events/story", report, "--policy", file, "--format", format])
}

fn day<'a>(simulated: &'a Value, date: &str) -> &'a Value {
    let days = simulated["days"].as_array().unwrap();
    days.iter().find(|day| day["date"].as_str().unwrap().starts_with(date)).unwrap()
}

#[test]
fn an_enforced_policy_acts_on_the_day_and_what_it_breaks_is_counted() {
    let run = simulate(ENFORCE, "json");
    assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""));
    let simulated = run.json();
    let actions = simulated["actions"].as_array().unwrap();
    let [done, rescued] = &**actions else { panic!("two actions: {actions:#?}") };
    assert_eq!(
        (&done["action"], &rescued["action"]),
        (&"deactivate_api_key".into(), &"rescue_kms_key".into())
    );
    assert_eq!((&done["rule"], &done["at"]), (&"compromise_reported".into(), &"2026-11-06T08:00:00Z".into()));
    assert_eq!(day(&simulated, "2026-11-06")["actions"], 1);
    // The user rotates on the 6th: from then on only the exposed key is left, and all its calls would be refused.
    assert!(done["calls_refused"].as_u64().unwrap() > 0, "{done}");
    assert!(done["first_refused"].as_str().unwrap().starts_with("2026-11-06T09"), "{done}");
    let again = simulate(ENFORCE, "json");
    assert_eq!(again.stdout, run.stdout, "the same again is the same");
    insta::assert_snapshot!(simulate(ENFORCE, "text").stdout);
}

/// A KMS key that protects a log group is scheduled for deletion; and what came after.
fn of_a_key(after: &[(&str, &str)]) -> (Run, Value) {
    let folder = tempfile::tempdir().unwrap();
    let (archive, file) = (folder.path().join("archive.json"), folder.path().join("policy.toml"));
    let sample = crate::run::root().join("events/kms_key_in_use_scheduled_for_deletion/hit_log_group.json");
    let mut archived: Value = serde_json::from_slice(&std::fs::read(sample).unwrap()).unwrap();
    let records = archived["Records"].as_array_mut().unwrap();
    let scheduled = records.iter().find(|it| it["eventName"] == "ScheduleKeyDeletion").unwrap().clone();
    for (index, (name, at)) in after.iter().enumerate() {
        let mut record = scheduled.clone();
        record["eventName"] = (*name).into();
        record["eventTime"] = (*at).into();
        record["eventID"] = format!("00000000-0000-4000-8000-{index:012}").into();
        records.push(record);
    }
    std::fs::write(&archive, archived.to_string()).unwrap();
    std::fs::write(&file, ENFORCE).unwrap();
    let (archive, file) = (archive.to_str().unwrap(), file.to_str().unwrap());
    let run = |format| keytrail(&["simulate", "--from", archive, "--policy", file, "--format", format]);
    (run("text"), run("json").json())
}

#[test]
fn a_kms_key_is_rescued_as_the_deployed_function_would_and_not_deleted_then() {
    let (text, simulated) = of_a_key(&[("DeleteKey", "2027-01-10T00:00:00Z")]);
    let [done] = &**simulated["actions"].as_array().unwrap() else { panic!("{simulated:#}") };
    assert_eq!(done["action"], "rescue_kms_key");
    assert_eq!(done["deletion_averted"], "2027-01-10T00:00:00Z", "{done}");
    assert!(done.get("user").is_none(), "{done}");
    assert_eq!(simulated["held_back"], serde_json::json!({}));
    insta::assert_snapshot!(text.stdout);
}

#[test]
fn a_key_whose_deletion_is_scheduled_again_after_its_rescue_is_rescued_again() {
    let (_, simulated) =
        of_a_key(&[("ScheduleKeyDeletion", "2026-12-01T00:00:00Z"), ("DeleteKey", "2027-01-10T00:00:00Z")]);
    let done = simulated["actions"].as_array().unwrap();
    let averted: Vec<bool> = done.iter().map(|it| it.get("deletion_averted").is_some()).collect();
    assert_eq!(averted, [false, true], "{simulated:#}");
}

#[test]
fn a_policy_that_only_observes_does_nothing_and_says_what_it_held_back() {
    let simulated = simulate("mode = \"observe\"\nenrolled_accounts = [\"111122223333\"]\n", "json").json();
    assert_eq!(simulated["actions"], Value::Array(Vec::new()));
    assert_eq!(
        simulated["held_back"]["deactivate_api_key: mode is observe"], 1,
        "{}",
        simulated["held_back"]
    );
    let days = simulated["days"].as_array().unwrap();
    assert!(days.iter().all(|day| day["notices"] == 0 && day["calls_refused"] == 0), "{days:#?}");
}

#[test]
fn a_budget_of_nothing_holds_it_back() {
    let policy = format!("{ENFORCE}[budgets.reported]\nper_account = 0\nover_all = 0\n");
    let run = simulate(&policy, "json");
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    let simulated = run.json();
    let done = simulated["actions"].as_array().unwrap();
    assert!(done.iter().all(|it| it["action"] == "rescue_kms_key"), "another budget's: {done:#?}");
    let held: Vec<&String> = simulated["held_back"].as_object().unwrap().keys().collect();
    assert!(held.iter().any(|reason| reason.contains("budget is spent")), "{held:?}");
}

#[test]
fn a_policy_with_faults_and_an_archive_that_is_not_there_are_told() {
    let run = simulate("mode = \"enforced\"\n", "json");
    assert_eq!((run.code, run.stdout.as_str()), (Some(2), ""));
    let missing = keytrail(&["simulate", "--from", "/nowhere", "--policy", "infra/policy.toml"]);
    assert_eq!(missing.code, Some(1), "{}", missing.stdout);
    assert!(missing.stderr.contains("/nowhere"), "{}", missing.stderr);
}
