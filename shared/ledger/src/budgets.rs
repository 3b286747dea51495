//! What people see of budgets, and how they reset one.
//!
//! A reset replays nothing: permits are given back, and what was held back for want of one is decided anew, on the documents
//! and the policy of now.

use keytrail_engine::action::Reason;
use keytrail_engine::ids::AccountId;
use keytrail_engine::notice::Outcome;
use keytrail_engine::policy::{Cause, WINDOW};
use keytrail_engine::subject::SubjectId;
use keytrail_engine::time::Time;
use serde::{Deserialize, Serialize};

use crate::error::LedgerError;
use crate::item::{Body, ItemId, ItemKind, State};
use crate::ledger::Ledger;
use crate::slots::{Permits, Slots, read_slot};

/// Resets that are kept: the newest.
const RESETS: usize = 20;
/// Items of a page.
const PAGE: usize = 500;
/// How often a permit's value is written again when a breaker was faster.
const TRIES: usize = 64;
/// Where resets are kept.
const RESETS_SLOT: &str = "budget/resets";

/// A budget that is reset: of a cause, in one account or in all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scope {
    /// On whose word its actions rest.
    pub cause: Cause,
    /// The account; `None` for all.
    pub account: Option<AccountId>,
}

impl Scope {
    /// The causes that have a budget.
    pub const CAUSES: [Cause; 3] = [Cause::Staleness, Cause::Rule, Cause::Reported];

    /// Reads `rule`, `rule/all` or `rule/111122223333`.
    pub fn parse(text: &str) -> Option<Self> {
        let (cause, account) = text.split_once('/').map_or((text, None), |(cause, of)| (cause, Some(of)));
        let cause = Self::CAUSES.into_iter().find(|its| its.word() == cause)?;
        let account = account.filter(|of| *of != "all");
        let is_account = |of: &str| of.len() == 12 && of.bytes().all(|byte| byte.is_ascii_digit());
        account.is_none_or(is_account).then(|| Self { cause, account: account.map(Into::into) })
    }

    fn holds(&self, account: &AccountId) -> bool {
        self.account.as_ref().is_none_or(|its| its == account)
    }
}

impl std::fmt::Display for Scope {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.cause.word(), self.account.as_ref().map_or("all", |account| account.as_str()))
    }
}

/// A person's reset.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reset {
    /// Which budget: `rule/111122223333`, `rule/all`, …
    pub scope: Box<str>,
    /// Who.
    pub by: Box<str>,
    /// Why; hostile text.
    pub why: Box<str>,
    /// When.
    pub at: Time,
}

/// An action that is held back since a budget is spent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeldForBudget {
    /// The action's item.
    pub item: ItemId,
    /// The subject in whose document its finding lies.
    pub subject: SubjectId,
    /// On whose word it rests.
    pub cause: Cause,
    /// The last moment at which it may begin: later it stays held back.
    pub not_after: Time,
}

/// The permits of a cause that still count.
///
/// # Errors
/// Those of the ledger.
pub async fn permits(slots: &impl Slots, cause: Cause, now: Time) -> Result<Permits, LedgerError> {
    let held = read_slot::<Permits>(slots, &name(cause)).await?;
    let mut permits = held.map(|(permits, _)| permits).unwrap_or_default();
    permits.granted.retain(|_, granted| now.since(granted.at) < WINDOW);
    Ok(permits)
}

/// The newest resets, oldest first.
///
/// # Errors
/// Those of the ledger.
pub async fn resets(slots: &impl Slots) -> Result<Vec<Reset>, LedgerError> {
    Ok(read_slot::<Vec<Reset>>(slots, RESETS_SLOT).await?.map(|(resets, _)| resets).unwrap_or_default())
}

/// Gives the permits of a scope back, and says how many. Who did it is written before: a reset that nobody knows of is none.
///
/// # Errors
/// Those of the ledger; [`LedgerError::Conflict`] after many lost races.
pub async fn reset_budget(slots: &impl Slots, scope: &Scope, reset: &Reset) -> Result<usize, LedgerError> {
    let keep = |resets: &mut Vec<Reset>| {
        resets.push(reset.clone());
        resets.drain(..resets.len().saturating_sub(RESETS));
    };
    change(slots, RESETS_SLOT, keep).await?;
    change(slots, &name(scope.cause), |permits: &mut Permits| {
        let before = permits.granted.len();
        permits.granted.retain(|_, granted| !scope.holds(&granted.account));
        before - permits.granted.len()
    })
    .await
}

/// What is held back since a budget of a scope is spent.
///
/// # Errors
/// Those of the ledger.
pub async fn held_for_budget(ledger: &impl Ledger, scope: &Scope) -> Result<Vec<HeldForBudget>, LedgerError> {
    let (mut held, mut after) = (Vec::new(), None);
    loop {
        let page = ledger.items_of_kind(ItemKind::Action, after.as_ref(), PAGE).await?;
        for stored in page.entries {
            let item = &stored.item;
            let (Body::Action(action), State::Withheld) = (&item.body, item.state) else { continue };
            let spent =
                matches!(&item.outcome, Some(Outcome::Withheld { reason: Reason::BudgetSpent { .. } }));
            let cause = Cause::of(&action.rule).budget();
            if spent && cause == scope.cause && scope.holds(&action.subject.account) {
                let (subject, not_after) = (action.subject.clone(), action.not_after);
                held.push(HeldForBudget { item: item.id(), subject, cause, not_after });
            }
        }
        match page.next {
            Some(next) => after = Some(next),
            None => return Ok(held),
        }
    }
}

fn name(cause: Cause) -> String {
    format!("permits/{}", cause.word())
}

/// Changes a slot, as often as others are faster.
async fn change<T, R>(
    slots: &impl Slots,
    name: &str,
    mut change: impl FnMut(&mut T) -> R,
) -> Result<R, LedgerError>
where
    T: Default + Serialize + serde::de::DeserializeOwned,
{
    for _ in 0..TRIES {
        let held = read_slot::<T>(slots, name).await?;
        let (mut value, version) =
            held.map_or((T::default(), None), |(value, version)| (value, Some(version)));
        let answer = change(&mut value);
        let value = serde_json::to_value(&value)
            .map_err(|source| LedgerError::Corrupt { what: name.into(), source: source.into() })?;
        match slots.set_slot(name, &value, version).await {
            Err(LedgerError::Conflict { .. }) => {}
            other => return other.map(|()| answer),
        }
    }
    Err(LedgerError::Conflict { what: name.into() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scope_is_read_as_it_is_written() {
        for (text, shown) in [
            ("rule", "rule/all"),
            ("staleness/all", "staleness/all"),
            ("reported/111122223333", "reported/111122223333"),
        ] {
            assert_eq!(Scope::parse(text).unwrap().to_string(), shown);
        }
        for wrong in ["", "person", "person/all", "rule/", "rule/1", "rule/11112222333x", "rule/all/x"] {
            assert_eq!(Scope::parse(wrong), None, "{wrong}");
        }
    }
}
