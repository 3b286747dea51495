//! The outbox: what the stream's readers and the sweep rely on.

use std::collections::BTreeSet;

use aws_sdk_dynamodb::types::AttributeValue;
use keytrail_aws::dynamo::{DynamoLedger, item_id};
use keytrail_engine::action::{Action, ActionKind};
use keytrail_engine::finding::FindingId;
use keytrail_engine::notice::{Notice, Outcome};
use keytrail_engine::subject::SubjectId;
use keytrail_engine::time::{Span, Time};
use keytrail_ledger::{Commit, Item, Ledger, LedgerError, State};

use crate::local::{block_on, client, table};

fn subject() -> SubjectId {
    SubjectId::parse("aws/111122223333/global/user/gateway").unwrap()
}

fn the_action(number: &str) -> Action {
    let kind = ActionKind::DenyBearerCalls { user: "gateway".into() };
    let finding = FindingId::of("compromise_reported", &subject(), number);
    Action {
        id: Action::id_of(&finding, &kind),
        kind,
        subject: subject(),
        finding,
        rule: "compromise_reported".into(),
        not_after: Time::from_millis(5),
        policy: "p".into(),
    }
}

/// An action, made at the beginning of time.
pub(crate) fn action(number: &str, state: State) -> Item {
    Item::action(the_action(number), state, Time::from_millis(0))
}

/// A notice, made at the beginning of time.
pub(crate) fn notice(number: &str) -> Item {
    let notice = Notice::ended(Time::from_millis(0), the_action(number), Outcome::Done { already: false });
    Item::notice(subject(), notice, Time::from_millis(0))
}

#[test]
fn a_stream_shows_what_is_pending_and_how_often_it_became_so() {
    block_on(async {
        let (client, table) = (client(), table().await);
        let ledger = DynamoLedger::new(client.clone(), &table);
        let id = action("1", State::Pending).id();
        let shown = async || {
            let get = client.get_item().table_name(&table).key("pk", AttributeValue::S(id.to_string()));
            let item =
                get.key("sk", AttributeValue::S("item".to_owned())).send().await.unwrap().item.unwrap();
            assert_eq!(item_id(item["pk"].as_s().unwrap()), Some(id.clone()));
            let text = |name: &str| item.get(name).map(|it| it.as_s().or(it.as_n()).unwrap().clone());
            ["kind", "state", "drive", "due"].map(|name| text(name).unwrap_or_default())
        };
        let now = Time::from_millis(60_000);
        ledger.commit(&Commit { items: vec![action("1", State::Pending)], ..Commit::at(now) }).await.unwrap();
        assert_eq!(shown().await, ["action", "pending", "0", "0"]);
        let waiting = State::Waiting { due: now + Span::minutes(1) };
        for (state, expected) in [
            (waiting, ["action", "waiting", "0", "120000"]),
            (State::Pending, ["action", "pending", "1", "60000"]),
            (waiting, ["action", "waiting", "1", "120000"]),
            (State::Pending, ["action", "pending", "2", "60000"]),
            (State::Done, ["action", "done", "2", ""]),
        ] {
            let held = ledger.items(std::slice::from_ref(&id)).await.unwrap().remove(0);
            ledger.commit(&Commit { changes: vec![held.to(state, None)], ..Commit::at(now) }).await.unwrap();
            assert_eq!(shown().await, expected);
        }
    });
}

#[test]
fn a_partition_key_is_an_items_or_it_is_not() {
    assert_eq!(item_id("action/12ab"), Some(keytrail_ledger::ItemId::action("12ab")));
    for other in ["", "action/", "/", "slot/permits/all", "aws/111122223333/global/user/gateway"] {
        assert_eq!(item_id(other), None, "{other}");
    }
}

#[test]
fn actions_and_notices_come_in_the_order_in_which_they_are_due() {
    block_on(async {
        let ledger = DynamoLedger::new(client(), &table().await);
        let mut items = Vec::new();
        for n in 0..9 {
            let due = Time::from_millis(1_000 * (n / 2));
            let mut item =
                if n % 3 == 0 { notice(&n.to_string()) } else { action(&n.to_string(), State::Pending) };
            item.state = State::Waiting { due };
            items.push(item);
        }
        items.push(action("not yet", State::Waiting { due: Time::from_millis(4_001) }));
        ledger.commit(&Commit { items, ..Commit::at(Time::from_millis(0)) }).await.unwrap();
        for limit in [1, 2, 3, 5, 9, 100] {
            let (mut after, mut seen) = (None, Vec::new());
            loop {
                let page = ledger.due(Time::from_millis(4_000), after.as_ref(), limit).await.unwrap();
                assert!(page.entries.len() <= limit);
                seen.extend(page.entries.iter().map(|it| (it.item.due().unwrap(), it.item.id())));
                after = page.next;
                if after.is_none() {
                    break;
                }
            }
            assert_eq!(seen.len(), 9, "pages of {limit}: {seen:?}");
            assert!(seen.is_sorted_by_key(|(due, _)| *due), "pages of {limit}: {seen:?}");
            seen.sort_by_key(|(_, id)| id.clone());
            seen.dedup();
            assert_eq!(seen.len(), 9, "each once in pages of {limit}");
        }
    });
}

#[test]
fn a_damaged_item_is_named_and_holds_up_no_other() {
    block_on(async {
        let (client, table) = (client(), table().await);
        let ledger = DynamoLedger::new(client.clone(), &table);
        let items: Vec<Item> = (0..9)
            .map(|n: i64| match n % 2 {
                0 => notice(&n.to_string()),
                _ => action(&n.to_string(), State::Waiting { due: Time::from_millis(n) }),
            })
            .collect();
        ledger.commit(&Commit { items: items.clone(), ..Commit::at(Time::from_millis(0)) }).await.unwrap();
        let newer = r#"{"schema":{"major":9,"minor":0},"all":"else"}"#;
        let damages = [(0, "body", "{"), (3, "state", "asleep"), (4, "subject", "x"), (8, "body", newer)];
        for (n, attribute, value) in damages {
            let update = client.update_item().table_name(&table);
            let update = update.key("pk", AttributeValue::S(items[n].id().to_string()));
            let update = update.key("sk", AttributeValue::S("item".to_owned()));
            let update = update.update_expression("SET #a = :v").expression_attribute_names("#a", attribute);
            let update = update.expression_attribute_values(":v", AttributeValue::S(value.to_owned()));
            update.send().await.unwrap();
        }
        let damaged: BTreeSet<String> = damages.map(|(n, ..)| items[n].id().to_string()).into();
        for limit in [1, 2, 4, 100] {
            let (mut found, mut named, mut after) = (BTreeSet::new(), BTreeSet::new(), None);
            for round in 0.. {
                let page = ledger.due(Time::from_millis(100), after.as_ref(), limit).await.unwrap();
                assert!(page.entries.len() + page.damaged.len() <= limit);
                found.extend(page.entries.iter().map(|stored| stored.item.id().to_string()));
                named.extend(page.damaged.iter().map(|it| it.what.to_string()));
                after = page.next;
                if after.is_none() {
                    break;
                }
                assert!(round < 15, "it ends");
            }
            assert_eq!(named, damaged, "limit {limit}");
            assert_eq!((found.len(), found.is_disjoint(&damaged)), (5, true), "limit {limit}");
        }
        let read = ledger.items(&[items[0].id()]).await;
        assert!(matches!(read, Err(LedgerError::Corrupt { .. })), "{read:?}");
    });
}
