//! A rescue that stops anywhere for good, and one that runs twice at once.

use keytrail_engine::event::KmsKeyState;
use keytrail_engine::notice::Outcome;
use keytrail_engine::time::Span;
use keytrail_testkit::fakes::{KmsWrite, crash_after, together};

use super::{assert_ended, id, rescue, saved, scheduled, state, tell_own_cancellation, tick_to_the_end};

#[test]
fn a_crash_anywhere_ends_in_the_same_place() {
    for polls in 0..200 {
        let (stage, action) = scheduled(false);
        let finished = crash_after(polls, rescue(&stage).handle(&action)).is_some();
        if stage.kms.writes().contains(&KmsWrite::Cancelled(id())) {
            tell_own_cancellation(&stage);
        }
        stage.clock.advance(Span::minutes(1));
        let outcome = tick_to_the_end(&stage, &action);
        assert!(matches!(outcome, Outcome::Done { .. }), "{polls}: {outcome:?}");
        assert_eq!(state(&stage), Some(KmsKeyState::Enabled), "{polls}");
        assert_eq!(stage.kms.writes(), saved(), "{polls}");
        assert_ended(&stage, &action, &outcome);
        if finished {
            assert!(polls > 10, "there are that many places to stop at");
            return;
        }
    }
    panic!("it never ends");
}

#[test]
fn two_at_once_save_it_once_and_tell_it_once() {
    for seed in 0..200 {
        let (stage, action) = scheduled(false);
        let (one, other) = (rescue(&stage), rescue(&stage));
        for answer in together(seed, [one.handle(&action), other.handle(&action)]) {
            answer.unwrap();
        }
        tell_own_cancellation(&stage);
        let outcome = tick_to_the_end(&stage, &action);
        assert!(matches!(outcome, Outcome::Done { .. }), "{seed}: {outcome:?}");
        assert_eq!(state(&stage), Some(KmsKeyState::Enabled));
        let writes = stage.kms.writes();
        let cancelled = writes.iter().filter(|it| matches!(it, KmsWrite::Cancelled(_))).count();
        assert_eq!(cancelled, 1, "{seed}: {writes:?}");
        assert_ended(&stage, &action, &outcome);
    }
}
