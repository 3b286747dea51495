use super::*;
use crate::event::{Compromised, Request, Status};
use crate::policy::Pattern;
use crate::telling::{KEYTRAIL, SOMEBODY, Telling, health, key, minute};

const UNDO: &str = "critical: deactivate_api_key ACCA1 of user u";
const DENY: &str = "critical: deny_bearer_calls user u";
const NOTHING_LEFT: &str = "critical: withheld: nothing is left to do";

/// A key that is reported at minute 10 and switched off by Keytrail at minute 11.
fn story() -> Telling {
    let mut telling = Telling::with_key("ACCA1", "u");
    telling.exposed(minute(10), "ACCA1");
    telling.set(minute(11), KEYTRAIL, "ACCA1", Status::Inactive);
    telling
}

fn answers(telling: &Telling, minutes: i64) -> Vec<String> {
    telling.answers(RULE.id, &key("ACCA1"), minute(minutes))
}

#[test]
fn it_is_undone_three_times_and_then_the_users_calls_are_denied() {
    let mut telling = story();
    assert_eq!(answers(&telling, 12), [""; 0]);
    for round in 0..3 {
        telling.set(minute(20 + 10 * round), SOMEBODY, "ACCA1", Status::Active);
        let now = answers(&telling, 21 + 10 * round);
        assert_eq!(now.len(), usize::try_from(round).unwrap() + 1);
        assert_eq!(now.last().unwrap(), UNDO);
        telling.set(minute(22 + 10 * round), KEYTRAIL, "ACCA1", Status::Inactive);
        assert_eq!(answers(&telling, 23 + 10 * round).last().unwrap(), NOTHING_LEFT);
    }
    telling.set(minute(60), SOMEBODY, "ACCA1", Status::Active);
    assert_eq!(answers(&telling, 61).last().unwrap(), DENY);
    telling.set(minute(62), SOMEBODY, "ACCA1", Status::Inactive);
    telling.set(minute(63), SOMEBODY, "ACCA1", Status::Active);
    assert_eq!(answers(&telling, 64).iter().filter(|it| *it == DENY).count(), 2);
}

#[test]
fn keytrails_own_command_is_no_tampering_and_its_role_alone_is_no_excuse() {
    let mut telling = story();
    telling.asked(minute(20), "ACCA1", Request::Reactivate);
    telling.set(minute(21), KEYTRAIL, "ACCA1", Status::Active);
    assert_eq!(answers(&telling, 22), [""; 0]);
    telling.set(minute(30), KEYTRAIL, "ACCA1", Status::Inactive);
    telling.set(minute(500), KEYTRAIL, "ACCA1", Status::Active);
    assert_eq!(answers(&telling, 501), [UNDO], "nobody had asked for it");
}

#[test]
fn a_request_excuses_keytrails_role_and_nobody_else() {
    let mut telling = story();
    telling.asked(minute(20), "ACCA1", Request::Reactivate);
    telling.set(minute(21), SOMEBODY, "ACCA1", Status::Active);
    assert_eq!(answers(&telling, 22), [UNDO]);
    telling.policy.principals.keytrail.clear();
    assert_eq!(answers(&telling, 22), [""; 0], "whose role is whose, policy doesn't say");
}

#[test]
fn a_responder_may_and_what_was_cleared_is_nobodys_business() {
    let mut telling = story();
    telling.set(minute(20), SOMEBODY, "ACCA1", Status::Active);
    telling.policy.principals.responders = vec![Pattern::new("arn:aws:iam::111122223333:user/some*")];
    assert_eq!(answers(&telling, 21), [""; 0]);
    telling.policy.principals.responders.clear();
    assert_eq!(answers(&telling, 21), [UNDO]);
    telling.asked(minute(25), "ACCA1", Request::Cleared);
    assert_eq!(answers(&telling, 26), [""; 0]);
}

#[test]
fn what_a_rule_or_a_person_called_compromised_counts_as_what_aws_does() {
    let mut by_rule = Telling::with_key("ACCA1", "u");
    by_rule.set(minute(11), KEYTRAIL, "ACCA1", Status::Inactive);
    by_rule.set(minute(20), SOMEBODY, "ACCA1", Status::Active);
    assert_eq!(answers(&by_rule, 21), [UNDO]);

    let mut by_person = Telling::with_key("ACCA1", "u");
    by_person.asked(minute(10), "ACCA1", Request::Compromised);
    by_person.set(minute(11), SOMEBODY, "ACCA1", Status::Inactive);
    by_person.set(minute(20), SOMEBODY, "ACCA1", Status::Active);
    assert_eq!(answers(&by_person, 21), [UNDO]);

    let mut of_user = Telling::with_key("ACCA1", "u");
    of_user.reported(minute(10), Compromised::User("u".into()), health("AWS_RISK_CREDENTIALS_EXPOSED"));
    of_user.set(minute(11), SOMEBODY, "ACCA1", Status::Inactive);
    of_user.set(minute(20), SOMEBODY, "ACCA1", Status::Active);
    assert_eq!(answers(&of_user, 21), [UNDO]);
}

#[test]
fn what_people_do_with_a_sound_key_is_theirs() {
    let mut telling = Telling::with_key("ACCA1", "u");
    telling.set(minute(11), SOMEBODY, "ACCA1", Status::Inactive);
    telling.set(minute(20), SOMEBODY, "ACCA1", Status::Active);
    telling.exposed(minute(30), "ACCA1");
    assert_eq!(answers(&telling, 31), [""; 0], "it was on again before anybody spoke of a compromise");
    let mut asked = Telling::with_key("ACCA1", "u");
    asked.asked(minute(10), "ACCA1", Request::Deactivate);
    asked.set(minute(11), KEYTRAIL, "ACCA1", Status::Inactive);
    asked.set(minute(20), SOMEBODY, "ACCA1", Status::Active);
    assert_eq!(answers(&asked, 21), [""; 0]);
}
