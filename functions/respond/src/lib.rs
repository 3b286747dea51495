//! Carries out actions: the only holder of IAM writes.
//!
//! An item in the outbox is a wish, not an order. Nothing in it is believed: documents and policy are read again, the
//! engine is asked again, a permit is taken, and only then is anything done. What was done is read back, and outcome
//! and page are written together. Every step may be repeated: a crash anywhere ends in the same place.

mod carry_out;
mod observe;

use keytrail_aws::stream::{StreamEvent, StreamResponse, each_item};
use keytrail_aws::telemetry::Count;
use keytrail_engine::action::{Action, Reason};
use keytrail_engine::decide::{Circumstances, still_wanted};
use keytrail_engine::event::Event;
use keytrail_engine::ids::AccountId;
use keytrail_engine::notice::{Notice, Outcome};
use keytrail_engine::owner::owner;
use keytrail_engine::time::{Span, Time};
use keytrail_ledger::capability::{AdminError, Clock, CredentialAdmin, PolicySource};
use keytrail_ledger::{
    Body, Commit, Item, ItemId, Ledger, LedgerError, Permit, Slots, State, StoredItem, paused,
    policy_trouble, take_permit, tell_trouble, world_of,
};

use carry_out::{Progress, carry_out, still_shown};

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
}

/// How often an outcome is written again because somebody else touched the item.
const TRIES: usize = 8;

/// How soon an action is tried again: IAM is eventually consistent, and throttles.
const AGAIN: Span = Span::seconds(30);

/// For how long IAM may not show what was made. It is eventually consistent, without a documented bound.
///
/// Source: <https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot.html#troubleshoot_general_eventual-consistency>
const CONSISTENT_AFTER: Span = Span::minutes(5);

