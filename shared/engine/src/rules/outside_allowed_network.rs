//! Calls from outside the networks that the policy allows.

use super::{Rule, listed};
use crate::document::Document;
use crate::finding::{Finding, Severity};
use crate::policy::Policy;
use crate::subject::Kind;
use crate::time::{Span, Time};
use crate::world::World;

pub(super) const RULE: Rule = Rule {
    id: "outside_allowed_network",
    title: "Bearer call from outside the allowed networks",
    why: "The policy says where bearer calls may come from, and this is somewhere else.",
    severity: Severity::High,
    settle: Span::hours(0),
    judges: &[Kind::Usage],
    judge,
};

fn judge(document: &Document, _: &World, policy: &Policy, _: Time) -> Vec<Finding> {
    let networks = &policy.networks;
    listed::found(
        &RULE,
        document,
        |address| !networks.allowed.is_empty() && !networks.allowed.contains(address),
        "which is none of the networks that the policy allows",
    )
}
