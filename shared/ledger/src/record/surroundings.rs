//! A group's documents and what judging them needs.

use std::collections::{BTreeMap, BTreeSet};

use keytrail_engine::document::{Document, Track};
use keytrail_engine::needs::{Need, needs};
use keytrail_engine::policy::Policy;
use keytrail_engine::subject::{DocumentId, SubjectId};
use keytrail_engine::time::Time;
use keytrail_engine::world::World;

use super::Judging;
use super::group::Group;
use crate::commit::{Stored, Version};
use crate::error::LedgerError;
use crate::ledger::{Ledger, Parts};

/// The part of the world that a group of documents is judged in.
#[derive(Debug, Default)]
pub(super) struct Surroundings {
    /// The documents, the changed ones as they will be.
    pub(super) world: World,
    /// The versions of those that the ledger has.
    pub(super) versions: BTreeMap<DocumentId, Version>,
    /// Usage subjects of which only the hours at hand are there, see [`Need::Hours`].
    pub(super) partial: BTreeSet<SubjectId>,
    /// Documents with what telling people means for their course.
    pub(super) marked: BTreeMap<DocumentId, Document>,
}

impl Surroundings {
    /// Loads what judging a group needs. `whole`: nothing may be left out.
    pub(super) async fn load<L: Ledger>(
        ledger: &L,
        group: &Group,
        whole: bool,
        judging: Judging<'_>,
    ) -> Result<Self, LedgerError> {
        let Judging { policy, now, .. } = judging;
        let mut around = Self::default();
        for (id, change) in &group.changed {
            around.world.add(change.after.clone());
            around.versions.extend(change.before.as_ref().map(|before| (id.clone(), before.version)));
        }
        let mut asked = BTreeSet::new();
        loop {
            let wanted = around.wanted(group, whole, policy, &asked);
            if wanted.is_empty() {
                return Ok(around);
            }
            around.fetch(ledger, &wanted, now).await?;
            around.fill_in(group);
            asked.extend(wanted);
        }
    }

    /// What is needed and was not asked for yet.
    fn wanted(
        &mut self,
        group: &Group,
        whole: bool,
        policy: &Policy,
        asked: &BTreeSet<Need>,
    ) -> BTreeSet<Need> {
        let mut wanted = BTreeSet::new();
        for subject in &group.judged {
            let main = DocumentId::main(subject.clone());
            let Some(document) = self.world.get(&main) else {
                wanted.insert(Need::Document(main));
                continue;
            };
            for need in needs(document, &self.world, policy) {
                match &need {
                    Need::Document(id) if self.world.get(id).is_some() => {}
                    Need::Hours(usage) if !whole && !group.moved.contains(usage) => {
                        self.partial.insert(usage.clone());
                    }
                    _ => {
                        wanted.insert(need);
                    }
                }
            }
        }
        wanted.retain(|need| !asked.contains(need));
        wanted
    }

    /// Takes what standing findings mean for the course of their subject into its document.
    pub(super) fn mark(&mut self, id: &DocumentId, marks: &[Track]) {
        let Some(mut document) = self.world.get(id).cloned() else { return };
        let changed = marks.iter().fold(false, |changed, mark| document.mark(mark) | changed);
        if changed {
            self.marked.insert(id.clone(), document);
        }
    }

    async fn fetch<L: Ledger>(
        &mut self,
        ledger: &L,
        wanted: &BTreeSet<Need>,
        now: Time,
    ) -> Result<(), LedgerError> {
        let mut ids = Vec::new();
        for need in wanted {
            let stored = match need {
                Need::Document(id) => {
                    ids.push(id.clone());
                    continue;
                }
                Need::Hours(subject) => ledger.parts(subject, Parts::Hours, now).await?,
                Need::Edges(subject) => ledger.parts(subject, Parts::Edges, now).await?,
            };
            self.add(stored);
        }
        if !ids.is_empty() {
            self.add(ledger.load(&ids, now).await?);
        }
        Ok(())
    }

    /// What the group changes stays as it will be, on the version that it was read with.
    fn add(&mut self, stored: Vec<Stored>) {
        for stored in stored {
            let id = stored.document.id();
            if self.world.get(&id).is_none() {
                self.versions.insert(id, stored.version);
                self.world.add(stored.document);
            }
        }
    }

    /// A subject whose own document is written along gets one.
    fn fill_in(&mut self, group: &Group) {
        for subject in &group.coupled {
            let main = DocumentId::main(subject.clone());
            if self.world.get(&main).is_none() {
                Document::empty(&main).into_iter().for_each(|document| self.world.add(document));
            }
        }
    }
}
