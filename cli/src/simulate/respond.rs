//! What respond, rescue and notify would have done: the same questions to documents, policy and budgets, and the deed as an event.

use keytrail_engine::action::{Action, ActionKind, Reason};
use keytrail_engine::decide::{Circumstances, still_wanted};
use keytrail_engine::event::{Grant, Status, What};
use keytrail_engine::ids::{AccountId, UserName};
use keytrail_engine::notice::Outcome;
use keytrail_engine::subject::SubjectId;
use keytrail_engine::time::Time;
use keytrail_ledger::{
    Body, Commit, Ledger as _, LedgerError, Permit, State, StoredItem, take_permit, world_of,
};

use super::{Done, Off, Simulation};

/// Items of a page.
const PAGE: usize = 500;

impl Simulation<'_> {
    /// Tells and does what is due.
    pub(super) async fn respond(&mut self, now: Time) -> Result<(), LedgerError> {
        self.respond_at(now, now).await
    }

    /// The same; `counted` says to which day it belongs.
    pub(super) async fn respond_at(&mut self, now: Time, counted: Time) -> Result<(), LedgerError> {
        // What is done may make something else due: until nothing is.
        loop {
            let due = self.ledger.due(now, None, PAGE).await?.entries;
            if due.is_empty() {
                return Ok(());
            }
            for stored in due {
                match stored.item.body.clone() {
                    Body::Notice(_) => {
                        self.day(counted).notices += 1;
                        self.settle(&stored, State::Done, Outcome::Done { already: false }, now).await?;
                    }
                    Body::Action(action) => self.act(&stored, &action, now, counted).await?,
                    Body::Finding(_) => {}
                }
            }
        }
    }

    async fn act(
        &mut self,
        stored: &StoredItem,
        action: &Action,
        now: Time,
        counted: Time,
    ) -> Result<(), LedgerError> {
        match self.objection(action, now).await? {
            Some(reason) => {
                let waits = reason.looked_at_again(now).filter(|due| *due > now);
                let state = waits.map_or(State::Withheld, |due| State::Waiting { due });
                if waits.is_none() {
                    self.day(counted).hold(action.kind.word(), &reason);
                }
                self.settle(stored, state, Outcome::Withheld { reason }, now).await
            }
            None => {
                self.settle(stored, State::Done, Outcome::Done { already: false }, now).await?;
                self.day(counted).actions += 1;
                self.deed(action, now, counted).await
            }
        }
    }

    async fn objection(&self, action: &Action, now: Time) -> Result<Option<Reason>, LedgerError> {
        let world = world_of(&self.ledger, &action.subject, self.policy, now).await?;
        if let Some(reason) = still_wanted(action, &world, self.policy, now, Circumstances::default()) {
            return Ok(Some(reason));
        }
        let Some(allowance) = self.policy.allowance(action) else { return Ok(None) };
        match take_permit(&self.ledger, &allowance, &action.id, now).await? {
            Permit::Granted => Ok(None),
            Permit::Spent { scope } => Ok(Some(Reason::BudgetSpent { budget: scope })),
        }
    }

    async fn settle(
        &self,
        stored: &StoredItem,
        state: State,
        outcome: Outcome,
        now: Time,
    ) -> Result<(), LedgerError> {
        let changes = vec![stored.to(state, Some(outcome))];
        self.ledger.commit(&Commit { changes, ..Commit::at(now) }).await?;
        Ok(())
    }

    /// What an action makes true, as the record that CloudTrail would have of it.
    async fn deed(&mut self, action: &Action, now: Time, counted: Time) -> Result<(), LedgerError> {
        let (what, user) = match &action.kind {
            ActionKind::DeactivateApiKey { key, user, .. } => {
                let status = Status::Inactive;
                (What::ApiKeyStatusChanged { key: key.clone(), user: Some(user.clone()), status }, user)
            }
            ActionKind::ReactivateApiKey { key, user, .. } => {
                let status = Status::Active;
                (What::ApiKeyStatusChanged { key: key.clone(), user: Some(user.clone()), status }, user)
            }
            ActionKind::DeleteApiKey { key, user, .. } => {
                (What::ApiKeyDeleted { key: key.clone(), user: Some(user.clone()) }, user)
            }
            ActionKind::DenyBearerCalls { user } => {
                let grant = Grant::ManagedPolicy(deny_policy(action).as_str().into());
                (What::UserGranted { user: user.clone(), grant }, user)
            }
            ActionKind::AllowBearerCalls { user } => {
                let grant = Grant::ManagedPolicyTaken(deny_policy(action).as_str().into());
                (What::UserGranted { user: user.clone(), grant }, user)
            }
            ActionKind::RescueKmsKey { key } => return self.rescue(action, key, now, counted).await,
        };
        self.done.push(Done::of(action, Some(user), now));
        self.keep_book(action, user);
        let mut event = self.made(&action.subject, now, what);
        event.caller.principal = Some(self.own_role(&action.subject.account).as_str().into());
        self.tell_at(&[event], now, counted).await
    }

    /// Keeps book of whose calls AWS may refuse from now on.
    fn keep_book(&mut self, action: &Action, user: &UserName) {
        let who = (action.subject.account.clone(), user.clone());
        let off = |denied| Off { key: action.subject.clone(), denied };
        match &action.kind {
            ActionKind::DenyBearerCalls { .. } => {
                self.off.insert(who, off(true));
            }
            ActionKind::DeactivateApiKey { key, .. } => {
                let SubjectId { partition, account, .. } = &action.subject;
                let key = SubjectId::api_key(partition.clone(), account.clone(), key);
                self.off.entry(who).or_insert(Off { key, denied: false });
            }
            ActionKind::ReactivateApiKey { .. } | ActionKind::AllowBearerCalls { .. } => {
                self.off.remove(&who);
            }
            ActionKind::DeleteApiKey { .. } | ActionKind::RescueKmsKey { .. } => {}
        }
    }

    /// A role that the policy takes for Keytrail's own, if it names one.
    pub(super) fn own_role(&self, account: &AccountId) -> String {
        let own = self.policy.principals.keytrail.first().map(|pattern| pattern.to_string());
        let own = own.unwrap_or_else(|| format!("arn:aws:sts::{account}:assumed-role/keytrail-respond/*"));
        own.replace(['*', '?'], "0")
    }
}

fn deny_policy(action: &Action) -> String {
    let subject = &action.subject;
    format!("arn:{}:iam::{}:policy/KeytrailDenyBearer", subject.partition, subject.account)
}
