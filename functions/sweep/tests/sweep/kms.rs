//! KMS keys as KMS describes them, and what was recorded before the installation.

use keytrail_engine::dependents::{Need, dependents};
use keytrail_engine::document::{Described, Facts, KmsKey};
use keytrail_engine::event::{KmsKeySeen, KmsKeyState, LogPart};
use keytrail_engine::ids::LogGroupName;
use keytrail_engine::parked::name_of;
use keytrail_engine::subject::SubjectId;
use keytrail_engine::time::Span;
use keytrail_engine::world::World;
use keytrail_ledger::capability::{Clock, KmsKeyAnswer, LogGroupSeen, LogPartSeen};
use keytrail_ledger::sweeps_of;
use keytrail_sweep::{Asked, Unit, Work};
use keytrail_testkit::fakes::{Mishap, run};
use keytrail_testkit::record::KmsKey as KmsRecords;

use crate::account::Account;

fn id(name: &str) -> SubjectId {
    SubjectId::kms_key_of_arn(&format!("arn:aws:kms:us-east-1:111122223333:key/{name}")).unwrap()
}

fn shown(state: KmsKeyState) -> KmsKeyAnswer {
    let seen = KmsKeySeen { state: Some(state), ..KmsKeySeen::default() };
    KmsKeyAnswer::Shown { seen: Box::new(seen), policy: Some(r#"{"Statement":[]}"#.into()) }
}

/// Delivers one unit, and what it asks for again, until all of it is done; what failed.
fn sweep(account: &Account, work: Work) -> Vec<String> {
    let home = Account::home();
    let unit = Unit { partition: home.partition, account: home.account, region: home.region, work };
    let asked = Asked { unit, at: account.clock.now(), pauses: 0 };
    let body = serde_json::to_string(&asked).unwrap();
    let first = account.deliver(&body).err().map(|error| error.to_string());
    first.into_iter().chain(account.drain()).collect()
}

fn key(account: &Account, name: &str) -> Option<KmsKey> {
    let documents = account.ledger.documents().into_iter().map(|stored| stored.document);
    let mut main = documents.filter(|it| it.subject == id(name));
    main.find_map(|document| match document.facts {
        Facts::KmsKey(key) => Some(*key),
        _ => None,
    })
}

/// An account with a log group under a key that is in no listing.
fn with_log_group() -> Account {
    let account = Account::with_keys(0, 2);
    let group = LogGroupSeen {
        name: LogGroupName::new("/app"),
        kms_key: Some("arn:aws:kms:us-east-1:111122223333:key/gone".into()),
        retention_days: None,
        bearer_authentication: None,
    };
    *account.inventory.log_groups.lock().unwrap() = vec![group];
    assert_eq!(sweep(&account, Work::LogGroups), [""; 0]);
    account.clock.advance(Span::hours(1));
    account
}

fn calls(account: &Account, operation: &str) -> usize {
    account.wire.calls().iter().filter(|call| call.operation == operation).count()
}

#[test]
fn listed_keys_and_those_that_logs_use_are_described() {
    let account = with_log_group();
    let mut keys = account.inventory.kms_keys.lock().unwrap();
    for number in 0..5 {
        keys.insert(id(&format!("k{number}")), shown(KmsKeyState::Enabled));
    }
    keys.insert(id("of-aws"), KmsKeyAnswer::OfAws);
    keys.insert(id("hidden"), KmsKeyAnswer::NotToBeSeen);
    drop(keys);
    assert_eq!(sweep(&account, Work::KmsKeys), [""; 0]);
    for number in 0..5 {
        let key = key(&account, &format!("k{number}")).unwrap();
        assert_eq!(key.state(account.clock.now()), Some(KmsKeyState::Enabled));
        assert!(key.policy_at(account.clock.now()).is_some());
    }
    assert!(key(&account, "of-aws").is_none() && key(&account, "hidden").is_none());
    assert_eq!(key(&account, "gone").unwrap().observed.value(), Some(&Described::NotFound));
    // Each was asked for once.
    assert_eq!(calls(&account, "kms_key"), 8);
}

#[test]
fn where_keys_may_not_be_listed_the_known_ones_are_described() {
    let account = with_log_group();
    account.inventory.kms_keys.lock().unwrap().insert(id("gone"), shown(KmsKeyState::Disabled));
    account.wire.spoil_next("kms_keys", 1, Mishap::Refused("AccessDeniedException"));
    assert_eq!(sweep(&account, Work::KmsKeys), [""; 0]);
    assert_eq!(key(&account, "gone").unwrap().state(account.clock.now()), Some(KmsKeyState::Disabled));
}

#[test]
fn a_pause_is_kept_and_a_refusal_tells_nothing_of_the_keys() {
    let account = with_log_group();
    account.inventory.kms_keys.lock().unwrap().insert(id("k0"), shown(KmsKeyState::Enabled));
    account.wire.spoil_next("kms_key", 1, Mishap::Throttled);
    assert_eq!(sweep(&account, Work::KmsKeys), [""; 0]);
    assert!(key(&account, "k0").is_some());

    let account = with_log_group();
    account.wire.spoil_next("kms_key", 1, Mishap::Refused("KMSInternalException"));
    assert_eq!(sweep(&account, Work::KmsKeys).len(), 1);
    assert!(key(&account, "gone").unwrap().observed.get().is_none(), "nothing is inferred");
}

#[test]
fn the_past_is_read_once_page_by_page() {
    let account = Account::with_keys(0, 2);
    let at = "2026-06-01T10:00:00Z";
    let created = ["a", "b", "c"].map(|name| KmsRecords::new(name).create(at));
    let mut history = account.inventory.history.lock().unwrap();
    history.extend(created.map(|record| ("CreateKey".into(), record.json().to_string().into())));
    let (broken, little) =
        ("no record at all", r#"{"eventSource":"kms.amazonaws.com","eventName":"CreateKey"}"#);
    history.extend([broken, little].map(|record| ("CreateKey".into(), record.into())));
    drop(history);
    account.wire.spoil_next("history", 3, Mishap::Throttled);
    assert_eq!(sweep(&account, Work::History), [""; 0]);
    for name in ["a", "b", "c"] {
        assert_eq!(key(&account, name).unwrap().created().map(|at| at.to_string()).as_deref(), Some(at));
    }
    let slots = account.ledger.slots();
    assert!(slots.contains_key(&format!("parked/{}", name_of(broken))), "{slots:?}");
    let counted = slots.iter().find(|(name, _)| name.starts_with("unresolved/")).unwrap();
    assert_eq!(counted.1["shape"]["name"], "CreateKey", "{counted:?}");
    let read = calls(&account, "history");
    account.clock.advance(Span::days(1));
    assert_eq!(sweep(&account, Work::History), [""; 0]);
    assert_eq!(calls(&account, "history"), read, "once");
}

#[test]
fn other_parts_are_dependents_of_the_keys_that_listings_show() {
    let account = Account::with_keys(0, 2);
    let parts = [
        (LogPart::AnomalyDetector, "abc-1"),
        (LogPart::LookupTable, "hosts"),
        (LogPart::ScheduledQuery, "daily/s3"),
    ];
    let seen = parts.map(|(part, name)| LogPartSeen {
        part,
        name: name.into(),
        kms_key: "arn:aws:kms:us-east-1:111122223333:key/shared".into(),
    });
    *account.inventory.log_parts.lock().unwrap() = seen.to_vec();
    account.wire.spoil_next("log_parts", 1, Mishap::Throttled);
    assert_eq!(sweep(&account, Work::LogParts), [""; 0]);
    let mut world = World::default();
    account.ledger.documents().into_iter().for_each(|stored| world.add(stored.document));
    let needs = dependents(&id("shared"), &world, account.clock.now());
    let names: Vec<_> = needs.iter().map(|it| it.target.name.to_string()).collect();
    assert_eq!(names.len(), 3, "{names:?}");
    assert!(needs.iter().all(|it| matches!(it.need, Need::Now { pending: false, .. })), "{needs:?}");
}

#[test]
fn how_far_sweep_has_come_is_read_by_others_as_it_is_written() {
    let account = with_log_group();
    let home = Account::home();
    let read = || run(sweeps_of(&account.ledger, &home.partition, &home.account, &home.region)).unwrap();
    assert_eq!((read().log_groups.is_some(), read().kms_keys, read().history), (true, None, None));
    for work in [Work::KmsKeys, Work::LogParts, Work::History] {
        assert_eq!(sweep(&account, work), [""; 0]);
    }
    let now = Some(account.clock.now());
    assert_eq!((read().kms_keys, read().log_parts, read().history), (now, now, now));
    account.wire.spoil_next("kms_keys", 1, Mishap::Refused("KMSInternalException"));
    account.clock.advance(Span::hours(1));
    assert_eq!(sweep(&account, Work::KmsKeys).len(), 1);
    assert_eq!(read().kms_keys, None, "a pass that failed vouches for nothing");
}
