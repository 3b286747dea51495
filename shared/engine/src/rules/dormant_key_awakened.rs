//! Calls with a key that nobody used for long.

use super::Rule;
use super::learnt::{Learnt, day};
use crate::document::Document;
use crate::finding::{Finding, Severity};
use crate::policy::Policy;
use crate::subject::Kind;
use crate::time::{Span, Time};
use crate::world::World;

pub(super) const RULE: Rule = Rule {
    id: "dormant_key_awakened",
    title: "Dormant key used again",
    why: "A key that its sender has forgotten is the one whose theft nobody notices.",
    severity: Severity::Low,
    // The calls between may be recorded late.
    settle: Span::hours(1),
    judges: &[Kind::Usage],
    judge,
};

/// A rest is unusual from this length on, and if it is twice as long as any before.
const DORMANT: Span = Span::days(21);
/// Before it, so many hours with calls must be known: of a monthly job, ninety days show too little.
const ACTIVE: i64 = 10;

fn judge(document: &Document, _: &World, policy: &Policy, _: Time) -> Vec<Finding> {
    let Some(learnt) = Learnt::of(document, policy) else { return Vec::new() };
    let Some(user) = learnt.user() else { return Vec::new() };
    let mut longest = Span::default();
    let mut ended: Option<Time> = None;
    let mut active = 0;
    let mut found = Vec::new();
    for (begins, ends) in learnt.facts.habits.hours.runs() {
        if let Some(ended) = ended.replace(ends) {
            let rest = begins.since(ended);
            if rest >= DORMANT
                && rest.millis() >= 2 * longest.millis()
                && active >= ACTIVE
                && begins > learnt.since
            {
                let what = format!("User {user} calls again after {} days of silence", rest.whole_days());
                found.push(
                    RULE.found(learnt.subject, &day(begins), what)
                        .since(begins)
                        .evidence("last call before", Some(ended))
                        .evidence("longest silence before that, in days", Some(longest.whole_days()))
                        .next("Ask whoever runs the sender whether it was switched on again."),
                );
            }
            longest = longest.max(rest);
        }
        active += ends.since(begins).millis() / Span::hours(1).millis();
    }
    found
}
