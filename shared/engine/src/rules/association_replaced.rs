//! A log target got another KMS key.

use super::Rule;
use super::standing::standing;
use crate::dependents::{Need, need_of};
use crate::document::Document;
use crate::finding::{Finding, Severity};
use crate::policy::Policy;
use crate::subject::Kind;
use crate::time::{Span, Time};
use crate::world::World;

pub(super) const RULE: Rule = Rule {
    id: "association_replaced",
    title: "Logs are encrypted with another KMS key than before",
    why: "What was written before stays under the old key, which must not go before that data has expired.",
    severity: Severity::Low,
    settle: Span::hours(0),
    judges: &[Kind::LogTarget],
    judge,
};

fn judge(document: &Document, _: &World, _: &Policy, now: Time) -> Vec<Finding> {
    let Some(it) = standing(document, now) else { return Vec::new() };
    let Some((old, since)) = it.before else { return Vec::new() };
    let until = match need_of(old, it.target, now) {
        Some(Need::Until { until, .. }) => format!("until {until}"),
        Some(_) => "for ever, as far as is known".to_owned(),
        None => return Vec::new(),
    };
    let name = super::log_target(it.subject);
    let by = &it.entry.value.by;
    vec![
        RULE.found(
            it.subject,
            &it.entry.record.to_string(),
            format!("{name} has another KMS key than before"),
        )
        .since(it.entry.at)
        .evidence("old KMS key", Some(super::kms_arn(old)))
        .evidence("since", Some(since))
        .evidence("still needed", Some(until))
        .evidence("new KMS key", Some(super::kms_arn(it.key)))
        .evidence("associated by", by.who.as_ref())
        .evidence("from", by.from.as_ref())
        .evidence("event", by.event_id.as_ref())
        .next("Keep the old key for as long as data written under it is kept."),
    ]
}
