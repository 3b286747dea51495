//! The newest moment that a document speaks of: the natural "now" for whoever looks at it without a clock.

use super::{Document, Facts, Margin};
use crate::lattice::{BoundedSet, Sketched, Timeline};
use crate::time::Time;

impl Document {
    /// The newest moment of an event that it took in, to the second where the document keeps it so, else to the hour.
    pub fn newest(&self) -> Option<Time> {
        let moments: &[Option<Time>] = match &self.facts {
            Facts::ApiKey(it) => &[
                last(&it.life),
                it.observed.at(),
                last(&it.absences),
                last(&it.reports),
                last(&it.course.requests),
                it.expires.at(),
                it.deleted.at(),
                of_margin(&it.margin),
            ],
            Facts::Usage(it) | Facts::CredentialUse(it) => {
                &[it.sightings.allowed.last, it.sightings.denied.last]
            }
            Facts::Hour(it) => &[it.seen.last],
            Facts::User(it) => &[
                last(&it.lives),
                latest(&it.keys),
                last(&it.grants),
                last(&it.tags),
                it.observed.at(),
                last(&it.reports),
                of_margin(&it.margin),
            ],
            Facts::KmsKey(it) => &[
                last(&it.births),
                last(&it.changes),
                it.deleted.at(),
                it.observed.at(),
                latest(&it.replicas),
                it.replica_of.at(),
                of_margin(&it.margin),
            ],
            Facts::Edge(it) => &[last(&it.associated), it.observed.last, of_margin(&it.margin)],
            Facts::LogTarget(it) => &[
                last(&it.associations),
                last(&it.failures),
                last(&it.lives),
                last(&it.retention),
                last(&it.bearer_authentication),
                it.observed.at(),
                latest(&it.senders),
                of_margin(&it.margin),
            ],
            Facts::Coverage(it) => {
                &[last(&it.changes), it.observed.at(), it.proven.last(), of_margin(&it.margin)]
            }
            Facts::Account(it) => {
                &[last(&it.failures), last(&it.reports), last(&it.parts), of_margin(&it.margin)]
            }
            // It remembers who, not when; the users' own documents know.
            Facts::Network(_) => &[],
        };
        moments.iter().copied().flatten().max()
    }
}

fn of_margin(margin: &Margin) -> Option<Time> {
    last(&margin.attempts)
}

fn last<V: Ord, const K: usize>(history: &Timeline<V, K>) -> Option<Time> {
    history.entries().next_back().map(|entry| entry.at)
}

fn latest<T: Ord + Sketched, const K: usize>(set: &BoundedSet<T, K>) -> Option<Time> {
    set.latest().first().map(|(at, _)| *at)
}
