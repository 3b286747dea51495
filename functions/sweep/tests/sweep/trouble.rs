//! What is wrong with Keytrail itself is told, once, and holds up nothing else.

use keytrail_engine::document::Document;
use keytrail_engine::notice::News;
use keytrail_engine::policy::Policy;
use keytrail_engine::subject::{DocumentId, Kind, SubjectId};
use keytrail_engine::time::Span;
use keytrail_engine::trouble::Trouble;
use keytrail_ledger::capability::Clock;
use keytrail_ledger::{Body, Commit, ItemId, Ledger, State, Write};
use keytrail_sweep::{Called, Tick, Unit, Work};
use keytrail_testkit::fakes::run;

use crate::account::{Account, action};

fn tick(account: &Account) -> Tick {
    match run(account.delivery.call(r#"{"sweep": "tick"}"#, &Account::home())).unwrap() {
        Called::Ticked(tick) => tick,
        other => panic!("{other:?}"),
    }
}

/// The notices of trouble that are in the outbox: id, state and trouble.
fn troubles(account: &Account) -> Vec<(ItemId, State, Trouble)> {
    let items = account.ledger.all_items().into_iter();
    let trouble = items.filter_map(|stored| match &stored.item.body {
        Body::Notice(notice) => match &notice.news {
            News::Trouble { subject, trouble } => {
                assert_eq!(subject.to_string(), "aws/111122223333/global/account/account");
                Some((stored.item.id(), stored.item.state, trouble.clone()))
            }
            _ => None,
        },
        _ => None,
    });
    trouble.collect()
}

#[test]
fn a_broken_policy_is_told_once_a_version() {
    let account = Account::with_keys(1, 1);
    let policies = &account.delivery.sweep.policies;
    assert!(!tick(&account).policy_broken);
    assert_eq!(troubles(&account), []);

    policies.set_broken("no such mode");
    for _ in 0..3 {
        assert!(tick(&account).policy_broken, "counted as long as it lasts");
        account.clock.advance(Span::minutes(1));
    }
    let told = troubles(&account);
    let [(_, State::Pending, Trouble::PolicyBroken { why, in_force, .. })] = &*told else {
        panic!("{told:?}")
    };
    assert_eq!((&**why, &**in_force), ("no such mode", &*Policy::default().version()));

    policies.set_broken("another fault");
    tick(&account);
    assert_eq!(troubles(&account).len(), 2, "the next broken version is other news");
    policies.set(Policy::default());
    assert!(!tick(&account).policy_broken);
    assert_eq!(troubles(&account).len(), 2);
}

#[test]
fn a_restored_ledger_is_told_once_an_epoch_and_until_somebody_resumes() {
    let account = Account::with_keys(1, 1);
    tick(&account);
    for (store, epoch) in [("restored", 2), ("restored again", 3)] {
        account.ledger.set_identity(store);
        account.clock.advance(Span::hours(1));
        for _ in 0..3 {
            assert!(tick(&account).paused);
            account.clock.advance(Span::minutes(1));
        }
        let told = troubles(&account);
        let newest = Trouble::LedgerRestored {
            epoch,
            began: account.clock.now() - Span::minutes(3),
            store: store.into(),
        };
        assert_eq!(told.len(), epoch as usize - 1, "{told:?}");
        let of_now = told.iter().filter(|(_, _, trouble)| *trouble == newest);
        assert_eq!(of_now.map(|(_, state, _)| *state).collect::<Vec<_>>(), [State::Pending]);
    }
    run(async {
        let (epoch, version) = account.ledger.epoch().await.unwrap().unwrap();
        let resumed = keytrail_ledger::Epoch { paused: false, ..epoch };
        account.ledger.set_epoch(&resumed, Some(version)).await.unwrap();
    });
    assert!(!tick(&account).paused);
    assert_eq!(troubles(&account).len(), 2);
}

/// A tick that died between noting the restore and telling of it is made good by the next.
#[test]
fn the_page_of_a_restore_is_not_lost_with_a_tick() {
    use keytrail_testkit::fakes::Mishap;
    let account = Account::with_keys(1, 1);
    tick(&account);
    account.ledger.set_identity("restored");
    account.wire.spoil_next("commit", 1, Mishap::Unreachable);
    assert!(run(account.delivery.call(r#"{"sweep": "tick"}"#, &Account::home())).is_err());
    assert!(run(account.ledger.epoch()).unwrap().unwrap().0.paused, "it was noted");
    assert_eq!(troubles(&account), []);
    tick(&account);
    assert_eq!(troubles(&account).len(), 1);
}

#[test]
fn a_damaged_item_is_told_and_the_rest_is_driven() {
    let account = Account::with_keys(0, 1);
    let now = account.clock.now();
    let items: Vec<_> = (0..250).map(|n| action(&n.to_string(), State::Waiting { due: now }, now)).collect();
    for some in items.chunks(100) {
        run(account.ledger.commit(&Commit { items: some.to_vec(), ..Commit::at(now) })).unwrap();
    }
    // More than a page of them in a row, wherever they are listed.
    let damaged: Vec<_> = items.iter().take(120).map(|item| item.id()).collect();
    damaged.iter().for_each(|id| account.ledger.damage(id.clone()));
    let expected = Tick { driven: 130, damaged: 120, ..Tick::default() };
    assert_eq!(tick(&account), expected);
    let told = troubles(&account);
    let named = |id: &ItemId| {
        told.iter().any(|(_, _, it)| matches!(it, Trouble::Damaged { what, .. } if **what == *id.to_string()))
    };
    assert!(told.len() == 120 && damaged.iter().all(named), "{}", told.len());
    assert_eq!(tick(&account), Tick { damaged: 120, ..Tick::default() }, "counted each time, told once");
    assert_eq!(troubles(&account).len(), 120);
}

#[test]
fn a_document_of_a_newer_keytrail_is_told_and_the_rest_is_judged() {
    let account = Account::with_keys(3, 10);
    assert_eq!(account.sweep_keys(), [""; 0]);
    let newer = SubjectId::parse("aws/111122223333/global/api-key/ACCAEXAMPLE000000001").unwrap();
    let id = DocumentId::main(newer.clone());
    let now = account.clock.now();
    let stored = run(account.ledger.load(std::slice::from_ref(&id), now)).unwrap().remove(0);
    let mut document: Document = stored.document;
    document.schema.major += 1;
    let write = Write { document, expected: Some(stored.version), expires: None };
    run(account.ledger.commit(&Commit { writes: vec![write], ..Commit::at(now) })).unwrap();

    let home = Account::home();
    let judge = |work| Unit {
        partition: home.partition.clone(),
        account: home.account.clone(),
        region: home.region.clone(),
        work,
    };
    account.clock.advance(Span::days(1));
    let at = account.clock.now();
    let asked = keytrail_sweep::Asked { unit: judge(Work::Judge { kind: Kind::ApiKey }), at, pauses: 0 };
    let body = serde_json::to_string(&asked).unwrap();
    assert_eq!(account.deliver(&body).unwrap(), keytrail_sweep::Taken::Whole);
    let told = troubles(&account);
    let [(_, _, Trouble::Damaged { what, why })] = &*told else { panic!("{told:?}") };
    assert_eq!(**what, *format!("{newer}#main"));
    assert!(why.contains("upgrade this one"), "{why}");
    assert_eq!(account.sweep_keys().len(), 1, "the listing can't write it, and says so");
}
