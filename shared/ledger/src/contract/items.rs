//! Items of the outbox.

use keytrail_engine::action::{Action, ActionKind, Reason};
use keytrail_engine::finding::{Evidence, Finding, FindingId, Severity};
use keytrail_engine::notice::{Notice, Outcome};
use keytrail_engine::subject::SubjectId;

use super::story::{START, at, create, user, user_document, writing};
use crate::commit::{Commit, Committed, Version};
use crate::error::LedgerError;
use crate::item::{Item, ItemId, State, StoredItem};
use crate::ledger::Ledger;

pub fn finding(discriminator: &str, subject: &SubjectId) -> Finding {
    Finding {
        id: FindingId::of("compromise_reported", subject, discriminator),
        rule: "compromise_reported".into(),
        severity: Severity::Critical,
        subject: subject.clone(),
        what: "=HYPERLINK(\"x\")\u{0}\u{1b}[31m'; DROP TABLE items; --".into(),
        why: "é 𝄞 \u{202e}".into(),
        since: Some(START),
        settles: None,
        evidence: vec![Evidence { label: "report".into(), value: "<b>".into() }],
        next: vec!["Look.".into()],
        remedy: Some(deny(subject)),
        objection: None,
        deadline: None,
        mark: None,
    }
}

fn deny(subject: &SubjectId) -> ActionKind {
    ActionKind::DenyBearerCalls { user: (&*subject.name).into() }
}

pub fn action(discriminator: &str, subject: &SubjectId) -> Action {
    let finding = FindingId::of("compromise_reported", subject, discriminator);
    Action {
        id: Action::id_of(&finding, &deny(subject)),
        kind: deny(subject),
        subject: subject.clone(),
        finding,
        rule: "compromise_reported".into(),
        not_after: at(360),
        policy: "0123456789ab".into(),
    }
}

pub fn notice(discriminator: &str, subject: &SubjectId) -> Notice {
    Notice::found(START, finding(discriminator, subject), Some(action(discriminator, subject)), None)
}

pub(super) async fn one<L: Ledger>(ledger: &L, id: &ItemId) -> StoredItem {
    let found = ledger.items(std::slice::from_ref(id)).await.unwrap();
    assert_eq!(found.len(), 1, "{id}");
    found.into_iter().next().unwrap()
}

pub(super) fn creating(items: impl IntoIterator<Item = Item>) -> Commit {
    Commit { items: items.into_iter().collect(), ..Commit::at(START) }
}

pub async fn an_item_is_created_once<L: Ledger>(ledger: &L) {
    let gateway = user("gateway");
    let withheld = Outcome::Withheld { reason: Reason::NotSettled { until: at(60) } };
    let items = [
        Item::finding(finding("1", &gateway), START),
        Item::action(action("1", &gateway), State::Waiting { due: at(60) }, START).with(withheld),
        Item::notice(gateway.clone(), notice("1", &gateway), START),
    ];
    let ids: Vec<ItemId> = items.iter().map(Item::id).collect();
    let committed = ledger.commit(&creating(items.clone())).await.unwrap();
    assert_eq!(committed, Committed { created: ids.clone() });
    for (id, item) in ids.iter().zip(&items) {
        let stored = StoredItem { item: item.clone(), version: Version::FIRST };
        assert_eq!(one(ledger, id).await, stored);
    }

    // Another worker computes the same, later, and something new besides; all of it is one commit with a document.
    let mut later = items.clone().map(|item| Item { created: at(9), changed: at(9), ..item });
    later[1].state = State::Pending;
    let fresh = Item::finding(finding("2", &gateway), at(9));
    let writes = vec![create(user_document("gateway"))];
    let again = Commit { writes, ..creating(later.into_iter().chain([fresh.clone()])) };
    assert_eq!(ledger.commit(&again).await.unwrap(), Committed { created: vec![fresh.id()] });
    for (id, item) in ids.iter().zip(items) {
        assert_eq!(one(ledger, id).await, StoredItem { item, version: Version::FIRST }, "as first written");
    }
    assert_eq!(one(ledger, &fresh.id()).await.item, fresh);
}

