//! Reading many at once.

use keytrail_engine::document::Document;
use keytrail_engine::subject::{DocumentId, Kind, Part, SubjectId};
use keytrail_engine::time::{Span, Time};

use super::items::{finding, notice};
use super::story::{self, START, at, create_all, event, user, user_document};
use crate::commit::Commit;
use crate::item::{Item, ItemId, ItemKind, State};
use crate::ledger::{Cursor, Ledger, Parts};

fn hour(user: &str, hours: i64, credential: Option<&str>) -> Document {
    let part = Part::Hour { hour: START + Span::hours(hours), credential: credential.map(Into::into) };
    let id = DocumentId { subject: story::usage(user), part };
    story::document(&id, &[event(hours.unsigned_abs(), hours * 60, story::called(user))])
}

fn by_text(mut ids: Vec<DocumentId>) -> Vec<DocumentId> {
    ids.sort_by_key(|id| id.part.to_string());
    ids
}

pub async fn parts_of_a_subject_come_in_their_order<L: Ledger>(ledger: &L) {
    let usage = |part| DocumentId { subject: story::usage("gateway"), part };
    let edge =
        |key, group| DocumentId { subject: story::kms_key(key), part: Part::Edge(story::log_group(group)) };
    let hours: Vec<Document> = [-30, 0, 1, 9, 10, 23, 24, 2_000].map(|n| hour("gateway", n, None)).into();
    let carried = hour("gateway", 1, Some("ACCA1"));
    let others = [hour("gate", 1, None), hour("gateway2", 1, None), hour("gateway/2", 1, None)];
    let credential = Document::empty(&usage(Part::Credential("ACCA1".into()))).unwrap();
    let main = Document::empty(&usage(Part::Main)).unwrap();
    let edges = [edge("k", "/b"), edge("k", "/a"), edge("k", "a"), edge("k2", "/a")];
    let edges = edges.map(|id| Document::empty(&id).unwrap());
    let all = hours.iter().chain(&others).chain(&edges).chain([&carried, &credential, &main]);
    create_all(ledger, all.cloned()).await.unwrap();

    let ids = async |subject: SubjectId, parts| {
        let found = ledger.parts(&subject, parts, START).await.unwrap();
        found.into_iter().map(|stored| stored.document.id()).collect::<Vec<_>>()
    };
    let expected = by_text(hours.iter().chain([&carried]).map(Document::id).collect());
    assert_eq!(ids(story::usage("gateway"), Parts::Hours).await, expected);
    assert_eq!(ids(story::usage("gateway"), Parts::Credentials).await, [credential.id()]);
    assert_eq!(ids(story::usage("nobody"), Parts::Hours).await, []);
    let expected = by_text(edges[..3].iter().map(Document::id).collect());
    assert_eq!(ids(story::kms_key("k"), Parts::Edges).await, expected);
}

pub async fn a_large_subject_comes_whole<L: Ledger>(ledger: &L) {
    // More than any store gives in one answer: DynamoDB stops at 1 MB. An edge is stored as it is, its target's name twice.
    let edge = |n: u32| {
        let target = story::log_group(&format!("/{n:04}/{}", "g".repeat(480)));
        Document::empty(&DocumentId { subject: story::kms_key("k"), part: Part::Edge(target) }).unwrap()
    };
    let edges: Vec<Document> = (0..1_800).map(edge).collect();
    let size: usize = edges.iter().map(|edge| serde_json::to_string(edge).unwrap().len()).sum();
    assert!(size > 1_000_000, "{size}");
    create_all(ledger, edges.iter().cloned()).await.unwrap();
    let found = ledger.parts(&story::kms_key("k"), Parts::Edges, START).await.unwrap();
    assert_eq!(found.len(), edges.len());
    assert!(found.iter().map(|stored| &stored.document).eq(&edges));
    let ids: Vec<DocumentId> = edges.iter().map(Document::id).collect();
    assert_eq!(ledger.load(&ids, START).await.unwrap().len(), edges.len());
}

/// Follows a listing to its end, a few at a time, as another process would.
async fn follow<T, E: std::fmt::Debug>(
    mut page: impl AsyncFnMut(Option<Cursor>) -> Result<crate::ledger::Page<T>, E>,
    limit: usize,
) -> Vec<T> {
    let (mut found, mut after) = (Vec::new(), None);
    for _ in 0..1_000 {
        let listed = page(after).await.unwrap();
        assert!(listed.entries.len() <= limit);
        found.extend(listed.entries);
        let Some(next) = listed.next else { return found };
        let text = serde_json::to_string(&next).unwrap();
        after = Some(serde_json::from_str(&text).unwrap());
    }
    panic!("the listing never ends");
}

pub async fn subjects_are_listed_by_kind_page_by_page<L: Ledger>(ledger: &L) {
    let users: Vec<Document> = (0..25).map(|n| user_document(&format!("u{n}"))).collect();
    let usage = Document::empty(&DocumentId::main(story::usage("u1"))).unwrap();
    let others = [usage.clone(), hour("u1", 1, None)];
    create_all(ledger, users.iter().chain(&others).cloned()).await.unwrap();
    for limit in [1, 7, 25, 26, 1_000] {
        let list = async |after: Option<Cursor>| ledger.scan(Kind::User, START, after.as_ref(), limit).await;
        let mut found: Vec<Document> = follow(list, limit).await.into_iter().map(|it| it.document).collect();
        found.sort_by_key(|document| users.iter().position(|user| user == document));
        assert_eq!(found, users, "limit {limit}");
    }
    let list = async |after: Option<Cursor>| ledger.scan(Kind::Usage, START, after.as_ref(), 10).await;
    let found: Vec<Document> = follow(list, 10).await.into_iter().map(|it| it.document).collect();
    assert_eq!(found, [usage], "parts are no subjects");
}

