//! What in CloudWatch Logs depends on a KMS key: never whether it is safe to delete.

mod history;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::dependents::{Dependent, Need, dependents, last_hope_of, recoverable_from};
use crate::ids::{AccountId, Region};
use crate::subject::SubjectId;
use crate::time::Time;
use crate::world::World;

/// What is known of who depends on a KMS key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Impact {
    /// The answer.
    pub verdict: Verdict,
    /// The log targets that need it, in the order of their ids.
    pub dependents: Vec<Dependent>,
    /// When the last of them has expired; `None` where something needs it now or for ever, or nothing does.
    pub free_from: Option<Time>,
    /// Keys with the same material in other regions, which nobody has deleted or scheduled for it.
    pub relatives: Vec<SubjectId>,
    /// Keys with the same material in other regions that are deleted or will be, and which only this one can bring back. What hangs
    /// on them is among the dependents.
    pub lost: Vec<SubjectId>,
    /// What is not known: an answer of "no dependency" takes all of it.
    pub missing: Vec<Missing>,
}

/// The answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Nothing depends on it, and all that could is known.
    NoDependency,
    /// Something depends on it.
    InUse,
    /// Nothing is known to depend on it, but not all is known.
    Unknown,
}

/// What there is besides documents to rest an answer of "no dependency" on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Evidence {
    /// Since when the caller vouches that every management event of every account and region was read.
    pub vouched_since: Option<Time>,
    /// When the newest whole passes of sweep began, by account and region; `None` of a ledger that no sweep writes.
    pub sweeps: Option<BTreeMap<(AccountId, Region), Sweeps>>,
    /// Where there is something to sweep.
    pub reach: Reach,
    /// What KMS says of the key's use.
    pub usage: Usage,
}

/// Which accounts there are, and which regions those have: an answer of "no dependency" takes all of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reach {
    /// The accounts, by the operator's word: those that the policy names, and Keytrail's own. `None` where sweep has left none.
    pub accounts: Option<Listed<AccountId>>,
    /// The regions that an account has enabled, by AWS's word.
    pub regions: BTreeMap<AccountId, Listed<Region>>,
}

/// What was listed whole at a moment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(bound(deserialize = "T: Ord + Deserialize<'de>"))]
pub struct Listed<T: Ord> {
    /// When.
    pub at: Time,
    /// All of them.
    pub all: BTreeSet<T>,
}

/// When the newest whole pass of each kind began; `None` of one that never was whole.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sweeps {
    /// Over the log groups.
    pub log_groups: Option<Time>,
    /// Over the other parts of CloudWatch Logs that have a KMS key.
    pub log_parts: Option<Time>,
    /// Over the KMS keys.
    pub kms_keys: Option<Time>,
    /// Over what was recorded in the ninety days before.
    pub history: Option<Time>,
}

/// What KMS says of a key's use when it is asked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Usage {
    /// It was not asked: there are no credentials.
    #[default]
    NotAsked,
    /// It doesn't say.
    Refused {
        /// AWS's error code; hostile text.
        code: Box<str>,
    },
    /// This.
    Told(LastUsage),
}

/// KMS's answer to `GetKeyLastUsage`. It knows of successful cryptographic operations only, and of each within an hour.
///
/// Source: <https://docs.aws.amazon.com/kms/latest/APIReference/API_GetKeyLastUsage.html>
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LastUsage {
    /// `KeyCreationDate`.
    pub created: Option<Time>,
    /// `TrackingStartDate`: of what was before it, KMS says nothing.
    pub tracked_since: Option<Time>,
    /// The last use: when, and which operation; `None` where there was none.
    pub last: Option<(Time, Box<str>)>,
}

