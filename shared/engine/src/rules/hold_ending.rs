//! A person's hold or exemption that ends soon: its end is told before it comes.

use super::Rule;
use crate::document::{Document, Facts, Standing};
use crate::event::Status;
use crate::finding::{Finding, Severity};
use crate::policy::Policy;
use crate::subject::Kind;
use crate::time::{Span, Time};
use crate::world::World;

pub(super) const RULE: Rule = Rule {
    id: "hold_ending",
    title: "Hold or exemption that ends",
    why: "From then on the key may be retired again if nobody uses it.",
    severity: Severity::Low,
    settle: Span::hours(0),
    judges: &[Kind::ApiKey],
    judge,
};

/// How long before its end it is told. What lasts no longer than this is not announced: whoever made it knows.
const BEFORE: Span = Span::days(3);

fn judge(document: &Document, _: &World, _: &Policy, now: Time) -> Vec<Finding> {
    let Facts::ApiKey(key) = &document.facts else { return Vec::new() };
    if !matches!(key.standing(now), Standing::Is(Status::Active) | Standing::Unknown) {
        return Vec::new();
    }
    let (id, user) = (&document.subject.name, super::user_of(key));
    let ends = [
        ("hold", "--for 30d", key.course.held(now)),
        ("exemption", "--until DATE", key.course.exempted(now)),
    ];
    let found = ends.into_iter().filter_map(|(what, long, end)| {
        let (until, why) = end?;
        // It was in force already when the time to tell of its end came.
        let told_from = until - BEFORE;
        let before = match what {
            "hold" => key.course.held(told_from),
            _ => key.course.exempted(told_from),
        };
        if now < told_from || before.is_none_or(|(end, _)| end != until) {
            return None;
        }
        let command = if what == "hold" { "hold" } else { "exempt" };
        let text = format!("The {what} on API key {id} of {user} ends on {until}");
        Some(
            RULE.found(&document.subject, &format!("{what}/{until}"), text)
                .since(told_from)
                .evidence("reason", Some(why))
                .evidence("service", key.service.value())
                .next(format!("To prolong it: keytrail {command} {id} {long} --why REASON --table TABLE")),
        )
    });
    found.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::{Caller, Event, Place, Request, What};
    use crate::ids::RecordId;
    use crate::subject::{DocumentId, SubjectId};

    const START: Time = Time::from_millis(1_785_542_400_000);

    fn told(requests: &[(i64, Request)], minute: i64) -> Vec<String> {
        let mut world = World::default();
        for (record, (hour, request)) in (0..).zip(requests) {
            world.absorb(&Event {
                record: RecordId(record),
                event_id: None,
                revision: 0,
                time: Some(START + Span::hours(*hour)),
                place: Place {
                    partition: "aws".into(),
                    account: "111122223333".into(),
                    region: "global".into(),
                },
                caller: Caller::default(),
                foreign_envelope: false,
                what: What::Requested { key: "ACCA1".into(), request: request.clone(), why: "audit".into() },
            });
        }
        let subject = SubjectId::parse("aws/111122223333/global/api-key/ACCA1").unwrap();
        let document = world.get(&DocumentId::main(subject)).unwrap();
        let found = judge(document, &world, &Policy::default(), START + Span::minutes(minute));
        found.into_iter().map(|finding| finding.what.into()).collect()
    }

    const DAY: i64 = 24 * 60;

    #[test]
    fn the_end_of_a_hold_is_told_three_days_before_and_until_it_comes() {
        let hold = [(0, Request::Hold { until: START + Span::days(30) })];
        assert_eq!(told(&hold, 27 * DAY - 1), Vec::<String>::new());
        assert_eq!(
            told(&hold, 27 * DAY),
            ["The hold on API key ACCA1 of an unknown user ends on 2026-08-31T00:00:00Z"]
        );
        assert_eq!(told(&hold, 30 * DAY - 1).len(), 1);
        assert_eq!(told(&hold, 30 * DAY), Vec::<String>::new());
    }

    #[test]
    fn a_prolonged_or_released_hold_does_not_end_then() {
        let hold = (0, Request::Hold { until: START + Span::days(30) });
        let longer = (24, Request::Hold { until: START + Span::days(60) });
        assert_eq!(told(&[hold.clone(), longer], 28 * DAY), Vec::<String>::new());
        assert_eq!(told(&[hold, (24, Request::Release)], 28 * DAY), Vec::<String>::new());
    }

    #[test]
    fn a_short_hold_and_an_undoing_are_told_as_they_should() {
        let short = [(0, Request::Hold { until: START + Span::days(2) })];
        assert_eq!(told(&short, DAY), Vec::<String>::new(), "whoever made it knows");
        assert_eq!(told(&[(0, Request::Reactivate)], 28 * DAY).len(), 1, "held for thirty days");
        let exempt = [(0, Request::Exempt { until: START + Span::days(90) })];
        assert_eq!(told(&exempt, 88 * DAY).len(), 1);
    }
}
