//! A log target is encrypted with a KMS key of another account.

use super::Rule;
use super::standing::standing;
use crate::document::Document;
use crate::event::KmsKeyRef;
use crate::finding::{Finding, Severity};
use crate::policy::Policy;
use crate::subject::Kind;
use crate::time::{Span, Time};
use crate::world::World;

pub(super) const RULE: Rule = Rule {
    id: "association_to_foreign_account",
    title: "Logs are encrypted with a KMS key of another account",
    why: "Whoever owns that account decides whether these logs can ever be read again.",
    severity: Severity::High,
    settle: Span::hours(0),
    judges: &[Kind::LogTarget],
    judge,
};

fn judge(document: &Document, _: &World, policy: &Policy, now: Time) -> Vec<Finding> {
    let Some(it) = standing(document, now).filter(|it| it.foreign(policy)) else { return Vec::new() };
    let name = super::log_target(it.subject);
    let (own, by) = (&it.subject.account, &it.entry.value.by);
    let what = format!("{name} of {own} is encrypted with a KMS key of account {}", it.key.account);
    let old = it.before.map(|(key, _)| KmsKeyRef::Key(key.clone()));
    vec![
        RULE.found(it.subject, &it.entry.record.to_string(), what)
            .since(it.entry.at)
            .evidence("KMS key", Some(super::kms_arn(it.key)))
            .evidence("old KMS key", old.as_ref().map(super::key_name))
            .evidence("associated by", by.who.as_ref())
            .evidence("from", by.from.as_ref())
            .evidence("event", by.event_id.as_ref())
            .next("If that account is yours, name it in the policy's enrolled_accounts.")
            .next(format!(
                "If it is not, associate a key of your own: {}",
                super::associate(it.subject, old.as_ref())
            )),
    ]
}
