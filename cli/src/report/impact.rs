//! What depends on a KMS key.

use keytrail_engine::impact::{Evidence, Impact, Missing, Usage, Verdict};
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
    /// Keys with the same material that are deleted or will be, and which only this one can bring back.
    pub lost: Vec<SubjectId>,
    /// What is not known, in words.
    pub missing: Vec<String>,
    /// When the key was last used, by whatever service, as KMS says; `null` where it was not asked, doesn't say, or says never.
    pub last_used: Option<Time>,
    /// What the answer does not say.
    pub caution: &'static str,
}

/// What no answer says.
const CAUTION: &str = "Only CloudWatch Logs was looked at. Other services may use the key: ask KMS when it was last used \
                       (aws kms get-key-last-usage), and search CloudTrail for calls on it, before anybody deletes it.";

/// The same, where KMS was asked.
const CAUTION_ASKED: &str = "Only CloudWatch Logs was looked at. Other services may use the key: KMS was asked when it was last \
                             used, which tells of nothing in the last hour and of nothing that is yet to be read. Search \
                             CloudTrail for calls on it before anybody deletes it.";

impl ImpactReport {
    /// Puts an answer into words.
    pub fn of(key: &SubjectId, impact: &Impact, evidence: &Evidence, world: &World, now: Time) -> Self {
        let told = match &evidence.usage {
            Usage::Told(told) => Some(told),
            Usage::NotAsked | Usage::Refused { .. } => None,
        };
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
            lost: impact.lost.clone(),
            missing: impact.missing.iter().map(words).collect(),
            last_used: told.and_then(|told| told.last.as_ref()).map(|(at, _)| *at),
            caution: if told.is_some() { CAUTION_ASKED } else { CAUTION },
        }
    }
}

fn words(missing: &Missing) -> String {
    match missing {
        Missing::Key => "no record speaks of this key".to_owned(),
        Missing::Creation => {
            "the key is older than what is known of it: it may have been associated before".to_owned()
        }
        Missing::History { created } => format!(
            "nobody vouches that every account's and region's management events since its creation were read: \
             if they were, say --complete-since {created}"
        ),
        Missing::NotSwept { account, region, what, last } => match last {
            Some(last) => format!("the {what} of account {account} in {region} were last listed whole at {last}"),
            None => format!("the {what} of account {account} in {region} were never listed whole"),
        },
        Missing::NeverSwept { account, region } => {
            format!("nothing of account {account} in {region} was ever listed whole: does sweep go there?")
        }
        Missing::AccountsUntold { last: None } => {
            "sweep has never said which accounts the policy names".to_owned()
        }
        Missing::AccountsUntold { last: Some(last) } => {
            format!("sweep last said at {last} which accounts the policy names")
        }
        Missing::RegionsUnlisted { account, last: None } => {
            format!("which regions account {account} has enabled was never listed")
        }
        Missing::RegionsUnlisted { account, last: Some(last) } => {
            format!("which regions account {account} has enabled was last listed at {last}")
        }
        Missing::NotReadBack { account, region, from: Some(from) } => format!(
            "of account {account} in {region} the past was read from {from} on, which is after the key was made"
        ),
        Missing::NotReadBack { account, region, from: None } => {
            format!("the past of account {account} in {region} was never read")
        }
        Missing::NoTrail => "no trail is known that has recorded all management events of its region, unchanged, since it was \
                             made"
            .to_owned(),
        Missing::OtherAccounts => "the log groups of other accounts may use it: its policy lets them, was changed, or is not \
                                   known"
            .to_owned(),
        Missing::Undated => "some records of its associations have no usable time".to_owned(),
        Missing::UsageUntold { code } => format!("KMS does not say when it was last used ({code})"),
        Missing::UsageUntracked { since: Some(since) } => {
            format!("KMS has tracked its use since {since} only, which is after it was made")
        }
        Missing::UsageUntracked { since: None } => "KMS does not say since when it tracks its use".to_owned(),
        Missing::Used { at, operation } => {
            format!("something has used it: KMS saw {operation} at {at}, and does not say for what service")
        }
    }
}
