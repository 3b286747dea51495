//! `keytrail impact`: what in CloudWatch Logs depends on a KMS key.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::bail;
use keytrail_aws::SystemClock;
use keytrail_engine::ids::{AccountId, Region};
use keytrail_engine::impact::{Evidence, Reach, Sweeps, Verdict, impact};
use keytrail_engine::subject::{Kind, SubjectId};
use keytrail_engine::time::Time;
use keytrail_engine::world::World;
use keytrail_ledger::capability::Clock as _;
use keytrail_ledger::{Parts, reach_of, sweeps_of};

use crate::args::{Impact, ImpactFormat};
use crate::exit::Exit;
use crate::ledger::{self, Opened, Table};
use crate::report::ImpactReport;
use crate::{render, settings};

pub(super) fn run(asked: &Impact) -> anyhow::Result<Exit> {
    let (key, world, evidence, now) = match &asked.place.state {
        Some(state) => {
            let world = settings::world(state)?;
            let now = settings::now(asked.now, world.newest());
            (named(&asked.key, &world)?, world, Evidence::default(), now)
        }
        None => of_table(asked)?,
    };
    let evidence = Evidence { vouched_since: asked.complete_since, ..evidence };
    let found = impact(&key, &world, &evidence, now);
    let report = ImpactReport::of(&key, &found, &evidence, &world, now);
    match asked.format {
        ImpactFormat::Text => render::print(&render::impact(&report, now, render::width()))?,
        ImpactFormat::Json => render::json(&report)?,
    }
    Ok(match found.verdict {
        Verdict::NoDependency => Exit::Fine,
        Verdict::InUse => Exit::InUse,
        Verdict::Unknown => Exit::Unknown,
    })
}

/// What a table remembers, what its sweeps have read, and what KMS says of the key.
fn of_table(asked: &Impact) -> anyhow::Result<(SubjectId, World, Evidence, Time)> {
    const KINDS: [(Kind, &[Parts]); 3] =
        [(Kind::KmsKey, &[Parts::Edges]), (Kind::LogTarget, &[]), (Kind::Coverage, &[])];
    let now = asked.now.unwrap_or_else(|| SystemClock.now());
    let opened = Opened::open(&asked.place, false)?;
    let Opened::Table(table) = &opened else { bail!("name a table, or a state") };
    let world = ledger::world(&opened, &KINDS, now)?;
    let key = named(&asked.key, &world)?;
    let known = places(&key, &world);
    let accounts = known.iter().map(|(account, _)| account.clone()).collect();
    let reach = table.run(reach_of(&table.ledger, &key.partition, &accounts))?;
    let sweeps = Some(sweeps(table, &key, known, &reach)?);
    let usage = table.last_usage(&key);
    Ok((key, world, Evidence { vouched_since: None, sweeps, reach, usage }, now))
}

/// The accounts and regions of which the ledger knows anything that a KMS key is about.
fn places(key: &SubjectId, world: &World) -> BTreeSet<(AccountId, Region)> {
    let known = world.documents().map(|document| &document.subject);
    let known = known.filter(|it| it.partition == key.partition && it.kind != Kind::Coverage);
    known.chain([key]).map(|it| (it.account.clone(), it.region.clone())).collect()
}

/// How far sweep has come in those, and in every other account and region that there is.
fn sweeps(
    table: &Table,
    key: &SubjectId,
    mut places: BTreeSet<(AccountId, Region)>,
    reach: &Reach,
) -> anyhow::Result<BTreeMap<(AccountId, Region), Sweeps>> {
    for (account, listed) in &reach.regions {
        places.extend(listed.all.iter().map(|region| (account.clone(), region.clone())));
    }
    let mut found = BTreeMap::new();
    for (account, region) in places {
        let read = sweeps_of(&table.ledger, &key.partition, &account, &region);
        found.insert((account.clone(), region.clone()), table.run(read)?);
    }
    Ok(found)
}

/// The key that somebody named. An id stands for one key only, unless several regions have it.
fn named(text: &str, world: &World) -> anyhow::Result<SubjectId> {
    if let Some(key) = SubjectId::kms_key_of_arn(text) {
        return Ok(key);
    }
    let mut known: Vec<&SubjectId> = world.documents().map(|document| &document.subject).collect();
    known.dedup();
    let mut known = known.into_iter().filter(|key| key.kind == Kind::KmsKey && *key.name == *text);
    match (known.next(), known.next()) {
        (Some(key), None) => Ok(key.clone()),
        (Some(_), Some(_)) => bail!("several regions have a KMS key {text}: name its ARN"),
        (None, _) => bail!(
            "no KMS key {text} is known here: name its ARN, such as arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
        ),
    }
}
