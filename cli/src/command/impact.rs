//! `keytrail impact`: what in CloudWatch Logs depends on a KMS key.

use anyhow::bail;
use keytrail_engine::impact::{Verdict, impact};
use keytrail_engine::subject::{Kind, SubjectId};
use keytrail_engine::world::World;

use crate::args::{Impact, ImpactFormat};
use crate::exit::Exit;
use crate::report::ImpactReport;
use crate::{render, settings};

pub(super) fn run(asked: &Impact) -> anyhow::Result<Exit> {
    let world = settings::world(&asked.state)?;
    let now = settings::now(asked.now, world.newest());
    let key = named(&asked.key, &world)?;
    let found = impact(&key, &world, asked.complete_since, now);
    let report = ImpactReport::of(&key, &found, &world, now);
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
            "the state knows no KMS key {text}: name its ARN, such as arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
        ),
    }
}
