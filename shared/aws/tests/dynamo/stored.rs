//! Items as other versions stored them: the one before reads on, the one after is read and loses nothing.
//!
//! `stored/` holds items of the table in DynamoDB's JSON, a file for a schema's version. Files of released versions never
//! change. `KEYTRAIL_STORE=1.1 cargo test -p keytrail-aws --test dynamo stored` writes the file of a new one.

use std::collections::HashMap;
use std::path::PathBuf;

use aws_sdk_dynamodb::types::AttributeValue;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use keytrail_aws::dynamo::DynamoLedger;
use keytrail_engine::document::{Facts, SCHEMA, Schema};
use keytrail_engine::lattice::Count;
use keytrail_engine::notice::Outcome;
use keytrail_engine::subject::{DocumentId, Part, SubjectId};
use keytrail_engine::time::{Span, Time};
use keytrail_ledger::{Commit, Epoch, ItemId, ItemKind, Ledger, LedgerError, Slots, State, Version, Write};
use keytrail_testkit::record::{KmsKey, LogGroup, User, bearer, wrap};
use keytrail_testkit::remember::Remembered;
use serde_json::{Value, json};

use crate::local::{block_on, client, table};
use crate::outbox::{action, notice};

const USAGE: &str = "aws/111122223333/global/usage/logs.amazonaws.com/gateway";
const USER: &str = "aws/111122223333/global/user/gateway";
const KMS_KEY: &str = "aws/111122223333/us-east-1/kms-key/1234abcd-12ab-34cd-56ef-1234567890ab";

fn file(version: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(format!("tests/dynamo/stored/{version}.json"))
}

fn read(version: &str) -> Vec<Value> {
    serde_json::from_slice(&std::fs::read(file(version)).unwrap()).unwrap()
}

fn now() -> Time {
    Time::parse("2026-08-01T06:00:00Z").unwrap()
}

fn subject(text: &str) -> SubjectId {
    SubjectId::parse(text).unwrap()
}

fn hour() -> DocumentId {
    let hour = Time::parse("2026-08-01T05:00:00Z").unwrap();
    DocumentId { subject: subject(USAGE), part: Part::Hour { hour, credential: None } }
}

/// A ledger whose table holds what is stored of a version.
async fn holding(version: &str) -> DynamoLedger {
    let (client, table) = (client(), table().await);
    for item in read(version) {
        let item = item.as_object().unwrap();
        let item: HashMap<_, _> = item.iter().map(|(name, value)| (name.clone(), attribute(value))).collect();
        client.put_item().table_name(&table).set_item(Some(item)).send().await.unwrap();
    }
    DynamoLedger::new(client, &table)
}

fn attribute(value: &Value) -> AttributeValue {
    let (kind, value) = value.as_object().unwrap().iter().next().unwrap();
    let text = value.as_str().unwrap();
    match kind.as_str() {
        "S" => AttributeValue::S(text.to_owned()),
        "N" => AttributeValue::N(text.to_owned()),
        "B" => AttributeValue::B(STANDARD.decode(text).unwrap().into()),
        other => panic!("{other}"),
    }
}

async fn check_what_was_stored(ledger: &DynamoLedger) {
    let user = ledger.load(&[DocumentId::main(subject(USER))], now()).await.unwrap().remove(0);
    let Facts::User(facts) = &user.document.facts else { panic!("{user:?}") };
    assert_eq!((user.version, facts.lives.entries().count()), (Version::FIRST, 1));

    let hours = ledger.parts(&subject(USAGE), keytrail_ledger::Parts::Hours, now()).await.unwrap();
    let Facts::Hour(facts) = &hours[0].document.facts else { panic!("{hours:?}") };
    assert_eq!((hours[0].document.id(), facts.calls.count()), (hour(), Count::Exact(3)));
    assert_eq!(hours[0].expires, Some(now() + Span::days(100)));

    let edges = ledger.parts(&subject(KMS_KEY), keytrail_ledger::Parts::Edges, now()).await.unwrap();
    assert!(matches!(&edges[0].document.facts, Facts::Edge(edge) if edge.associated.entries().count() == 1));

    let due = ledger.due(now(), None, 10).await.unwrap().entries;
    let ids: Vec<ItemId> = due.iter().map(|stored| stored.item.id()).collect();
    assert_eq!(ids, [action("1", State::Pending).id()]);
    let notices = ledger.items_about(&subject(USER), ItemKind::Notice).await.unwrap();
    // Its id is the one under which it was stored, whatever this version would call it.
    let stored = ItemId { kind: ItemKind::Notice, name: "49ca6e31b34cadbe7e1dc7f66330f5c6".into() };
    assert_eq!((notices[0].item.id(), notices[0].item.state), (stored, State::Done));
    assert_eq!(notices[0].item.outcome, Some(Outcome::Done { already: false }));

    let (epoch, _) = ledger.epoch().await.unwrap().unwrap();
    assert_eq!((epoch.number, epoch.paused), (2, true));
    assert_eq!(ledger.slot("sweep").await.unwrap().unwrap().0, json!({"page": 7}));
}

#[test]
fn what_version_1_0_stored_is_read() {
    block_on(async { check_what_was_stored(&holding("1.0").await).await });
}

