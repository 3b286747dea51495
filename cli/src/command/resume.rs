//! `keytrail resume`: ends the pause of a restored ledger.

use keytrail_aws::SystemClock;
use keytrail_engine::time::Time;
use keytrail_ledger::capability::Clock as _;
use keytrail_ledger::{Epoch, Ledger as _, LedgerError, LeftOver, Resumed, left_over, resume};
use serde::Serialize;

use crate::args::ImpactFormat;
use crate::args::resume::Resume;
use crate::confirm::{Answer, confirmed};
use crate::exit::Exit;
use crate::ledger::Table;
use crate::render::{self, plural};

/// How the pause of a ledger stands.
#[derive(Debug, Serialize)]
struct Told {
    state: Pause,
    /// The epoch; `null` in a new table.
    epoch: Option<Epoch>,
    /// What the backup still had to do and expires with the pause; `null` where there is no pause.
    left_over: Option<LeftOver>,
    /// How much has expired; `null` until it is resumed.
    expired: Option<usize>,
    /// Who asks; `null` where there is nothing to resume.
    caller: Option<String>,
}

/// Whether it lasts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Pause {
    /// There is none.
    NotPaused,
    /// The table was restored, and sweep hasn't noticed yet.
    NotNoticed,
    /// It lasts.
    Paused,
    /// It is over from now on.
    Resumed,
}

pub(super) fn run(asked: &Resume) -> anyhow::Result<Exit> {
    let table = Table::open(&asked.table, &asked.aws)?;
    let mut told = look(&table, SystemClock.now())?;
    if told.state != Pause::Paused {
        return show(asked, &table, &told);
    }
    let caller = table.caller()?.arn;
    told.caller = Some(caller.to_string());
    if asked.sure.dry_run {
        return show(asked, &table, &told);
    }
    if !asked.sure.yes {
        render::complain("paused", &sentence(&told, &table));
    }
    match confirmed(asked.sure, "Resume?")? {
        Answer::Yes => {}
        Answer::No => return Ok(Exit::Unconfirmed),
        Answer::Nobody => {
            let why = "there is no terminal to ask on; with --yes it is resumed without being asked";
            render::complain("not resumed", why);
            return Ok(Exit::Unconfirmed);
        }
    }
    match table.run(resume(&table.ledger, caller.as_str(), SystemClock.now()))? {
        Resumed::Now(epoch, expired) => {
            told = Told { state: Pause::Resumed, epoch: Some(epoch), expired: Some(expired), ..told };
        }
        // Somebody else was faster.
        Resumed::NotPaused | Resumed::NotNoticed => told = look(&table, SystemClock.now())?,
    }
    show(asked, &table, &told)
}

fn look(table: &Table, now: Time) -> anyhow::Result<Told> {
    let ledger = &table.ledger;
    table.run(async {
        let epoch = ledger.epoch().await?.map(|(epoch, _)| epoch);
        let state = match &epoch {
            Some(epoch) if epoch.store != ledger.identity().await? => Pause::NotNoticed,
            Some(epoch) if epoch.paused => Pause::Paused,
            _ => Pause::NotPaused,
        };
        let left_over = match &epoch {
            Some(epoch) if state == Pause::Paused => Some(left_over(ledger, epoch, now).await?),
            _ => None,
        };
        Ok::<_, LedgerError>(Told { state, epoch, left_over, expired: None, caller: None })
    })
}

fn show(asked: &Resume, table: &Table, told: &Told) -> anyhow::Result<Exit> {
    match asked.format {
        ImpactFormat::Json => render::json(told)?,
        ImpactFormat::Text => render::print(&format!("{}\n", render::visible_lines(&sentence(told, table))))?,
    }
    Ok(if told.state == Pause::NotNoticed { Exit::HeldBack } else { Exit::Fine })
}

fn sentence(told: &Told, table: &Table) -> String {
    let place = table.place();
    let began = told.epoch.as_ref().map_or_else(String::new, |epoch| epoch.began.to_string());
    match told.state {
        Pause::NotPaused => match told.epoch.as_ref().and_then(|epoch| epoch.resumed.as_ref()) {
            Some(end) => format!("The {place} is not paused: {} resumed it at {}.", end.by, end.at),
            None => format!("The {place} is not paused."),
        },
        Pause::NotNoticed => format!(
            "The {place} was restored from a backup, and sweep has not noticed it yet: nothing was compared with AWS. It looks \
             every minute; try again then."
        ),
        Pause::Paused => {
            let left = told.left_over.unwrap_or_default();
            let actions = plural(left.actions as u64, "action", "actions");
            let notices = plural(left.notices as u64, "notice", "notices");
            format!(
                "The {place} was restored from a backup and is paused since {began}: nothing is done to any key.\n\
                 {actions} and {notices} of before the restore will expire, untaken and untold; each action that expires is paged.\n\
                 To resume as {}: what is found from then on is acted upon again.",
                told.caller.as_deref().unwrap_or("nobody")
            )
        }
        Pause::Resumed => format!(
            "The {place}, paused since {began}, is resumed by {}. Expired: {}.",
            told.caller.as_deref().unwrap_or("nobody"),
            plural(told.expired.unwrap_or_default() as u64, "action or notice", "actions and notices"),
        ),
    }
}
