//! Calls from a network that the policy blocks.

use super::{Rule, listed};
use crate::document::Document;
use crate::finding::{Finding, Severity};
use crate::policy::Policy;
use crate::subject::Kind;
use crate::time::{Span, Time};
use crate::world::World;

pub(super) const RULE: Rule = Rule {
    id: "blocked_network",
    title: "Bearer call from a blocked network",
    why: "The policy says that no bearer call may come from there.",
    severity: Severity::High,
    settle: Span::hours(0),
    judges: &[Kind::Usage],
    judge,
};

fn judge(document: &Document, _: &World, policy: &Policy, _: Time) -> Vec<Finding> {
    let networks = &policy.networks;
    listed::found(&RULE, document, |address| networks.blocked.contains(address), "which the policy blocks")
}
