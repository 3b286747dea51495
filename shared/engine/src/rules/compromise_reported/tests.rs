use super::*;
use crate::event::{Compromised, Request, What};
use crate::ids::Arn;
use crate::policy::{ExemptFrom, Exemption, Pattern};
use crate::telling::{START, Telling, health, key, minute, user};

const DEACTIVATE: &str = "critical: deactivate_api_key ACCA1 of user u";
const DENY: &str = "critical: deny_bearer_calls user u";
const FROM_ELSEWHERE: &str = "critical: withheld: the delivery names another account than the record";

fn guardduty(id: &str, tenths: u16) -> CompromiseSource {
    guardduty_of("AttackSequence:IAM/CompromisedCredentials", id, tenths, false, false)
}

fn guardduty_of(sort: &str, id: &str, tenths: u16, sample: bool, archived: bool) -> CompromiseSource {
    let (finding_type, finding_id) = (sort.into(), id.into());
    CompromiseSource::GuardDuty { finding_type, finding_id, severity_tenths: tenths, sample, archived }
}

fn story() -> Telling {
    let mut telling = Telling::with_key("ACCA1", "u");
    telling.policy.compromise.guardduty_types = vec![Pattern::new("AttackSequence:*")];
    telling
}

fn of_user(telling: &Telling, now: Time) -> Vec<String> {
    telling.answers(RULE.id, &user("u"), now)
}

fn of_its_key(telling: &Telling, now: Time) -> Vec<String> {
    telling.answers(RULE.id, &key("ACCA1"), now)
}

/// What follows for the user from one report on it.
fn from_one(source: CompromiseSource) -> Vec<String> {
    let mut telling = story();
    telling.reported(minute(10), Compromised::User("u".into()), source);
    of_user(&telling, minute(11))
}

#[test]
fn a_key_that_health_names_is_switched_off_and_one_that_is_suspected_pages() {
    for (code, expected) in [
        ("AWS_RISK_CREDENTIALS_EXPOSED", DEACTIVATE),
        ("AWS_RISK_CREDENTIALS_COMPROMISED", DEACTIVATE),
        ("AWS_RISK_CREDENTIALS_EXPOSURE_SUSPECTED", "high: nothing"),
        ("AWS_RISK_CREDENTIALS_COMPROMISE_SUSPECTED", "high: nothing"),
        ("AWS_RISK_IAM_QUARANTINE", "high: nothing"),
    ] {
        let mut telling = story();
        telling.reported(minute(10), Compromised::ApiKey("ACCA1".into()), health(code));
        assert_eq!(of_its_key(&telling, minute(11)), [expected], "{code}");
    }
}

#[test]
fn a_user_that_health_names_is_denied_and_its_keys_are_listed() {
    assert_eq!(from_one(health("AWS_RISK_CREDENTIALS_EXPOSED")), [DENY]);
    assert_eq!(from_one(health("AWS_RISK_CREDENTIALS_EXPOSURE_SUSPECTED")), ["high: nothing"]);
    let policy = Arn::new("arn:aws:iam::aws:policy/AWSCompromisedKeyQuarantineV3");
    assert_eq!(from_one(CompromiseSource::QuarantinePolicy(policy)), ["critical: nothing"]);

    let mut telling = story();
    telling.created(minute(1), "ACCA2", "u");
    telling.created(minute(2), "ACCA3", "u");
    telling.set(minute(3), "somebody", "ACCA3", Status::Inactive);
    telling.reported(minute(10), Compromised::User("u".into()), health("AWS_RISK_CREDENTIALS_EXPOSED"));
    let found = telling.found(RULE.id, &user("u"), minute(11)).remove(0);
    assert_eq!(&*found.evidence[1].value, "ACCA1 (no use seen), ACCA2 (no use seen)");
    telling.called(minute(5), "u", "192.0.2.1", "curl/8", false);
    let found = telling.found(RULE.id, &user("u"), minute(11)).remove(0);
    let both = format!("ACCA1 (last possible use {START}), ACCA2 (last possible use {START})");
    assert_eq!(*found.evidence[1].value, both);
    assert_eq!(of_its_key(&telling, minute(11)), [""; 0], "which of them it was, nobody said");
}

#[test]
fn all_keys_of_a_user_go_only_where_policy_says_so() {
    let mut telling = story();
    telling.policy.compromise.all_keys = true;
    telling.reported(minute(10), Compromised::User("u".into()), health("AWS_RISK_CREDENTIALS_EXPOSED"));
    telling.created(minute(20), "ACCA2", "u");
    assert_eq!(of_its_key(&telling, minute(21)), [DEACTIVATE]);
    assert_eq!(of_user(&telling, minute(21)), [DENY]);
    let later = telling.answers(RULE.id, &key("ACCA2"), minute(21));
    assert_eq!(later, [""; 0], "a key that came after the report is not what was reported");
    let mut suspected = story();
    suspected.policy.compromise.all_keys = true;
    suspected.reported(minute(10), Compromised::User("u".into()), guardduty("a", 69));
    assert_eq!(of_its_key(&suspected, minute(11)), [""; 0]);
}

