//! How much may be done in how long a time.

use serde::{Deserialize, Serialize};

use crate::action::{Action, ActionKind};
use crate::ids::AccountId;
use crate::time::Span;

use super::Policy;

/// The window in which actions are counted.
pub const WINDOW: Span = Span::hours(24);

/// On whose word an action rests. Each has budgets of its own, so that a noisy one uses up no other's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Cause {
    /// Nobody used the key for long.
    Staleness,
    /// Another key takes its place.
    Rotation,
    /// A rule saw something in the records.
    Rule,
    /// AWS reported a compromise.
    Reported,
    /// A person asked for it.
    Person,
}

impl Cause {
    /// The cause of what a rule finds.
    pub fn of(rule: &str) -> Self {
        match rule {
            "unused_key" => Self::Staleness,
            "key_rotation" => Self::Rotation,
            "compromise_reported" => Self::Reported,
            "requested_by_person" => Self::Person,
            _ => Self::Rule,
        }
    }

    /// The cause whose budget it is counted against: keys that are replaced leave as those do that nobody uses.
    #[must_use]
    pub const fn budget(self) -> Self {
        match self {
            Self::Rotation => Self::Staleness,
            other => other,
        }
    }

    /// The word that stands in the policy and in a budget's name.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Staleness => "staleness",
            Self::Rotation => "rotation",
            Self::Rule => "rule",
            Self::Reported => "reported",
            Self::Person => "person",
        }
    }
}

/// How many actions may be taken in 24 hours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Budget {
    /// In one account.
    pub per_account: u32,
    /// In all accounts together.
    pub over_all: u32,
}

impl Default for Budget {
    fn default() -> Self {
        Self { per_account: 5, over_all: 10 }
    }
}

/// The budgets, by cause. What a person asks for is not limited.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Budgets {
    /// For what nobody used, or another key replaced.
    pub staleness: Budget,
    /// For what a rule saw.
    pub rule: Budget,
    /// For what AWS reported.
    pub reported: Budget,
}

/// The most actions that a budget can allow: the ledger keeps each of them, with its moment, in one small value.
pub const MOST: u32 = 150;

/// What an action is counted against: the budget of its cause, in its account and in all accounts together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Allowance {
    /// On whose word the action rests.
    pub cause: Cause,
    /// The account that it acts in.
    pub account: AccountId,
    /// How many actions.
    pub budget: Budget,
    /// In how long.
    pub window: Span,
}

impl Policy {
    /// The budget that an action is counted against. Undoing is not limited, nor is what a person asks for.
    pub fn allowance(&self, action: &Action) -> Option<Allowance> {
        if matches!(action.kind, ActionKind::ReactivateApiKey { .. } | ActionKind::AllowBearerCalls { .. }) {
            return None;
        }
        let cause = Cause::of(&action.rule).budget();
        let budget = match cause {
            Cause::Staleness | Cause::Rotation => self.budgets.staleness,
            Cause::Rule => self.budgets.rule,
            Cause::Reported => self.budgets.reported,
            Cause::Person => return None,
        };
        Some(Allowance { cause, account: action.subject.account.clone(), budget, window: WINDOW })
    }
}
