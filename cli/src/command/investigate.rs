//! `keytrail investigate`: what happened to a key or a user.

use keytrail_aws::SystemClock;
use keytrail_engine::judge::judge_all;
use keytrail_engine::subject::Kind;
use keytrail_engine::time::Time;
use keytrail_engine::world::World;
use keytrail_ledger::capability::Clock as _;
use keytrail_ledger::{Item, ItemKind, Ledger as _, LedgerError, Parts};

use crate::args::investigate::{Investigate, SheetFormat};
use crate::exit::Exit;
use crate::investigate::{Kept, Subjects, investigate, sheet};
use crate::ledger::{self, Opened};
use crate::page::sheet_page;
use crate::{render, settings};

pub(super) fn run(asked: &Investigate) -> anyhow::Result<Exit> {
    let ledger = Opened::open(&asked.place, false)?;
    let (mut world, now) = match &asked.place.state {
        Some(state) => {
            let world = settings::world(state)?;
            let now = settings::now(asked.now, world.newest());
            (world, now)
        }
        None => {
            let now = asked.now.unwrap_or_else(|| SystemClock.now());
            let kinds: [(Kind, &[Parts]); 3] = [(Kind::ApiKey, &[]), (Kind::User, &[]), (Kind::Usage, &[])];
            (ledger::world(&ledger, &kinds, now)?, now)
        }
    };
    let Some(subjects) = Subjects::find(&world, &asked.of) else {
        render::complain(
            "unknown",
            &format!("the {} knows no API key and no user {}", ledger.place(), asked.of),
        );
        return Ok(Exit::UnknownKey);
    };
    let mut kept = Kept { items: ledger.run(items(&ledger, &subjects))?, standing: Vec::new() };
    if asked.place.state.is_some() {
        let policy = settings::policy(asked.policy.as_deref())?;
        let mine =
            |finding: &keytrail_engine::finding::Finding| subjects.all().any(|it| *it == finding.subject);
        kept.standing = judge_all(&world, &policy, now).into_iter().filter(mine).collect();
    } else {
        ledger.run(parts(&ledger, &subjects, now, &mut world))?;
    }
    let found = investigate(&world, &subjects, &kept, (&asked.of, asked.since, now));
    match asked.format {
        SheetFormat::Text => render::print(&render::sheet(&sheet(&found), render::width()))?,
        SheetFormat::Markdown => render::print(&render::sheet_markdown(&sheet(&found)))?,
        SheetFormat::Json => render::json(&found)?,
        SheetFormat::Html => render::print(&sheet_page(&sheet(&found)))?,
    }
    Ok(Exit::Fine)
}

/// What the ledger keeps of findings, actions and pages about them.
async fn items(ledger: &Opened, subjects: &Subjects) -> Result<Vec<Item>, LedgerError> {
    let mut items = Vec::new();
    for subject in subjects.all() {
        for kind in ItemKind::ALL {
            items.extend(ledger.items_about(subject, kind).await?.into_iter().map(|stored| stored.item));
        }
    }
    Ok(items)
}

/// Hours and credentials of these alone: a fleet has many more.
async fn parts(ledger: &Opened, of: &Subjects, now: Time, world: &mut World) -> Result<(), LedgerError> {
    for usage in &of.usages {
        for parts in [Parts::Hours, Parts::Credentials] {
            ledger.parts(usage, parts, now).await?.into_iter().for_each(|stored| world.add(stored.document));
        }
    }
    Ok(())
}
