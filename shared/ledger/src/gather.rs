//! Loading what a judgement rests on.

use std::collections::BTreeSet;

use keytrail_engine::needs::{Need, needs};
use keytrail_engine::policy::Policy;
use keytrail_engine::subject::{DocumentId, SubjectId};
use keytrail_engine::time::Time;
use keytrail_engine::world::World;

use crate::error::LedgerError;
use crate::ledger::{Ledger, Parts};

/// The world around a subject: its own document and everything that judging it rests on, read consistently. Empty
/// where the ledger knows nothing of the subject.
///
/// # Errors
/// Those of the ledger.
pub async fn world_of(
    ledger: &impl Ledger,
    subject: &SubjectId,
    policy: &Policy,
    now: Time,
) -> Result<World, LedgerError> {
    let mut world = World::default();
    let main = DocumentId::main(subject.clone());
    let mut asked = BTreeSet::from([Need::Document(main.clone())]);
    let mut wanted: Vec<Need> = asked.iter().cloned().collect();
    while !wanted.is_empty() {
        for need in &wanted {
            let (of, parts) = match need {
                Need::Document(_) => continue,
                Need::Hours(usage) => (usage, Parts::Hours),
                Need::Edges(key) => (key, Parts::Edges),
            };
            for stored in ledger.parts(of, parts, now).await? {
                world.add(stored.document);
            }
        }
        let ids: Vec<DocumentId> = wanted.iter().filter_map(document).collect();
        for stored in ledger.load(&ids, now).await? {
            world.add(stored.document);
        }
        let needed = world.get(&main).map(|document| needs(document, &world, policy)).unwrap_or_default();
        wanted = needed.into_iter().filter(|need| asked.insert(need.clone())).collect();
    }
    Ok(world)
}

fn document(need: &Need) -> Option<DocumentId> {
    match need {
        Need::Document(id) => Some(id.clone()),
        Need::Hours(_) | Need::Edges(_) => None,
    }
}
