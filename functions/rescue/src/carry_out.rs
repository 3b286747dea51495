//! A key's deletion cancelled, read back, and the key enabled where it was.

use keytrail_engine::action::{Action, ActionKind, Reason};
use keytrail_engine::document::{Deletion, KmsKey};
use keytrail_engine::event::{Event, KmsKeyState};
use keytrail_engine::rescue::{Left, OPT_IN_TAG, left_disabled};
use keytrail_engine::subject::SubjectId;
use keytrail_engine::time::Time;
use keytrail_engine::world::World;
use keytrail_ledger::act::{Hands, Holder, Progress};
use keytrail_ledger::capability::{AdminError, KmsKeyAdmin};

/// The key's state forbids the call.
///
/// Source: <https://docs.aws.amazon.com/kms/latest/developerguide/key-state.html>
const INVALID_STATE: &str = "KMSInvalidStateException";

/// What rescue may do: KMS's calls on a key whose deletion is scheduled.
pub(crate) struct Kms<'a, K> {
    pub(crate) admin: &'a K,
}

impl<K: KmsKeyAdmin> Hands for Kms<'_, K> {
    fn holder(&self, kind: &ActionKind) -> Holder {
        match kind {
            ActionKind::RescueKmsKey { .. } => Holder::Here,
            _ => Holder::Elsewhere,
        }
    }

    async fn carry_out(&self, action: &Action, world: &World, now: Time) -> Result<Progress, AdminError> {
        let ActionKind::RescueKmsKey { key } = &action.kind else {
            return Ok(Progress::Unwanted(Reason::NotDeployed));
        };
        let Some(facts) = world.kms_key(key) else {
            return Ok(Progress::Unwanted(Reason::TargetUnknown));
        };
        self.rescue(key, facts, now).await
    }

    /// A rescue always has something left to do while its finding stands.
    async fn still_to_do(&self, _: &Action, _: Time) -> Result<Option<Event>, AdminError> {
        Ok(None)
    }
}

impl<K: KmsKeyAdmin> Kms<'_, K> {
    async fn rescue(&self, key: &SubjectId, facts: &KmsKey, now: Time) -> Result<Progress, AdminError> {
        let waits = match self.admin.state(key).await? {
            None => return Err(gone()),
            Some(KmsKeyState::PendingDeletion | KmsKeyState::PendingReplicaDeletion) => true,
            // Cancelled by Keytrail, as its record says: without one there would be nothing to finish.
            Some(KmsKeyState::Disabled) if facts.deletion(now) == Deletion::No => false,
            // Cancelled, and nobody has heard by whom: its record will say whether the rest is Keytrail's.
            Some(KmsKeyState::Disabled) => return Ok(Progress::Verifying),
            // Where memory has no deletion any more, the rescue is wanted for Keytrail's own cancellation of it: it was cut off
            // before KMS showed what it had done.
            Some(_) if facts.deletion(now) == Deletion::No => return Ok(Progress::Done),
            // Cancelled, and nobody has heard by whom: an earlier try may have come further than KMS showed then.
            Some(_) => return Ok(Progress::Unheard),
        };
        if !self.admin.has_tag(key, OPT_IN_TAG).await? {
            let tag = format!("{}={}", OPT_IN_TAG.0, OPT_IN_TAG.1).into();
            return Ok(Progress::Unwanted(Reason::NotOptedIn { tag }));
        }
        if waits && !self.cancel(key).await? {
            return Ok(Progress::Verifying);
        }
        self.enable(key, facts, now).await
    }

    /// Cancels the deletion. True if KMS shows the key disabled then.
    async fn cancel(&self, key: &SubjectId) -> Result<bool, AdminError> {
        match self.admin.cancel_deletion(key).await {
            // Somebody was faster, between two calls: the next look says who.
            Err(AdminError::Refused { code, .. }) if &*code == INVALID_STATE => return Ok(false),
            cancelled => cancelled?,
        }
        Ok(self.admin.state(key).await? == Some(KmsKeyState::Disabled))
    }

    /// Enables a key whose deletion is cancelled, if it is to be.
    async fn enable(&self, key: &SubjectId, facts: &KmsKey, now: Time) -> Result<Progress, AdminError> {
        if let Some(left) = left_disabled(facts, now) {
            return Ok(Progress::LeftDisabled(left));
        }
        let refused = |code: &str| Ok(Progress::LeftDisabled(Left::Refused { code: code.into() }));
        match self.admin.enable(key).await {
            // KMS is eventually consistent too: for this call it may still wait for its deletion.
            Err(AdminError::Refused { code, .. }) if &*code == INVALID_STATE => {
                return Ok(Progress::Verifying);
            }
            Err(AdminError::AccessDenied { .. }) => return refused("AccessDenied"),
            Err(AdminError::Refused { code, .. }) => return refused(&code),
            enabled => enabled?,
        }
        let shown = self.admin.state(key).await? == Some(KmsKeyState::Enabled);
        Ok(if shown { Progress::Done } else { Progress::Verifying })
    }
}

fn gone() -> AdminError {
    AdminError::Refused { code: "NotFoundException".into(), source: "KMS knows no such key any more".into() }
}
