//! Which changed documents are judged and written together.

use std::collections::{BTreeMap, BTreeSet};

use keytrail_engine::needs::{coupled, judged_with};
use keytrail_engine::subject::{DocumentId, SubjectId};

use super::fold::Changed;

/// Changed documents of which the judgements hang together.
#[derive(Debug, Default)]
pub(super) struct Group {
    /// The documents.
    pub(super) changed: BTreeMap<DocumentId, Changed>,
    /// The subjects to judge.
    pub(super) judged: BTreeSet<SubjectId>,
    /// Those among them of which another subject's document changed: their findings may have become fewer.
    pub(super) moved: BTreeSet<SubjectId>,
    /// Those of the documents that another subject's own document is written along with.
    pub(super) tied: BTreeSet<DocumentId>,
    /// The subjects whose own document that is.
    pub(super) coupled: BTreeSet<SubjectId>,
}

impl Group {
    /// Nothing changed; the subject is judged all the same.
    pub(super) fn of(subject: SubjectId) -> Self {
        let judged = BTreeSet::from([subject]);
        Self { moved: judged.clone(), judged, ..Self::default() }
    }

    /// A group whose documents were folded again: it stays one.
    pub(super) fn again(changed: BTreeMap<DocumentId, Changed>) -> Self {
        let mut group = Self::default();
        for (id, change) in changed {
            let subjects = judged(&change);
            group.take(id, change, subjects);
        }
        group
    }

    /// All that another group's judgement moved is judged here too, as if it had moved.
    pub(super) fn judge_also(&mut self, other: &Self) {
        self.judged.extend(other.judged.iter().cloned());
        self.moved.extend(other.judged.iter().cloned());
    }

    fn take(&mut self, id: DocumentId, change: Changed, subjects: Vec<SubjectId>) {
        let coupled = coupled(change.before.as_ref().map(|it| &it.document), &change.after);
        if !coupled.is_empty() {
            self.tied.insert(id.clone());
        }
        self.coupled.extend(coupled);
        self.moved.extend(subjects.iter().filter(|subject| **subject != id.subject).cloned());
        self.judged.extend(subjects);
        self.changed.insert(id, change);
    }

    fn merge(&mut self, mut other: Self) {
        self.changed.append(&mut other.changed);
        self.judged.append(&mut other.judged);
        self.moved.append(&mut other.moved);
        self.tied.append(&mut other.tied);
        self.coupled.append(&mut other.coupled);
    }
}

fn judged(change: &Changed) -> Vec<SubjectId> {
    judged_with(change.before.as_ref().map(|it| &it.document), &change.after)
}

/// Puts documents together that change one subject's judgement, so that no two groups write about the same subject.
pub(super) fn partition(changed: BTreeMap<DocumentId, Changed>) -> Vec<Group> {
    let mut groups: BTreeMap<usize, Group> = BTreeMap::new();
    let mut group_of: BTreeMap<SubjectId, usize> = BTreeMap::new();
    for (fresh, (id, change)) in changed.into_iter().enumerate() {
        let subjects = judged(&change);
        let met: BTreeSet<usize> = subjects.iter().filter_map(|it| group_of.get(it).copied()).collect();
        let mut met = met.into_iter();
        let number = met.next().unwrap_or(fresh);
        for other in met {
            let Some(other) = groups.remove(&other) else { continue };
            group_of.extend(other.judged.iter().map(|subject| (subject.clone(), number)));
            groups.entry(number).or_default().merge(other);
        }
        group_of.extend(subjects.iter().map(|subject| (subject.clone(), number)));
        groups.entry(number).or_default().take(id, change, subjects);
    }
    groups.into_values().collect()
}
