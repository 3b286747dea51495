//! Since when a ledger has known which rule.

use std::collections::BTreeMap;

use keytrail_engine::policy::{NewRules, Policy};
use keytrail_engine::rules::RULES;
use keytrail_engine::time::Time;

use crate::error::LedgerError;
use crate::slots::{Slots, read_slot};

/// The slot's name.
const SLOT: &str = "rules";

/// Since when, by the rule's id; `None` for those that the ledger began with.
type Known = BTreeMap<Box<str>, Option<Time>>;

/// Takes note of the rules that are new to the ledger. The first to look leaves them all as always known.
///
/// # Errors
/// Those of the ledger. Where somebody else was faster, there is nothing left to do.
pub async fn know_rules(slots: &impl Slots, now: Time) -> Result<(), LedgerError> {
    let held = read_slot::<Known>(slots, SLOT).await?;
    let since = held.is_some().then_some(now);
    let (mut known, version) = held.map_or((Known::new(), None), |(it, version)| (it, Some(version)));
    let before = known.len();
    for rule in RULES {
        known.entry(rule.id.into()).or_insert(since);
    }
    if known.len() == before {
        return Ok(());
    }
    let value = serde_json::to_value(&known)
        .map_err(|source| LedgerError::Corrupt { what: SLOT.into(), source: source.into() })?;
    match slots.set_slot(SLOT, &value, version).await {
        Err(LedgerError::Conflict { .. }) => Ok(()),
        set => set,
    }
}

/// A policy as it holds in a ledger: with the rules that are new there. One that nobody took note of yet is new now.
///
/// # Errors
/// Those of the ledger.
pub async fn policy_here(slots: &impl Slots, policy: Policy, now: Time) -> Result<Policy, LedgerError> {
    let Some((known, _)) = read_slot::<Known>(slots, SLOT).await? else { return Ok(policy) };
    let since = |id: &str| known.get(id).copied().unwrap_or(Some(now));
    let new_rules: NewRules =
        RULES.iter().filter_map(|rule| Some((rule.id.into(), since(rule.id)?))).collect();
    Ok(Policy { new_rules, ..policy })
}
