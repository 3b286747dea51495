//! A key that is switched off and on again by hand, over and over: retired, or for reasons that nobody tells.

use super::Rule;
use crate::document::{Document, Facts};
use crate::finding::{Finding, Severity};
use crate::policy::Policy;
use crate::subject::Kind;
use crate::switched::{Reactivation, Why, reactivations};
use crate::time::{Span, Time};
use crate::world::World;

pub(super) const RULE: Rule = Rule {
    id: "repeated_reactivation",
    title: "API key switched on again and again",
    why: "One wants the key gone and another needs it: as long as nobody decides, nobody watches it.",
    severity: Severity::Medium,
    settle: Span::hours(0),
    judges: &[Kind::ApiKey],
    judge,
};

/// Two reactivations within this time are drift.
const WITHIN: Span = Span::days(30);

fn judge(document: &Document, world: &World, policy: &Policy, now: Time) -> Vec<Finding> {
    let Facts::ApiKey(key) = &document.facts else { return Vec::new() };
    let mut retired = reactivations(&document.subject, key, world, policy, now);
    retired.retain(|it| matches!(it.why, Why::Staleness | Why::Other));
    let pairs = retired.iter().zip(retired.iter().skip(1));
    let again = pairs.filter(|(one, two)| two.entry.at.since(one.entry.at) <= WITHIN);
    let (id, user) = (&document.subject.name, super::user_of(key));
    let finding = |(one, two): (&Reactivation<'_>, &Reactivation<'_>)| {
        let by = &two.entry.value.by;
        let what =
            format!("API key {id} of {user}, which nobody uses, was switched on again for the second time");
        RULE.found(&document.subject, &two.entry.record.to_string(), what)
            .since(two.entry.at)
            .evidence("by", by.who.as_ref())
            .evidence("from", by.from.as_ref())
            .evidence("event", by.event_id.as_ref())
            .evidence("the time before", Some(one.entry.at))
            .next("Ask both what they want with it.")
            .next(format!("To keep it unused, exempt the credential {id} in the policy ([[exemptions]]), with a reason and an end."))
    };
    again.map(finding).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::Track;
    use crate::event::Status;
    use crate::subject::DocumentId;
    use crate::telling::{KEYTRAIL, SOMEBODY, Telling, key, minute};

    /// Keytrail retires the key at minute 10; somebody switches it on again, it is switched off again, and on again.
    fn story(second: Time) -> Telling {
        let mut telling = Telling::with_key("ACCA1", "u");
        let mut document = telling.world.get(&DocumentId::main(key("ACCA1"))).unwrap().clone();
        let deactivate = minute(5);
        let track = Track {
            since: None,
            first: minute(1),
            final_warning: minute(2),
            deactivate,
            delete: minute(100_000),
            warned_finally: true,
        };
        document.mark(&track);
        telling.world.add(document);
        telling.set(minute(10), KEYTRAIL, "ACCA1", Status::Inactive);
        telling.set(minute(20), SOMEBODY, "ACCA1", Status::Active);
        telling.set(second - Span::minutes(5), KEYTRAIL, "ACCA1", Status::Inactive);
        telling.set(second, SOMEBODY, "ACCA1", Status::Active);
        telling
    }

    #[test]
    fn the_second_within_thirty_days_pages_and_a_later_one_does_not() {
        let limit = minute(20) + WITHIN;
        for (second, count) in [(limit, 1), (limit + Span::seconds(1), 0)] {
            let telling = story(second);
            let found = telling.found(RULE.id, &key("ACCA1"), second + Span::minutes(1));
            assert_eq!(found.len(), count);
            let tampering =
                telling.found("reactivation_after_compromise", &key("ACCA1"), second + Span::minutes(1));
            assert_eq!(tampering.len(), 0, "staleness is no compromise");
        }
        assert_eq!(story(limit).found(RULE.id, &key("ACCA1"), minute(30)).len(), 0, "once holds it");
    }
}
