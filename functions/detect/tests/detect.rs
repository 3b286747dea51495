//! What becomes of a batch: everything is recorded, kept or given back, and nothing loops.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may fail by panicking"
)]

use std::collections::BTreeMap;

use keytrail_detect::{Detect, Handled, Message};
use keytrail_engine::action::Reason;
use keytrail_engine::document::{Document, SCHEMA, Schema};
use keytrail_engine::finding::FindingId;
use keytrail_engine::parked::name_of;
use keytrail_engine::subject::{DocumentId, SubjectId};
use keytrail_engine::time::{Span, Time};
use keytrail_ledger::{Body, Commit, Epoch, ItemKind, Ledger, Slots, State, Write};
use keytrail_testkit::fakes::{
    FakeClock, FakePolicy, MemoryLedger, Mishap, Stage, crash_after, exposed, run, together,
};
use keytrail_testkit::random::Random;
use keytrail_testkit::record::{ApiKey, KmsKey, LogGroup, User, bearer, wrap};
use serde_json::Value;

type Detector = Detect<MemoryLedger, FakePolicy, FakeClock>;

const POISON: &str = "{\"detail-type\":\"AWS API Call via CloudTrail\",\"detail\":{\"eventName\":";

fn detect(stage: &Stage) -> Detector {
    Detect { ledger: stage.ledger.clone(), policies: stage.policy.clone(), clock: stage.clock.clone() }
}

fn stage() -> Stage {
    Stage::enforcing(Time::parse("2026-11-02T12:00:00Z").unwrap())
}

fn handle(stage: &Stage, messages: &[Message]) -> Handled {
    run(detect(stage).handle(messages))
}

/// Each record in an envelope in a message.
fn messages(records: &[Value]) -> Vec<Message> {
    let body = |record: &Value| match record.get("detail-type") {
        Some(_) => record.to_string(),
        None => wrap::envelope(record).to_string(),
    };
    let message = |(number, record)| Message { id: format!("m{number}"), body: body(record) };
    records.iter().enumerate().map(message).collect()
}

fn at(second: i64) -> String {
    (Time::parse("2026-11-02T09:00:00Z").unwrap() + Span::seconds(second)).to_string()
}

/// A hundred records of a morning: keys that come and go, calls, a KMS key in danger, a report.
fn morning() -> Vec<Value> {
    let mut records = Vec::new();
    for n in 0..6 {
        let (user, key) = (format!("gateway-{n}"), format!("ACCAEXAMPLEGATEWAY{n:02}"));
        let api_key = ApiKey::new(&user, &key).valid_for_days(30);
        records.push(User::new(&user).create(&at(n)).json());
        records.push(api_key.create(&at(10 + n)).json());
        records.push(api_key.update("Inactive", &at(1_000 + n)).json());
        if n % 2 == 0 {
            records.push(api_key.update("Active", &at(1_100 + n)).json());
        }
        for call in 0..10 {
            records.push(bearer::call(&user, "/otel/app", &at(100 + 400 * call + n)).json());
        }
    }
    let kms = KmsKey::new("1234abcd-12ab-34cd-56ef-1234567890ab");
    records.push(kms.schedule_deletion(7, &at(500)).json());
    records.push(LogGroup::new("/otel/app").create(Some(&kms), &at(1)).json());
    records.push(exposed("ACCAEXAMPLEGATEWAY00", Time::parse(&at(2_000)).unwrap()));
    for n in 0..15 {
        records.push(bearer::call("stranger", "/otel/app", &at(3_000 + n)).json());
    }
    assert_eq!(records.len(), 99, "one place is left for the poison");
    records
}

/// What is remembered, and which findings stand.
fn end(stage: &Stage) -> (BTreeMap<DocumentId, Document>, Vec<(FindingId, State)>) {
    let documents = stage.ledger.documents().into_iter().map(|it| (it.document.id(), it.document)).collect();
    let of = |stored: keytrail_ledger::StoredItem| match stored.item.body {
        Body::Finding(finding) => Some((finding.id, stored.item.state)),
        _ => None,
    };
    (documents, stage.items(ItemKind::Finding).into_iter().filter_map(of).collect())
}

fn parked(stage: &Stage, text: &str) -> Option<Value> {
    run(stage.ledger.slot(&format!("parked/{}", name_of(text)))).unwrap().map(|(value, _)| value)
}

#[test]
fn one_poison_among_a_hundred_is_parked_and_the_others_are_done() {
    let stage = stage();
    let clean = stage_after_clean_delivery();
    let mut batch = messages(&morning());
    batch.insert(41, Message { id: "poison".to_owned(), body: POISON.to_owned() });
    assert_eq!(batch.len(), 100);
    let handled = handle(&stage, &batch);
    assert_eq!(handled.failed, [""; 0], "what can never be read is acknowledged");
    assert_eq!((handled.parked, handled.understood), (1, 99));
    assert_eq!(end(&stage), end(&clean));
    let kept = parked(&stage, POISON).unwrap();
    assert!(kept["text"].as_str().unwrap().contains("eventName"), "{kept}");
    assert!(!kept["reason"].as_str().unwrap().is_empty(), "{kept}");
}

