//! What the function rescue would have done with a KMS key, as the records that CloudTrail would have of it.

use keytrail_engine::action::Action;
use keytrail_engine::event::{Event, KmsKeyChange, What};
use keytrail_engine::rescue::left_disabled;
use keytrail_engine::subject::SubjectId;
use keytrail_engine::time::{Span, Time};
use keytrail_ledger::{LedgerError, world_of};

use super::{Done, Simulation};

impl Simulation<'_> {
    /// Cancels the deletion of a key, and enables it where it was enabled before. Taken for granted is what no record says: that
    /// the function is deployed, that the key has the tag, and that its policy lets the function in.
    pub(super) async fn rescue(
        &mut self,
        action: &Action,
        key: &SubjectId,
        now: Time,
        counted: Time,
    ) -> Result<(), LedgerError> {
        let world = world_of(&self.ledger, key, self.policy, now).await?;
        let left = world.kms_key(key).and_then(|facts| left_disabled(facts, now));
        let afterwards = match &left {
            Some(left) => format!("left disabled: {left}"),
            None => "enabled".to_owned(),
        };
        self.done.push(Done { afterwards: Some(afterwards), ..Done::of(action, None, now) });
        self.rescued.insert(key.clone());
        let mut changes = vec![(now, KmsKeyChange::DeletionCancelled)];
        if left.is_none() {
            // KMS needs a moment between the two, and records of one second have no order.
            changes.push((now + Span::seconds(1), KmsKeyChange::Enabled));
        }
        for (at, change) in changes {
            let mut event = self.made(key, at, What::KmsKeyChanged { key: key.clone(), change });
            event.caller.principal = Some(self.own_role(&action.subject.account).as_str().into());
            self.tell_at(&[event], now, counted).await?;
        }
        Ok(())
    }

    /// Whether an event of the archive would not have happened, since the key was rescued and nobody has scheduled its deletion
    /// again since. It is told at the rescue.
    pub(super) fn averted(&mut self, event: &Event) -> bool {
        let What::KmsKeyChanged { key, change } = &event.what else { return false };
        match change {
            KmsKeyChange::DeletionScheduled { .. } => {
                self.rescued.remove(key);
                false
            }
            KmsKeyChange::Deleted if self.rescued.contains(key) => {
                let target = key.name.to_string();
                let its = |done: &&mut Done| done.user.is_none() && done.target == target;
                if let Some(done) = self.done.iter_mut().rfind(its) {
                    done.deletion_averted = done.deletion_averted.or(event.time);
                }
                true
            }
            _ => false,
        }
    }
}
