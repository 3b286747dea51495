use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, TestRunner};
use serde_json::Value;

use super::{Delivery, Step, Story, Told, Twist, delivery, flooded_story, story};

fn many(strategy: impl Strategy<Value = Story>, count: usize) -> Vec<Story> {
    let mut runner = TestRunner::deterministic();
    (0..count).map(|_| strategy.new_tree(&mut runner).unwrap().current()).collect()
}

fn texts(record: &Value, field: &str) -> Option<String> {
    record.get(field).and_then(Value::as_str).map(str::to_owned)
}

/// What the generator has to produce, each with the share of stories that must show it, in per cent.
#[test]
fn stories_have_what_makes_convergence_hard() {
    let stories = many(story(), 120);
    let mut shown: BTreeMap<&str, usize> = BTreeMap::new();
    for story in &stories {
        let records = story.records();
        let all = |field| records.iter().filter_map(|record| texts(record, field)).collect::<Vec<_>>();
        let distinct = |field| all(field).into_iter().collect::<BTreeSet<_>>().len();
        let names: BTreeSet<_> = all("eventName").into_iter().collect();
        let calls: Vec<_> =
            records.iter().filter(|record| record["eventName"] == "CallWithBearerToken").collect();
        let id_less = calls.iter().filter(|call| !call.to_string().contains("ACCA")).count();
        let keys: BTreeSet<_> = records
            .iter()
            .filter(|record| record["eventName"] == "CreateServiceSpecificCredential")
            .filter_map(|record| record.pointer("/requestParameters/userName"))
            .map(Value::to_string)
            .collect();
        let created =
            all("eventName").iter().filter(|name| *name == "CreateServiceSpecificCredential").count();
        for (what, holds) in [
            ("equal seconds", distinct("eventTime") < all("eventTime").len()),
            ("networks past their bound", distinct("sourceIPAddress") > 33),
            ("re-created user", names.contains("CreateUser") && names.contains("DeleteUser")),
            ("re-created log group", names.contains("CreateLogGroup") && names.contains("DeleteLogGroup")),
            (
                "missing id",
                records.iter().any(|r| r.get("eventVersion").is_some() && r.get("eventID").is_none()),
            ),
            (
                "missing time",
                records.iter().any(|r| r.get("eventID").is_some() && r.get("eventTime").is_none()),
            ),
            ("future", all("eventTime").iter().any(|time| time.starts_with("2027"))),
            ("correction", records.iter().any(|record| record.get("addendum").is_some())),
            ("repeat", distinct("eventID") < all("eventID").len()),
            ("id-less call", id_less > 0),
            ("call with id", id_less < calls.len()),
            ("two keys of one user", created > keys.len()),
            ("service event", all("eventType").iter().any(|kind| kind == "AwsServiceEvent")),
            ("report of compromise", records.iter().any(|record| record.get("detail").is_some())),
        ] {
            *shown.entry(what).or_default() += usize::from(holds);
        }
    }
    for (what, times) in &shown {
        assert!(*times >= stories.len() / 20, "{what} in {times} of {} stories: {shown:?}", stories.len());
    }
}

#[test]
fn a_flood_passes_every_bound() {
    for story in many(flooded_story(), 20) {
        let ids: BTreeSet<_> = story.records().iter().filter_map(|record| texts(record, "eventID")).collect();
        let flood = story.steps.iter().find(|told| matches!(told.step, Step::Flood { calls: 1500.., .. }));
        let flood = flood.expect("a flooded story has its flood");
        assert!(flood.twist == Twist::NoId || ids.len() >= 1500, "{} ids of {flood:?}", ids.len());
    }
}

#[test]
fn a_story_is_told_the_same_way_twice() {
    for story in many(story(), 20) {
        assert_eq!(story.records(), story.records());
    }
}

proptest! {
    #![proptest_config(Config { cases: 32, ..Config::default() })]

    #[test]
    fn a_delivery_loses_nothing_and_invents_nothing(story in story(), delivery in delivery()) {
        let records = story.records();
        let batches = delivery.deliver(&records);
        prop_assert!(batches.iter().all(|batch| !batch.is_empty() && batch.len() <= delivery.batch));
        let lines = |records: &[Value]| records.iter().map(Value::to_string).collect::<BTreeSet<_>>();
        let arrived = batches.concat();
        prop_assert!(arrived.len() >= records.len());
        prop_assert_eq!(lines(&arrived), lines(&records));
    }
}

#[test]
fn twists_touch_what_they_say() {
    let told =
        |twist| Told { second: 0, step: Step::ShortTermCall { group: 0, network: 1 }, twist }.records();
    let [plain] = told(Twist::None).try_into().unwrap();
    assert_eq!(told(Twist::Repeated), [plain.clone(), plain.clone()]);
    let [correction, original] = told(Twist::Corrected).try_into().unwrap();
    assert_eq!(original, plain);
    assert_eq!(correction["addendum"]["originalEventID"], plain["eventID"]);
    assert_ne!(correction["eventID"], plain["eventID"]);
    let [one, other] = told(Twist::Shared).try_into().unwrap();
    assert_eq!(one["sharedEventID"], other["sharedEventID"]);
    assert_ne!(one["eventID"], other["eventID"]);
    assert_eq!(told(Twist::ExportedTime)[0]["eventTime"], "2026-11-02 00:00:00.000");
    assert_eq!(told(Twist::NoTime)[0].get("eventTime"), None);
}

#[test]
fn as_told_is_one_batch_in_order() {
    assert_eq!(Delivery::as_told().deliver(&[3, 1, 2]), [vec![3, 1, 2]]);
    let shuffled = Delivery { order: 5, again: 0, batch: 2 }.deliver(&(0..50).collect::<Vec<_>>());
    assert!(shuffled.iter().all(|batch| batch.len() <= 2));
    assert_ne!(shuffled.concat(), (0..50).collect::<Vec<_>>());
}