#[test]
fn what_a_newer_minor_version_stored_is_read_and_survives_a_rewrite() {
    block_on(async {
        let ledger = holding("1.7").await;
        check_what_was_stored(&ledger).await;
        for id in [DocumentId::main(subject(USER)), hour()] {
            let before = ledger.load(std::slice::from_ref(&id), now()).await.unwrap().remove(0);
            assert_eq!(before.document.schema, Schema { major: 1, minor: 7 });
            assert_eq!(before.document.newer["tomorrow"], json!({"is": ["another", "day"]}));
            let (document, expires) = (before.document.clone(), before.expires);
            let write = Write { document, expires, expected: Some(before.version) };
            ledger.commit(&Commit { writes: vec![write], ..Commit::at(now()) }).await.unwrap();
            let after = ledger.load(std::slice::from_ref(&id), now()).await.unwrap().remove(0);
            assert_eq!((after.document, after.version), (before.document, before.version.next()));
        }
    });
}

#[test]
fn what_a_newer_major_version_stored_is_refused() {
    block_on(async {
        let ledger = holding("2.0").await;
        let error = ledger.load(&[DocumentId::main(subject(USER))], now()).await.unwrap_err();
        assert!(matches!(error, LedgerError::NewerSchema { found: Schema { major: 2, .. }, .. }), "{error}");
        let error = ledger.items(&[action("1", State::Pending).id()]).await.unwrap_err();
        assert!(matches!(error, LedgerError::NewerSchema { .. }), "{error}");
    });
}

#[test]
fn this_version_stores_the_attributes_that_its_file_has() {
    let named = std::env::var("KEYTRAIL_STORE");
    let version = named.clone().unwrap_or_else(|_| format!("{}.{}", SCHEMA.major, SCHEMA.minor));
    let items = block_on(async {
        let (client, table) = (client(), table().await);
        fill(&DynamoLedger::new(client.clone(), &table), &version).await;
        client.scan().table_name(&table).send().await.unwrap().items.unwrap()
    });
    let mut items: Vec<Value> = items.iter().map(json_of).collect();
    items.sort_by_key(|item| format!("{}{}", item["pk"], item["sk"]));
    if named.is_ok() {
        let lines: Vec<String> = items.iter().map(Value::to_string).collect();
        std::fs::write(file(&version), format!("[\n{}\n]\n", lines.join(",\n"))).unwrap();
    }
    let attributes = |items: &[Value]| -> Vec<Vec<String>> {
        let kind = |value: &Value| value.as_object().unwrap().keys().next().unwrap().clone();
        let of = |item: &Value| {
            let named = item.as_object().unwrap().iter();
            // A notice's id is this version's own.
            let part = |name: &str| {
                let text = item[name]["S"].as_str().unwrap();
                text.split_once("notice/").map_or(text.to_owned(), |(before, _)| format!("{before}notice/"))
            };
            let address = format!("{} {}", part("pk"), part("sk"));
            std::iter::once(address)
                .chain(named.map(|(name, value)| format!("{name} {}", kind(value))))
                .collect()
        };
        items.iter().map(of).collect()
    };
    // The documents of networks came after the first files were written.
    items.retain(|item| !item["pk"]["S"].as_str().unwrap().contains("/network/"));
    assert_eq!(attributes(&items), attributes(&read(&version)));
}

fn json_of(item: &HashMap<String, AttributeValue>) -> Value {
    let attributes = item.iter().map(|(name, value)| {
        let value = match value {
            AttributeValue::B(bytes) => json!({"B": STANDARD.encode(bytes)}),
            AttributeValue::N(number) => json!({"N": number}),
            value => json!({"S": value.as_s().unwrap()}),
        };
        (name.clone(), value)
    });
    Value::Object(attributes.collect())
}

/// Something of everything that the table holds.
async fn fill(ledger: &DynamoLedger, version: &str) {
    let (major, minor) = version.split_once('.').unwrap();
    let schema = Schema { major: major.parse().unwrap(), minor: minor.parse().unwrap() };
    let at = "2026-08-01T05:10:00Z";
    let kms_key = KmsKey::new("1234abcd-12ab-34cd-56ef-1234567890ab");
    let calls =
        (0..3).map(|n| bearer::call("gateway", "/shop", at).from("192.0.2.10").agent("otel/1").nth(n));
    let control = [User::new("gateway").create(at), LogGroup::new("/shop").create(Some(&kms_key), at)];
    let records: Vec<Value> = control.into_iter().chain(calls).map(|record| record.json()).collect();
    for document in Remembered::of([wrap::lines(&records)]).world.documents() {
        let mut document = document.clone();
        document.schema = schema;
        if version != "1.0" {
            document.newer.insert("tomorrow".to_owned(), json!({"is": ["another", "day"]}));
        }
        let expires = matches!(document.part, Part::Hour { .. }).then(|| now() + Span::days(100));
        let writes = vec![Write { document, expected: None, expires }];
        ledger.commit(&Commit { writes, ..Commit::at(now()) }).await.unwrap();
    }
    let items = vec![action("1", State::Pending), notice("1")];
    ledger.commit(&Commit { items, ..Commit::at(now()) }).await.unwrap();
    let told = ledger.items(&[notice("1").id()]).await.unwrap().remove(0);
    let done = told.to(State::Done, Some(Outcome::Done { already: false }));
    ledger.commit(&Commit { changes: vec![done], ..Commit::at(now()) }).await.unwrap();
    let epoch = Epoch { store: "arn#1".into(), number: 2, began: now(), paused: true, resumed: None };
    ledger.set_epoch(&epoch, None).await.unwrap();
    ledger.set_slot("sweep", &json!({"page": 7}), None).await.unwrap();
}
