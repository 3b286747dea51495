//! Other accounts, which let sweep read or don't.

use std::collections::BTreeSet;

use keytrail_engine::ids::AccountId;
use keytrail_engine::policy::Policy;
use keytrail_engine::services::API_KEY_SERVICES;
use keytrail_engine::subject::Kind;
use keytrail_ledger::capability::LogGroupSeen;
use keytrail_ledger::reach_of;
use keytrail_sweep::{Asked, Called, Work};
use keytrail_testkit::fakes::run;

use crate::account::{Account, SERVICE, id};

const HOME: &str = "111122223333";
const ENROLLED: &str = "444455556666";
const WATCHED: &str = "777788889999";

/// One account for all of it, one that may be acted in and one that is only swept.
fn fleet() -> Account {
    let account = Account::with_keys(1, 1);
    let enrolled_accounts = [HOME.into(), ENROLLED.into()].into();
    let policy = Policy { enrolled_accounts, swept_accounts: [WATCHED.into()].into(), ..Policy::default() };
    account.delivery.sweep.policies.set(policy);
    account
}

/// An account with a key and a log group, which lets sweep in.
fn lets_in(account: &Account, member: &str, number: usize) {
    let there = Account::with_keys(0, 1);
    there.iam.add_key(&"sender".into(), &id(number), &SERVICE.into(), keytrail_engine::event::Status::Active);
    *there.inventory.log_groups.lock().unwrap() = vec![LogGroupSeen {
        name: "payments".into(),
        kms_key: None,
        retention_days: None,
        bearer_authentication: None,
    }];
    account.inventory.members.lock().unwrap().insert(member.into(), there.inventory);
}

fn everything(account: &Account) -> usize {
    match run(account.delivery.call(r#"{"sweep": "everything"}"#, &Account::home())).unwrap() {
        Called::AskedFor { units } => units,
        other => panic!("{other:?}"),
    }
}

/// The accounts and kinds of the subjects that the ledger knows of other accounts.
fn known_elsewhere(account: &Account) -> BTreeSet<(String, Kind)> {
    let subjects = account.ledger.documents().into_iter().map(|stored| stored.document.subject);
    let elsewhere = subjects.filter(|subject| subject.account.as_str() != HOME);
    elsewhere.map(|subject| (subject.account.to_string(), subject.kind)).collect()
}

#[test]
fn each_account_is_listed_for_itself_and_the_ledger_is_judged_once() {
    let account = fleet();
    let asked_for = everything(&account);
    let mut units = Vec::new();
    while let Some((body, _)) = account.queue.take() {
        units.push(serde_json::from_str::<Asked>(&body).unwrap().unit);
    }
    assert_eq!(units.len(), asked_for);
    let slots: BTreeSet<_> = units.iter().map(|unit| unit.slot()).collect();
    assert_eq!(slots.len(), units.len(), "each has progress of its own");
    for name in [HOME, ENROLLED, WATCHED] {
        let listed = |unit: &&_| {
            let unit: &keytrail_sweep::Unit = unit;
            unit.account.as_str() == name && !matches!(unit.work, Work::Judge { .. })
        };
        assert_eq!(units.iter().filter(listed).count(), API_KEY_SERVICES.len() + 1 + 5, "{name}");
    }
    let judged = units.iter().filter(|unit| matches!(unit.work, Work::Judge { .. }));
    assert_eq!(judged.count(), Kind::ALL.len());
}

#[test]
fn what_another_account_shows_is_remembered_as_its_own() {
    let account = fleet();
    lets_in(&account, ENROLLED, 1);
    lets_in(&account, WATCHED, 2);
    everything(&account);
    assert_eq!(account.drain(), [""; 0]);
    let known = known_elsewhere(&account);
    for name in [ENROLLED, WATCHED] {
        for kind in [Kind::ApiKey, Kind::LogTarget] {
            assert!(known.contains(&(name.to_owned(), kind)), "{name} {kind:?}: {known:?}");
        }
    }
}

#[test]
fn an_account_that_lets_nobody_in_fails_by_itself() {
    let account = fleet();
    lets_in(&account, WATCHED, 2);
    everything(&account);
    let failed = account.drain();
    assert_eq!(failed.len(), API_KEY_SERVICES.len() + 1 + 5, "{failed:?}");
    assert!(failed.iter().all(|why| why.contains(ENROLLED) && why.contains("AccessDenied")), "{failed:?}");
    let known = known_elsewhere(&account);
    assert!(known.iter().all(|(name, _)| name == WATCHED) && !known.is_empty(), "{known:?}");
    assert!(account.key(0).is_some());
}

#[test]
fn without_an_external_id_only_the_home_is_swept() {
    let mut account = fleet();
    account.delivery.reaches_members = false;
    assert_eq!(everything(&account), API_KEY_SERVICES.len() + 1 + 5 + Kind::ALL.len());
    assert_eq!(account.drain(), [""; 0]);
    assert!(known_elsewhere(&account).is_empty());
}

#[test]
fn which_accounts_and_regions_there_are_is_left_for_whoever_asks() {
    let account = fleet();
    lets_in(&account, WATCHED, 2);
    let there = account.inventory.members.lock().unwrap()[&AccountId::new(WATCHED)].clone();
    there.regions.lock().unwrap().insert("eu-south-1".into());
    everything(&account);
    account.drain();
    let reach = run(reach_of(&account.ledger, &"aws".into(), &BTreeSet::new())).unwrap();
    // The policy's word, whether an account lets sweep in or not.
    let named: Vec<&str> = reach.accounts.as_ref().unwrap().all.iter().map(AccountId::as_str).collect();
    assert_eq!(named.into_iter().collect::<BTreeSet<_>>(), BTreeSet::from([HOME, ENROLLED, WATCHED]));
    let regions = |name: &str| reach.regions.get(&AccountId::new(name)).map(|listed| listed.all.len());
    assert_eq!((regions(HOME), regions(WATCHED), regions(ENROLLED)), (Some(1), Some(2), None));
}
