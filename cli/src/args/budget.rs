//! `keytrail budget`.

use clap::Args;
use keytrail_ledger::Scope;

use super::ImpactFormat;
use super::place::{Place, PolicyPlace, Sure};
use crate::exit;

/// `budget`.
#[derive(Debug, Args)]
#[command(
    after_help = exit::BUDGET_HELP,
    long_about = "Show how much was done in the last 24 hours and how much may be, or reset a budget.\n\nA reset gives \
                  permits back. What was held back for want of one is decided anew, by the documents and the policy of now: \
                  what is still wanted is done, nothing is replayed."
)]
pub struct Budget {
    /// Reset this one: staleness, rule or reported, in all accounts or, as rule/111122223333, in one
    #[arg(long, value_name = "SCOPE", value_parser = scope, requires = "why")]
    pub reset: Option<Scope>,
    /// Why it is reset: stands in the record
    #[arg(long, value_name = "TEXT", value_parser = super::request::why, requires = "reset")]
    pub why: Option<String>,
    /// Where.
    #[command(flatten)]
    pub place: Place,
    /// Whose budgets.
    #[command(flatten)]
    pub policy: PolicyPlace,
    /// Whether to ask.
    #[command(flatten)]
    pub sure: Sure,
    /// How to show it
    #[arg(long, value_enum, default_value_t = ImpactFormat::Text)]
    pub format: ImpactFormat,
}

fn scope(text: &str) -> Result<Scope, String> {
    let wanted = "a budget is staleness, rule or reported, alone or with an account: rule/111122223333";
    Scope::parse(text).ok_or_else(|| wanted.to_owned())
}
