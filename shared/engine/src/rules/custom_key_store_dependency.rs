//! Logs hang on a KMS key whose material lies outside AWS KMS.

use super::Rule;
use super::unreadable::count;
use crate::dependents::{Need, dependents};
use crate::document::{Deletion, Document, Facts};
use crate::finding::{Finding, Severity};
use crate::policy::Policy;
use crate::subject::{Kind, Part};
use crate::time::{Span, Time};
use crate::world::World;

pub(super) const RULE: Rule = Rule {
    id: "custom_key_store_dependency",
    title: "Logs depend on a key store outside AWS KMS",
    why: "When the key store is disconnected or lost, the logs can be neither written nor read, whatever AWS KMS does.",
    severity: Severity::Low,
    settle: Span::hours(0),
    judges: &[Kind::KmsKey],
    judge,
};

fn judge(document: &Document, world: &World, _: &Policy, now: Time) -> Vec<Finding> {
    let (Part::Main, Facts::KmsKey(key)) = (&document.part, &document.facts) else { return Vec::new() };
    let Some(make) = key.make().filter(|_| !matches!(key.deletion(now), Deletion::Done(_))) else {
        return Vec::new();
    };
    let store = match make.origin.as_deref() {
        Some("AWS_CLOUDHSM") => "an AWS CloudHSM cluster",
        Some("EXTERNAL_KEY_STORE") => "an external key store",
        _ if make.key_store.is_some() => "a custom key store",
        _ => return Vec::new(),
    };
    let mut needs = dependents(&document.subject, world, now);
    needs.retain(|need| matches!(need.need, Need::Now { .. }));
    if needs.is_empty() {
        return Vec::new();
    }
    let id = &document.subject.name;
    let what = format!("KMS key {id}, whose material is in {store}, protects {}", count(&needs));
    let first = needs.iter().map(|need| need.need.since()).min().unwrap_or(now);
    let creator = key.birth().and_then(|(_, birth)| birth.by.who.as_ref());
    vec![
        // A key has one origin for all its life.
        RULE.found(&document.subject, "key store", what)
            .since(first)
            .evidence("key store", make.key_store.as_ref())
            .evidence("CloudHSM cluster", make.hsm_cluster.as_ref())
            .evidence("external key", make.xks_key.as_ref())
            .evidence("created by", creator)
            .evidence("log targets", super::joined(needs.iter().map(|need| super::log_target(&need.target))))
            .next("Make sure that whoever runs the key store knows that these logs depend on it.")
            .next("If that was not meant, associate the log targets with a key of origin AWS_KMS."),
    ]
}
