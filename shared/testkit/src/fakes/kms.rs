//! KMS keys: the state of each, and its tags.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use keytrail_engine::event::KmsKeyState;
use keytrail_engine::rescue::OPT_IN_TAG;
use keytrail_engine::subject::SubjectId;
use keytrail_ledger::capability::{AdminError, KmsKeyAdmin};

use super::iam::{lost, refuse};
use super::wire::Wire;

/// A write that took effect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KmsWrite {
    /// `CancelKeyDeletion`.
    Cancelled(SubjectId),
    /// `EnableKey`.
    Enabled(SubjectId),
}

type States = BTreeMap<SubjectId, KmsKeyState>;

#[derive(Debug, Default)]
struct State {
    keys: States,
    opted_in: BTreeSet<SubjectId>,
    writes: Vec<KmsWrite>,
    /// So many reads after a write show what was before it.
    stale_reads: usize,
    stale: Option<(States, usize)>,
}

/// KMS, of all regions.
#[derive(Clone, Debug, Default)]
pub struct FakeKms {
    wire: Wire,
    state: Arc<Mutex<State>>,
}

impl FakeKms {
    /// Without keys, at the end of a wire.
    pub fn new(wire: Wire) -> Self {
        Self { wire, state: Arc::default() }
    }

    /// Puts a key that carries the tag by which it may be rescued into a state. This is not one of [`FakeKms::writes`].
    pub fn set(&self, key: &SubjectId, state: KmsKeyState) {
        let mut held = self.lock();
        held.keys.insert(key.clone(), state);
        held.opted_in.insert(key.clone());
    }

    /// Takes the tag from a key.
    pub fn untag(&self, key: &SubjectId) {
        self.lock().opted_in.remove(key);
    }

    /// Deletes a key for ever.
    pub fn remove(&self, key: &SubjectId) {
        self.lock().keys.remove(key);
    }

    /// Lets so many reads after each write show what was before it.
    pub fn show_stale(&self, reads: usize) {
        self.lock().stale_reads = reads;
    }

    /// A key's state.
    pub fn state_of(&self, key: &SubjectId) -> Option<KmsKeyState> {
        self.lock().keys.get(key).copied()
    }

    /// What Keytrail wrote, in this order.
    pub fn writes(&self) -> Vec<KmsWrite> {
        self.lock().writes.clone()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn write(
        &self,
        operation: &'static str,
        write: KmsWrite,
        key: &SubjectId,
        change: impl FnOnce(KmsKeyState) -> Option<KmsKeyState> + Send,
    ) -> Result<(), AdminError> {
        let mishap = self.wire.begin("kms", operation, key).await;
        refuse(mishap)?;
        self.lock().apply(key, write, change)?;
        self.wire.end().await;
        lost(mishap)
    }
}

impl State {
    fn shown(&mut self) -> States {
        match self.stale.take() {
            Some((keys, left)) if left > 0 => {
                self.stale = Some((keys.clone(), left - 1));
                keys
            }
            _ => self.keys.clone(),
        }
    }

    fn apply(
        &mut self,
        key: &SubjectId,
        write: KmsWrite,
        change: impl FnOnce(KmsKeyState) -> Option<KmsKeyState>,
    ) -> Result<(), AdminError> {
        let refused = |code: &'static str| AdminError::Refused { code: code.into(), source: code.into() };
        let before = self.keys.clone();
        let state = self.keys.get_mut(key).ok_or_else(|| refused("NotFoundException"))?;
        // https://docs.aws.amazon.com/kms/latest/developerguide/key-state.html
        *state = change(*state).ok_or_else(|| refused("KMSInvalidStateException"))?;
        self.stale = Some((before, self.stale_reads));
        self.writes.push(write);
        Ok(())
    }
}

impl KmsKeyAdmin for FakeKms {
    async fn state(&self, key: &SubjectId) -> Result<Option<KmsKeyState>, AdminError> {
        let mishap = self.wire.begin("kms", "state", key).await;
        refuse(mishap)?;
        let seen = self.lock().shown().get(key).copied();
        lost(mishap).map(|()| seen)
    }

    async fn has_tag(&self, key: &SubjectId, tag: (&str, &str)) -> Result<bool, AdminError> {
        let mishap = self.wire.begin("kms", "has_tag", key).await;
        refuse(mishap)?;
        let has = tag == OPT_IN_TAG && self.lock().opted_in.contains(key);
        lost(mishap).map(|()| has)
    }

    async fn cancel_deletion(&self, key: &SubjectId) -> Result<(), AdminError> {
        use KmsKeyState::{Disabled, PendingDeletion, PendingReplicaDeletion};
        self.write("cancel_deletion", KmsWrite::Cancelled(key.clone()), key, |state| {
            matches!(state, PendingDeletion | PendingReplicaDeletion).then_some(Disabled)
        })
        .await
    }

    async fn enable(&self, key: &SubjectId) -> Result<(), AdminError> {
        use KmsKeyState::{Disabled, Enabled};
        self.write("enable", KmsWrite::Enabled(key.clone()), key, |state| {
            matches!(state, Enabled | Disabled).then_some(Enabled)
        })
        .await
    }
}
