//! Writing and reading documents.

use keytrail_engine::document::{Document, SCHEMA, Schema};
use keytrail_engine::subject::{DocumentId, Kind, Part};
use keytrail_engine::time::{Span, Time};

use super::story::{self, START, create, event, user, user_document, writing};
use crate::commit::{Check, Commit, LARGEST_COMMIT, Stored, Version, Write};
use crate::error::{LedgerError, Next};
use crate::item::Item;
use crate::ledger::{Ledger, Parts};

fn id(name: &str) -> DocumentId {
    DocumentId::main(user(name))
}

async fn one<L: Ledger>(ledger: &L, id: &DocumentId) -> Option<Stored> {
    ledger.load(std::slice::from_ref(id), START).await.unwrap().pop()
}

fn assert_conflict<T: std::fmt::Debug>(outcome: Result<T, LedgerError>) {
    let error = outcome.unwrap_err();
    assert!(matches!(error, LedgerError::Conflict { .. }), "{error:?}");
    assert_eq!(error.next(), Next::Reload);
}

pub async fn what_was_written_is_read<L: Ledger>(ledger: &L) {
    let usage = story::usage("gateway");
    let part = |part| DocumentId { subject: usage.clone(), part };
    let ids = [
        id("gateway"),
        DocumentId::main(usage.clone()),
        part(Part::Credential("ACCA1".into())),
        part(Part::Hour { hour: START, credential: None }),
        part(Part::Hour { hour: START, credential: Some("ACCA1".into()) }),
        DocumentId { subject: story::kms_key("k"), part: Part::Edge(story::log_group("/aws/a#b")) },
        DocumentId::main(story::log_group("/aws/a#b")),
    ];
    let events = [event(1, 0, story::called("gateway")), event(2, 1, story::associated("/aws/a#b", "k"))];
    let documents: Vec<Document> = ids.iter().map(|id| story::document(id, &events)).collect();
    ledger.commit(&writing(documents.iter().cloned().map(create))).await.unwrap();

    let absent = DocumentId::main(user("nobody"));
    let asked: Vec<DocumentId> = ids.iter().cloned().chain([absent]).collect();
    let mut found = ledger.load(&asked, START).await.unwrap();
    assert_eq!(found.len(), ids.len());
    found.sort_by_key(|stored| ids.iter().position(|id| *id == stored.document.id()));
    for (stored, document) in found.into_iter().zip(documents) {
        assert_eq!(stored, Stored { document, version: Version::FIRST, expires: None });
    }
    assert!(ledger.load(&[], START).await.unwrap().is_empty());
}

pub async fn a_document_is_created_once<L: Ledger>(ledger: &L) {
    let document = user_document("gateway");
    ledger.commit(&writing([create(document.clone())])).await.unwrap();
    let empty = Document::empty(&id("gateway")).unwrap();
    assert_conflict(ledger.commit(&writing([create(empty)])).await);
    let stored = one(ledger, &id("gateway")).await.unwrap();
    assert_eq!((stored.document, stored.version), (document, Version::FIRST));
}

pub async fn a_write_moves_the_version_on_and_an_old_one_is_refused<L: Ledger>(ledger: &L) {
    let write = |expected| writing([Write { document: user_document("gateway"), expected, expires: None }]);
    assert_conflict(ledger.commit(&write(Some(Version::FIRST))).await);
    assert!(one(ledger, &id("gateway")).await.is_none(), "a version of nothing creates nothing");
    let mut expected = None;
    for _ in 0..5 {
        ledger.commit(&write(expected)).await.unwrap();
        let stored = one(ledger, &id("gateway")).await.unwrap();
        assert_eq!(stored.version, Version::after(expected));
        assert_conflict(ledger.commit(&write(expected)).await);
        expected = Some(stored.version);
    }
    assert_conflict(ledger.commit(&write(expected.map(Version::next))).await);
}

pub async fn a_commit_is_all_or_nothing<L: Ledger>(ledger: &L) {
    ledger.commit(&writing([create(user_document("taken"))])).await.unwrap();
    let finding = super::items::finding("1", &user("gateway"));
    for taken_first in [true, false] {
        let mut writes = vec![create(user_document("taken")), create(user_document("gateway"))];
        if !taken_first {
            writes.reverse();
        }
        let items = vec![Item::finding(finding.clone(), START)];
        assert_conflict(ledger.commit(&Commit { items, ..writing(writes) }).await);
        assert!(one(ledger, &id("gateway")).await.is_none());
        let items = ledger.items(&[crate::ItemId::finding(&finding.id)]).await.unwrap();
        assert!(items.is_empty());
    }
}

pub async fn a_check_refuses_what_has_changed<L: Ledger>(ledger: &L) {
    ledger.commit(&writing([create(user_document("hub"))])).await.unwrap();
    let (there, gone) = (id("hub"), id("nobody"));
    let second = Version::FIRST.next();
    let refused = [(&there, Some(second)), (&there, None), (&gone, Some(Version::FIRST))];
    for (document, version) in refused {
        let checks = vec![Check { document: document.clone(), version }];
        assert_conflict(ledger.commit(&Commit { checks, ..writing([create(user_document("a"))]) }).await);
        assert!(one(ledger, &id("a")).await.is_none());
        let checks = vec![Check { document: document.clone(), version }];
        assert_conflict(ledger.commit(&Commit { checks, ..Commit::at(START) }).await);
    }
    let checks = vec![
        Check { document: there.clone(), version: Some(Version::FIRST) },
        Check { document: gone.clone(), version: None },
    ];
    ledger.commit(&Commit { checks, ..writing([create(user_document("a"))]) }).await.unwrap();
    assert!(one(ledger, &id("a")).await.is_some());
    assert_eq!(one(ledger, &there).await.unwrap().version, Version::FIRST, "a check writes nothing");
    assert!(one(ledger, &gone).await.is_none());
}