/// Something that is not known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Missing {
    /// No record speaks of the key.
    Key,
    /// Its creation was not seen, so that it may have been used before.
    Creation,
    /// Nobody vouches that every management event of every account and region since its creation was read.
    History {
        /// The key's creation.
        created: Time,
    },
    /// No pass over an account's and region's log groups or KMS keys was whole of late.
    NotSwept {
        /// The account.
        account: AccountId,
        /// The region.
        region: Region,
        /// What was not listed.
        what: &'static str,
        /// When the newest whole pass began.
        last: Option<Time>,
    },
    /// Nothing of an account and region was ever swept, although it is there.
    NeverSwept {
        /// The account.
        account: AccountId,
        /// The region.
        region: Region,
    },
    /// Which accounts the policy names was not left by sweep of late.
    AccountsUntold {
        /// When it was last.
        last: Option<Time>,
    },
    /// Which regions an account has enabled was not listed of late.
    RegionsUnlisted {
        /// The account.
        account: AccountId,
        /// When they were last.
        last: Option<Time>,
    },
    /// What was recorded in an account and region since the key's creation was not read from its beginning.
    NotReadBack {
        /// The account.
        account: AccountId,
        /// The region.
        region: Region,
        /// What was read begins there; `None` where no past was read.
        from: Option<Time>,
    },
    /// No trail is known that recorded all management events of the key's region since its creation without a break.
    NoTrail,
    /// The log groups of other accounts may use it, or might have.
    OtherAccounts,
    /// Records of it have no usable time.
    Undated,
    /// KMS doesn't say when it was last used.
    UsageUntold {
        /// AWS's error code; hostile text.
        code: Box<str>,
    },
    /// KMS has watched its use for a part of its life only.
    UsageUntracked {
        /// Since then.
        since: Option<Time>,
    },
    /// Something has used it, whatever it was.
    Used {
        /// When last.
        at: Time,
        /// KMS's operation.
        operation: Box<str>,
    },
}

/// What depends on a KMS key at a moment.
pub fn impact(key: &SubjectId, world: &World, evidence: &Evidence, now: Time) -> Impact {
    let mut dependents = dependents(key, world, now);
    let lost = last_hope_of(key, world, now);
    dependents.extend(lost.iter().flat_map(|(_, needs)| needs.iter().cloned()));
    dependents.sort_by(|one, other| one.target.cmp(&other.target));
    let missing = missing(key, world, evidence, now);
    let verdict = match (dependents.is_empty(), missing.is_empty()) {
        (false, _) => Verdict::InUse,
        (true, true) => Verdict::NoDependency,
        (true, false) => Verdict::Unknown,
    };
    let ends = dependents.iter().map(|it| match it.need {
        Need::Until { until, .. } => Some(until),
        Need::Now { .. } | Need::ForEver { .. } => None,
    });
    let free_from = ends.collect::<Option<Vec<Time>>>().and_then(|ends| ends.into_iter().max());
    let lost = lost.into_iter().map(|(kin, _)| kin).collect();
    Impact { verdict, dependents, free_from, relatives: recoverable_from(key, world, now), lost, missing }
}

fn missing(key: &SubjectId, world: &World, evidence: &Evidence, now: Time) -> Vec<Missing> {
    let mut missing = Vec::new();
    let Some(facts) = world.kms_key(key) else { return vec![Missing::Key] };
    match facts.created() {
        None => missing.push(Missing::Creation),
        Some(created) if evidence.vouched_since.is_some_and(|since| since <= created) => {}
        Some(created) => match &evidence.sweeps {
            Some(sweeps) => {
                missing.extend(history::gaps(key, facts, world, (sweeps, &evidence.reach), created, now));
            }
            None => missing.push(Missing::History { created }),
        },
    }
    let mut edges = world.edges(key);
    if edges.any(|(_, edge)| edge.since().is_none()) {
        missing.push(Missing::Undated);
    }
    missing.extend(unknown_use(&evidence.usage));
    missing
}

/// What KMS's own answer leaves open. Where it could not be asked, the answer rests on records alone, and says so.
fn unknown_use(usage: &Usage) -> Option<Missing> {
    match usage {
        Usage::NotAsked => None,
        Usage::Refused { code } => Some(Missing::UsageUntold { code: code.clone() }),
        Usage::Told(LastUsage { last: Some((at, operation)), .. }) => {
            Some(Missing::Used { at: *at, operation: operation.clone() })
        }
        Usage::Told(LastUsage { created, tracked_since, .. }) => {
            let whole = created.zip(*tracked_since).is_some_and(|(created, since)| since <= created);
            (!whole).then_some(Missing::UsageUntracked { since: *tracked_since })
        }
    }
}

#[cfg(test)]
mod tests;
