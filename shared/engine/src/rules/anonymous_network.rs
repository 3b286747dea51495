//! Calls from where people hide: Tor, open proxies.

use super::{Rule, listed};
use crate::document::Document;
use crate::finding::{Finding, Severity};
use crate::policy::Policy;
use crate::subject::Kind;
use crate::time::{Span, Time};
use crate::world::World;

pub(super) const RULE: Rule = Rule {
    id: "anonymous_network",
    title: "Bearer call from an anonymous network",
    why: "Who calls through Tor or an open proxy does not want to be found.",
    severity: Severity::Low,
    settle: Span::hours(0),
    judges: &[Kind::Usage],
    judge,
};

fn judge(document: &Document, _: &World, policy: &Policy, _: Time) -> Vec<Finding> {
    let networks = &policy.networks;
    listed::found(&RULE, document, |address| networks.anonymous.contains(address), "which hides who calls")
}