pub async fn an_item_moves_on_from_the_version_that_was_read<L: Ledger>(ledger: &L) {
    let gateway = user("gateway");
    let item = Item::action(action("1", &gateway), State::Pending, START);
    let id = item.id();
    ledger.commit(&creating([item.clone()])).await.unwrap();
    let first = one(ledger, &id).await;
    let done = Outcome::Done { already: true };
    let steps = [
        (State::Waiting { due: at(5) }, None),
        (State::Pending, None),
        (State::Done, Some(done)),
        (State::Failed, Some(Outcome::Failed { code: "NoSuchEntity".into() })),
        (State::Withheld, Some(Outcome::Withheld { reason: Reason::Withdrawn })),
    ];
    let mut stored = first.clone();
    for (minutes, (state, outcome)) in (1..).zip(steps) {
        let changes = vec![stored.to(state, outcome.clone())];
        ledger.commit(&Commit { changes, ..Commit::at(at(minutes)) }).await.unwrap();
        let moved = one(ledger, &id).await;
        let expected = Item { state, outcome, changed: at(minutes), ..item.clone() };
        assert_eq!(moved, StoredItem { item: expected, version: stored.version.next() });
        stored = moved;
    }
    for stale in [first.to(State::Done, None), notice_of(&gateway).to(State::Done, None)] {
        let error = ledger.commit(&Commit { changes: vec![stale], ..Commit::at(at(9)) }).await.unwrap_err();
        assert!(matches!(error, LedgerError::Conflict { .. }), "{error:?}");
    }
    assert_eq!(one(ledger, &id).await, stored);
}

/// A notice that no ledger has.
fn notice_of(subject: &SubjectId) -> StoredItem {
    let item = Item::notice(subject.clone(), notice("absent", subject), START);
    StoredItem { item, version: Version::FIRST }
}

pub async fn an_outcome_and_its_notice_are_one<L: Ledger>(ledger: &L) {
    let gateway = user("gateway");
    let item = Item::action(action("1", &gateway), State::Pending, START);
    ledger.commit(&creating([item.clone()])).await.unwrap();
    let pending = one(ledger, &item.id()).await;
    let ended = |outcome: Outcome| {
        let told = Notice::ended(at(1), action("1", &gateway), outcome.clone());
        let told = Item::notice(gateway.clone(), told, at(1));
        let changes = vec![pending.to(State::Done, Some(outcome))];
        (told.id(), Commit { changes, items: vec![told], ..Commit::at(at(1)) })
    };
    let (told, commit) = ended(Outcome::Done { already: false });
    ledger.commit(&commit).await.unwrap();
    let stored = one(ledger, &told).await;
    // Its twin was slower: neither its outcome nor its notice counts.
    let (same, commit) = ended(Outcome::Done { already: true });
    assert_eq!(same, told);
    let error = ledger.commit(&commit).await.unwrap_err();
    assert!(matches!(error, LedgerError::Conflict { .. }), "{error:?}");
    assert_eq!(one(ledger, &told).await, stored);
    assert_eq!(one(ledger, &item.id()).await.item.outcome, Some(Outcome::Done { already: false }));
    // And where the notice would be new, it isn't written either.
    let other = Item::notice(gateway.clone(), notice("2", &gateway), at(2));
    let changes = vec![pending.to(State::Failed, None)];
    let commit = Commit { changes, items: vec![other.clone()], ..Commit::at(at(2)) };
    assert!(ledger.commit(&commit).await.is_err());
    assert!(ledger.items(&[other.id()]).await.unwrap().is_empty());
    ledger.commit(&writing([])).await.unwrap();
}

pub async fn a_waiting_item_is_due_when_its_time_has_come<L: Ledger>(ledger: &L) {
    let gateway = user("gateway");
    let item = Item::notice(gateway.clone(), notice("1", &gateway), START);
    ledger.commit(&creating([item.clone()])).await.unwrap();
    let due = async |minutes| !ledger.due(at(minutes), None, 10).await.unwrap().entries.is_empty();
    assert!(due(0).await && !due(-1).await);
    let move_to = async |state, minutes| {
        let changes = vec![one(ledger, &item.id()).await.to(state, None)];
        ledger.commit(&Commit { changes, ..Commit::at(at(minutes)) }).await.unwrap();
    };
    move_to(State::Waiting { due: at(30) }, 1).await;
    assert!(!due(29).await && due(30).await);
    move_to(State::Pending, 40).await;
    assert!(!due(39).await && due(40).await, "pending again since then");
    move_to(State::Done, 41).await;
    assert!(!due(1_000_000).await);
}
