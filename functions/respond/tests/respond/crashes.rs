//! A crash anywhere ends in the same place.

use keytrail_engine::event::Status;
use keytrail_engine::notice::Outcome;
use keytrail_ledger::ItemKind;
use keytrail_respond::Answer;
use keytrail_testkit::fakes::{Mishap, crash_after, run, together};

use super::{assert_ended, deactivated, drive_to_the_end, handle, reported, respond, status};

#[test]
fn a_crash_at_any_point_ends_in_one_outcome() {
    let mut after_the_deed = 0;
    for polls in 0.. {
        let (stage, id) = reported();
        let ended = crash_after(polls, respond(&stage).handle(&id)).is_some();
        let done_before = !stage.iam.writes().is_empty();
        after_the_deed += usize::from(done_before && stage.outcome_notices(&id).is_empty());
        // The stream delivers it again.
        let outcome = drive_to_the_end(&stage, &id);
        assert!(matches!(outcome, Outcome::Done { .. }), "{polls}: {outcome:?}");
        assert_eq!(status(&stage), Some(Status::Inactive));
        assert_eq!(stage.iam.writes(), [deactivated()], "once, though it died after {polls} polls");
        assert_ended(&stage, &id, &outcome);
        if ended {
            assert!(polls > 10, "{polls}");
            break;
        }
    }
    assert!(after_the_deed > 0, "no crash fell between deed and record");
}

#[test]
fn a_ledger_that_fails_at_any_call_changes_nothing_of_the_end() {
    for mishap in [Mishap::Unreachable, Mishap::Throttled, Mishap::AnswerLost] {
        for failing in 0.. {
            let (stage, id) = reported();
            let mut calls = 0;
            stage.wire.spoil(move |call| {
                calls += usize::from(call.service == "ledger");
                (call.service == "ledger" && calls == failing + 1).then_some(mishap)
            });
            let first = run(respond(&stage).handle(&id));
            stage.wire.mend();
            let outcome = drive_to_the_end(&stage, &id);
            assert_eq!(stage.iam.writes(), [deactivated()], "{mishap:?} at {failing}");
            assert!(matches!(outcome, Outcome::Done { .. }));
            assert_ended(&stage, &id, &outcome);
            if first.is_ok() {
                assert!(failing > 4, "{failing}");
                break;
            }
        }
    }
}

#[test]
fn many_at_once_end_in_one_outcome() {
    for seed in 0..200 {
        let (stage, id) = reported();
        let responders = [respond(&stage), respond(&stage), respond(&stage)];
        for answer in together(seed, responders.iter().map(|it| it.handle(&id))) {
            assert!(matches!(answer, Ok(Answer::Ended(_) | Answer::Nothing)), "{answer:?}");
        }
        assert_eq!(status(&stage), Some(Status::Inactive));
        assert!(stage.iam.writes().iter().all(|write| *write == deactivated()));
        let kept = stage.item(&id).item.outcome.unwrap();
        assert!(matches!(kept, Outcome::Done { .. }), "{kept:?}");
        assert_ended(&stage, &id, &kept);
    }
}

#[test]
fn a_sweep_that_drives_it_meanwhile_changes_nothing_about_what_was_done() {
    for polls in 0.. {
        let (stage, id) = reported();
        let responder = respond(&stage);
        let mut handling = Box::pin(responder.handle(&id));
        if crash_after(polls, handling.as_mut()).is_some() {
            break;
        }
        if stage.item(&id).item.due().is_some() {
            stage.drive(&id);
        }
        run(handling).unwrap();
        let _ = handle(&stage, &id);
        assert_eq!(stage.iam.writes(), [deactivated()]);
        assert_eq!(stage.outcome_notices(&id).len(), 1);
        assert_eq!(stage.items(ItemKind::Action).len(), 1);
    }
}