fn stage_after_clean_delivery() -> Stage {
    let stage = stage();
    let handled = handle(&stage, &messages(&morning()));
    assert!(handled.failed.is_empty(), "{:?}", handled.failed);
    stage
}

#[test]
fn what_is_parked_never_loops_and_keeps_its_first_reason() {
    let stage = stage();
    for body in [POISON, "", "not JSON", "[]", "{}", "null"] {
        let message = Message { id: "1".to_owned(), body: body.to_owned() };
        let first = handle(&stage, std::slice::from_ref(&message));
        assert_eq!((first.failed.len(), first.parked), (0, 1), "{body:?}");
        let kept = parked(&stage, body).unwrap();
        stage.clock.advance(Span::hours(1));
        let again = handle(&stage, &[message.clone(), message]);
        assert_eq!(again.failed, [""; 0], "{body:?}");
        assert_eq!(parked(&stage, body).unwrap(), kept);
    }
}

#[test]
fn what_cannot_be_parked_now_comes_back() {
    let stage = stage();
    let batch = [
        Message { id: "poison".to_owned(), body: POISON.to_owned() },
        messages(&[User::new("gateway").create(&at(0)).json()]).remove(0),
    ];
    stage.wire.spoil_next("set_slot", 1, Mishap::Throttled);
    assert_eq!(handle(&stage, &batch).failed, ["poison"]);
    assert_eq!(handle(&stage, &batch[..1]).failed, [""; 0]);
    assert!(parked(&stage, POISON).is_some());
}

#[test]
fn a_ledger_that_is_down_gives_everything_back() {
    for mishap in [Mishap::Unreachable, Mishap::Throttled] {
        let stage = stage();
        let batch = messages(&morning());
        stage.wire.spoil(move |call| (call.service == "ledger").then_some(mishap));
        let handled = handle(&stage, &batch);
        let all: Vec<&str> = batch.iter().map(|message| &*message.id).collect();
        assert_eq!(handled.failed, all, "{mishap:?}");
        stage.wire.mend();
        assert!(stage.ledger.documents().is_empty());
        assert_eq!(handle(&stage, &batch).failed, [""; 0]);
        assert_eq!(end(&stage), end(&stage_after_clean_delivery()));
    }
}

/// Lambda acknowledges what isn't named: a message whose record isn't in the ledger has to be named.
#[test]
fn a_ledger_that_fails_at_any_call_loses_nothing() {
    let expected = end(&stage_after_clean_delivery());
    let batch = messages(&morning());
    for mishap in [Mishap::Unreachable, Mishap::AnswerLost] {
        let mut failing = 0;
        loop {
            let stage = stage();
            let mut calls = 0;
            stage.wire.spoil(move |_| {
                calls += 1;
                (calls == failing + 1).then_some(mishap)
            });
            let handled = handle(&stage, &batch);
            let met = stage.wire.calls().len() > failing;
            stage.wire.mend();
            let back: Vec<Message> =
                batch.iter().filter(|it| handled.failed.contains(&it.id)).cloned().collect();
            assert_eq!(handle(&stage, &back).failed, [""; 0]);
            assert_eq!(end(&stage), expected, "{mishap:?} at call {failing}");
            if !met {
                assert!(failing > 20, "{failing}");
                break;
            }
            failing += 1;
        }
    }
}

#[test]
fn a_crash_at_any_point_loses_nothing() {
    let expected = end(&stage_after_clean_delivery());
    let batch = messages(&morning());
    let mut polls = 0;
    loop {
        let stage = stage();
        let ended = crash_after(polls, detect(&stage).handle(&batch)).is_some();
        // Nothing was acknowledged, so that all of it comes again.
        assert_eq!(handle(&stage, &batch).failed, [""; 0]);
        assert_eq!(end(&stage), expected, "it died after {polls} polls");
        if ended {
            assert!(polls > 5, "{polls}");
            break;
        }
        polls += 1;
    }
}

#[test]
fn repeated_and_shuffled_batches_end_in_the_same_place() {
    let expected = end(&stage_after_clean_delivery());
    let all = messages(&morning());
    for seed in 0..40 {
        let stage = stage();
        let mut random = Random::new(seed);
        let mut arriving = [&all[..], &all[..40], &all[20..]].concat();
        random.shuffle(&mut arriving);
        let size = [1, 3, 10, 100][random.below(4) as usize];
        for batch in arriving.chunks(size) {
            assert_eq!(handle(&stage, batch).failed, [""; 0]);
        }
        let (documents, _) = end(&stage);
        assert_eq!(documents, expected.0, "seed {seed}");
        let standing = |findings: &[(FindingId, State)]| {
            let stands = findings.iter().filter(|(_, state)| *state == State::Fired);
            stands.map(|(id, _)| id.clone()).collect::<Vec<_>>()
        };
        assert_eq!(standing(&end(&stage).1), standing(&expected.1), "seed {seed}");
    }
}

