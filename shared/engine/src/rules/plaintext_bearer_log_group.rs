//! A log group that takes bearer tokens and has no KMS key of yours.

use super::Rule;
use crate::document::{Association, Document, Facts};
use crate::finding::{Finding, Severity};
use crate::policy::Policy;
use crate::subject::Kind;
use crate::time::{Span, Time};
use crate::world::World;

pub(super) const RULE: Rule = Rule {
    id: "plaintext_bearer_log_group",
    title: "Log group with bearer tokens and without a KMS key",
    why: "What API keys write there is readable for everybody who may read the log group; no key of yours stands between.",
    severity: Severity::Low,
    // The association may be recorded a little later than the switch.
    settle: Span::hours(1),
    judges: &[Kind::LogTarget],
    judge,
};

fn judge(document: &Document, _: &World, _: &Policy, now: Time) -> Vec<Finding> {
    let Facts::LogTarget(target) = &document.facts else { return Vec::new() };
    // What no record and no listing says is unknown: it may have had a key before Keytrail looked.
    let Association::None { since } = target.association(now) else { return Vec::new() };
    if target.deleted(now) || target.bearer_authentication_at(now) != Some(true) {
        return Vec::new();
    }
    let name = super::log_target(&document.subject);
    let opened =
        target.bearer_authentication.entries().filter(|entry| entry.value).map(|entry| entry.at).max();
    let finding = RULE
        .found(&document.subject, "plaintext", format!("{name} takes bearer tokens and has no KMS key"))
        .since(opened.map_or(since, |opened| opened.max(since)))
        .evidence("without a KMS key since", Some(since))
        .evidence("senders", super::joined(target.senders.values().filter_map(|it| it.value.user.as_ref())))
        .next(super::associate(&document.subject, None));
    vec![finding]
}
