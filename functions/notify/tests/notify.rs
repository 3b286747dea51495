//! What becomes of a notice, whatever SNS and the ledger do meanwhile.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may fail by panicking"
)]

use keytrail_engine::notice::Outcome;
use keytrail_engine::time::{Span, Time};
use keytrail_ledger::capability::{Clock, Message};
use keytrail_ledger::{ItemId, ItemKind, State};
use keytrail_notify::{Answer, LEASE, Notify};
use keytrail_testkit::fakes::{
    FakeClock, FakeTopic, MemoryLedger, Mishap, Stage, crash_after, exposed, run, together,
};

type Notifier = Notify<MemoryLedger, FakeTopic, FakeClock>;

fn notify(stage: &Stage) -> Notifier {
    Notify { ledger: stage.ledger.clone(), publisher: stage.topic.clone(), clock: stage.clock.clone() }
}

/// A stage with the notice of a reported key.
fn reported() -> (Stage, ItemId) {
    let stage = Stage::enforcing(Time::parse("2026-11-02T12:00:00Z").unwrap());
    stage.add_key("otel-gateway", "ACCAEXAMPLEGATEWAY01");
    let before: Vec<ItemId> = notices(&stage);
    stage.tell(&[exposed("ACCAEXAMPLEGATEWAY01", stage.clock.now())]);
    let notice = notices(&stage).into_iter().find(|id| !before.contains(id));
    (stage, notice.unwrap())
}

fn notices(stage: &Stage) -> Vec<ItemId> {
    stage.items(ItemKind::Notice).iter().map(|stored| stored.item.id()).collect()
}

fn handle(stage: &Stage, id: &ItemId) -> Answer {
    run(notify(stage).handle(id)).unwrap()
}

/// Delivers the notice, and drives it minute by minute as a sweep does, until it is told.
fn drive_to_the_end(stage: &Stage, id: &ItemId) {
    for _ in 0..24 * 60 {
        if stage.item(id).item.state == State::Done {
            return;
        }
        handle(stage, id);
        stage.clock.advance(Span::minutes(1));
        if stage.item(id).item.due().is_some_and(|due| due <= stage.clock.now()) {
            stage.drive(id);
        }
    }
    panic!("not told in a day: {:?}", stage.item(id));
}

/// It is told, nothing more becomes of it, and every copy is the same message.
fn assert_told(stage: &Stage, id: &ItemId) -> Vec<Message> {
    assert_eq!(stage.item(id).item.state, State::Done);
    let published = stage.topic.published();
    for message in &published {
        assert_eq!((&message.id, message), (&id.name, &published[0]), "a repeat differs");
    }
    for _ in 0..3 {
        stage.clock.advance(Span::hours(1));
        assert_eq!(handle(stage, id), Answer::Nothing);
    }
    assert_eq!(stage.topic.published(), published);
    published
}

#[test]
fn a_notice_is_told_once() {
    let (stage, id) = reported();
    assert_eq!(handle(&stage, &id), Answer::Told);
    let published = assert_told(&stage, &id);
    let [message] = &*published else { panic!("{published:?}") };
    assert!(message.text.contains("ACCAEXAMPLEGATEWAY01"), "{}", message.text);
    assert_eq!(message.attributes["severity"], "critical");
}

#[test]
fn it_is_leased_before_it_is_published() {
    let (stage, id) = reported();
    handle(&stage, &id);
    let calls = stage.wire.calls();
    let published = calls.iter().position(|call| call.operation == "publish").unwrap();
    let leased = calls[..published].iter().rposition(|call| call.operation == "commit").unwrap();
    assert!(calls[leased].about.contains(&*id.name), "{:?}", &calls[leased..=published]);
    // Whoever comes while it is leased leaves it alone.
    let (stage, id) = reported();
    let notifier = notify(&stage);
    let mut first = Box::pin(notifier.handle(&id));
    let mut polls = 0;
    while !matches!(stage.item(&id).item.state, State::Waiting { .. }) {
        assert!(crash_after(1, first.as_mut()).is_none());
        polls += 1;
    }
    assert!(polls > 1);
    let due = stage.clock.now() + LEASE;
    assert_eq!(handle(&stage, &id), Answer::Waits(due));
    assert_eq!(run(first).unwrap(), Answer::Told);
    assert_eq!(assert_told(&stage, &id).len(), 1);
}

#[test]
fn a_crash_at_any_step_loses_nothing_and_repeats_only_what_was_published_and_not_recorded() {
    let mut repeated = Vec::new();
    for polls in 0.. {
        let (stage, id) = reported();
        let ended = crash_after(polls, notify(&stage).handle(&id)).is_some();
        let published_unrecorded =
            stage.topic.published().len() == 1 && stage.item(&id).item.state != State::Done;
        drive_to_the_end(&stage, &id);
        let copies = assert_told(&stage, &id).len();
        assert_eq!(copies, 1 + usize::from(published_unrecorded), "died after {polls} polls");
        if copies > 1 {
            repeated.push(polls);
        }
        if ended {
            assert!(polls > 5, "{polls}");
            break;
        }
    }
    assert!(!repeated.is_empty(), "no crash fell into the window");
    assert!(repeated.is_sorted_by(|one, next| next - one == 1), "one window: {repeated:?}");
}

