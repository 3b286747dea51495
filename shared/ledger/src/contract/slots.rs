//! Small named values.

use serde_json::json;

use crate::commit::Version;
use crate::error::LedgerError;
use crate::ledger::Ledger;
use crate::slots::Slots;

pub async fn a_slot_is_set_on_the_version_that_was_read<L: Ledger + Slots>(ledger: &L) {
    assert_eq!(ledger.slot("sweep/keys").await.unwrap(), None);
    let refused = async |expected| {
        let error = ledger.set_slot("sweep/keys", &json!({"page": 0}), expected).await.unwrap_err();
        assert!(matches!(error, LedgerError::Conflict { .. }), "{error:?}");
    };
    refused(Some(Version::FIRST)).await;
    ledger.set_slot("sweep/keys", &json!({"page": 1}), None).await.unwrap();
    assert_eq!(ledger.slot("sweep/keys").await.unwrap(), Some((json!({"page": 1}), Version::FIRST)));
    refused(None).await;
    ledger.set_slot("sweep/keys", &json!({"page": 2}), Some(Version::FIRST)).await.unwrap();
    refused(Some(Version::FIRST)).await;
    assert_eq!(ledger.slot("sweep/keys").await.unwrap(), Some((json!({"page": 2}), Version::FIRST.next())));
}

pub async fn slots_are_each_their_own_and_no_epoch<L: Ledger + Slots>(ledger: &L) {
    let identity = ledger.identity().await.unwrap();
    for (name, value) in [("epoch", "a"), ("identity", "b"), ("", "c"), ("a'b\u{1b}/é", "d")] {
        ledger.set_slot(name, &json!(value), None).await.unwrap();
        assert_eq!(ledger.slot(name).await.unwrap(), Some((json!(value), Version::FIRST)), "{name}");
    }
    assert_eq!(ledger.epoch().await.unwrap(), None);
    assert_eq!(ledger.identity().await.unwrap(), identity);
}

pub async fn a_slot_holds_16_kib_and_no_more<L: Ledger + Slots>(ledger: &L) {
    let text = |length: usize| json!("x".repeat(length - 2));
    ledger.set_slot("full", &text(16 * 1024), None).await.unwrap();
    let error = ledger.set_slot("more", &text(16 * 1024 + 1), None).await.unwrap_err();
    assert!(matches!(error, LedgerError::Unstorable { .. }), "{error:?}");
    assert_eq!(ledger.slot("more").await.unwrap(), None);
}
