//! What in CloudWatch Logs depends on a KMS key: never whether it is safe to delete.

use crate::dependents::{Dependent, Need, dependents, relatives};
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
    /// Keys with the same material in other regions.
    pub relatives: Vec<SubjectId>,
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

/// Something that is not known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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
    /// Records of it have no usable time.
    Undated,
}

/// What depends on a KMS key at a moment. `complete_since` is since when the caller vouches that every management
/// event of every account and region was read; records alone can't prove it.
pub fn impact(key: &SubjectId, world: &World, complete_since: Option<Time>, now: Time) -> Impact {
    let dependents = dependents(key, world, now);
    let missing = missing(key, world, complete_since);
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
    Impact { verdict, dependents, free_from, relatives: relatives(key, world), missing }
}

fn missing(key: &SubjectId, world: &World, complete_since: Option<Time>) -> Vec<Missing> {
    let mut missing = Vec::new();
    let Some(facts) = world.kms_key(key) else { return vec![Missing::Key] };
    match facts.created() {
        None => missing.push(Missing::Creation),
        Some(created) if complete_since.is_none_or(|since| since > created) => {
            missing.push(Missing::History { created });
        }
        Some(_) => {}
    }
    let mut edges = world.edges(key);
    if edges.any(|(_, edge)| edge.since().is_none()) {
        missing.push(Missing::Undated);
    }
    missing
}
