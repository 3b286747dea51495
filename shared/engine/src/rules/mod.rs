//! The rules, one file each, in a list that a reader can see.
//!
//! A rule judges one document, with the documents around it, and returns everything that the document supports at
//! that moment. What is new is for the ledger to say, what to do about it for [`crate::decide`].

mod ambiguous_bearer_call;
mod anonymous_network;
mod association_failed;
mod association_removed;
mod association_replaced;
mod association_to_foreign_account;
mod association_to_unknown_key;
mod association_to_unusable_key;
mod backing_user_pivot;
mod bearer_authentication_enabled;
mod bearer_call_by_unknown_key;
mod blocked_network;
mod call_in_silent_hour;
mod compromise_reported;
mod coverage_lost;
mod custom_key_store_dependency;
mod denied_across_log_groups;
mod denied_burst;
mod deny_policy_detached;
mod dormant_key_awakened;
mod first_seen_log_group;
mod first_seen_network;
mod first_seen_provider;
mod first_seen_region;
mod first_seen_user_agent;
mod hold_ending;
mod impossible_concurrency;
mod impossible_travel;
mod key_created;
mod key_created_outside_policy;
mod key_expiring;
mod key_lifetime_over_limit;
mod key_reset;
mod key_rotation;
mod key_without_expiry;
mod keytrail_changed;
mod kms_key_in_use_disabled;
mod kms_key_in_use_scheduled_for_deletion;
mod kms_key_material_deleted_or_expiring;
mod kms_key_policy_locks_out_logs;
mod learnt;
mod listed;
mod log_group_without_key;
mod outside_allowed_network;
mod phrases;
mod plaintext_bearer_log_group;
mod ransom_association;
mod reactivation_after_compromise;
mod repeated_reactivation;
mod replacement_candidate;
mod requested_by_person;
mod second_sender;
mod standing;
mod stolen_key_suspected;
mod threat_listed_address;
mod unexpected_second_key;
mod unreadable;
mod unused_key;
mod use_after_deactivation;
mod volume_spike;

use crate::action::{ActionKind, Reason};
use crate::document::Document;
use crate::finding::{Evidence, Finding, FindingId, Severity};
use crate::policy::Policy;
use crate::subject::{Kind, SubjectId};
use crate::time::{Span, Time};
use crate::world::World;
pub(crate) use kms_key_in_use_scheduled_for_deletion::half_rescued;
use phrases::{
    associate, create_key, creator, deactivate_key, key_name, kms_arn, log_target, reactivate_key,
    replace_key, user_of,
};
pub(crate) use phrases::{joined, quoted};

/// All rules, in the order in which they are shown.
pub const RULES: &[Rule] = &[
    compromise_reported::RULE,
    requested_by_person::RULE,
    reactivation_after_compromise::RULE,
    deny_policy_detached::RULE,
    keytrail_changed::RULE,
    kms_key_in_use_scheduled_for_deletion::RULE,
    kms_key_material_deleted_or_expiring::RULE,
    ransom_association::RULE,
    kms_key_in_use_disabled::RULE,
    kms_key_policy_locks_out_logs::RULE,
    association_to_foreign_account::RULE,
    association_to_unknown_key::RULE,
    association_to_unusable_key::RULE,
    association_removed::RULE,
    association_replaced::RULE,
    association_failed::RULE,
    log_group_without_key::RULE,
    key_created_outside_policy::RULE,
    custom_key_store_dependency::RULE,
    stolen_key_suspected::RULE,
    blocked_network::RULE,
    outside_allowed_network::RULE,
    threat_listed_address::RULE,
    anonymous_network::RULE,
    first_seen_network::RULE,
    impossible_concurrency::RULE,
    impossible_travel::RULE,
    second_sender::RULE,
    call_in_silent_hour::RULE,
    first_seen_user_agent::RULE,
    first_seen_provider::RULE,
    first_seen_region::RULE,
    first_seen_log_group::RULE,
    dormant_key_awakened::RULE,
    denied_burst::RULE,
    denied_across_log_groups::RULE,
    volume_spike::RULE,
    backing_user_pivot::RULE,
    bearer_authentication_enabled::RULE,
    plaintext_bearer_log_group::RULE,
    coverage_lost::RULE,
    use_after_deactivation::RULE,
    bearer_call_by_unknown_key::RULE,
    ambiguous_bearer_call::RULE,
    unexpected_second_key::RULE,
    key_created::RULE,
    key_reset::RULE,
    key_without_expiry::RULE,
    key_lifetime_over_limit::RULE,
    key_expiring::RULE,
    key_rotation::RULE,
    replacement_candidate::RULE,
    unused_key::RULE,
    hold_ending::RULE,
    repeated_reactivation::RULE,
];

