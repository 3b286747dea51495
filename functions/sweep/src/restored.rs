//! A ledger that was restored from a backup: it holds what was to be done then, and knows nothing of what was done since.

use keytrail_engine::time::Time;
use keytrail_engine::trouble::Trouble;
use keytrail_ledger::{Commit, Epoch, Ledger, LedgerError, State, StoredItem, Version, expiry};

use crate::Sweep;

/// Whether the ledger is bound to the store that it is in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Bound {
    /// The epoch from now on.
    epoch: Epoch,
    /// How it is written if it isn't: on this version, or as the first.
    begins: Option<Option<Version>>,
}

impl Bound {
    /// Whether nothing is done to any key until a person resumes.
    pub(crate) const fn is_paused(&self) -> bool {
        self.epoch.paused
    }

    /// What people are told while the ledger is paused.
    pub(crate) fn trouble(&self) -> Option<Trouble> {
        let Epoch { store, number, began, .. } = &self.epoch;
        let restored = || Trouble::LedgerRestored { epoch: *number, began: *began, store: store.clone() };
        self.epoch.paused.then(restored)
    }

    /// Whether the store was found to be a restored one just now.
    pub(crate) fn is_restored(&self) -> bool {
        self.begins.is_some() && self.epoch.paused
    }

    /// What becomes of an item that is due: pending again, or expired where it is older than the restore.
    pub(crate) fn drive(&self, stored: &StoredItem, now: Time) -> Commit {
        if self.epoch.number > 1 && stored.item.created < self.epoch.began {
            return expiry(stored, now);
        }
        let changes = vec![stored.to(State::Pending, stored.item.outcome.clone())];
        Commit { changes, ..Commit::at(now) }
    }
}

impl<L: Ledger, I, P, C> Sweep<L, I, P, C> {
    pub(crate) async fn bound(&self, now: Time) -> Result<Bound, LedgerError> {
        let store = self.ledger.identity().await?;
        let epoch =
            |number, paused| Epoch { store: store.clone(), number, began: now, paused, resumed: None };
        Ok(match self.ledger.epoch().await? {
            None => Bound { epoch: epoch(1, false), begins: Some(None) },
            Some((held, _)) if held.store == store => Bound { epoch: held, begins: None },
            Some((held, version)) => {
                tracing::error!(
                    held = %held.store, store = %store,
                    "the ledger was restored from a backup: nothing is done to any key until `keytrail resume`"
                );
                Bound { epoch: epoch(held.number + 1, true), begins: Some(Some(version)) }
            }
        })
    }

    /// Writes the epoch if it begins. Somebody who was faster saw the same.
    pub(crate) async fn bind(&self, bound: &Bound) -> Result<(), LedgerError> {
        let Some(expected) = bound.begins else { return Ok(()) };
        match self.ledger.set_epoch(&bound.epoch, expected).await {
            Err(LedgerError::Conflict { .. }) => Ok(()),
            other => other,
        }
    }
}
