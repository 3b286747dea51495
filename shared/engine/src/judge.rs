//! Everything that documents support at a moment.

use crate::document::{Document, Facts};
use crate::finding::Finding;
use crate::policy::Policy;
use crate::rules::RULES;
use crate::time::Time;
use crate::world::World;

/// The standing findings of one document, gravest first; policy decides which rules look and how grave a finding is.
pub fn judge(document: &Document, world: &World, policy: &Policy, now: Time) -> Vec<Finding> {
    let looks =
        RULES.iter().filter(|rule| rule.judges.contains(&document.subject.kind) && policy.enabled(rule.id));
    let mut findings: Vec<Finding> =
        looks.flat_map(|rule| (rule.judge)(document, world, policy, now)).collect();
    if let Facts::Usage(facts) = &document.facts {
        findings.retain(|finding| !facts.lessons.expect(&finding.id));
    }
    for finding in &mut findings {
        finding.severity = policy.severity(&finding.rule, finding.severity);
    }
    sort(&mut findings);
    findings
}

/// The standing findings of every document of a world, gravest first.
pub fn judge_all(world: &World, policy: &Policy, now: Time) -> Vec<Finding> {
    let mut findings: Vec<Finding> =
        world.documents().flat_map(|document| judge(document, world, policy, now)).collect();
    sort(&mut findings);
    findings
}

/// Gravest first, then by rule, moment and subject: an order that follows from the findings alone.
fn sort(findings: &mut [Finding]) {
    findings.sort_by(|a, b| {
        let grave = b.severity.cmp(&a.severity).then_with(|| a.rule.cmp(&b.rule));
        grave.then_with(|| a.since.cmp(&b.since)).then_with(|| (&a.subject, &a.id).cmp(&(&b.subject, &b.id)))
    });
}