/// The rules that find nothing in records: what they judge are people's requests, which only Keytrail's own commands make.
pub const OF_REQUESTS: [&str; 2] = [requested_by_person::RULE.id, hold_ending::RULE.id];

/// A rule.
pub struct Rule {
    /// Its name: the file, the cases' folder, the heading in the docs and the key in the policy.
    pub id: &'static str,
    /// What it finds, as a heading.
    pub title: &'static str,
    /// Why a finding of it matters, in one sentence.
    pub why: &'static str,
    /// How bad a finding is, unless the policy says otherwise.
    pub severity: Severity,
    /// How long a late record may still falsify a finding.
    pub settle: Span,
    /// The kinds of subject whose documents it judges.
    pub judges: &'static [Kind],
    /// Everything that a document supports at a moment.
    pub judge: fn(&Document, &World, &Policy, Time) -> Vec<Finding>,
}

/// The findings that an incident adds up; none for any other finding.
pub fn signals_of(
    finding: &Finding,
    document: &Document,
    world: &World,
    policy: &Policy,
    now: Time,
) -> Vec<FindingId> {
    if *finding.rule != *stolen_key_suspected::RULE.id {
        return Vec::new();
    }
    let incidents = stolen_key_suspected::incidents(document, world, policy, now);
    let meant = incidents.into_iter().find(|(incident, _)| incident.id == finding.id);
    meant.map(|(_, signals)| signals).unwrap_or_default()
}

impl Rule {
    /// A rule by its id.
    pub fn by_id(id: &str) -> Option<&'static Self> {
        RULES.iter().find(|rule| rule.id == id)
    }

    /// Begins a finding of this rule. See [`FindingId::of`] for what a discriminator must be.
    pub fn found(&self, subject: &SubjectId, discriminator: &str, what: impl Into<Box<str>>) -> Finding {
        Finding {
            id: FindingId::of(self.id, subject, discriminator),
            rule: self.id.into(),
            severity: self.severity,
            subject: subject.clone(),
            what: what.into(),
            why: self.why.into(),
            since: None,
            settles: None,
            evidence: Vec::new(),
            next: Vec::new(),
            remedy: None,
            objection: None,
            deadline: None,
            mark: None,
        }
    }
}

impl Finding {
    /// Says since when; a finding of a rule with a settle time settles that long after.
    #[must_use]
    pub fn since(mut self, at: Time) -> Self {
        let settle = Rule::by_id(&self.rule).map_or(Span::default(), |rule| rule.settle);
        self.settles = (settle > Span::default()).then(|| at + settle);
        self.since = Some(at);
        self
    }

    /// Adds a line of evidence, if there is one.
    #[must_use]
    pub fn evidence(mut self, label: &str, value: Option<impl ToString>) -> Self {
        self.evidence
            .extend(value.map(|value| Evidence { label: label.into(), value: value.to_string().into() }));
        self
    }

    /// Adds something to do next: a command to paste, or a sentence.
    #[must_use]
    pub fn next(mut self, step: impl Into<Box<str>>) -> Self {
        self.next.push(step.into());
        self
    }

    /// Says what speaks against the remedy from the start.
    #[must_use]
    pub fn objection(mut self, objection: Option<Reason>) -> Self {
        self.objection = objection;
        self
    }

    /// Names the moment by which people can still prevent something.
    #[must_use]
    pub const fn deadline(mut self, deadline: Option<Time>) -> Self {
        self.deadline = deadline;
        self
    }

    /// Names what Keytrail itself could do about it.
    #[must_use]
    pub fn remedy(mut self, remedy: Option<ActionKind>) -> Self {
        self.remedy = remedy;
        self
    }
}
