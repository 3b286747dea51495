use super::*;
use crate::action::{Action, ActionKind, Reason};
use crate::decide::{Circumstances, Decision, decide, still_wanted};
use crate::event::{KmsKeyMake, KmsKeyRef, KmsKeySeen, LogTargetName, What};
use crate::judge::judge;
use crate::subject::{DocumentId, SubjectId};
use crate::telling::{KEYTRAIL, SOMEBODY, Telling, minute};

fn key() -> SubjectId {
    SubjectId::parse("aws/111122223333/us-east-1/kms-key/k").unwrap()
}

fn change(change: KmsKeyChange) -> What {
    What::KmsKeyChanged { key: key(), change }
}

fn scheduled() -> What {
    change(KmsKeyChange::DeletionScheduled { date: Some(minute(60 * 24 * 7)), waits_for_replicas: false })
}

fn created(state: KmsKeyState) -> What {
    What::KmsKeyCreated { key: key(), make: KmsKeyMake::default(), state: Some(state), policy: None }
}

fn seen(state: KmsKeyState) -> What {
    let seen = KmsKeySeen { state: Some(state), ..KmsKeySeen::default() };
    What::KmsKeyObserved { key: key(), seen: Box::new(seen), policy: None }
}

/// A key that protects a log group, and what happened to it, each at its minute.
fn told(story: impl IntoIterator<Item = (i64, What)>) -> Telling {
    let mut telling = Telling::new();
    let target = LogTargetName::LogGroup("/shop".into());
    telling.tell(minute(1), What::Associated { target, key: KmsKeyRef::Key(key()) });
    for (at, what) in story {
        let ours = matches!(what, What::KmsKeyChanged { change: KmsKeyChange::DeletionCancelled, .. });
        telling.tell_by(minute(at), if ours { KEYTRAIL } else { SOMEBODY }, what);
    }
    telling
}

/// What happened, each at its minute, and why the key is left disabled then.
type Case = (Vec<(i64, What)>, Option<Left>);

fn left(telling: &Telling) -> Option<Left> {
    left_disabled(telling.world.kms_key(&key()).unwrap(), minute(100))
}

#[test]
fn only_a_key_that_was_enabled_and_that_nobody_disabled_since_is_enabled() {
    use KmsKeyChange::{DeletionCancelled, Disabled, Enabled, MaterialDeleted};
    use KmsKeyState::{Creating, Enabled as On, PendingImport};
    let (off, on, cancelled) = (|| change(Disabled), || change(Enabled), || change(DeletionCancelled));
    let table: Vec<Case> = vec![
        (vec![(0, created(On)), (50, scheduled())], None),
        (vec![(0, created(On)), (10, off()), (20, on()), (50, scheduled())], None),
        (vec![(20, seen(On)), (50, scheduled())], None),
        (vec![(0, created(On)), (50, scheduled()), (60, cancelled())], None),
        (vec![(0, created(On)), (10, off()), (50, scheduled())], Some(Left::NotEnabledBefore)),
        (
            vec![(0, created(On)), (20, seen(KmsKeyState::Disabled)), (50, scheduled())],
            Some(Left::NotEnabledBefore),
        ),
        (vec![(0, created(PendingImport)), (50, scheduled())], Some(Left::NotEnabledBefore)),
        (
            vec![(0, created(On)), (10, change(MaterialDeleted)), (50, scheduled())],
            Some(Left::NotEnabledBefore),
        ),
        // In the second of the request itself: it can't be told which came first.
        (vec![(0, created(On)), (50, off()), (50, scheduled())], Some(Left::NotEnabledBefore)),
        (
            vec![(0, created(On)), (50, scheduled()), (60, cancelled()), (70, off())],
            Some(Left::DisabledSince),
        ),
        // Cancelled before, and left disabled: nobody enabled it.
        (
            vec![(0, created(On)), (10, scheduled()), (20, cancelled()), (50, scheduled())],
            Some(Left::NotEnabledBefore),
        ),
        (vec![(50, scheduled())], Some(Left::NotKnown)),
        (vec![(0, created(Creating)), (50, scheduled())], Some(Left::NotKnown)),
        (vec![(0, created(On)), (10, off()), (10, on()), (50, scheduled())], Some(Left::NotKnown)),
        // The request itself was missed, and so may others have been.
        (vec![(0, created(On)), (60, seen(KmsKeyState::PendingDeletion))], Some(Left::NotKnown)),
    ];
    for (story, expected) in table {
        let mut backwards = story.clone();
        backwards.reverse();
        assert_eq!(left(&told(story.clone())), expected, "{story:?}");
        assert_eq!(left(&told(backwards)), expected, "{story:?}, told backwards");
    }
}

#[test]
fn what_was_forgotten_enables_nothing() {
    let mut story = vec![(0, created(KmsKeyState::Enabled))];
    story.extend((2..90).map(|at| (at, change(KmsKeyChange::Rotated))));
    story.push((95, scheduled()));
    assert_eq!(left(&told(story)), Some(Left::NotKnown));
}

fn action(telling: &Telling, now: Time) -> Action {
    let document = telling.world.get(&DocumentId::main(key())).unwrap();
    let findings = judge(document, &telling.world, &telling.policy, now);
    let found = findings.iter().find(|it| &*it.rule == "kms_key_in_use_scheduled_for_deletion").unwrap();
    let Decision::Act(action) = decide(found, &telling.world, &telling.policy, now, Circumstances::default())
    else {
        panic!("{found:?}")
    };
    assert_eq!(action.kind, ActionKind::RescueKmsKey { key: key() });
    action
}

#[test]
fn a_rescue_is_finished_only_while_its_own_cancellation_is_the_last_word() {
    use KmsKeyChange::DeletionCancelled;
    let before = told([(0, created(KmsKeyState::Enabled)), (50, scheduled())]);
    let action = action(&before, minute(51));
    let wanted = |telling: &Telling, now: Time| {
        still_wanted(&action, &telling.world, &telling.policy, now, Circumstances::default())
    };
    assert_eq!(wanted(&before, minute(51)), None);
    let mut ours = before.clone();
    ours.tell_by(minute(52), KEYTRAIL, change(DeletionCancelled));
    assert_eq!(wanted(&ours, minute(53)), None, "to be enabled yet");
    assert!(matches!(wanted(&ours, minute(50 + 6 * 60 + 1)), Some(Reason::TooOld { .. })));
    let mut observing = ours.clone();
    observing.policy.mode = crate::policy::Mode::Observe;
    assert_eq!(wanted(&observing, minute(53)), Some(Reason::ObserveMode));
    let mut nobody = ours.clone();
    nobody.policy.principals.keytrail.clear();
    assert_eq!(wanted(&nobody, minute(53)), Some(Reason::Withdrawn), "nobody says who Keytrail is");

    let mut theirs = before;
    theirs.tell_by(minute(52), SOMEBODY, change(DeletionCancelled));
    assert_eq!(wanted(&theirs, minute(53)), Some(Reason::Withdrawn), "whoever cancelled decides the rest");
    ours.tell_by(minute(54), SOMEBODY, scheduled());
    assert_eq!(wanted(&ours, minute(55)), Some(Reason::Withdrawn), "scheduled anew: another finding");
}
