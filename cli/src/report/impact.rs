//! What depends on a KMS key.

use keytrail_engine::impact::{Impact, Missing, Verdict};
use keytrail_engine::subject::SubjectId;
use keytrail_engine::time::Time;
use keytrail_engine::world::World;
use serde::Serialize;

use super::kms::{KmsRow, Protected, row};

/// What depends on a KMS key, as programs get it.
#[derive(Clone, Debug, Serialize)]
pub struct ImpactReport {
    /// `no_dependency`, `in_use` or `unknown`.
    pub verdict: &'static str,
    /// The key itself.
    pub key: KmsRow,
    /// When nothing will need it any more; `null` where something needs it now or for ever, or nothing does.
    pub free_from: Option<Time>,
    /// The log targets that need it.
    pub dependents: Vec<Protected>,
    /// Keys with the same material in other regions.
    pub relatives: Vec<SubjectId>,
    /// What is not known, in words.
    pub missing: Vec<String>,
    /// What the answer does not say.
    pub caution: &'static str,
}

/// What no answer says.
const CAUTION: &str = "Only CloudWatch Logs was looked at. Other services may use the key: ask KMS when it was last used \
                       (aws kms get-key-last-usage), and search CloudTrail for calls on it, before anybody deletes it.";

impl ImpactReport {
    /// Puts an answer into words.
    pub fn of(key: &SubjectId, impact: &Impact, world: &World, now: Time) -> Self {
        Self {
            verdict: match impact.verdict {
                Verdict::NoDependency => "no_dependency",
                Verdict::InUse => "in_use",
                Verdict::Unknown => "unknown",
            },
            key: row(key, world, now),
            free_from: impact.free_from,
            dependents: impact.dependents.iter().cloned().map(Protected::from).collect(),
            relatives: impact.relatives.clone(),
            missing: impact.missing.iter().map(|it| words(*it)).collect(),
            caution: CAUTION,
        }
    }
}

fn words(missing: Missing) -> String {
    match missing {
        Missing::Key => "no record speaks of this key".to_owned(),
        Missing::Creation => {
            "the key is older than what is known of it: it may have been associated before".to_owned()
        }
        Missing::History { created } => format!(
            "nobody vouches that every account's and region's management events since its creation were read: \
             if they were, say --complete-since {created}"
        ),
        Missing::Undated => "some records of its associations have no usable time".to_owned(),
    }
}
