//! Which ledger it is.

use keytrail_engine::action::Reason;
use keytrail_engine::notice::{News, Outcome};

use super::items::{action, creating, notice, one};
use super::story::{START, at, user};
use crate::commit::{Commit, Version};
use crate::epoch::{Epoch, LeftOver, Resumed, Resumption, left_over, paused, resume};
use crate::error::LedgerError;
use crate::item::{Body, Item, ItemKind, State};
use crate::ledger::Ledger;

/// Who resumes.
const BY: &str = "arn:aws:sts::111122223333:assumed-role/operator/one";

pub async fn a_ledger_has_one_identity<L: Ledger>(ledger: &L) {
    let identity = ledger.identity().await.unwrap();
    assert!(!identity.is_empty());
    assert_eq!(ledger.identity().await.unwrap(), identity);
}

pub async fn an_epoch_is_set_on_the_version_that_was_read<L: Ledger>(ledger: &L) {
    assert_eq!(ledger.epoch().await.unwrap(), None);
    let store = ledger.identity().await.unwrap();
    let first = Epoch { store, number: 1, began: START, paused: true, resumed: None };
    let refused = async |epoch: &Epoch, expected| {
        let error = ledger.set_epoch(epoch, expected).await.unwrap_err();
        assert!(matches!(error, LedgerError::Conflict { .. }), "{error:?}");
    };
    refused(&first, Some(Version::FIRST)).await;
    ledger.set_epoch(&first, None).await.unwrap();
    assert_eq!(ledger.epoch().await.unwrap(), Some((first.clone(), Version::FIRST)));
    refused(&first, None).await;
    let resumed = Epoch { began: at(1), paused: false, ..first };
    ledger.set_epoch(&resumed, Some(Version::FIRST)).await.unwrap();
    refused(&resumed, Some(Version::FIRST)).await;
    assert_eq!(ledger.epoch().await.unwrap(), Some((resumed, Version::FIRST.next())));
}

/// Lets the ledger be one that was restored at [`START`]: its epoch is that of the store whose backup it is, or, once
/// that was noticed, a paused one of its own.
async fn restored<L: Ledger>(ledger: &L, noticed: bool) -> Epoch {
    let before =
        Epoch { store: "the one before".into(), number: 3, began: at(-500), paused: false, resumed: None };
    ledger.set_epoch(&before, None).await.unwrap();
    if !noticed {
        return before;
    }
    let store = ledger.identity().await.unwrap();
    let epoch = Epoch { store, number: 4, began: START, paused: true, resumed: None };
    ledger.set_epoch(&epoch, Some(Version::FIRST)).await.unwrap();
    epoch
}

pub async fn a_ledger_in_another_store_than_its_epochs_is_paused<L: Ledger>(ledger: &L) {
    assert!(!paused(ledger).await.unwrap(), "a new one");
    assert_eq!(resume(ledger, BY, at(0)).await.unwrap(), Resumed::NotPaused);
    let before = restored(ledger, false).await;
    assert!(paused(ledger).await.unwrap());
    assert_eq!(
        resume(ledger, BY, at(0)).await.unwrap(),
        Resumed::NotNoticed,
        "nothing was compared with AWS"
    );
    assert_eq!(ledger.epoch().await.unwrap().unwrap().0, before);
    assert!(paused(ledger).await.unwrap());
}

pub async fn only_resume_ends_the_pause<L: Ledger>(ledger: &L) {
    let epoch = restored(ledger, true).await;
    assert!(paused(ledger).await.unwrap());
    let resumption = Resumption { by: BY.into(), at: at(9) };
    let resumed = Epoch { paused: false, resumed: Some(resumption), ..epoch };
    assert_eq!(resume(ledger, BY, at(9)).await.unwrap(), Resumed::Now(resumed.clone(), 0));
    assert!(!paused(ledger).await.unwrap());
    assert_eq!(resume(ledger, BY, at(10)).await.unwrap(), Resumed::NotPaused);
    assert_eq!(ledger.epoch().await.unwrap().unwrap().0, resumed);
}

pub async fn what_a_backup_still_had_to_do_expires_and_what_comes_after_does_not<L: Ledger>(ledger: &L) {
    let epoch = restored(ledger, true).await;
    let gateway = user("gateway");
    let waiting = State::Waiting { due: at(600) };
    let old = [
        Item::action(action("1", &gateway), State::Pending, at(-3)),
        Item::action(action("2", &gateway), waiting, at(-2)),
        Item::notice(gateway.clone(), notice("3", &gateway), at(-1)),
    ];
    let done = Item::action(action("4", &gateway), State::Done, at(-4));
    let young = Item::action(action("5", &gateway), State::Waiting { due: at(5) }, at(2));
    let all = old.iter().chain([&done, &young]).cloned();
    ledger.commit(&creating(all)).await.unwrap();
    // Respond met an old one in the pause, and let it wait: it is the backup's all the same.
    let met = vec![one(ledger, &old[0].id()).await.to(State::Waiting { due: at(6) }, None)];
    ledger.commit(&Commit { changes: met, ..Commit::at(at(1)) }).await.unwrap();
    let left = left_over(ledger, &epoch, at(3)).await.unwrap();
    assert_eq!(left, LeftOver { actions: 2, notices: 1 });
    let Resumed::Now(_, 3) = resume(ledger, BY, at(3)).await.unwrap() else { panic!("three are old") };
    for item in &old {
        let ended = one(ledger, &item.id()).await.item;
        assert_eq!(ended.state, State::Withheld, "{}", item.id());
        assert_eq!(ended.outcome, Some(Outcome::Withheld { reason: Reason::LedgerPaused }));
    }
    for item in [done, young] {
        assert_eq!(one(ledger, &item.id()).await.item, item);
    }
    let told = ledger.items_about(&gateway, ItemKind::Notice).await.unwrap();
    let pending: Vec<_> = told.iter().filter(|it| it.item.state == State::Pending).collect();
    assert_eq!(pending.len(), 2, "each action that may never have been done is told: {told:?}");
    for stored in pending {
        let Body::Notice(notice) = &stored.item.body else { panic!("{stored:?}") };
        assert!(matches!(&notice.news, News::Ended { outcome: Outcome::Withheld { .. }, .. }), "{notice:?}");
    }
}
