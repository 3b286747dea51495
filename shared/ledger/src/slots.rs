//! Small named values beside the documents: permits of a breaker, cursors of a sweep, a heartbeat.

use std::collections::BTreeMap;

use keytrail_engine::ids::AccountId;
use keytrail_engine::policy::{Allowance, MOST};
use keytrail_engine::time::Time;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::commit::Version;
use crate::error::LedgerError;

/// A ledger's small named values, each a JSON value of at most 16 KiB.
pub trait Slots: Send + Sync {
    /// A slot's value and version; `None` for one that was never set.
    fn slot(
        &self,
        name: &str,
    ) -> impl Future<Output = Result<Option<(serde_json::Value, Version)>, LedgerError>> + Send;

    /// Sets a slot. [`LedgerError::Conflict`] if the expected version is gone.
    fn set_slot(
        &self,
        name: &str,
        value: &serde_json::Value,
        expected: Option<Version>,
    ) -> impl Future<Output = Result<(), LedgerError>> + Send;
}

/// Reads a slot as a type of its own.
///
/// # Errors
/// As [`Slots::slot`]; [`LedgerError::Corrupt`] for a value of another form.
pub async fn read_slot<T: DeserializeOwned>(
    slots: &impl Slots,
    name: &str,
) -> Result<Option<(T, Version)>, LedgerError> {
    let Some((value, version)) = slots.slot(name).await? else { return Ok(None) };
    let value = serde_json::from_value(value)
        .map_err(|source| LedgerError::Corrupt { what: name.into(), source: source.into() })?;
    Ok(Some((value, version)))
}

/// Actions that were permitted on the word of a cause. Bounded by the budget: who is not permitted is not listed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Permits {
    /// By the action's id.
    pub granted: BTreeMap<Box<str>, Granted>,
}

/// A permit that was granted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Granted {
    /// When.
    pub at: Time,
    /// In which account.
    pub account: AccountId,
}

/// A breaker's answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Permit {
    /// Go ahead.
    Granted,
    /// As many were permitted in the window as may be.
    Spent {
        /// Which budget is spent: `rule/111122223333`, `rule/all`, …
        scope: Box<str>,
    },
}

/// How often a permit is asked for again when another asker was faster.
const TRIES: usize = 64;

/// Asks for a permit for an action. Whoever has one already is granted it again, so that a repeat spends nothing. The budgets
/// of the account and of all accounts are one value: an action that either refuses takes nothing from the other.
///
/// # Errors
/// Those of the ledger; [`LedgerError::Conflict`] after many lost races: nothing was granted.
pub async fn take_permit(
    slots: &impl Slots,
    allowance: &Allowance,
    action: &str,
    now: Time,
) -> Result<Permit, LedgerError> {
    let name = format!("permits/{}", allowance.cause.word());
    for _ in 0..TRIES {
        let held = read_slot::<Permits>(slots, &name).await?;
        let (mut permits, version) =
            held.map_or((Permits::default(), None), |(it, version)| (it, Some(version)));
        if permits.granted.contains_key(action) {
            return Ok(Permit::Granted);
        }
        permits.granted.retain(|_, it| now.since(it.at) < allowance.window);
        if let Some(scope) = spent(&permits, allowance) {
            return Ok(Permit::Spent { scope: format!("{}/{scope}", allowance.cause.word()).into() });
        }
        permits.granted.insert(action.into(), Granted { at: now, account: allowance.account.clone() });
        let value = serde_json::to_value(&permits)
            .map_err(|source| LedgerError::Corrupt { what: name.clone().into(), source: source.into() })?;
        match slots.set_slot(&name, &value, version).await {
            Err(LedgerError::Conflict { .. }) => {}
            Err(error) => return Err(error),
            Ok(()) => return Ok(Permit::Granted),
        }
    }
    Err(LedgerError::Conflict { what: name.into() })
}

/// Whose budget is spent: an account's, or that of all.
fn spent<'a>(permits: &Permits, allowance: &'a Allowance) -> Option<&'a str> {
    let reached = |count: usize, limit: u32| count >= usize::try_from(limit.min(MOST)).unwrap_or(usize::MAX);
    let here = permits.granted.values().filter(|it| it.account == allowance.account).count();
    if reached(here, allowance.budget.per_account) {
        return Some(allowance.account.as_str());
    }
    reached(permits.granted.len(), allowance.budget.over_all).then_some("all")
}
