//! A KMS key was created that isn't as the policy wants keys to be.

use super::Rule;
use crate::document::{Document, Facts, KmsBirth};
use crate::event::{KmsKeyMake, MultiRegion};
use crate::finding::{Finding, Severity};
use crate::policy::{NewKeys, Pattern, Policy};
use crate::subject::{Kind, Part};
use crate::time::{Span, Time};
use crate::world::World;

pub(super) const RULE: Rule = Rule {
    id: "key_created_outside_policy",
    title: "KMS key created outside the policy",
    why: "What a KMS key is can't be changed later: spec, origin and region stay as they are. The first day is the cheap one to make another.",
    severity: Severity::Medium,
    settle: Span::hours(0),
    judges: &[Kind::KmsKey],
    judge,
};

fn judge(document: &Document, _: &World, policy: &Policy, now: Time) -> Vec<Finding> {
    let (Part::Main, Facts::KmsKey(key)) = (&document.part, &document.facts) else { return Vec::new() };
    let Some(birth) = key.births.entries().next().filter(|birth| birth.at <= now) else { return Vec::new() };
    let faults = faults(&birth.value, &policy.kms.new_keys);
    if faults.is_empty() {
        return Vec::new();
    }
    let (id, KmsBirth { make, by, .. }) = (&document.subject.name, &birth.value);
    let what = format!("KMS key {id} was created outside the policy: {}", faults.join("; "));
    vec![
        RULE.found(&document.subject, &birth.record.to_string(), what)
            .since(birth.at)
            .evidence("created by", by.who.as_ref())
            .evidence("from", by.from.as_ref())
            .evidence("event", by.event_id.as_ref())
            .evidence("spec", make.spec.as_ref())
            .evidence("usage", make.usage.as_ref())
            .evidence("origin", make.origin.as_ref())
            .evidence("key store", make.key_store.as_ref())
            .evidence("external key", make.xks_key.as_ref())
            .evidence("description", make.description.as_ref())
            .next("If nobody needs it yet, schedule its deletion and create one as the policy wants it.")
            .next("If it is meant, allow it in the policy's [kms.new_keys]."),
    ]
}

/// In what a key differs from what the policy allows. What the record doesn't say is nothing to find fault with, but
/// for its creator: a list of names allows nobody without one.
fn faults(birth: &KmsBirth, wanted: &NewKeys) -> Vec<String> {
    let KmsKeyMake { spec, usage, origin, key_store, description, .. } = &birth.make;
    let who = birth.by.who.as_ref().map(|who| who.as_str());
    let mut faults = Vec::new();
    if !allowed(&wanted.creators, who.unwrap_or_default()) {
        faults.push(format!("by {}", who.unwrap_or("nobody knows whom")));
    }
    for (what, said, allowed) in
        [("spec", spec, &wanted.specs), ("usage", usage, &wanted.usages), ("origin", origin, &wanted.origins)]
    {
        let other = said.as_ref().filter(|said| !allowed.is_empty() && !allowed.contains(*said));
        faults.extend(other.map(|said| format!("of {what} {said}")));
    }
    let store = key_store.as_deref().filter(|store| !allowed(&wanted.key_stores, store));
    faults.extend(store.map(|store| format!("in key store {store}")));
    if !allowed(&wanted.descriptions, description.as_deref().unwrap_or_default()) {
        faults.push("with another description".to_owned());
    }
    let multi_region = !matches!(birth.make.multi_region, None | Some(MultiRegion::No));
    for (is_so, may_be, fault) in [
        (multi_region, wanted.multi_region, "a multi-Region key"),
        (!birth.make.tagged, wanted.untagged, "without tags"),
        (
            birth.make.bypassed_lockout_check,
            wanted.lockout_bypass,
            "without KMS's check that its policy locks nobody out",
        ),
    ] {
        faults.extend((is_so && !may_be).then(|| fault.to_owned()));
    }
    faults
}

fn allowed(patterns: &[Pattern], text: &str) -> bool {
    patterns.is_empty() || patterns.iter().any(|pattern| pattern.matches(text))
}