pub async fn items_are_listed_by_kind_page_by_page<L: Ledger>(ledger: &L) {
    let items: Vec<Item> =
        (0..20).map(|n| Item::finding(finding(&n.to_string(), &user("gateway")), START)).collect();
    let notice = Item::notice(user("gateway"), notice("1", &user("gateway")), START);
    let all = items.iter().cloned().chain([notice.clone()]).collect();
    ledger.commit(&Commit { items: all, ..Commit::at(START) }).await.unwrap();
    for limit in [1, 6, 20, 1_000] {
        let list = async |after: Option<Cursor>| {
            ledger.items_of_kind(ItemKind::Finding, after.as_ref(), limit).await
        };
        let mut found: Vec<Item> = follow(list, limit).await.into_iter().map(|stored| stored.item).collect();
        found.sort_by_key(|item| items.iter().position(|it| it == item));
        assert_eq!(found, items, "limit {limit}");
    }
    let page = ledger.items_of_kind(ItemKind::Notice, None, 5).await.unwrap();
    assert_eq!(page.entries.into_iter().map(|stored| stored.item).collect::<Vec<_>>(), [notice]);
}

pub async fn due_items_come_in_the_order_of_their_time<L: Ledger>(ledger: &L) {
    let gateway = user("gateway");
    let made = |name: &str, minutes: i64| Item::notice(gateway.clone(), notice(name, &gateway), at(minutes));
    let state = |mut item: Item, state| {
        item.state = state;
        item
    };
    let due: Vec<Item> = vec![
        state(made("0", 9), State::Waiting { due: at(-5) }),
        made("1", 1),
        made("2", 1),
        state(made("3", 0), State::Waiting { due: at(1) }),
        made("4", 2),
        state(made("5", 0), State::Waiting { due: at(3) }),
    ];
    let not_due = [
        state(made("6", 0), State::Waiting { due: at(3) + Span::seconds(1) }),
        state(made("7", 0), State::Done),
        state(made("8", 0), State::Failed),
        state(made("9", 0), State::Withheld),
        Item::finding(finding("1", &gateway), at(0)),
    ];
    let items = not_due.iter().chain(due.iter().rev()).cloned().collect();
    ledger.commit(&Commit { items, ..Commit::at(START) }).await.unwrap();
    for limit in [1, 2, 4, 6, 100] {
        let list = async |after: Option<Cursor>| ledger.due(at(3), after.as_ref(), limit).await;
        let found: Vec<Item> = follow(list, limit).await.into_iter().map(|stored| stored.item).collect();
        let times: Vec<Option<Time>> = found.iter().map(Item::due).collect();
        assert!(times.is_sorted(), "{times:?}");
        let names = |items: &[Item]| {
            let mut names: Vec<ItemId> = items.iter().map(Item::id).collect();
            names.sort();
            names
        };
        assert_eq!(names(&found), names(&due), "limit {limit}");
    }
    assert_eq!(ledger.due(at(-6), None, 10).await.unwrap().entries, []);
}

pub async fn what_cannot_be_shown_is_named_and_the_rest_listed<L: Ledger>(ledger: &L) {
    let mut users: Vec<Document> = (0..9).map(|n| user_document(&format!("u{n}"))).collect();
    // At both ends of a page, two in a row, and a page of nothing else.
    for newer in [0, 3, 4, 8] {
        users[newer].schema.major += 1;
    }
    create_all(ledger, users.iter().cloned()).await.unwrap();
    for limit in [1, 2, 4, 9, 100] {
        let (mut found, mut damaged, mut after) = (Vec::new(), Vec::new(), None);
        for _ in 0..100 {
            let page = ledger.scan(Kind::User, START, after.as_ref(), limit).await.unwrap();
            assert!(page.entries.len() + page.damaged.len() <= limit);
            found.extend(page.entries.into_iter().map(|stored| stored.document.subject.name));
            damaged.extend(page.damaged);
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        found.sort();
        damaged.sort_by(|a, b| a.what.cmp(&b.what));
        assert_eq!(found.iter().map(|name| &**name).collect::<Vec<_>>(), ["u1", "u2", "u5", "u6", "u7"]);
        let named: Vec<&str> = damaged.iter().map(|it| &*it.what).collect();
        let address = |n: u8| format!("aws/111122223333/global/user/u{n}#main");
        assert_eq!(named, [address(0), address(3), address(4), address(8)], "limit {limit}");
        assert!(damaged.iter().all(|it| it.why.contains("newer version of Keytrail")), "{damaged:?}");
    }
}

pub async fn items_about_a_subject_are_its_own<L: Ledger>(ledger: &L) {
    let [one, two] = [user("gateway"), user("gateway2")];
    let findings: Vec<Item> =
        ["1", "2", "3"].map(|name| Item::finding(finding(name, &one), START)).into_iter().collect();
    let others =
        [Item::finding(finding("1", &two), START), Item::notice(one.clone(), notice("1", &one), START)];
    let items = findings.iter().chain(&others).cloned().collect();
    ledger.commit(&Commit { items, ..Commit::at(START) }).await.unwrap();
    let found = ledger.items_about(&one, ItemKind::Finding).await.unwrap();
    let mut expected = findings;
    expected.sort_by_key(Item::id);
    assert_eq!(found.into_iter().map(|stored| stored.item).collect::<Vec<_>>(), expected);
    let found = ledger.items_about(&one, ItemKind::Notice).await.unwrap();
    assert_eq!(found.into_iter().map(|stored| stored.item).collect::<Vec<_>>(), others[1..]);
    assert_eq!(ledger.items_about(&user("nobody"), ItemKind::Finding).await.unwrap(), []);
}
