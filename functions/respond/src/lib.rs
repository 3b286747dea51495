//! Carries out actions upon API keys and their users: the only holder of IAM writes.
//!
//! How an item of the outbox is weighed, carried out and recorded is [`keytrail_ledger::act`], which it has in common with
//! `rescue`; what IAM is asked for is here.

mod carry_out;
mod observe;

use keytrail_aws::stream::{StreamEvent, StreamResponse, each_item};
use keytrail_aws::telemetry::Count;
use keytrail_engine::ids::AccountId;
use keytrail_ledger::act::{Acting, Tally};
use keytrail_ledger::capability::{Clock, CredentialAdmin, PolicySource};
use keytrail_ledger::{ItemId, Ledger, LedgerError, Slots};

pub use keytrail_ledger::act::Answer;

use carry_out::Iam;

/// What respond works with.
pub struct Respond<L, A, P, C> {
    /// The ledger.
    pub ledger: L,
    /// IAM.
    pub admin: A,
    /// The account that `admin` acts in. A user's name means another user in any other.
    pub account: AccountId,
    /// The operator's policy.
    pub policies: P,
    /// The time.
    pub clock: C,
    /// Whether the function is deployed that rescues KMS keys, which respond has no permission for.
    pub rescue_is_deployed: bool,
}

impl<L, A, P, C> Respond<L, A, P, C>
where
    L: Ledger + Slots,
    A: CredentialAdmin,
    P: PolicySource,
    C: Clock,
{
    /// Looks at every item that a batch of the table's stream tells of.
    /// Says where the stream goes on, and what was counted.
    pub async fn stream(&self, event: &StreamEvent) -> (StreamResponse, Vec<Count>) {
        let (response, answers) = each_item(event, async |id| self.handle(id).await).await;
        (response, counts(&answers))
    }

    /// Looks at one item of the outbox, and does what it asks for if that is still wanted.
    ///
    /// # Errors
    /// Those of the ledger; the item then is as it was, and whoever asked asks again.
    pub async fn handle(&self, id: &ItemId) -> Result<Answer, LedgerError> {
        let acting = Acting {
            ledger: &self.ledger,
            hands: &Iam { admin: &self.admin, rescue_is_deployed: self.rescue_is_deployed },
            account: &self.account,
            policies: &self.policies,
            clock: &self.clock,
        };
        acting.handle(id).await
    }
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
