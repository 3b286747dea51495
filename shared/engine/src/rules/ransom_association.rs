//! A log group that held data was moved to a KMS key in a way that looks like taking the logs hostage.

use super::Rule;
use super::standing::{Standing, standing, standing_after, standing_on};
use super::unreadable::{OWN_REGION, kin, no_help};
use crate::document::{Deletion, Document, Facts, KmsKey, LogGroupLife};
use crate::event::{KmsKeyRef, KmsKeyState};
use crate::finding::{Finding, Severity};
use crate::key_policy::Answer;
use crate::policy::Policy;
use crate::subject::{Kind, Part, SubjectId};
use crate::time::{Span, Time};
use crate::world::World;

pub(super) const RULE: Rule = Rule {
    id: "ransom_association",
    title: "Logs may be held hostage by a KMS key",
    why: "Somebody moves logs to a key that is out of your reach, or takes the old key away at the same time. A fresh key by itself is ordinary; this is not.",
    severity: Severity::Critical,
    settle: Span::hours(0),
    judges: &[Kind::LogTarget, Kind::KmsKey],
    judge,
};

/// A log group younger than this is being set up: it has its first key put on.
const SET_UP: Span = Span::hours(1);
/// An old key that goes later than this after the move is retired, not taken away: another rule tells what it costs.
const AT_THE_SAME_TIME: Span = Span::days(1);

/// A foreign key shows on the log target. The loss of the old key is judged on that key, and whom the new key shuts out
/// on the new one: the document of a key comes with those of its log targets, so that whichever of them changes, it is
/// judged.
fn judge(document: &Document, world: &World, policy: &Policy, now: Time) -> Vec<Finding> {
    match (&document.part, &document.facts) {
        (Part::Main, Facts::LogTarget(_)) => {
            let it = standing(document, now).filter(|it| it.foreign(policy) && held_data(it));
            let sign = |it: &Standing<'_>| format!("the new key belongs to account {}", it.key.account);
            it.iter().map(|it| finding(&document.subject, it, &sign(it))).collect()
        }
        (Part::Main, Facts::KmsKey(key)) => {
            let sign = lost(key, now);
            let moved = sign.iter().flat_map(|_| standing_after(&document.subject, world, now));
            let moved = moved.filter(|it| lost(key, now.min(it.entry.at + AT_THE_SAME_TIME)).is_some());
            let old = |found: Finding| match key.deletion(now) {
                Deletion::No => no_help(found, &document.subject, world, OWN_REGION),
                _ => kin(found, &document.subject, world, now),
            };
            let taken = moved.filter_map(|it| Some(old(finding(&document.subject, &it, sign.as_ref()?))));
            taken.chain(shut_out(document, key, world, policy, now)).collect()
        }
        _ => Vec::new(),
    }
}

/// Log targets that moved to a key of which the account's own administrators have lost the power. A foreign key's are
/// another account's; that it is foreign says enough.
fn shut_out(document: &Document, key: &KmsKey, world: &World, policy: &Policy, now: Time) -> Vec<Finding> {
    let Some((_, its)) = key.policy_at(now) else { return Vec::new() };
    if its.account_may_administer(&document.subject) != Answer::Denies {
        return Vec::new();
    }
    let sign = "the new key's policy leaves nobody of its account in power over it";
    let moved = standing_on(&document.subject, world, now).filter(|it| !it.foreign(policy) && held_data(it));
    moved.map(|it| finding(&document.subject, &it, sign)).collect()
}

/// How an old key was taken away, as it stands at a moment.
fn lost(old: &KmsKey, now: Time) -> Option<String> {
    match (old.deletion(now), old.state(now)) {
        (Deletion::Scheduled { .. }, _) => Some("the old key waits for its deletion".to_owned()),
        (Deletion::Done(at), _) => Some(format!("the old key was deleted on {at}")),
        (_, Some(KmsKeyState::Disabled)) => Some("the old key is disabled".to_owned()),
        (_, Some(KmsKeyState::PendingImport)) => Some("the old key has lost its material".to_owned()),
        _ => None,
    }
}

fn finding(subject: &SubjectId, it: &Standing<'_>, sign: &str) -> Finding {
    let by = &it.entry.value.by;
    let old = it.before.map(|(key, _)| KmsKeyRef::Key(key.clone()));
    let what = format!("{} was moved to another KMS key: {sign}", super::log_target(it.subject));
    RULE.found(subject, &it.entry.record.to_string(), what)
        .since(it.entry.at)
        .evidence("new KMS key", Some(super::kms_arn(it.key)))
        .evidence("old KMS key", old.as_ref().map(super::key_name))
        .evidence("moved by", by.who.as_ref())
        .evidence("from", by.from.as_ref())
        .evidence("event", by.event_id.as_ref())
        .next("Ask who moved it. If nobody did, treat the caller as compromised.")
        .next("Save the old key first: cancel its deletion and enable it.")
        .next(format!("Then go back to it: {}", super::associate(it.subject, old.as_ref())))
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
