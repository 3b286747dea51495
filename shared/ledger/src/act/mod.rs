//! Carries out what stands in the outbox, with whatever hands a function has.
//!
//! An item in the outbox is a wish, not an order. Nothing in it is believed: documents and policy are read again, the
//! engine is asked again, a permit is taken, and only then is anything done. What was done is read back, and outcome
//! and page are written together. Every step may be repeated: a crash anywhere ends in the same place.

mod hands;

use keytrail_engine::action::{Action, Reason};
use keytrail_engine::decide::{Circumstances, still_wanted};
use keytrail_engine::event::Event;
use keytrail_engine::ids::AccountId;
use keytrail_engine::notice::{Notice, Outcome};
use keytrail_engine::owner::owner;
use keytrail_engine::time::{Span, Time};
use keytrail_engine::world::World;

use crate::capability::{AdminError, Clock, PolicySource};
use crate::{
    Body, Commit, Item, ItemId, Ledger, LedgerError, Permit, Slots, State, StoredItem, paused, policy_here,
    policy_trouble, take_permit, tell_trouble, world_of,
};

pub use hands::{Hands, Holder, Looked, Progress};

/// What carrying out takes.
#[derive(Debug)]
pub struct Acting<'a, L, H, P, C> {
    /// The ledger.
    pub ledger: &'a L,
    /// What the function may do in AWS.
    pub hands: &'a H,
    /// The account that the hands act in. A name means another user or key in any other.
    pub account: &'a AccountId,
    /// The operator's policy.
    pub policies: &'a P,
    /// The time.
    pub clock: &'a C,
}

/// How often an outcome is written again because somebody else touched the item.
const TRIES: usize = 8;

/// How soon an action is tried again: IAM is eventually consistent, and throttles.
const AGAIN: Span = Span::seconds(30);

/// For how long IAM may not show what was made. It is eventually consistent, without a documented bound.
///
/// Source: <https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot.html#troubleshoot_general_eventual-consistency>
const CONSISTENT_AFTER: Span = Span::minutes(5);

/// For how long a record of what AWS shows is waited for: CloudTrail delivers within about five minutes on average, without a
/// bound.
///
/// Source: <https://docs.aws.amazon.com/awscloudtrail/latest/userguide/get-and-view-cloudtrail-log-files.html>
const HEARD_AFTER: Span = Span::minutes(20);

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

/// How many items came to what.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Actions that are done.
    pub done: u64,
    /// Actions that failed.
    pub failed: u64,
    /// Actions that were held back, those of a spent budget among them.
    pub withheld: u64,
    /// Actions that wait.
    pub put_off: u64,
    /// Actions that a spent budget held back.
    pub budgets_spent: u64,
}

impl Tally {
    /// Counts answers.
    pub fn of(answers: &[Answer]) -> Self {
        let mut tally = Self::default();
        for answer in answers {
            match answer {
                Answer::Nothing => {}
                Answer::Waits(_) => tally.put_off += 1,
                Answer::Ended(Outcome::Done { .. } | Outcome::LeftDisabled { .. }) => tally.done += 1,
                Answer::Ended(Outcome::Failed { .. }) => tally.failed += 1,
                Answer::Ended(Outcome::Withheld { reason }) => {
                    tally.withheld += 1;
                    tally.budgets_spent += u64::from(matches!(reason, Reason::BudgetSpent { .. }));
                }
            }
        }
        tally
    }
}

/// What weighing an action came to.
enum Weighed {
    /// It is wanted, and here is what it was weighed with.
    Yes(World),
    /// Something speaks against it.
    No(Reason),
    /// AWS could not be asked.
    Failed(AdminError),
}