pub async fn what_no_ledger_takes_is_refused<L: Ledger>(ledger: &L) {
    let twice = writing([create(user_document("a")), create(user_document("a"))]);
    let checks = vec![Check { document: id("a"), version: None }];
    let checked = Commit { checks, ..writing([create(user_document("a"))]) };
    let many = writing((0..=LARGEST_COMMIT).map(|n| create(user_document(&format!("u{n}")))));
    let mut strange = user_document("a");
    strange.subject.account = "1111/global".into();
    for commit in [twice, checked, many, writing([create(user_document("b")), create(strange)])] {
        let error = ledger.commit(&commit).await.unwrap_err();
        assert!(matches!(error, LedgerError::Unstorable { .. }), "{error:?}");
        assert_eq!(error.next(), Next::Park);
    }
    for kind in Kind::ALL {
        assert!(ledger.scan(kind, START, None, 10).await.unwrap().entries.is_empty());
    }
    ledger
        .commit(&writing((0..LARGEST_COMMIT).map(|n| create(user_document(&format!("u{n}"))))))
        .await
        .unwrap();
    ledger.commit(&Commit::at(START)).await.unwrap();
}

pub async fn what_has_aged_out_is_shown_to_nobody<L: Ledger>(ledger: &L) {
    let usage = story::usage("gateway");
    let hour = DocumentId { subject: usage.clone(), part: Part::Hour { hour: START, credential: None } };
    let document = story::document(&hour, &[event(1, 0, story::called("gateway"))]);
    let ends = START + Span::days(1);
    let just_before = ends - Span::seconds(1);
    let write = Write { document: document.clone(), expected: None, expires: Some(ends) };
    ledger.commit(&writing([write.clone()])).await.unwrap();

    let shown = async |now: Time| {
        let loaded = ledger.load(std::slice::from_ref(&hour), now).await.unwrap();
        let parts = ledger.parts(&usage, Parts::Hours, now).await.unwrap();
        assert_eq!(loaded, parts);
        loaded
    };
    assert_eq!(shown(just_before).await[0].expires, Some(ends));
    assert!(shown(ends).await.is_empty());
    let absent = vec![Check { document: hour.clone(), version: None }];
    assert_conflict(ledger.commit(&Commit { checks: absent.clone(), ..Commit::at(just_before) }).await);
    ledger.commit(&Commit { checks: absent, ..Commit::at(ends) }).await.unwrap();

    // Whether it is deleted by now or not, another may take its place.
    let again = Write { expires: Some(ends + Span::days(1)), ..write };
    assert_conflict(ledger.commit(&Commit { now: just_before, ..writing([again.clone()]) }).await);
    ledger.commit(&Commit { now: ends, ..writing([again]) }).await.unwrap();
    assert_eq!(shown(ends).await.len(), 1);
    ledger.forget_expired(ends).await.unwrap();
    assert_eq!(shown(ends).await.len(), 1, "what has not aged out stays");
    ledger.forget_expired(ends + Span::days(1)).await.unwrap();
    assert!(shown(ends + Span::days(1)).await.is_empty());
}

pub async fn fields_of_a_newer_minor_schema_survive<L: Ledger>(ledger: &L) {
    let mut document = user_document("gateway");
    document.schema = Schema { major: SCHEMA.major, minor: SCHEMA.minor + 7 };
    document.newer.insert("tomorrow".into(), serde_json::json!({ "a": [1, null, "é\u{0}"] }));
    ledger.commit(&writing([create(document.clone())])).await.unwrap();
    let Stored { document: mut read, version, .. } = one(ledger, &id("gateway")).await.unwrap();
    assert_eq!(read, document);
    let key = event(2, 1, story::key_created("ACCA1", "gateway"));
    assert!(read.absorb(&key) && document.absorb(&key));
    let write = Write { document: read, expected: Some(version), expires: None };
    ledger.commit(&writing([write])).await.unwrap();
    assert_eq!(one(ledger, &id("gateway")).await.unwrap().document, document);
}

pub async fn a_newer_major_schema_is_refused<L: Ledger>(ledger: &L) {
    let mut document = user_document("gateway");
    document.schema = Schema { major: SCHEMA.major + 1, minor: 3 };
    let found = document.schema;
    ledger.commit(&writing([create(document), create(user_document("billing"))])).await.unwrap();
    let loaded = ledger.load(&[id("billing"), id("gateway")], START).await.map(|_| ());
    let error = loaded.unwrap_err();
    let LedgerError::NewerSchema { what, found: told } = &error else { panic!("{error:?}") };
    assert_eq!((&**what, *told), ("aws/111122223333/global/user/gateway#main", found));
    assert_eq!(error.next(), Next::Refuse);
    assert!(error.to_string().ends_with("upgrade this one"), "{error}");
    assert!(one(ledger, &id("billing")).await.is_some(), "the others can be read");
}
