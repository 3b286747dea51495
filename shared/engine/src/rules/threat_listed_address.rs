//! Calls from an address that is reported as malicious.

use super::{Rule, listed};
use crate::document::Document;
use crate::finding::{Finding, Severity};
use crate::policy::Policy;
use crate::subject::Kind;
use crate::time::{Span, Time};
use crate::world::World;

pub(super) const RULE: Rule = Rule {
    id: "threat_listed_address",
    title: "Bearer call from an address that is reported as malicious",
    why: "Others have seen attacks from there; a sender of logs has no business there.",
    severity: Severity::Medium,
    settle: Span::hours(0),
    judges: &[Kind::Usage],
    judge,
};

fn judge(document: &Document, _: &World, policy: &Policy, _: Time) -> Vec<Finding> {
    let networks = &policy.networks;
    listed::found(
        &RULE,
        document,
        |address| networks.threats.contains(address),
        "which is on the list of threats",
    )
}
