//! In which commits something is written.

use keytrail_engine::document::Document;
use keytrail_engine::subject::DocumentId;
use keytrail_engine::time::Time;

use super::conclusion::Conclusion;
use super::fold::expires;
use super::group::Group;
use super::surroundings::Surroundings;
use crate::commit::{Check, Commit, LARGEST_COMMIT, Write};

/// Items in a commit that holds only items: each may bring a check along.
const ITEMS_AT_ONCE: usize = LARGEST_COMMIT / 2;

/// The commits of a group, in their order.
///
/// - Documents that nothing follows from are written one by one: none needs another, and alone each costs half as
///   much in DynamoDB.
/// - Otherwise everything is one commit.
/// - If that is too much, the items go first, on the unchanged versions of their subjects' documents, so that no
///   document is ever changed without them. Coupled documents come last, together with what they are coupled to:
///   whoever is interrupted finds some of them unwritten, and judges again.
pub(super) fn commits(
    now: Time,
    group: &Group,
    around: &Surroundings,
    conclusion: &Conclusion,
) -> Vec<Commit> {
    let writes = writes(group, around);
    let (items, changes) = (conclusion.items.clone(), conclusion.changes.clone());
    if group.tied.is_empty() && items.is_empty() && changes.is_empty() {
        return writes.into_iter().map(|write| Commit { writes: vec![write], ..Commit::at(now) }).collect();
    }
    let mut whole = Commit { writes, items, changes, ..Commit::at(now) };
    whole.checks = checks(&whole, around, conclusion);
    if whole.len() <= LARGEST_COMMIT {
        return vec![whole];
    }
    let mut commits = items_alone(now, conclusion);
    for commit in &mut commits {
        commit.checks = checks(commit, around, conclusion);
    }
    // Cut from the end, so that the last one is full.
    let writes = whole.writes.rchunks(LARGEST_COMMIT).rev();
    commits.extend(writes.map(|writes| Commit { writes: writes.to_vec(), ..Commit::at(now) }));
    commits
}

/// A conclusion without documents, in as many commits as it takes.
pub(super) fn items_alone(now: Time, conclusion: &Conclusion) -> Vec<Commit> {
    let items = conclusion.items.chunks(ITEMS_AT_ONCE);
    let items = items.map(|items| Commit { items: items.to_vec(), ..Commit::at(now) });
    let changes = conclusion.changes.chunks(ITEMS_AT_ONCE);
    items.chain(changes.map(|changes| Commit { changes: changes.to_vec(), ..Commit::at(now) })).collect()
}

/// The documents of a group: those that stand alone, then those that are coupled, then what they are coupled to.
fn writes(group: &Group, around: &Surroundings) -> Vec<Write> {
    let write = |document: &Document| {
        let id = document.id();
        let expected = around.versions.get(&id).copied();
        Write { document: document.clone(), expected, expires: expires(&id.part) }
    };
    let hubs_of: Vec<DocumentId> = group.coupled.iter().cloned().map(DocumentId::main).collect();
    let own = |tied: bool| {
        let changed = group.changed.iter().filter(move |(id, _)| group.tied.contains(*id) == tied);
        changed.filter(|(id, _)| !hubs_of.contains(id)).map(|(_, change)| &change.after)
    };
    let hubs = hubs_of.iter().filter_map(|id| around.world.get(id));
    // What is only marked comes first: the dates that people are told are never behind what they are told.
    let mentioned = |id: &DocumentId| hubs_of.contains(id) || group.changed.contains_key(id);
    let only_marked = around.marked.iter().filter(|(id, _)| !mentioned(id)).map(|(_, document)| document);
    let all = only_marked.chain(own(false)).chain(own(true)).chain(hubs);
    all.map(|document| write(around.marked.get(&document.id()).unwrap_or(document))).collect()
}

/// Items rest on their subject's own document: what the commit doesn't write of those, it checks.
fn checks(commit: &Commit, around: &Surroundings, conclusion: &Conclusion) -> Vec<Check> {
    let subjects = conclusion.rests_on(commit).into_iter().map(DocumentId::main);
    let written = |id: &DocumentId| commit.writes.iter().any(|write| write.document.id() == *id);
    let unwritten = subjects.filter(|id| !written(id));
    unwritten.map(|id| Check { version: around.versions.get(&id).copied(), document: id }).collect()
}
