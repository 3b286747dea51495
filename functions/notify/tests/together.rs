//! What is told together: an incident's findings, and a day's.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may fail by panicking"
)]

use keytrail_engine::notice::News;
use keytrail_engine::time::{Span, Time};
use keytrail_ledger::capability::{Clock, Message};
use keytrail_ledger::{Body, ItemId, ItemKind, State, StoredItem};
use keytrail_notify::{Answer, Notify};
use keytrail_testkit::fakes::{FakeClock, FakeTopic, MemoryLedger, Stage, crash_after, exposed, run};
use keytrail_testkit::record::ApiKey;
use serde_json::Value;

fn notify(stage: &Stage) -> Notify<MemoryLedger, FakeTopic, FakeClock> {
    Notify { ledger: stage.ledger.clone(), publisher: stage.topic.clone(), clock: stage.clock.clone() }
}

fn stage() -> Stage {
    Stage::enforcing(Time::parse("2026-11-02T12:00:00Z").unwrap())
}

/// The notices that aren't told yet, by the rule that they are about.
fn untold(stage: &Stage) -> Vec<(ItemId, Box<str>)> {
    let items = stage.items(ItemKind::Notice).into_iter().filter(|it| it.item.state != State::Done);
    let rule = |stored: StoredItem| match &stored.item.body {
        Body::Notice(notice) => match &notice.news {
            News::Found { finding, .. } | News::Withdrawn { finding } => {
                (stored.item.id(), finding.rule.clone())
            }
            other => panic!("{other:?}"),
        },
        other => panic!("{other:?}"),
    };
    items.map(rule).collect()
}

/// What notify answers to each notice that isn't told yet, in the order of rules.
fn answers(stage: &Stage) -> Vec<(Box<str>, Answer)> {
    let mut of = untold(stage);
    of.sort_by(|one, two| (&one.1, &one.0).cmp(&(&two.1, &two.0)));
    of.into_iter().map(|(id, rule)| (rule, run(notify(stage).handle(&id)).unwrap())).collect()
}

/// Lets pass what time there is until a moment, as sweep's ticks would.
fn until(stage: &Stage, at: Time) {
    stage.clock.advance(at.since(stage.clock.now()));
    for (id, _) in untold(stage) {
        if matches!(stage.item(&id).item.state, State::Waiting { due } if due <= at) {
            stage.drive(&id);
        }
    }
}

fn kinds(stage: &Stage) -> Vec<(String, usize)> {
    let listed = |message: &Message| {
        let json: Value = serde_json::from_str(&message.json).unwrap();
        json["notices"].as_array().map_or(1, Vec::len)
    };
    stage.topic.published().iter().map(|it| (it.attributes["kind"].clone(), listed(it))).collect()
}

fn at(clock: &str) -> Time {
    Time::parse(&format!("2026-11-{clock}Z")).unwrap()
}

#[test]
fn what_is_low_waits_for_the_digest_and_is_told_as_one() {
    let stage = stage();
    stage.add_key("otel-gateway", "ACCAEXAMPLEGATEWAY01");
    stage.add_key("billing", "ACCAEXAMPLEBILLING01");
    let due = at("03T07:00:00");
    for (rule, answer) in answers(&stage) {
        assert_eq!((&*rule, answer), ("key_created", Answer::Waits(due)));
    }
    until(&stage, due - Span::seconds(1));
    assert_eq!(kinds(&stage), []);
    until(&stage, due);
    let told: Vec<Answer> = answers(&stage).into_iter().map(|(_, answer)| answer).collect();
    assert_eq!(told, [Answer::Told, Answer::Nothing]);
    assert_eq!(kinds(&stage), [("digest".to_owned(), 2)]);
    assert_eq!(untold(&stage), []);
    let [digest] = &*stage.topic.published() else { panic!("one message") };
    assert_eq!(digest.subject, "[Keytrail INFO] 2 findings of the day");
    assert!(digest.text.contains("ACCAEXAMPLEGATEWAY01") && digest.text.contains("ACCAEXAMPLEBILLING01"));
}

#[test]
fn one_users_findings_of_an_hour_are_one_incident() {
    let stage = stage();
    stage.add_key("otel-gateway", "ACCAEXAMPLEGATEWAY01");
    answers(&stage);
    let second = ApiKey::new("otel-gateway", "ACCAEXAMPLEGATEWAY02").valid_for_days(30);
    stage.tell(&[second.create(&stage.clock.now().to_string()).json()]);
    let began = answers(&stage);
    assert!(began.contains(&("unexpected_second_key".into(), Answer::Told)), "{began:?}");

    until(&stage, at("02T12:10:00"));
    stage.tell(&[exposed("ACCAEXAMPLEGATEWAY01", stage.clock.now())]);
    let graver = answers(&stage);
    assert!(graver.contains(&("compromise_reported".into(), Answer::Told)), "a rise pages again: {graver:?}");

    until(&stage, at("02T12:20:00"));
    stage.tell(&[exposed("ACCAEXAMPLEGATEWAY02", stage.clock.now())]);
    let same = answers(&stage);
    let waits = Answer::Waits(at("02T13:00:00"));
    assert!(same.contains(&("compromise_reported".into(), waits)), "no worse than before: {same:?}");

    until(&stage, at("02T12:30:00"));
    stage.add_key("billing", "ACCAEXAMPLEBILLING01");
    stage.tell(&[exposed("ACCAEXAMPLEBILLING01", stage.clock.now())]);
    let other = answers(&stage);
    assert!(other.contains(&("compromise_reported".into(), Answer::Told)), "another user's: {other:?}");

    until(&stage, at("02T13:00:00"));
    answers(&stage);
    assert_eq!(kinds(&stage).len(), 4, "{:?}", kinds(&stage));
}

#[test]
fn what_was_added_is_told_together_whoever_dies_meanwhile() {
    for polls in 0.. {
        let stage = stage();
        for key in ["ACCAEXAMPLEGATEWAY01", "ACCAEXAMPLEGATEWAY02", "ACCAEXAMPLEGATEWAY03"] {
            stage.add_key("otel-gateway", key);
        }
        for (minute, key) in
            ["ACCAEXAMPLEGATEWAY01", "ACCAEXAMPLEGATEWAY02", "ACCAEXAMPLEGATEWAY03"].iter().enumerate()
        {
            until(&stage, at("02T12:00:00") + Span::minutes(i64::try_from(minute).unwrap()));
            stage.tell(&[exposed(key, stage.clock.now())]);
            answers(&stage);
        }
        until(&stage, at("02T13:00:00"));
        let (id, _) = untold(&stage).into_iter().find(|(_, rule)| &**rule == "compromise_reported").unwrap();
        let ended = crash_after(polls, notify(&stage).handle(&id)).is_some();
        let published = kinds(&stage).iter().filter(|(kind, _)| kind == "incident").count();
        for minutes in 1..10 {
            until(&stage, at("02T13:00:00") + Span::minutes(minutes));
            answers(&stage);
        }
        let incidents = kinds(&stage).into_iter().filter(|(kind, _)| kind == "incident").count();
        assert!(
            (1..=2).contains(&incidents) && incidents <= 1 + published,
            "died after {polls}: {:?}",
            kinds(&stage)
        );
        let left = untold(&stage);
        assert!(
            left.iter().all(|(_, rule)| &**rule != "compromise_reported"),
            "died after {polls}: {left:?}"
        );
        if ended {
            assert!(polls > 5, "{polls}");
            break;
        }
    }
}
