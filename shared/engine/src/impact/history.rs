//! Whether a ledger has heard all that happened since a key's creation, by what its own sweeps and documents show.

use std::collections::{BTreeMap, BTreeSet};

use super::{Missing, Reach, Sweeps};
use crate::document::{Coverage, Facts, KmsKey};
use crate::event::{KmsKeyChange, LogTargetName, TrailChange};
use crate::ids::{AccountId, Region};
use crate::key_policy::{Answer, Purpose};
use crate::subject::{Kind, SubjectId};
use crate::time::{Span, Time};
use crate::world::World;

/// A pass is recent for so long: there is one a day, and it may take a while.
const RECENT: Span = Span::hours(30);

/// How far back CloudTrail keeps management events, and sweep's first pass reads them.
///
/// Source: <https://docs.aws.amazon.com/awscloudtrail/latest/userguide/view-cloudtrail-events.html>
const READ_BACK: Span = Span::days(90);

/// An account that is nobody's: what may be used from there may be used from anywhere.
const NOBODYS: &str = "000000000000";

/// What the ledger may have missed since the key's creation.
pub(super) fn gaps(
    key: &SubjectId,
    facts: &KmsKey,
    world: &World,
    (sweeps, reach): (&BTreeMap<(AccountId, Region), Sweeps>, &Reach),
    created: Time,
    now: Time,
) -> Vec<Missing> {
    let mut gaps = Vec::new();
    for place in everywhere(key, world, reach, now, &mut gaps) {
        let done = sweeps.get(&place).copied().unwrap_or_default();
        let (account, region) = place;
        if done == Sweeps::default() {
            gaps.push(Missing::NeverSwept { account, region });
            continue;
        }
        let listings = [
            ("log groups", done.log_groups),
            ("other parts of CloudWatch Logs", done.log_parts),
            ("KMS keys", done.kms_keys),
        ];
        for (what, last) in listings {
            if last.is_none_or(|last| now.since(last) > RECENT) {
                let (account, region) = (account.clone(), region.clone());
                gaps.push(Missing::NotSwept { account, region, what, last });
            }
        }
        let from = done.history.map(|pass| pass - READ_BACK);
        if from.is_none_or(|from| from > created) {
            gaps.push(Missing::NotReadBack { account, region, from });
        }
    }
    if !heard(key, world, created) {
        gaps.push(Missing::NoTrail);
    }
    if may_be_used_from_elsewhere(key, facts, now) {
        gaps.push(Missing::OtherAccounts);
    }
    gaps
}

/// Every account and region that there is: those that the policy and AWS name, and those of which something is known besides. What
/// they don't name, or not of late, is a gap.
fn everywhere(
    key: &SubjectId,
    world: &World,
    reach: &Reach,
    now: Time,
    gaps: &mut Vec<Missing>,
) -> BTreeSet<(AccountId, Region)> {
    let recent = |at: Time| now.since(at) <= RECENT;
    let mut places = places(key, world);
    let mut accounts: BTreeSet<AccountId> = places.iter().map(|(account, _)| account.clone()).collect();
    let named = reach.accounts.as_ref();
    accounts.extend(named.iter().flat_map(|listed| listed.all.iter().cloned()));
    if named.is_none_or(|listed| !recent(listed.at)) {
        gaps.push(Missing::AccountsUntold { last: named.map(|listed| listed.at) });
    }
    for account in accounts {
        let enabled = reach.regions.get(&account);
        let regions = enabled.iter().flat_map(|listed| &listed.all);
        places.extend(regions.map(|region| (account.clone(), region.clone())));
        if enabled.is_none_or(|listed| !recent(listed.at)) {
            gaps.push(Missing::RegionsUnlisted { account, last: enabled.map(|listed| listed.at) });
        }
    }
    places
}

/// Every account and region of the key's partition in which a KMS key or a log target is known.
fn places(key: &SubjectId, world: &World) -> BTreeSet<(AccountId, Region)> {
    let known = world.documents().map(|document| &document.subject);
    let known =
        known.filter(|it| it.partition == key.partition && matches!(it.kind, Kind::KmsKey | Kind::LogTarget));
    known.chain([key]).map(|it| (it.account.clone(), it.region.clone())).collect()
}

/// Whether a trail is known that logs the management events of the key's region, and nobody changed it since.
fn heard(key: &SubjectId, world: &World, created: Time) -> bool {
    world.documents().any(|document| match &document.facts {
        Facts::Coverage(trail) => {
            document.subject.partition == key.partition
                && records(trail, document.subject.region == key.region)
                && !broken_since(trail, created)
        }
        _ => false,
    })
}

fn records(trail: &Coverage, at_home: bool) -> bool {
    trail.observed.value().is_some_and(|seen| {
        let all = seen.selectors.management_writes && !seen.selectors.kms_excluded;
        seen.logging && all && (seen.multi_region || at_home)
    })
}

fn broken_since(trail: &Coverage, created: Time) -> bool {
    let breaks = |change: &TrailChange| !matches!(change, TrailChange::Started);
    trail.changes.overflowed()
        || trail.changes.entries().any(|it| it.at >= created.floor_second() && breaks(&it.value.change))
}

/// Whether the key's policy lets the log groups of other accounts use it, or may have before it was changed.
fn may_be_used_from_elsewhere(key: &SubjectId, facts: &KmsKey, now: Time) -> bool {
    let puts =
        facts.changes.entries().any(|it| matches!(it.value.change, KmsKeyChange::PolicyChanged { .. }));
    let Some((_, policy)) = facts.policy_at(now) else { return true };
    let (partition, region) = (key.partition.clone(), key.region.clone());
    let group = LogTargetName::LogGroup("/somebody/elses".into());
    let elsewhere = SubjectId::log_target(partition, NOBODYS.into(), region, &group);
    let denied = [Purpose::Read, Purpose::Write]
        .iter()
        .all(|purpose| policy.logs_may(key, &elsewhere, *purpose) == Answer::Denies);
    puts || facts.changes.overflowed() || !denied
}