#[test]
fn concurrent_batches_end_in_the_same_place() {
    let (documents, _) = end(&stage_after_clean_delivery());
    let all = messages(&morning());
    for seed in 0..20 {
        let stage = stage();
        let detectors: Vec<Detector> = (0..4).map(|_| detect(&stage)).collect();
        let batches: Vec<&[Message]> = vec![&all[..60], &all[30..], &all[50..80], &all[..20]];
        let work = detectors.iter().zip(&batches).map(|(detector, batch)| detector.handle(batch));
        let mut back = Vec::new();
        for (handled, batch) in together(seed, work).into_iter().zip(&batches) {
            back.extend(batch.iter().filter(|it| handled.failed.contains(&it.id)).cloned());
        }
        assert_eq!(handle(&stage, &back).failed, [""; 0]);
        assert_eq!(end(&stage).0, documents, "seed {seed}");
    }
}

#[test]
fn a_document_of_a_newer_version_sends_its_messages_back_and_no_others() {
    let stage = stage();
    let subject = SubjectId::user("aws".into(), "111122223333".into(), &"gateway".into());
    let mut newer = Document::empty(&DocumentId::main(subject)).unwrap();
    newer.schema = Schema { major: SCHEMA.major + 1, minor: 0 };
    let mut commit = Commit::at(Time::parse(&at(0)).unwrap());
    commit.writes.push(Write { document: newer, expected: None, expires: None });
    run(stage.ledger.commit(&commit)).unwrap();
    let batch = messages(&[
        User::new("billing").create(&at(0)).json(),
        User::new("gateway").create(&at(1)).json(),
        ApiKey::new("gateway", "ACCAEXAMPLEGATEWAY01").create(&at(2)).json(),
        bearer::call("billing", "/otel/app", &at(3)).json(),
    ]);
    let handled = handle(&stage, &batch);
    assert_eq!(handled.failed, ["m1", "m2"], "they wait for a newer Keytrail");
    assert_eq!(handled.parked, 0);
    assert_eq!(handle(&stage, &batch).failed, ["m1", "m2"]);
}

#[test]
fn an_action_found_while_the_policy_is_broken_waits() {
    let stage = stage();
    handle(&stage, &messages(&[ApiKey::new("gateway", "ACCAEXAMPLEGATEWAY01").create(&at(0)).json()]));
    stage.policy.set_broken("no such mode");
    let handled = handle(&stage, &messages(&[exposed("ACCAEXAMPLEGATEWAY01", Time::parse(&at(9)).unwrap())]));
    let [held] = &*handled.recorded.withheld else { panic!("{handled:?}") };
    assert_eq!(held.reason, Reason::BrokenPolicy);
    let action = stage.items(ItemKind::Action).remove(0);
    assert!(matches!(action.item.state, State::Waiting { .. }), "{action:?}");
}

#[test]
fn an_action_found_in_a_paused_or_restored_ledger_waits() {
    for restored in [false, true] {
        let stage = stage();
        let store = run(stage.ledger.identity()).unwrap();
        let epoch =
            Epoch { store, number: 1, began: Time::parse(&at(0)).unwrap(), paused: !restored, resumed: None };
        run(stage.ledger.set_epoch(&epoch, None)).unwrap();
        if restored {
            stage.ledger.set_identity("restored");
        }
        let handled = handle(
            &stage,
            &messages(&[
                ApiKey::new("gateway", "ACCAEXAMPLEGATEWAY01").create(&at(0)).json(),
                exposed("ACCAEXAMPLEGATEWAY01", Time::parse(&at(9)).unwrap()),
            ]),
        );
        assert_eq!(handled.failed, [""; 0], "what happens is remembered all the same");
        let reasons: Vec<&Reason> = handled.recorded.withheld.iter().map(|it| &it.reason).collect();
        assert_eq!(reasons, [&Reason::LedgerPaused]);
        let action = stage.items(ItemKind::Action).remove(0);
        assert!(matches!(action.item.state, State::Waiting { .. }), "{action:?}");
    }
}

#[test]
fn a_record_that_says_too_little_is_kept_by_its_shape_and_counted_once() {
    let stage = stage();
    let vague = ApiKey::new("gateway", "ACCAEXAMPLEGATEWAY01").update("Inactive", &at(0));
    let vague = vague.without("/requestParameters/serviceSpecificCredentialId").json();
    let batch = messages(&[vague]);
    for _ in 0..3 {
        let handled = handle(&stage, &batch);
        assert_eq!((handled.failed.len(), handled.unresolved, handled.parked), (0, 1, 0), "{handled:?}");
    }
    stage.wire.spoil_next("set_slot", usize::MAX, Mishap::Throttled);
    assert_eq!(handle(&stage, &batch).failed, [""; 0], "a repeat needs no write");
}
