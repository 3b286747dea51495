//! An item is a wish, not an order: what somebody writes into the ledger by hand is done to no key.

use keytrail_engine::action::{Action, ActionKind, Reason};
use keytrail_engine::event::Status;
use keytrail_engine::time::Span;
use keytrail_ledger::{Item, ItemId, State};
use keytrail_respond::Answer;
use keytrail_testkit::fakes::Stage;

use super::{KEY, USER, action, assert_ended, handle, noon, reported, withheld};

const OTHER: &str = "ACCAEXAMPLEBILLING01";

fn plant(stage: &Stage, action: Action) -> ItemId {
    let id = ItemId::action(&action.id);
    stage.ledger.plant(id.clone(), Item::action(action, State::Pending, noon()));
    id
}

/// What somebody might write who knows how an action looks.
fn forgeries(real: &Action) -> Vec<(&'static str, Action)> {
    let with = |change: &dyn Fn(&mut Action)| {
        let mut forged = real.clone();
        change(&mut forged);
        forged
    };
    let other_key = ActionKind::DeactivateApiKey {
        key: OTHER.into(),
        user: "billing".into(),
        service: "logs.amazonaws.com".into(),
    };
    let other_kind =
        ActionKind::DeleteApiKey { key: KEY.into(), user: USER.into(), service: "logs.amazonaws.com".into() };
    let back = ActionKind::ReactivateApiKey {
        key: KEY.into(),
        user: USER.into(),
        service: "logs.amazonaws.com".into(),
    };
    let of = |kind: &ActionKind| {
        let kind = kind.clone();
        with(&move |forged| {
            forged.id = Action::id_of(&forged.finding, &kind);
            forged.kind = kind.clone();
        })
    };
    vec![
        ("another key", of(&other_key)),
        ("another deed", of(&other_kind)),
        ("the way back", of(&back)),
        ("another user of the same key", of(&user_of("billing"))),
        ("an id of its own", with(&|forged| forged.id = "forged".into())),
        (
            "another subject",
            with(&|forged| {
                forged.id = "subject".into();
                forged.subject.name = OTHER.into();
            }),
        ),
        (
            "a finding that nobody has made",
            with(&|forged| {
                forged.finding =
                    keytrail_engine::finding::FindingId::of("compromise_reported", &forged.subject, "x");
                forged.id = Action::id_of(&forged.finding, &forged.kind);
            }),
        ),
    ]
}

fn user_of(user: &str) -> ActionKind {
    ActionKind::DeactivateApiKey { key: KEY.into(), user: user.into(), service: "logs.amazonaws.com".into() }
}

#[test]
fn an_action_that_nobody_found_a_reason_for_is_refused_and_told() {
    let (stage, real) = reported();
    for number in 0..forgeries(&action(&stage, &real)).len() {
        let (stage, real) = reported();
        stage.add_key("billing", OTHER);
        let (what, forged) = forgeries(&action(&stage, &real)).remove(number);
        let id = plant(&stage, forged);
        let outcome = withheld(Reason::Withdrawn);
        assert_eq!(handle(&stage, &id), Answer::Ended(outcome.clone()), "{what}");
        assert_eq!(stage.iam.writes(), [], "{what}");
        assert_eq!(stage.iam.status(&"billing".into(), &OTHER.into()), Some(Status::Active));
        assert_ended(&stage, &id, &outcome);
    }
}

/// Only what the engine itself would say is done, whatever else the item says: another time to end by, or another
/// rule, changes nothing for the better.
#[test]
fn a_later_end_that_was_written_by_hand_revives_nothing() {
    let (stage, real) = reported();
    let mut forged = action(&stage, &real);
    forged.not_after = noon() + Span::days(365);
    stage.ledger.plant(real.clone(), Item::action(forged, State::Pending, noon()));
    stage.clock.advance(Span::hours(48));
    let Answer::Ended(outcome) = handle(&stage, &real) else { panic!("it waits") };
    assert!(
        matches!(
            outcome,
            keytrail_engine::notice::Outcome::Withheld {
                reason: Reason::TooOld { .. } | Reason::Expired { .. }
            }
        ),
        "{outcome:?}"
    );
    assert_eq!(stage.iam.writes(), []);
}

#[test]
fn a_user_of_another_account_is_not_the_one_here() {
    let (stage, id) = reported();
    let elsewhere = super::Responder { account: "444455556666".into(), ..super::respond(&stage) };
    let answer = keytrail_testkit::fakes::run(elsewhere.handle(&id)).unwrap();
    assert_eq!(answer, Answer::Ended(withheld(Reason::OtherAccount)));
    assert!(stage.iam.writes().is_empty());
}
