//! Which log targets need a KMS key, and for how long.

use crate::document::{Association, LogTarget};
use crate::event::KmsKeyRef;
use crate::subject::SubjectId;
use crate::time::{Span, Time};
use crate::world::World;

/// An association takes up to five minutes to take effect.
///
/// Source: <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_AssociateKmsKey.html>
const TAKES_EFFECT: Span = Span::minutes(5);
/// Expired log events are deleted some days later; this much is given.
///
/// Source: <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html>
const LINGERS: Span = Span::days(7);

/// For how long a log target needs a KMS key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// The key encrypts what is written now.
    Now {
        /// Since the first association.
        since: Time,
    },
    /// It encrypted what was written, and that is kept.
    Until {
        /// Since the first association.
        since: Time,
        /// Until the last of it has expired.
        until: Time,
    },
    /// It encrypted what was written, and nothing says that it ever expires.
    ForEver {
        /// Since the first association.
        since: Time,
    },
}

/// A log target that needs a KMS key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dependent {
    /// The log target.
    pub target: SubjectId,
    /// For how long.
    pub need: Need,
}

/// The log targets that need a KMS key at a moment, in the order of their ids. Deleting a log group releases its
/// keys; anything else that is not known keeps the need.
pub fn dependents(key: &SubjectId, world: &World, now: Time) -> Vec<Dependent> {
    let edges = world.edges(key).filter_map(|(target, edge)| {
        let since = edge.since()?;
        let need = match world.log_target(target) {
            Some(facts) => need(key, facts, since, now)?,
            None => Need::ForEver { since },
        };
        Some(Dependent { target: target.clone(), need })
    });
    edges.collect()
}

fn need(key: &SubjectId, target: &LogTarget, since: Time, now: Time) -> Option<Need> {
    if target.deleted(now) {
        return None;
    }
    match target.association(now) {
        Association::Key { key: KmsKeyRef::Key(current), .. } if current == *key => Some(Need::Now { since }),
        Association::Contested => Some(Need::Now { since }),
        _ => former_need(key, target, since, now),
    }
}

/// What was written under a former key is kept for the longest retention that was ever set since.
fn former_need(key: &SubjectId, target: &LogTarget, since: Time, now: Time) -> Option<Need> {
    let ended = target.associations.entries().fold(None, |ended, entry| match &entry.value.key {
        Some(KmsKeyRef::Key(its)) if its == key => None,
        _ => ended.or(Some(entry.at)),
    });
    let Some(ended) = ended else { return Some(Need::ForEver { since }) };
    let longest = longest_retention(target, since);
    let Some(days) = longest else { return Some(Need::ForEver { since }) };
    let until = ended + TAKES_EFFECT + Span::days(i64::from(days)) + LINGERS;
    (until > now).then_some(Need::Until { since, until })
}

/// The longest retention in force at any time since a moment; `None` where one was for ever or none is known.
fn longest_retention(target: &LogTarget, since: Time) -> Option<u32> {
    let before = target.retention.entries().rfind(|entry| entry.at <= since).map(|entry| entry.value);
    let after = target.retention.entries().filter(|entry| entry.at > since).map(|entry| entry.value);
    // Without a record from before, the log group was made without one: kept for ever until the first was set.
    let mut longest = before.unwrap_or(None)?;
    let listed = target.observed.get().filter(|seen| seen.at > since).map(|seen| seen.value.retention_days);
    for days in after.chain(listed) {
        longest = longest.max(days?);
    }
    Some(longest)
}
