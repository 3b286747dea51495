//! Saves KMS keys that logs hang on from their deletion: the only holder of KMS writes.
//!
//! The table's stream has as many readers as it may have, and a deletion waits for a week at least: so a schedule calls
//! this function every minute, and it looks for what is due by itself. How an action is weighed, carried out and recorded is
//! [`keytrail_ledger::act`], which it has in common with respond.

mod carry_out;

use keytrail_aws::telemetry::Count;
use keytrail_engine::action::ActionKind;
use keytrail_engine::ids::AccountId;
use keytrail_engine::time::{Span, Time};
use keytrail_ledger::act::{Acting, Tally};
use keytrail_ledger::capability::{Clock, KmsKeyAdmin, PolicySource};
use keytrail_ledger::{Body, ItemId, Ledger, LedgerError, Slots, StoredItem};

pub use keytrail_ledger::act::Answer;

use carry_out::Kms;

/// What rescue works with.
pub struct Rescue<L, K, P, C> {
    /// The ledger.
    pub ledger: L,
    /// KMS.
    pub admin: K,
    /// The account that `admin` acts in.
    pub account: AccountId,
    /// The operator's policy.
    pub policies: P,
    /// The time.
    pub clock: C,
}

/// Items of a page of what is due.
const PAGE: usize = 100;

/// Before its end an invocation begins nothing more: a call of AWS takes at most 12 seconds with its retries.
const MARGIN: Span = Span::seconds(15);

impl<L, K, P, C> Rescue<L, K, P, C>
where
    L: Ledger + Slots,
    K: KmsKeyAdmin,
    P: PolicySource,
    C: Clock,
{
    /// Looks at every rescue that is due, until shortly before `deadline` (epoch milliseconds), and says what was counted. One
    /// that fails holds up none of the others; the next tick finds it again.
    ///
    /// # Errors
    /// Those of the ledger, once all that could be done is done.
    pub async fn tick(&self, deadline: u64) -> Result<Vec<Count>, LedgerError> {
        let until = Time::from_millis(i64::try_from(deadline).unwrap_or(i64::MAX)) - MARGIN;
        let (mut answers, mut failed, mut after) = (Vec::new(), Ok(()), None);
        loop {
            let page = self.ledger.due(self.clock.now(), after.as_ref(), PAGE).await?;
            for stored in page.entries.iter().filter(|stored| is_rescue(stored)) {
                if self.clock.now() >= until {
                    break;
                }
                let id = stored.item.id();
                match self.handle(&id).await {
                    Ok(answer) => answers.push(answer),
                    Err(error) => {
                        tracing::error!(item = %id, error = %error, "the ledger can't be read or written");
                        failed = Err(error);
                    }
                }
            }
            match page.next {
                Some(next) if self.clock.now() < until => after = Some(next),
                _ => break,
            }
        }
        failed.map(|()| counts(&answers))
    }

    /// Looks at one item of the outbox, and does what it asks for if that is still wanted.
    ///
    /// # Errors
    /// Those of the ledger; the item then is as it was, and the next tick asks again.
    pub async fn handle(&self, id: &ItemId) -> Result<Answer, LedgerError> {
        let acting = Acting {
            ledger: &self.ledger,
            hands: &Kms { admin: &self.admin },
            account: &self.account,
            policies: &self.policies,
            clock: &self.clock,
        };
        acting.handle(id).await
    }
}

fn is_rescue(stored: &StoredItem) -> bool {
    matches!(&stored.item.body, Body::Action(action) if matches!(action.kind, ActionKind::RescueKmsKey { .. }))
}

fn counts(answers: &[Answer]) -> Vec<Count> {
    let Tally { done, failed, withheld, put_off, budgets_spent } = Tally::of(answers);
    vec![
        ("ActionsDone", done),
        ("ActionsFailed", failed),
        ("ActionsWithheld", withheld),
        ("ActionsPutOff", put_off),
        ("BudgetsSpent", budgets_spent),
    ]
}
