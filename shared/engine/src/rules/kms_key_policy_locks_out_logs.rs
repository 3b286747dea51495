//! The policy of a KMS key keeps CloudWatch Logs from using it, while logs hang on it.

use super::Rule;
use super::unreadable::{OWN_REGION, count, no_help};
use crate::dependents::{Dependent, Need, dependents};
use crate::document::{Deletion, Document, Facts};
use crate::finding::{Finding, Severity};
use crate::key_policy::{Answer, KeyPolicy, Purpose};
use crate::policy::Policy;
use crate::subject::{Kind, Part, SubjectId};
use crate::time::{Span, Time};
use crate::world::World;

pub(super) const RULE: Rule = Rule {
    id: "kms_key_policy_locks_out_logs",
    title: "KMS key policy locks CloudWatch Logs out",
    why: "Logs that were encrypted with the key can't be read, and new ones can't be encrypted, until its policy lets CloudWatch Logs use it again.",
    severity: Severity::High,
    settle: Span::hours(0),
    judges: &[Kind::KmsKey],
    judge,
};

/// Log targets that a finding names one by one.
const SHOWN: usize = 20;

/// Only what the policy surely denies is found. What it doesn't tell is no finding: a page for every unusual policy would
/// drown the one that matters.
fn judge(document: &Document, world: &World, _: &Policy, now: Time) -> Vec<Finding> {
    let (Part::Main, Facts::KmsKey(key)) = (&document.part, &document.facts) else { return Vec::new() };
    let Some((put, policy)) = key.policy_at(now) else { return Vec::new() };
    if matches!(key.deletion(now), Deletion::Done(_)) {
        return Vec::new();
    }
    let mut needs = dependents(&document.subject, world, now);
    needs.retain(|need| !lost(&policy, &document.subject, need).is_empty());
    if needs.is_empty() {
        return Vec::new();
    }
    let (id, by) = (&document.subject.name, key.policy_by(put));
    let what =
        format!("The policy of KMS key {id} keeps CloudWatch Logs from using it for {}", count(&needs));
    let mut finding = RULE
        .found(&document.subject, &policy.fingerprint(), what)
        .since(put)
        .evidence("policy put by", by.and_then(|by| by.who.as_ref()))
        .evidence("from", by.and_then(|by| by.from.as_ref()))
        .evidence("event", by.and_then(|by| by.event_id.as_ref()));
    for need in needs.iter().take(SHOWN) {
        let lost = lost(&policy, &document.subject, need).join(" and ");
        let shown = format!("{}: {lost}", super::log_target(&need.target));
        finding = finding.evidence("locked out", Some(shown));
    }
    finding = finding.evidence("and more", needs.len().checked_sub(SHOWN).filter(|more| *more > 0));
    let stuck = policy.account_may_administer(&document.subject) == Answer::Denies;
    if stuck {
        finding =
            finding.next("The policy lets nobody of the key's account change it: only AWS Support can.");
    }
    vec![no_help(next(finding, &document.subject), &document.subject, world, OWN_REGION)]
}

/// What a log target can't do any more. Data that only waits for its expiry is read, never written.
fn lost(policy: &KeyPolicy, key: &SubjectId, need: &Dependent) -> Vec<&'static str> {
    let denied = |purpose| policy.logs_may(key, &need.target, purpose) == Answer::Denies;
    let read = denied(Purpose::Read).then_some("can't be read");
    let writes = matches!(need.need, Need::Now { .. });
    let write = (writes && denied(Purpose::Write)).then_some("can't be written");
    read.into_iter().chain(write).collect()
}

fn next(finding: Finding, key: &SubjectId) -> Finding {
    let (region, id) = (&key.region, super::quoted(&key.name));
    finding
        .next(format!("Look at the policy: aws kms get-key-policy --region {region} --key-id {id} --output text"))
        .next(format!(
            "Let logs.{region}.amazonaws.com use the key (kms:Encrypt*, Decrypt*, ReEncrypt*, GenerateDataKey*, Describe*) and put it back: aws kms put-key-policy --region {region} --key-id {id} --policy file://policy.json"
        ))
}