#[test]
fn guardduty_acts_from_severity_seven_on_for_listed_types_and_for_nothing_staged() {
    let sort = "AttackSequence:IAM/CompromisedCredentials";
    for (source, expected) in [
        (guardduty("a", 69), "medium: nothing"),
        (guardduty("a", 70), "high: deny_bearer_calls user u"),
        (guardduty("a", 90), DENY),
        (guardduty("a", 39), "low: nothing"),
        (guardduty_of("Recon:IAMUser/TorIPCaller", "a", 90, false, false), "critical: nothing"),
        (guardduty_of(sort, "a", 90, true, false), "info: nothing"),
        (guardduty_of(sort, "a", 90, false, true), "low: nothing"),
    ] {
        assert_eq!(from_one(source.clone()), [expected], "{source:?}");
    }
}

#[test]
fn a_guardduty_finding_pages_again_when_it_becomes_severe_and_not_for_other_updates() {
    let mut telling = story();
    let report = |telling: &mut Telling, minutes, source| {
        telling.reported(minute(minutes), Compromised::User("u".into()), source);
    };
    report(&mut telling, 10, guardduty("a", 50));
    let first = telling.found(RULE.id, &user("u"), minute(11));
    report(&mut telling, 20, guardduty("a", 60));
    let updated = telling.found(RULE.id, &user("u"), minute(21));
    assert_eq!((first.len(), &first[0].id), (1, &updated[0].id), "an update is the same finding");
    report(&mut telling, 30, guardduty("a", 80));
    assert_eq!(of_user(&telling, minute(31)), ["high: deny_bearer_calls user u", "medium: nothing"]);
    let sort = "AttackSequence:IAM/CompromisedCredentials";
    report(&mut telling, 40, guardduty_of(sort, "a", 80, false, true));
    assert_eq!(of_user(&telling, minute(41)), ["high: nothing", "medium: nothing"], "somebody archived it");
}

#[test]
fn what_was_cleared_stays_closed_when_guardduty_updates_it_and_new_evidence_counts() {
    let mut telling = story();
    let report = |telling: &mut Telling, minutes, source| {
        telling.reported(minute(minutes), Compromised::User("u".into()), source);
    };
    report(&mut telling, 10, guardduty("a", 80));
    telling.exposed(minute(12), "ACCA1");
    assert_eq!((of_user(&telling, minute(15)).len(), of_its_key(&telling, minute(15)).len()), (1, 1));
    telling.asked(minute(20), "ACCA1", Request::Cleared);
    assert_eq!(of_user(&telling, minute(21)), [""; 0]);
    assert_eq!(of_its_key(&telling, minute(21)), [""; 0]);
    report(&mut telling, 30, guardduty("a", 95));
    assert_eq!(of_user(&telling, minute(31)), [""; 0], "an update of what was cleared");
    telling.created(minute(35), "ACCA2", "u");
    assert_eq!(of_user(&telling, minute(36)), [""; 0], "a new key reopens nothing");
    report(&mut telling, 40, guardduty("b", 95));
    assert_eq!(of_user(&telling, minute(41)), [DENY], "another finding");
}

#[test]
fn clearing_one_of_two_keys_closes_nothing_that_was_said_of_their_user() {
    let mut telling = story();
    telling.created(minute(1), "ACCA2", "u");
    telling.reported(minute(10), Compromised::User("u".into()), health("AWS_RISK_CREDENTIALS_EXPOSED"));
    telling.asked(minute(20), "ACCA1", Request::Cleared);
    assert_eq!(of_user(&telling, minute(21)), [DENY]);
    telling.asked(minute(22), "ACCA2", Request::Cleared);
    assert_eq!(of_user(&telling, minute(23)), [""; 0]);
}

#[test]
fn new_evidence_outranks_a_hold_and_an_exemption_from_staleness_and_yields_to_one_from_all() {
    let mut telling = story();
    let until = minute(100_000);
    telling.asked(minute(1), "ACCA1", Request::Hold { until });
    telling.asked(minute(2), "ACCA1", Request::Exempt { until });
    telling.exposed(minute(10), "ACCA1");
    assert_eq!(of_its_key(&telling, minute(11)), [DEACTIVATE]);
    let exemption = |from| Exemption {
        user: Some(Pattern::new("u")),
        path: None,
        tag: None,
        credential: None,
        from,
        reason: "agreed".into(),
        until,
    };
    telling.policy.exemptions = vec![exemption(ExemptFrom::Staleness)];
    assert_eq!(of_its_key(&telling, minute(11)), [DEACTIVATE]);
    telling.policy.exemptions = vec![exemption(ExemptFrom::All)];
    assert!(of_its_key(&telling, minute(11))[0].starts_with("critical: withheld: exempt: agreed"));
}

#[test]
fn what_comes_through_another_account_pages_and_does_nothing() {
    let mut telling = story();
    let of = Compromised::ApiKey("ACCA1".into());
    let source = health("AWS_RISK_CREDENTIALS_EXPOSED");
    telling.tell_from_elsewhere(minute(10), What::CompromiseReported { of, source });
    assert_eq!(of_its_key(&telling, minute(11)), [FROM_ELSEWHERE]);
    let of = Compromised::User("u".into());
    telling.tell_from_elsewhere(minute(10), What::CompromiseReported { of, source: guardduty("a", 95) });
    assert_eq!(of_user(&telling, minute(11)), [FROM_ELSEWHERE]);
}

#[test]
fn a_report_acts_for_six_hours_and_not_a_second_longer() {
    let mut telling = story();
    telling.exposed(START, "ACCA1");
    let end = START + Span::hours(6);
    assert_eq!(of_its_key(&telling, end), [DEACTIVATE]);
    assert!(of_its_key(&telling, end + Span::seconds(1))[0].contains("too old"));
}
