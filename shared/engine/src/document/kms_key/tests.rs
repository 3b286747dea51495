use super::*;
use crate::document::{Document, Facts};
use crate::event::{Caller, Place, What};
use crate::ids::RecordId;
use crate::lattice::Join;
use crate::subject::DocumentId;
use crate::time::Span;

fn id() -> SubjectId {
    SubjectId::kms_key_of_arn("arn:aws:kms:us-east-1:111122223333:key/k").unwrap()
}

fn at(minute: i64) -> Time {
    Time::from_millis(1_785_542_400_000) + Span::minutes(minute)
}

fn event(minute: i64, what: What) -> Event {
    Event {
        record: RecordId(u64::try_from(minute).unwrap()),
        event_id: None,
        revision: 0,
        time: Some(at(minute)),
        place: Place { partition: "aws".into(), account: "111122223333".into(), region: "us-east-1".into() },
        caller: Caller::default(),
        foreign_envelope: false,
        what,
    }
}

fn changed(change: KmsKeyChange) -> What {
    What::KmsKeyChanged { key: id(), change }
}

fn put(policy: &str) -> What {
    changed(KmsKeyChange::PolicyChanged { policy: Some(policy.into()), bypassed_lockout_check: false })
}

fn shown(seen: KmsKeySeen, policy: Option<&str>) -> What {
    What::KmsKeyObserved { key: id(), seen: Box::new(seen), policy: policy.map(Into::into) }
}

fn in_state(state: KmsKeyState) -> KmsKeySeen {
    KmsKeySeen { state: Some(state), ..KmsKeySeen::default() }
}

/// What is remembered of events, each a minute after the one before; the same in the other order and from two places.
fn remembered(events: impl IntoIterator<Item = What>) -> KmsKey {
    let events: Vec<Event> = events
        .into_iter()
        .enumerate()
        .map(|(minute, what)| event(i64::try_from(minute).unwrap(), what))
        .collect();
    let of = |events: &mut dyn Iterator<Item = &Event>| {
        let mut document = Document::empty(&DocumentId::main(id())).unwrap();
        events.for_each(|event| {
            document.absorb(event);
        });
        document
    };
    let document = of(&mut events.iter());
    assert_eq!(document, of(&mut events.iter().rev()));
    let (mut one, other) = (of(&mut events.iter().step_by(2)), of(&mut events.iter().skip(1).step_by(2)));
    one.join(&other);
    assert_eq!(document, one);
    let Facts::KmsKey(key) = document.facts else { panic!() };
    *key
}

#[test]
fn a_later_description_says_what_no_record_told() {
    let now = at(60);
    let key = remembered([changed(KmsKeyChange::Disabled), shown(in_state(KmsKeyState::Enabled), None)]);
    assert_eq!((key.state(now), key.deletion(now)), (Some(KmsKeyState::Enabled), Deletion::No));
    // An earlier one doesn't.
    let key = remembered([shown(in_state(KmsKeyState::Enabled), None), changed(KmsKeyChange::Disabled)]);
    assert_eq!(key.state(now), Some(KmsKeyState::Disabled));
    let waits = KmsKeySeen { deletion_date: Some(at(9_000)), ..in_state(KmsKeyState::PendingDeletion) };
    let key = remembered([shown(waits.clone(), None)]);
    assert!(matches!(key.deletion(now), Deletion::Scheduled { date: Some(date), .. } if date == at(9_000)));
    assert_eq!(key.deletion(at(0) - Span::hours(1)), Deletion::No);
    // Seen again, it is the same deletion.
    let again = remembered([shown(waits.clone(), None), shown(waits, None)]);
    let record = |key: &KmsKey| match key.deletion(now) {
        Deletion::Scheduled { record, .. } => record,
        other => panic!("{other:?}"),
    };
    assert_eq!(record(&key), record(&again));
}

#[test]
fn a_deletion_that_a_record_told_of_keeps_who_asked_for_it() {
    let scheduled =
        || changed(KmsKeyChange::DeletionScheduled { date: Some(at(9_000)), waits_for_replicas: false });
    let waits = KmsKeySeen { deletion_date: Some(at(9_000)), ..in_state(KmsKeyState::PendingDeletion) };
    let key = remembered([scheduled(), shown(waits, None)]);
    assert!(matches!(key.deletion(at(60)), Deletion::Scheduled { record: RecordId(0), .. }));
    let saved = remembered([scheduled(), shown(in_state(KmsKeyState::Disabled), None)]);
    assert_eq!(saved.deletion(at(60)), Deletion::No);
    // Only a record ends a key for good.
    let missing = remembered([scheduled(), What::KmsKeyAbsent { key: id() }]);
    assert!(matches!(missing.deletion(at(60)), Deletion::Scheduled { .. }));
}

#[test]
fn the_policy_is_the_newest_and_its_record_stands_while_kms_shows_the_same() {
    let (one, spaced, two) = (r#"{"Statement":[]}"#, r#"{ "Statement": [] }"#, r#"{"Statement":[{}]}"#);
    let since = |events: Vec<What>| remembered(events).policy_at(at(60)).map(|(since, _)| since);
    let showing = |policy| shown(KmsKeySeen::default(), Some(policy));
    assert_eq!(since(vec![put(one), showing(spaced)]), Some(at(0)));
    assert_eq!(since(vec![put(one), showing(two)]), Some(at(1)));
    assert_eq!(since(vec![showing(two), put(one)]), Some(at(1)));
    assert_eq!(since(vec![showing(two)]), Some(at(0)));
    assert_eq!(since(vec![]), None);
}

#[test]
fn what_a_key_is_and_whom_it_is_related_to_may_be_described() {
    let make = KmsKeyMake { spec: Some("SYMMETRIC_DEFAULT".into()), ..KmsKeyMake::default() };
    let other = SubjectId { region: "us-west-2".into(), ..id() };
    let seen = KmsKeySeen {
        created: Some(at(-9_000)),
        make: make.clone(),
        family: vec![id(), other.clone()],
        ..KmsKeySeen::default()
    };
    let key = remembered([shown(seen, None)]);
    assert_eq!((key.make(), key.created()), (Some(&make), Some(at(-9_000))));
    assert!(key.relatives().any(|kin| *kin == other));
    assert!(key.birth().is_none());
}