/// What became of an item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// There is nothing to do: it is no action, is gone, or has ended.
    Nothing,
    /// It was tried or has to settle, and waits until then.
    Waits(Time),
    /// It has ended.
    Ended(Outcome),
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
        let now = self.clock.now();
        let found = self.ledger.items(std::slice::from_ref(id)).await?;
        let Some(stored) = found.into_iter().next() else {
            tracing::warn!(item = %id, "no such item in the ledger");
            return Ok(Answer::Nothing);
        };
        let Body::Action(action) = &stored.item.body else { return Ok(Answer::Nothing) };
        match stored.item.state {
            State::Pending => {}
            State::Waiting { due } if due <= now => {}
            State::Waiting { due } => return Ok(Answer::Waits(due)),
            _ => return Ok(Answer::Nothing),
        }
        match self.objection(action, now, None).await? {
            Some(Reason::AlreadySo) => self.already_so(&stored, action, now).await,
            objection => self.answer(&stored, action, now, objection).await,
        }
    }

    /// Memory says that there is nothing left to do: mostly our own deed of a moment ago, come back as a record. Memory may be
    /// older than somebody's deed, so IAM is asked. What it shows instead is weighed as a listing would be: if records of the
    /// last minutes contradict it, it is IAM that is behind, and it is asked again.
    async fn already_so(
        &self,
        stored: &StoredItem,
        action: &Action,
        now: Time,
    ) -> Result<Answer, LedgerError> {
        let status = match still_shown(&self.admin, &action.kind).await {
            Ok(None) => return self.end(stored, action, Outcome::Done { already: true }).await,
            Ok(Some(status)) => status,
            Err(error) => return self.conclude(stored, action, now, Err(error)).await,
        };
        tracing::warn!(action = %action.id, subject = %action.subject, ?status, "IAM shows what memory doesn't");
        let seen = observe::shown(action, status, now - CONSISTENT_AFTER);
        match self.objection(action, now, seen.as_ref()).await? {
            Some(Reason::AlreadySo) => self.again(stored, action, now).await,
            objection => self.answer(stored, action, now, objection).await,
        }
    }

    async fn answer(
        &self,
        stored: &StoredItem,
        action: &Action,
        now: Time,
        objection: Option<Reason>,
    ) -> Result<Answer, LedgerError> {
        match objection {
            Some(reason) => match reason.looked_at_again(now) {
                Some(due) => self.wait(stored, due, Some(Outcome::Withheld { reason })).await,
                None => self.end(stored, action, Outcome::Withheld { reason }).await,
            },
            None => self.act(stored, action).await,
        }
    }

    /// The first reason against the action that documents, policy and budgets have now; documents with what was just seen.
    async fn objection(
        &self,
        action: &Action,
        now: Time,
        seen: Option<&Event>,
    ) -> Result<Option<Reason>, LedgerError> {
        if action.subject.account != self.account {
            return Ok(Some(Reason::OtherAccount));
        }
        let in_force = self.policies.policy().await;
        if let Some(trouble) = policy_trouble(&in_force) {
            tracing::error!(trouble = ?trouble, "the policy can't be read: nothing is enforced");
            let partition = action.subject.partition.clone();
            tell_trouble(&self.ledger, partition, self.account.clone(), trouble, now).await?;
        }
        let circumstances = Circumstances {
            replay: false,
            ledger_paused: paused(&self.ledger).await?,
            policy_broken: in_force.broken.is_some(),
        };
        let mut world = world_of(&self.ledger, &action.subject, &in_force.policy, now).await?;
        if let Some(seen) = seen {
            world.absorb(seen);
        }
        if let Some(reason) = still_wanted(action, &world, &in_force.policy, now, circumstances) {
            return Ok(Some(reason));
        }
        let Some(allowance) = in_force.policy.allowance(action) else { return Ok(None) };
        Ok(match take_permit(&self.ledger, &allowance, &action.id, now).await? {
            Permit::Granted => None,
            Permit::Spent { scope } => Some(Reason::BudgetSpent { budget: scope }),
        })
    }

    async fn act(&self, stored: &StoredItem, action: &Action) -> Result<Answer, LedgerError> {
        let now = self.clock.now();
        let progress = carry_out(&self.admin, &action.kind).await;
        tracing::info!(
            action = %action.id, kind = action.kind.word(), subject = %action.subject, progress = ?progress, "carried out"
        );
        self.conclude(stored, action, now, progress).await
    }

    /// What follows from what IAM answered.
    async fn conclude(
        &self,
        stored: &StoredItem,
        action: &Action,
        now: Time,
        progress: Result<Progress, AdminError>,
    ) -> Result<Answer, LedgerError> {
        let outcome = match progress {
            Ok(Progress::Done) => Outcome::Done { already: false },
            Ok(Progress::NothingLeft) => Outcome::Done { already: true },
            // What was made a moment ago may not be shown yet.
            Ok(Progress::NotThere) if now.since(stored.item.created) < CONSISTENT_AFTER => {
                return self.again(stored, action, now).await;
            }
            Ok(Progress::NotThere) => Outcome::Done { already: true },
            // The old status for a while is IAM's consistency, not a failure.
            Ok(Progress::Verifying) => return self.again(stored, action, now).await,
            Err(AdminError::Later { .. } | AdminError::Unreachable { .. }) => {
                return self.again(stored, action, now).await;
            }
            Err(AdminError::NoSuchEntity) => Outcome::Failed { code: "NoSuchEntity".into() },
            Err(AdminError::AccessDenied { .. }) => Outcome::Failed { code: "AccessDenied".into() },
            Err(AdminError::LimitExceeded { .. }) => Outcome::Failed { code: "LimitExceeded".into() },
            Err(AdminError::Refused { code, .. }) => Outcome::Failed { code },
        };
        self.end(stored, action, outcome).await
    }

    /// Tries again later, but not for ever: past its time the action fails, and people are told.
    async fn again(&self, stored: &StoredItem, action: &Action, now: Time) -> Result<Answer, LedgerError> {
        let due = now + AGAIN;
        if due > action.not_after {
            let reason = Reason::Expired { not_after: action.not_after };
            return self.end(stored, action, Outcome::Withheld { reason }).await;
        }
        self.wait(stored, due, None).await
    }

    async fn wait(
        &self,
        stored: &StoredItem,
        due: Time,
        because: Option<Outcome>,
    ) -> Result<Answer, LedgerError> {
        self.settle(stored, State::Waiting { due }, because, None).await?;
        Ok(Answer::Waits(due))
    }

    /// Who answers for the target of an action; nobody where that can't be read, since the outcome matters more.
    async fn owner_of(&self, action: &Action, now: Time) -> Option<Box<str>> {
        let policy = self.policies.policy().await.policy;
        let world = world_of(&self.ledger, &action.subject, &policy, now).await.ok()?;
        owner(&action.subject, &world, &policy)
    }

    /// Writes the outcome and the page that tells of it, together.
    async fn end(
        &self,
        stored: &StoredItem,
        action: &Action,
        outcome: Outcome,
    ) -> Result<Answer, LedgerError> {
        let state = match &outcome {
            Outcome::Done { .. } => State::Done,
            Outcome::Failed { .. } => State::Failed,
            Outcome::Withheld { .. } => State::Withheld,
        };
        let now = self.clock.now();
        let notice = match &outcome {
            // Of what a budget holds back, the first of a day pages.
            Outcome::Withheld { reason: Reason::BudgetSpent { budget } } => {
                Notice::budget_spent(now, budget, action.clone())
            }
            _ => Notice::ended(now, action.clone(), outcome.clone()),
        };
        let notice = notice.of_owner(self.owner_of(action, now).await);
        let notice = Item::notice(action.subject.clone(), notice, now);
        self.settle(stored, state, Some(outcome.clone()), Some(notice)).await?;
        Ok(Answer::Ended(outcome))
    }

    /// Moves the item on, whoever else has touched it meanwhile: a sweep that drove it again changes nothing about what
    /// was done. If another respond has ended it, that outcome stands, so that there is only one.
    async fn settle(
        &self,
        stored: &StoredItem,
        state: State,
        outcome: Option<Outcome>,
        notice: Option<Item>,
    ) -> Result<(), LedgerError> {
        let mut stored = stored.clone();
        for _ in 0..TRIES {
            let mut commit = Commit::at(self.clock.now());
            commit.changes.push(stored.to(state, outcome.clone()));
            commit.items.extend(notice.clone());
            match self.ledger.commit(&commit).await {
                Ok(_) => return Ok(()),
                Err(LedgerError::Conflict { .. }) => {}
                Err(error) => return Err(error),
            }
            let id = stored.item.id();
            match self.ledger.items(std::slice::from_ref(&id)).await?.into_iter().next() {
                Some(newer) if newer.item.due().is_some() => stored = newer,
                _ => {
                    tracing::info!(item = %id, "another invocation was faster");
                    return Ok(());
                }
            }
        }
        Err(LedgerError::Conflict { what: stored.item.id().to_string().into() })
    }
}
fn counts(answers: &[Answer]) -> Vec<Count> {
    let count = |is: fn(&Answer) -> bool| answers.iter().filter(|answer| is(answer)).count() as u64;
    vec![
        ("ActionsDone", count(|it| matches!(it, Answer::Ended(Outcome::Done { .. })))),
        ("ActionsFailed", count(|it| matches!(it, Answer::Ended(Outcome::Failed { .. })))),
        ("ActionsWithheld", count(|it| matches!(it, Answer::Ended(Outcome::Withheld { .. })))),
        ("ActionsPutOff", count(|it| matches!(it, Answer::Waits(_)))),
        (
            "BudgetsSpent",
            count(|it| matches!(it, Answer::Ended(Outcome::Withheld { reason: Reason::BudgetSpent { .. } }))),
        ),
    ]
}