#[test]
fn many_at_once_tell_it_once() {
    for seed in 0..200 {
        let (stage, id) = reported();
        let notifiers = [notify(&stage), notify(&stage), notify(&stage)];
        let answers = together(seed, notifiers.iter().map(|it| it.handle(&id)));
        let told = answers.iter().filter(|answer| matches!(answer, Ok(Answer::Told))).count();
        assert_eq!(told, 1, "{answers:?}");
        assert_eq!(assert_told(&stage, &id).len(), 1);
    }
}

/// A publisher that takes longer than its lease is the other window: the copy is the same.
#[test]
fn a_lease_that_runs_out_lets_another_tell_it() {
    let (stage, id) = reported();
    let notifier = notify(&stage);
    let mut slow = Box::pin(notifier.handle(&id));
    while !matches!(stage.item(&id).item.state, State::Waiting { .. }) {
        assert!(crash_after(1, slow.as_mut()).is_none());
    }
    stage.clock.advance(LEASE);
    stage.drive(&id);
    assert_eq!(handle(&stage, &id), Answer::Told);
    assert_eq!(run(slow).unwrap(), Answer::Nothing, "its lease is gone, and so is its notice");
    assert_eq!(assert_told(&stage, &id).len(), 1);
}

#[test]
fn what_sns_cannot_take_now_arrives_when_it_recovers() {
    for (mishap, pause) in [
        (Mishap::Throttled, Span::seconds(30)),
        (Mishap::Unreachable, Span::seconds(30)),
        (Mishap::Refused("KMSAccessDenied"), Span::minutes(5)),
        (Mishap::Refused("AuthorizationError"), Span::minutes(5)),
    ] {
        let (stage, id) = reported();
        stage.wire.spoil_next("publish", 5, mishap);
        let due = stage.clock.now() + pause;
        assert_eq!(handle(&stage, &id), Answer::Waits(due), "{mishap:?}");
        let item = stage.item(&id).item;
        assert_eq!(item.state, State::Waiting { due });
        // Why it waits stands in the ledger, for `doctor --test-alert`, and no longer once it is told.
        let refused = |code: &str| Outcome::Failed { code: code.into() };
        let why = match mishap {
            Mishap::Refused(code) => Some(refused(code)),
            _ => None,
        };
        assert_eq!(item.outcome, why, "{mishap:?}");
        drive_to_the_end(&stage, &id);
        assert_eq!(stage.item(&id).item.outcome, None);
        assert_eq!(assert_told(&stage, &id).len(), 1, "{mishap:?}");
    }
}

#[test]
fn one_that_sns_refuses_keeps_no_other_waiting() {
    let (stage, refused) = reported();
    stage.add_key("billing", "ACCAEXAMPLEBILLING01");
    let before: Vec<ItemId> = notices(&stage);
    stage.tell(&[exposed("ACCAEXAMPLEBILLING01", stage.clock.now())]);
    let others: Vec<ItemId> = notices(&stage).into_iter().filter(|id| !before.contains(id)).collect();
    assert!(!others.is_empty());
    let name = refused.name.to_string();
    stage.wire.spoil(move |call| (call.about == name).then_some(Mishap::Refused("InvalidParameter")));
    assert!(matches!(handle(&stage, &refused), Answer::Waits(_)));
    for id in others {
        assert_eq!(handle(&stage, &id), Answer::Told);
    }
}

#[test]
fn a_lost_answer_repeats_the_same_message() {
    let (stage, id) = reported();
    stage.wire.spoil_next("publish", 1, Mishap::AnswerLost);
    assert!(matches!(handle(&stage, &id), Answer::Waits(_)));
    drive_to_the_end(&stage, &id);
    assert_eq!(assert_told(&stage, &id).len(), 2);
}

#[test]
fn another_transaction_in_the_way_repeats_nothing() {
    let (stage, id) = reported();
    let mut commits = 0;
    stage.wire.spoil(move |call| {
        commits += usize::from(call.operation == "commit");
        (call.operation == "commit" && (2..5).contains(&commits)).then_some(Mishap::Refused("Conflict"))
    });
    assert_eq!(handle(&stage, &id), Answer::Told);
    assert_eq!(assert_told(&stage, &id).len(), 1);
}

#[test]
fn a_ledger_that_fails_at_any_call_loses_nothing() {
    for mishap in [Mishap::Unreachable, Mishap::Throttled, Mishap::AnswerLost] {
        for failing in 0.. {
            let (stage, id) = reported();
            let mut calls = 0;
            stage.wire.spoil(move |call| {
                calls += usize::from(call.service == "ledger");
                (call.service == "ledger" && calls == failing + 1).then_some(mishap)
            });
            let first = run(notify(&stage).handle(&id));
            stage.wire.mend();
            drive_to_the_end(&stage, &id);
            let copies = assert_told(&stage, &id).len();
            assert!(copies <= 2, "{mishap:?} at {failing}: {copies}");
            if first.is_ok() {
                assert_eq!((copies, failing), (1, 5), "read, incident read and written, lease, end");
                break;
            }
        }
    }
}

#[test]
fn an_action_and_an_unknown_item_are_nothing() {
    let (stage, _) = reported();
    let action = stage.items(ItemKind::Action).remove(0).item.id();
    for id in [action.clone(), ItemId::notice("no such notice")] {
        assert_eq!(handle(&stage, &id), Answer::Nothing);
    }
    assert_eq!(stage.topic.published(), []);
    assert_eq!(stage.item(&action).item.state, State::Pending);
}