impl<L, H, P, C> Acting<'_, L, H, P, C>
where
    L: Ledger + Slots,
    H: Hands,
    P: PolicySource,
    C: Clock,
{
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
        if self.hands.holder(&action.kind) == Holder::Elsewhere {
            return Ok(Answer::Nothing);
        }
        match stored.item.state {
            State::Pending => {}
            State::Waiting { due } if due <= now => {}
            State::Waiting { due } => return Ok(Answer::Waits(due)),
            _ => return Ok(Answer::Nothing),
        }
        match self.weigh(action, now, None).await? {
            Weighed::No(Reason::AlreadySo) => self.already_so(&stored, action, now).await,
            weighed => self.answer(&stored, action, now, weighed).await,
        }
    }

    /// Memory says that there is nothing left to do: mostly our own deed of a moment ago, come back as a record. Memory may be
    /// older than somebody's deed, so AWS is asked. What it shows instead is weighed as a listing would be: if records of the
    /// last minutes contradict it, it is AWS that is behind, and it is asked again.
    async fn already_so(
        &self,
        stored: &StoredItem,
        action: &Action,
        now: Time,
    ) -> Result<Answer, LedgerError> {
        let seen = match self.hands.still_to_do(action, now - CONSISTENT_AFTER).await {
            Ok(None) => return self.end(stored, action, Outcome::Done { already: true }).await,
            Ok(Some(seen)) => seen,
            Err(error) => return self.conclude(stored, action, now, Err(error)).await,
        };
        tracing::warn!(action = %action.id, subject = %action.subject, "AWS shows what memory doesn't");
        match self.weigh(action, now, Some(&seen)).await? {
            Weighed::No(Reason::AlreadySo) => self.again(stored, action, now).await,
            weighed => self.answer(stored, action, now, weighed).await,
        }
    }

    async fn answer(
        &self,
        stored: &StoredItem,
        action: &Action,
        now: Time,
        weighed: Weighed,
    ) -> Result<Answer, LedgerError> {
        match weighed {
            Weighed::Failed(error) => self.conclude(stored, action, now, Err(error)).await,
            Weighed::No(reason) => match reason.looked_at_again(now) {
                Some(due) => self.wait(stored, due, Some(Outcome::Withheld { reason })).await,
                None => self.end(stored, action, Outcome::Withheld { reason }).await,
            },
            Weighed::Yes(world) => self.act(stored, action, &world).await,
        }
    }

    /// What documents, policy, AWS and budgets say of the action now, documents with what was just seen.
    async fn weigh(&self, action: &Action, now: Time, seen: Option<&Event>) -> Result<Weighed, LedgerError> {
        if action.subject.account != *self.account {
            return Ok(Weighed::No(Reason::OtherAccount));
        }
        let in_force = self.policies.policy().await;
        if let Some(trouble) = policy_trouble(&in_force) {
            tracing::error!(trouble = ?trouble, "the policy can't be read: nothing is enforced");
            let partition = action.subject.partition.clone();
            tell_trouble(self.ledger, partition, self.account.clone(), trouble, now).await?;
        }
        let policy = policy_here(self.ledger, in_force.policy, now).await?;
        let circumstances = Circumstances {
            replay: false,
            ledger_paused: paused(self.ledger).await?,
            policy_broken: in_force.broken.is_some(),
        };
        let mut world = world_of(self.ledger, &action.subject, &policy, now).await?;
        if let Some(seen) = seen {
            world.absorb(seen);
        }
        // An exemption may hold because nobody has looked yet, or no longer.
        let from_memory = still_wanted(action, &world, &policy, now, circumstances);
        if let Some(reason) = from_memory.clone().filter(|it| !matches!(it, Reason::Exempt { .. })) {
            return Ok(Weighed::No(reason));
        }
        if self.hands.holder(&action.kind) == Holder::Nobody {
            return Ok(Weighed::No(Reason::NotDeployed));
        }
        // AWS is asked last, and before anything of the budget is spent.
        let looked = match self.hands.look_again(action, &world, now - CONSISTENT_AFTER).await {
            Ok(looked) => looked,
            Err(error) => return Ok(Weighed::Failed(error)),
        };
        looked.seen.iter().for_each(|seen| world.absorb(seen));
        let again = match looked.seen.is_empty() {
            true => from_memory,
            false => still_wanted(action, &world, &policy, now, circumstances),
        };
        if let Some(reason) = again.or(looked.against) {
            return Ok(Weighed::No(reason));
        }
        let Some(allowance) = policy.allowance(action) else { return Ok(Weighed::Yes(world)) };
        Ok(match take_permit(self.ledger, &allowance, &action.id, now).await? {
            Permit::Granted => Weighed::Yes(world),
            Permit::Spent { scope } => Weighed::No(Reason::BudgetSpent { budget: scope }),
        })
    }

    async fn act(&self, stored: &StoredItem, action: &Action, world: &World) -> Result<Answer, LedgerError> {
        let now = self.clock.now();
        let progress = self.hands.carry_out(action, world, now).await;
        tracing::info!(
            action = %action.id, kind = action.kind.word(), subject = %action.subject, progress = ?progress, "carried out"
        );
        self.conclude(stored, action, now, progress).await
    }

    /// What follows from what AWS answered.
    async fn conclude(
        &self,
        stored: &StoredItem,
        action: &Action,
        now: Time,
        progress: Result<Progress, AdminError>,
    ) -> Result<Answer, LedgerError> {
        let outcome = match progress {
            Ok(Progress::Done) => Outcome::Done { already: false },
            Ok(Progress::LeftDisabled(left)) => Outcome::LeftDisabled { left },
            Ok(Progress::Unheard) if now.since(stored.item.created) < HEARD_AFTER => {
                return self.again(stored, action, now).await;
            }
            Ok(Progress::NothingLeft | Progress::Unheard) => Outcome::Done { already: true },
            // What was made a moment ago may not be shown yet.
            Ok(Progress::NotThere) if now.since(stored.item.created) < CONSISTENT_AFTER => {
                return self.again(stored, action, now).await;
            }
            Ok(Progress::NotThere) => Outcome::Done { already: true },
            Ok(Progress::Unwanted(reason)) => Outcome::Withheld { reason },
            // The old state for a while is AWS's consistency, not a failure.
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
        let world = world_of(self.ledger, &action.subject, &policy, now).await.ok()?;
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
            Outcome::Done { .. } | Outcome::LeftDisabled { .. } => State::Done,
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
