//! Which ledger this is, and whether it may act.

use keytrail_engine::action::Reason;
use keytrail_engine::notice::{Notice, Outcome};
use keytrail_engine::time::{Span, Time};
use serde::{Deserialize, Serialize};

use crate::commit::Commit;
use crate::error::LedgerError;
use crate::item::{Body, Item, State, StoredItem};
use crate::ledger::Ledger;

/// Binds Keytrail's functions to one ledger. A store that was restored from a backup has another identity than the
/// one that its epoch names: that is how a restore is noticed. Who notices it begins a new epoch, paused, and only a
/// person's `resume` ends the pause.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Epoch {
    /// The identity of the store that this epoch belongs to, see [`crate::Ledger::identity`].
    pub store: Box<str>,
    /// Counts up with every epoch, from 1.
    pub number: u64,
    /// When it began.
    pub began: Time,
    /// True while the ledger waits for `resume`: nothing is done to any key until then.
    pub paused: bool,
    /// Who ended the pause; `None` while it lasts, and where there was none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resumed: Option<Resumption>,
}

/// The end of a pause.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resumption {
    /// The ARN of the person's role or user, as STS says it.
    pub by: Box<str>,
    /// When.
    pub at: Time,
}

/// What a restored ledger still had to do before the restore.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct LeftOver {
    /// Actions.
    pub actions: usize,
    /// Notices.
    pub notices: usize,
}

/// Further ahead than anything waits.
const AHEAD: Span = Span::days(400);

/// Items of a page of what was left.
const PAGE: usize = 100;

/// What came of a person's `resume`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Resumed {
    /// The pause is over; so many actions and notices of before the restore have expired.
    Now(Epoch, usize),
    /// There is no pause.
    NotPaused,
    /// The store was restored and sweep hasn't noticed yet, so that nothing has been compared with AWS: it looks every
    /// minute.
    NotNoticed,
}

/// Whether nothing may be done to any key: the ledger waits for a person, or nobody has noticed yet that its store was
/// restored from a backup.
///
/// # Errors
/// Those of the ledger.
pub async fn paused(ledger: &impl Ledger) -> Result<bool, LedgerError> {
    let Some((epoch, _)) = ledger.epoch().await? else { return Ok(false) };
    Ok(epoch.paused || epoch.store != ledger.identity().await?)
}

/// Ends the pause, for a person. Before that everything expires that the backup still had to do and that wasn't due yet: nothing of
/// it is done after all. Repeating it changes nothing.
///
/// # Errors
/// Those of the ledger; [`LedgerError::Conflict`] if the epoch changed meanwhile: nothing was resumed.
pub async fn resume(ledger: &impl Ledger, by: &str, now: Time) -> Result<Resumed, LedgerError> {
    let Some((epoch, version)) = ledger.epoch().await? else { return Ok(Resumed::NotPaused) };
    if epoch.store != ledger.identity().await? {
        return Ok(Resumed::NotNoticed);
    }
    if !epoch.paused {
        return Ok(Resumed::NotPaused);
    }
    let expired = expire(ledger, epoch.began, now).await?;
    let resumption = Resumption { by: by.into(), at: now };
    let resumed = Epoch { paused: false, resumed: Some(resumption), ..epoch };
    ledger.set_epoch(&resumed, Some(version)).await?;
    Ok(Resumed::Now(resumed, expired))
}

/// What [`resume`] would let expire.
///
/// # Errors
/// Those of the ledger.
pub async fn left_over(ledger: &impl Ledger, epoch: &Epoch, now: Time) -> Result<LeftOver, LedgerError> {
    let (mut left, mut after) = (LeftOver::default(), None);
    loop {
        let page = ledger.due(now + AHEAD, after.as_ref(), PAGE).await?;
        for stored in page.entries.iter().filter(|stored| stored.item.created < epoch.began) {
            match stored.item.body {
                Body::Action(_) => left.actions += 1,
                Body::Notice(_) => left.notices += 1,
                Body::Finding(_) => {}
            }
        }
        match page.next {
            Some(next) => after = Some(next),
            None => return Ok(left),
        }
    }
}

/// Ends whatever is left to do of what was made before a moment.
async fn expire(ledger: &impl Ledger, before: Time, now: Time) -> Result<usize, LedgerError> {
    let (mut expired, mut after) = (0, None);
    loop {
        let page = ledger.due(now + AHEAD, after.as_ref(), PAGE).await?;
        for stored in page.entries.iter().filter(|stored| stored.item.created < before) {
            match ledger.commit(&expiry(stored, now)).await {
                Ok(_) => expired += 1,
                // Somebody is at it, and will be asked whether the ledger is paused.
                Err(LedgerError::Conflict { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        match page.next {
            Some(next) => after = Some(next),
            None => return Ok(expired),
        }
    }
}

/// The end of an item that is older than the restore: whether it was carried out or told after the backup nobody
/// knows, and what it rests on is old. The end of an action is told, since it may never have been done; a notice isn't
/// told again.
pub fn expiry(stored: &StoredItem, now: Time) -> Commit {
    let outcome = Outcome::Withheld { reason: Reason::LedgerPaused };
    let mut commit = Commit::at(now);
    commit.changes.push(stored.to(State::Withheld, Some(outcome.clone())));
    if let Body::Action(action) = &stored.item.body {
        let notice = Notice::ended(now, action.clone(), outcome);
        commit.items.push(Item::notice(action.subject.clone(), notice, now));
    }
    commit
}
