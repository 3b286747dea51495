//! Everything that a ledger remembers, read into memory.

use keytrail_engine::subject::Kind;
use keytrail_engine::time::Time;
use keytrail_engine::world::World;
use keytrail_ledger::{Ledger, LedgerError, Parts, Stored};

use super::Opened;
use crate::render;

/// Subjects of a page.
const PAGE: usize = 500;

/// What a ledger remembers of some kinds of subject, with the parts of them that are named.
pub(crate) fn world(ledger: &Opened, kinds: &[(Kind, &[Parts])], now: Time) -> anyhow::Result<World> {
    ledger.run(read(ledger, kinds, now))
}

async fn read(ledger: &Opened, kinds: &[(Kind, &[Parts])], now: Time) -> Result<World, LedgerError> {
    let mut world = World::default();
    for (kind, parts) in kinds {
        let mut after = None;
        loop {
            let page = ledger.scan(*kind, now, after.as_ref(), PAGE).await?;
            for damaged in &page.damaged {
                render::complain("left out", &format!("{}: {}", damaged.what, damaged.why));
            }
            for Stored { document, .. } in page.entries {
                for of in *parts {
                    let found = ledger.parts(&document.subject, *of, now).await?;
                    found.into_iter().for_each(|stored| world.add(stored.document));
                }
                world.add(document);
            }
            match page.next {
                Some(next) => after = Some(next),
                None => break,
            }
        }
    }
    Ok(world)
}
