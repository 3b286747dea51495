//! A log group that held data was moved to a KMS key in a way that looks like taking the logs hostage.

use super::Rule;
use super::standing::{Standing, standing};
use crate::document::{Deletion, Document, LogGroupLife};
use crate::event::{KmsKeyRef, KmsKeyState};
use crate::finding::{Finding, Severity};
use crate::policy::Policy;
use crate::subject::Kind;
use crate::time::{Span, Time};
use crate::world::World;

pub(super) const RULE: Rule = Rule {
    id: "ransom_association",
    title: "Logs may be held hostage by a KMS key",
    why: "Somebody moves logs to a key that is out of your reach, or takes the old key away at the same time. A fresh key by itself is ordinary; this is not.",
    severity: Severity::Critical,
    settle: Span::hours(0),
    judges: &[Kind::LogTarget],
    judge,
};

/// A log group younger than this is being set up: it has its first key put on.
const SET_UP: Span = Span::hours(1);

fn judge(document: &Document, world: &World, policy: &Policy, now: Time) -> Vec<Finding> {
    let Some(it) = standing(document, now).filter(held_data) else { return Vec::new() };
    let mut signs = Vec::new();
    if it.foreign(policy) {
        signs.push(format!("the new key belongs to account {}", it.key.account));
    }
    if let Some((old, _)) = it.before {
        let facts = world.kms_key(old);
        match facts.map(|key| (key.deletion(now), key.state(now))) {
            Some((Deletion::Scheduled { .. }, _)) => {
                signs.push("the old key waits for its deletion".to_owned());
            }
            Some((Deletion::Done(at), _)) => signs.push(format!("the old key was deleted on {at}")),
            Some((_, Some(KmsKeyState::Disabled))) => signs.push("the old key is disabled".to_owned()),
            Some((_, Some(KmsKeyState::PendingImport))) => {
                signs.push("the old key has lost its material".to_owned());
            }
            _ => {}
        }
    }
    if signs.is_empty() {
        return Vec::new();
    }
    let by = &it.entry.value.by;
    let old = it.before.map(|(key, _)| KmsKeyRef::Key(key.clone()));
    let what =
        format!("{} was moved to another KMS key: {}", super::log_target(it.subject), signs.join(", "));
    vec![
        RULE.found(it.subject, &it.entry.record.to_string(), what)
            .since(it.entry.at)
            .evidence("new KMS key", Some(super::kms_arn(it.key)))
            .evidence("old KMS key", old.as_ref().map(super::key_name))
            .evidence("moved by", by.who.as_ref())
            .evidence("from", by.from.as_ref())
            .evidence("event", by.event_id.as_ref())
            .next("Ask who moved it. If nobody did, treat the caller as compromised.")
            .next("Save the old key first: cancel its deletion and enable it.")
            .next(format!("Then go back to it: {}", super::associate(it.subject, old.as_ref()))),
    ]
}

/// Whether the log target had something to lose: an earlier key, senders, or a life before the association.
fn held_data(it: &Standing<'_>) -> bool {
    let born = it.target.lives.entries().rfind(|life| life.at <= it.entry.at);
    let young =
        born.is_some_and(|life| life.value == LogGroupLife::Created && it.entry.at.since(life.at) < SET_UP);
    let earlier = it.before.is_some();
    let sent = it.target.senders.earliest().first().is_some_and(|(at, _)| *at <= it.entry.at);
    earlier || sent || !young
}
