//! `keytrail budget`: what was done and what may be; giving permits back.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use keytrail_aws::SystemClock;
use keytrail_engine::ids::AccountId;
use keytrail_engine::policy::{Budget as Limits, Cause, Policy};
use keytrail_engine::time::Time;
use keytrail_ledger::capability::Clock as _;
use keytrail_ledger::{
    HeldForBudget, Judging, Ledger as _, LedgerError, Reset, Scope, State, held_for_budget, judge_again,
    permits, reset_budget, resets,
};
use serde::Serialize;

use crate::args::ImpactFormat;
use crate::args::budget::Budget;
use crate::confirm::{Answer, confirmed};
use crate::exit::Exit;
use crate::ledger::Opened;
use crate::render::{self, plural};

/// A budget.
#[derive(Debug, Serialize)]
struct Row {
    /// `staleness`, `rule` or `reported`.
    budget: &'static str,
    /// Actions that may be taken in 24 hours in one account.
    per_account: u32,
    /// And in all together.
    over_all: u32,
    /// Those that were, by account.
    taken: BTreeMap<AccountId, usize>,
    /// Actions that are held back since it is spent.
    held_back: usize,
    /// How many of those are not too old yet: a reset decides them anew.
    may_still_begin: usize,
}

/// The budgets, and what a reset did.
#[derive(Debug, Serialize)]
struct Told {
    budgets: Vec<Row>,
    /// The newest resets, oldest first.
    resets: Vec<Reset>,
    /// Of a reset: permits that were given back. `null` where nothing was reset.
    given_back: Option<usize>,
    /// Of a reset: actions that are taken up again.
    taken_up: Option<usize>,
    /// Of a reset: actions that stay held back, for other reasons or since they are too old.
    still_held: Option<usize>,
}

pub(super) fn run(asked: &Budget) -> anyhow::Result<Exit> {
    let resets_it = asked.reset.is_some() && !asked.sure.dry_run;
    let ledger = Opened::open(&asked.place, resets_it)?;
    let (policy, policy_broken) = ledger.policy(&asked.policy)?;
    let now = SystemClock.now();
    let mut told = look(&ledger, &policy, now)?;
    let (Some(scope), Some(why)) = (&asked.reset, &asked.why) else { return show(asked, &ledger, &told) };
    let who = ledger.who()?;
    if asked.sure.dry_run {
        return show(asked, &ledger, &told);
    }
    if !asked.sure.yes {
        render::complain("budgets", &sentence(&ledger, &told));
    }
    match confirmed(asked.sure, &format!("Reset {scope} as {}?", who.name))? {
        Answer::Yes => {}
        Answer::No => return Ok(Exit::Unconfirmed),
        Answer::Nobody => {
            render::complain(
                "not reset",
                "there is no terminal to ask on; with --yes it is reset without being asked",
            );
            return Ok(Exit::Unconfirmed);
        }
    }
    let held = ledger.run(held_for_budget(&ledger, scope))?;
    let reset =
        Reset { scope: scope.to_string().into(), by: who.name.into(), why: why.as_str().into(), at: now };
    let given_back = ledger.run(reset_budget(&ledger, scope, &reset))?;
    let circumstances = keytrail_engine::decide::Circumstances { policy_broken, ..ledger.circumstances()? };
    let taken_up = ledger.run(again(&ledger, &held, Judging { policy: &policy, now, circumstances }))?;
    told = Told {
        given_back: Some(given_back),
        taken_up: Some(taken_up),
        still_held: Some(held.len() - taken_up),
        ..look(&ledger, &policy, now)?
    };
    show(asked, &ledger, &told)
}

/// Decides anew what was held back. Says how many actions are taken up.
async fn again(ledger: &Opened, held: &[HeldForBudget], judging: Judging<'_>) -> Result<usize, LedgerError> {
    let mut subjects: Vec<_> = held.iter().map(|held| held.subject.clone()).collect();
    subjects.sort_unstable();
    subjects.dedup();
    for subject in &subjects {
        judge_again(ledger, subject, judging).await?;
    }
    let ids: Vec<_> = held.iter().map(|held| held.item.clone()).collect();
    let items = if ids.is_empty() { Vec::new() } else { ledger.items(&ids).await? };
    Ok(items.iter().filter(|stored| stored.item.state != State::Withheld).count())
}

fn look(ledger: &Opened, policy: &Policy, now: Time) -> anyhow::Result<Told> {
    let mut budgets = Vec::new();
    for cause in Scope::CAUSES {
        let granted = ledger.run(permits(ledger, cause, now))?.granted;
        let held = ledger.run(held_for_budget(ledger, &Scope { cause, account: None }))?;
        let mut taken = BTreeMap::new();
        for it in granted.into_values() {
            *taken.entry(it.account).or_default() += 1;
        }
        let Limits { per_account, over_all } = limits(policy, cause);
        let may_still_begin = held.iter().filter(|held| held.not_after >= now).count();
        let held_back = held.len();
        budgets.push(Row { budget: cause.word(), per_account, over_all, taken, held_back, may_still_begin });
    }
    let resets = ledger.run(resets(ledger))?;
    Ok(Told { budgets, resets, given_back: None, taken_up: None, still_held: None })
}

const fn limits(policy: &Policy, cause: Cause) -> Limits {
    match cause {
        Cause::Staleness | Cause::Rotation => policy.budgets.staleness,
        Cause::Reported => policy.budgets.reported,
        Cause::Rule | Cause::Person => policy.budgets.rule,
    }
}

fn show(asked: &Budget, ledger: &Opened, told: &Told) -> anyhow::Result<Exit> {
    match asked.format {
        ImpactFormat::Json => render::json(told)?,
        ImpactFormat::Text => {
            render::print(&format!("{}\n", render::visible_lines(&sentence(ledger, told))))?;
        }
    }
    Ok(Exit::Fine)
}

fn sentence(ledger: &Opened, told: &Told) -> String {
    let mut text = format!("Actions of the last 24 hours, in the {}:", ledger.place());
    for row in &told.budgets {
        let total: usize = row.taken.values().sum();
        let _ = write!(text, "\n  {:<10} {total} of {} over all", row.budget, row.over_all);
        for (account, taken) in &row.taken {
            let _ = write!(text, ", {taken} of {} in {account}", row.per_account);
        }
        if row.held_back > 0 {
            let held = plural(row.held_back as u64, "action", "actions");
            let _ = write!(
                text,
                "; {held} held back, {} of them not too old to be decided anew",
                row.may_still_begin
            );
        }
    }
    if let Some(Reset { scope, by, why, at }) = told.resets.last() {
        let _ = write!(text, "\nLast reset: {scope} at {at} by {by}, because: {}", render::visible(why));
    }
    if let (Some(back), Some(up), Some(held)) = (told.given_back, told.taken_up, told.still_held) {
        let _ = write!(
            text,
            "\nGiven back: {}. Taken up again: {up}; still held back: {held}.",
            plural(back as u64, "permit", "permits")
        );
    }
    text
}
