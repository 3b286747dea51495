//! Which ledger it is.

use super::story::{START, at};
use crate::commit::Version;
use crate::epoch::Epoch;
use crate::error::LedgerError;
use crate::ledger::Ledger;

pub async fn a_ledger_has_one_identity<L: Ledger>(ledger: &L) {
    let identity = ledger.identity().await.unwrap();
    assert!(!identity.is_empty());
    assert_eq!(ledger.identity().await.unwrap(), identity);
}

pub async fn an_epoch_is_set_on_the_version_that_was_read<L: Ledger>(ledger: &L) {
    assert_eq!(ledger.epoch().await.unwrap(), None);
    let store = ledger.identity().await.unwrap();
    let first = Epoch { store, number: 1, began: START, paused: true };
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
