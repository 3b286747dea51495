use super::*;
use crate::event::{Status, What};
use crate::telling::{KEYTRAIL, SOMEBODY, Telling, minute, usage};

const HOME: &str = "198.51.100.7";
const ABROAD: &str = "203.0.113.9";
const TOOL: &str = "otel-collector/0";

/// A key that is called from home for a day, and switched off at minute 1,500 (an hour begins at 1,500).
fn story() -> Telling {
    let mut telling = Telling::with_key("ACCA1", "u");
    for hour in 0..24 {
        telling.called(minute(60 * hour + 5), "u", HOME, TOOL, false);
    }
    telling.set(minute(1_500), KEYTRAIL, "ACCA1", Status::Inactive);
    telling
}

fn found(telling: &Telling) -> Vec<Finding> {
    telling.found(RULE.id, &usage("u"), minute(10_000))
}

fn said(telling: &Telling) -> Vec<String> {
    let line = |it: &Finding| {
        let looks = it.what.rsplit("; ").next().unwrap_or_default();
        format!("{}: {looks}", it.severity)
    };
    found(telling).iter().map(line).collect()
}

const OTHER: &str = "it looks like somebody else";
const OWN: &str = "it looks like its own sender";

#[test]
fn a_call_in_the_tail_pages_nobody_and_one_a_second_later_does() {
    let mut telling = story();
    for at in [minute(1_499), minute(1_500), minute(1_515)] {
        telling.called(at, "u", HOME, TOOL, false);
        assert_eq!(said(&telling), [""; 0]);
    }
    telling.called(minute(1_515) + Span::seconds(1), "u", HOME, TOOL, false);
    assert_eq!(found(&telling).len(), 1);
    assert_eq!(telling.found("bearer_call_by_unknown_key", &usage("u"), minute(10_000)).len(), 0);
}

#[test]
fn it_says_whose_calls_they_look_like_and_how_bad_that_is() {
    for (from, agent, denied, expected) in [
        (HOME, TOOL, true, format!("medium: {OWN}")),
        (HOME, TOOL, false, format!("high: {OWN}")),
        (ABROAD, TOOL, true, format!("high: {OTHER}")),
        (ABROAD, TOOL, false, format!("critical: {OTHER}")),
        (HOME, "curl/8", false, format!("critical: {OTHER}")),
    ] {
        let mut telling = story();
        telling.called(minute(1_600), "u", from, agent, denied);
        assert_eq!(said(&telling), [expected], "{from} {agent} {denied}");
    }
}

#[test]
fn what_was_first_seen_in_the_hour_of_the_end_is_neither_old_nor_new() {
    let mut telling = story();
    telling.called(minute(1_505), "u", ABROAD, TOOL, false);
    telling.called(minute(1_700), "u", ABROAD, TOOL, true);
    assert_eq!(said(&telling), ["medium: whether it is its own sender can't be said"]);
}

#[test]
fn one_end_is_one_finding_however_many_calls_and_the_next_end_another() {
    let mut telling = story();
    telling.called(minute(1_600), "u", HOME, TOOL, true);
    let first = found(&telling).remove(0).id;
    telling.called(minute(9_000), "u", ABROAD, TOOL, true);
    assert_eq!(found(&telling).into_iter().map(|it| it.id).collect::<Vec<_>>(), std::slice::from_ref(&first));
    telling.set(minute(9_100), SOMEBODY, "ACCA1", Status::Active);
    telling.called(minute(9_110), "u", HOME, TOOL, false);
    telling.set(minute(9_120), SOMEBODY, "ACCA1", Status::Inactive);
    telling.called(minute(9_200), "u", HOME, TOOL, true);
    assert_eq!(found(&telling).len(), 2);
    assert!(found(&telling).iter().any(|it| it.id == first));
}

#[test]
fn while_another_key_of_the_user_may_be_in_use_nothing_is_said() {
    let mut telling = story();
    telling.created(minute(1_400), "ACCA2", "u");
    telling.called(minute(1_600), "u", ABROAD, TOOL, false);
    assert_eq!(said(&telling), [""; 0]);
    telling.tell(minute(1_700), What::ApiKeyDeleted { key: "ACCA2".into(), user: None });
    telling.called(minute(1_900), "u", ABROAD, TOOL, false);
    assert!(found(&telling)[0].what.contains("ACCA2"), "the one that ended last");
}

#[test]
fn a_new_key_just_before_its_record_is_no_late_call() {
    let mut telling = story();
    telling.created(minute(1_610), "ACCA2", "u");
    telling.called(minute(1_600), "u", HOME, TOOL, false);
    assert_eq!(said(&telling), [""; 0]);
}

#[test]
fn silence_afterwards_changes_nothing() {
    let mut telling = story();
    telling.called(minute(1_600), "u", HOME, TOOL, true);
    let now = found(&telling);
    let much_later = telling.found(RULE.id, &usage("u"), minute(100_000));
    assert_eq!(now, much_later);
    assert!(now[0].next.iter().any(|step| step.contains("not known")));
}
