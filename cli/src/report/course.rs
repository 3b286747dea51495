//! Where a key stands on its way out, and what comes next, as far as documents tell it: dates that people were told, holds
//! and exemptions.

use keytrail_engine::document::{ApiKey, Standing};
use keytrail_engine::event::Status;
use keytrail_engine::silence::last_possible_use;
use keytrail_engine::subject::SubjectId;
use keytrail_engine::time::Time;
use keytrail_engine::world::World;
use serde::Serialize;

/// Something that comes, and when.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct NextStep {
    /// `final_warning`, `deactivation`, `deletion`, `hold_ends` or `exemption_ends`.
    pub what: &'static str,
    /// When. A step of the way out may come later: nothing is done while something speaks against it.
    pub at: Time,
}

/// The stage, and the next step.
pub(super) type Course = (Option<&'static str>, Option<NextStep>);

/// What stands in the way comes before the way: a held key's next step is the end of the hold.
pub(super) fn course(subject: &SubjectId, key: &ApiKey, world: &World, now: Time) -> Course {
    if key.standing(now) == Standing::Deleted {
        return (None, None);
    }
    if let Some((until, _)) = key.course.held(now) {
        return (Some("held"), Some(NextStep { what: "hold_ends", at: until }));
    }
    if let Some((until, _)) = key.course.exempted(now) {
        return (Some("exempt"), Some(NextStep { what: "exemption_ends", at: until }));
    }
    let Some(track) = key.course.track else { return (None, None) };
    let step = |what, at| Some(NextStep { what, at });
    match key.standing(now) {
        Standing::Is(Status::Active) => {
            // A key that was used again, or switched on again, has left its track.
            let since = last_possible_use(subject, key, world).max(key.switched_on());
            if since != track.since {
                return (None, None);
            }
            if track.warned_finally {
                (Some("final_warning"), step("deactivation", track.deactivate))
            } else {
                (Some("first_warning"), step("final_warning", track.final_warning))
            }
        }
        Standing::Is(Status::Inactive) if track.warned_finally => {
            (Some("deactivated"), step("deletion", track.delete))
        }
        _ => (None, None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use keytrail_engine::document::Track;
    use keytrail_engine::event::{Caller, Event, Place, Request, What};
    use keytrail_engine::ids::RecordId;
    use keytrail_engine::subject::DocumentId;
    use keytrail_engine::time::Span;

    const START: Time = Time::from_millis(1_785_542_400_000);

    fn day(day: i64) -> Time {
        START + Span::days(day)
    }

    fn subject() -> SubjectId {
        SubjectId::parse("aws/111122223333/global/api-key/ACCA1").unwrap()
    }

    /// A key with what happened to it, day by day, on a track that was begun on the tenth.
    fn told(warned_finally: bool, whats: &[What], now: i64) -> Course {
        let mut world = World::default();
        for (at, what) in (0..).zip(whats) {
            world.absorb(&Event {
                record: RecordId(at),
                event_id: None,
                revision: 0,
                time: Some(day(i64::try_from(at).unwrap())),
                place: Place {
                    partition: "aws".into(),
                    account: "111122223333".into(),
                    region: "us-east-1".into(),
                },
                caller: Caller::default(),
                foreign_envelope: false,
                what: what.clone(),
            });
        }
        let mut document = world.get(&DocumentId::main(subject())).unwrap().clone();
        document.mark(&Track {
            since: Some(day(0)),
            first: day(10),
            final_warning: day(24),
            deactivate: day(40),
            delete: day(70),
            warned_finally,
        });
        world.add(document);
        let key = world.api_key(&subject()).unwrap();
        course(&subject(), key, &world, day(now))
    }

    fn status(status: Status) -> What {
        What::ApiKeyStatusChanged { key: "ACCA1".into(), user: None, status }
    }

    fn asked(request: Request) -> What {
        What::Requested { key: "ACCA1".into(), request, why: "why".into() }
    }

    #[test]
    fn the_stage_and_the_next_step_follow_what_was_told() {
        let on = || status(Status::Active);
        let off = || status(Status::Inactive);
        let next = |what, at| Some(NextStep { what, at: day(at) });
        let first = told(false, &[on()], 11);
        assert_eq!(first, (Some("first_warning"), next("final_warning", 24)));
        assert_eq!(told(true, &[on()], 25), (Some("final_warning"), next("deactivation", 40)));
        assert_eq!(told(true, &[on(), off()], 41), (Some("deactivated"), next("deletion", 70)));
        assert_eq!(told(false, &[on(), off()], 41), (None, None), "a person switched it off");
        assert_eq!(told(true, &[on(), off(), on()], 41), (None, None), "switched on again: off its track");
        let held = [on(), asked(Request::Hold { until: day(30) })];
        assert_eq!(told(false, &held, 11), (Some("held"), next("hold_ends", 30)));
        assert_eq!(told(false, &held, 30), first, "the hold is over");
        let exempt = [on(), asked(Request::Exempt { until: day(90) })];
        assert_eq!(told(true, &exempt, 80), (Some("exempt"), next("exemption_ends", 90)));
    }
}
