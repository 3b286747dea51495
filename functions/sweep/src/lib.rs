//! Compares memory with AWS, runs what goes by the clock, and takes up again what was left.
//!
//! What a listing shows becomes events, and the same engine takes them in. An error on any page means that nothing is
//! inferred from absence; the pass goes on where it stopped. A heartbeat is left even when there was nothing to do.

mod deliver;
mod history;
mod invocation;
mod keys;
mod kms_keys;
mod logs;
mod observe;
mod progress;
mod restored;
mod unit;

use keytrail_engine::decide::Circumstances;
use keytrail_engine::event::Event;
use keytrail_engine::policy::Policy;
use keytrail_engine::subject::Kind;
use keytrail_engine::time::{Span, Time};
use keytrail_engine::trouble::Trouble;
use keytrail_ledger::capability::{Clock, Inventory, InventoryError, PolicySource};
use keytrail_ledger::{
    Cursor, Damaged, Judging, Ledger, LedgerError, Next, Slots, State, StoredItem, judge_again, know_rules,
    paused, policy_here, policy_trouble, record, tell_trouble,
};

pub use deliver::{CallError, Called, Delivery, Home, MessageError, Taken, Tick};
pub use invocation::InvocationError;
use progress::Kept;
pub use progress::Progress;
use restored::Bound;
pub use unit::{Asked, Unit, Work, units};

/// What sweep works with.
pub struct Sweep<L, I, P, C> {
    /// The ledger.
    pub ledger: L,
    /// AWS's listings, of the account that sweep runs in and of those that it may read.
    pub inventory: I,
    /// The operator's policy.
    pub policies: P,
    /// The time.
    pub clock: C,
}

/// Pages of a listing that one invocation reads at most, so that it ends in time.
const PAGES: usize = 50;

/// A pending item is told of at once; one that is still pending after this long was missed.
const TAKEN_UP_WITHIN: Span = Span::minutes(2);

/// Items that a tick drives again at most.
const DRIVEN: usize = 500;

/// Pages of due items that a tick looks through at most. The longest due come first, so that in a flood of items that
/// were just told of the rest is the next tick's, and the heartbeat doesn't wait for it.
const DUE_PAGES: usize = 20;

/// What became of a unit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Swept {
    /// The whole of it was read.
    Whole,
    /// There is more: the same unit again.
    More,
    /// AWS asks for a pause: the same unit again, later.
    Later,
    /// It can't be read, or not all of it be recorded, until somebody repairs something. Nothing was inferred.
    Stopped {
        /// Why.
        why: Box<str>,
    },
}

impl<L, I, P, C> Sweep<L, I, P, C>
where
    L: Ledger + Slots,
    I: Inventory,
    P: PolicySource,
    C: Clock,
{
    /// Reads one unit, from where the last invocation stopped, and no further than the end of the page that is being
    /// read at `until`. It is whole when a pass is that began after it was asked for.
    ///
    /// # Errors
    /// Those of the ledger; the unit then goes on where it was.
    pub async fn unit(&self, asked: &Asked, home: &Home, until: Time) -> Result<Swept, LedgerError> {
        let unit = &asked.unit;
        let mut kept = Kept::read(&self.ledger, unit.slot()).await?;
        // The past is read once.
        let is_past = asked.unit.work == Work::History && kept.progress.complete.is_some();
        if is_past || kept.progress.answers(asked.at) {
            return Ok(Swept::Whole);
        }
        let swept = match &unit.work {
            // The places in the ledger's own listings are good for ever.
            Work::Judge { kind } => self.judge(unit, *kind, &mut kept, until).await,
            listing => {
                kept.progress.give_up_if_stale(self.clock.now());
                match self.there(unit, home).await {
                    Ok(None) => self.list(listing, &self.inventory, unit, &mut kept, until).await,
                    Ok(Some(there)) => self.list(listing, &there, unit, &mut kept, until).await,
                    Err(error) => Err(error.into()),
                }
            }
        };
        match swept {
            Ok(Swept::Whole) if !kept.progress.answers(asked.at) => Ok(Swept::More),
            Ok(swept) => Ok(match (swept, &kept.progress.fault) {
                (Swept::Whole, Some(why)) => Swept::Stopped { why: why.clone() },
                (swept, _) => swept,
            }),
            Err(Fault::Ledger(error)) => Err(error),
            Err(Fault::Inventory(InventoryError::Later { source })) => {
                tracing::warn!(unit = %unit.slot(), error = %source, "AWS asks for a pause");
                Ok(Swept::Later)
            }
            Err(Fault::Inventory(error)) => {
                let why: Box<str> = error.to_string().into();
                tracing::error!(
                    unit = %unit.slot(), error = &error as &dyn std::error::Error,
                    "the listing is stopped, nothing is inferred"
                );
                // Begun anew: what is refused may be the place in the listing.
                kept.progress.give_up();
                kept.progress.fault = Some(why.clone());
                kept.write(&self.ledger).await?;
                Ok(Swept::Stopped { why })
            }
        }
    }

    /// The listings of a unit's account, if that isn't the one that sweep runs in.
    async fn there(&self, unit: &Unit, home: &Home) -> Result<Option<I>, InventoryError> {
        if unit.account == home.account {
            return Ok(None);
        }
        self.inventory.of_account(&unit.partition, &unit.account).await.map(Some)
    }

    async fn list(
        &self,
        listing: &Work,
        there: &I,
        unit: &Unit,
        kept: &mut Kept,
        until: Time,
    ) -> Result<Swept, Fault> {
        match listing {
            Work::ApiKeys { service } => self.api_keys(there, unit, service, kept, until).await,
            Work::Regions => self.regions(there, unit, kept).await,
            Work::LogGroups => self.log_groups(there, unit, kept, until).await,
            Work::LogParts => self.log_parts(there, unit, kept, until).await,
            Work::KmsKeys => self.kms_keys(there, unit, kept, until).await,
            Work::History => self.history(there, unit, kept, until).await,
            Work::Trails | Work::Judge { .. } => self.trails(there, unit, kept).await,
        }
    }

    /// Takes up again what is due, and leaves a heartbeat. Says how many items were driven. A ledger without an epoch is
    /// bound to its store; in one that was restored, what is older is ended. What needs a person is told.
    ///
    /// # Errors
    /// Those of the ledger.
    async fn tick(&self, bound: &Bound, home: &Home) -> Result<Tick, LedgerError> {
        let now = self.clock.now();
        self.bind(bound).await?;
        know_rules(&self.ledger, now).await?;
        let in_force = self.policies.policy().await;
        let troubles = [policy_trouble(&in_force), bound.trouble()];
        let mut tick =
            Tick { policy_broken: in_force.broken.is_some(), paused: bound.is_paused(), ..Tick::default() };
        for trouble in troubles.into_iter().flatten() {
            self.tell(home, trouble, now).await?;
        }
        let mut after: Option<Cursor> = None;
        for _ in 0..DUE_PAGES {
            let page = self.ledger.due(now, after.as_ref(), 100).await?;
            for stored in page.entries.iter().filter(|stored| left(stored, now)) {
                // Pending again is what the outbox's readers are told of; who is at it meanwhile wins the race.
                match self.ledger.commit(&bound.drive(stored, now)).await {
                    Ok(_) => tick.driven += 1,
                    Err(error) => self.pass_over(error, &stored.item.id())?,
                }
            }
            tick.damaged += page.damaged.len();
            self.tell_of_damage(home, page.damaged, now).await?;
            match page.next {
                Some(next) if tick.driven < DRIVEN => after = Some(next),
                _ => break,
            }
        }
        self.heartbeat(now).await?;
        Ok(tick)
    }

    /// Puts what needs a person into the outbox, once.
    async fn tell(&self, home: &Home, trouble: Trouble, now: Time) -> Result<(), LedgerError> {
        tracing::error!(trouble = ?trouble, "this needs a person");
        let (partition, account) = (home.partition.clone(), home.account.clone());
        tell_trouble(&self.ledger, partition, account, trouble, now).await.map(|_| ())
    }

    /// What the ledger can't read holds up nothing else, and people are told.
    async fn tell_of_damage(&self, home: &Home, damaged: Vec<Damaged>, now: Time) -> Result<(), LedgerError> {
        for Damaged { what, why } in damaged {
            self.tell(home, Trouble::Damaged { what, why }, now).await?;
        }
        Ok(())
    }

    /// One item or subject that the ledger refuses holds up none of the others. A ledger that is out is an error.
    fn pass_over(&self, error: LedgerError, what: &dyn std::fmt::Display) -> Result<(), LedgerError> {
        match error.next() {
            Next::BackOff => Err(error),
            Next::Reload => Ok(()),
            Next::Refuse | Next::Park => {
                tracing::error!(
                    what = %what, error = &error as &dyn std::error::Error, "refused by the ledger and passed over"
                );
                Ok(())
            }
        }
    }

    async fn heartbeat(&self, now: Time) -> Result<(), LedgerError> {
        let version = self.ledger.slot("heartbeat").await?.map(|(_, version)| version);
        match self.ledger.set_slot("heartbeat", &beat(now), version).await {
            Err(LedgerError::Conflict { .. }) => Ok(()),
            other => other,
        }
    }

    async fn judge(&self, unit: &Unit, kind: Kind, kept: &mut Kept, until: Time) -> Result<Swept, Fault> {
        let (policy, circumstances) = self.circumstances().await?;
        for page in 0..PAGES {
            if self.stops(page, until) {
                break;
            }
            self.begin(kept).await?;
            let now = self.clock.now();
            let judging = Judging { policy: &policy, now, circumstances };
            let after = kept.progress.marker.clone().map(Cursor);
            let page = self.ledger.scan(kind, now, after.as_ref(), 20).await?;
            for stored in &page.entries {
                let subject = &stored.document.subject;
                match judge_again(&self.ledger, subject, judging).await {
                    Err(error) if error.next() == Next::Reload => return Err(error.into()),
                    Err(error) => self.pass_over(error, subject)?,
                    Ok(_) => {}
                }
            }
            self.tell_of_damage(&unit.home(), page.damaged, now).await?;
            if self.turn(kept, page.next.map(|next| next.0)).await? {
                return Ok(Swept::Whole);
            }
        }
        Ok(Swept::More)
    }

    /// Whether the invocation stops before another page. It reads one at least: else nobody would ever come further.
    fn stops(&self, pages: usize, until: Time) -> bool {
        pages > 0 && self.clock.now() >= until
    }

    /// The moment at which the pass under way began; begins one if there is none.
    async fn begin(&self, kept: &mut Kept) -> Result<Time, Fault> {
        if let Some(began) = kept.progress.began {
            return Ok(began);
        }
        let now = self.clock.now();
        let complete = kept.progress.complete;
        kept.progress = Progress { began: Some(now), complete, ..Progress::default() };
        kept.write(&self.ledger).await?;
        Ok(now)
    }

    /// Turns the page; true if it was the last one, and the pass is whole.
    async fn turn(&self, kept: &mut Kept, next: Option<Box<str>>) -> Result<bool, Fault> {
        let whole = next.is_none();
        kept.progress.marker = next;
        if whole {
            let fault = kept.progress.fault.take();
            kept.progress = Progress { complete: kept.progress.began, fault, ..Progress::default() };
        }
        kept.write(&self.ledger).await?;
        Ok(whole)
    }

    /// Records what a page showed; a page that isn't recorded isn't turned. What the ledger refuses would be refused
    /// again: it holds up no other page, is the pass's fault, and nothing is inferred from such a pass.
    async fn take(&self, kept: &mut Kept, events: Vec<Event>) -> Result<(), Fault> {
        let (policy, circumstances) = self.circumstances().await?;
        let judging = Judging { policy: &policy, now: self.clock.now(), circumstances };
        let recorded = record(&self.ledger, &events, judging).await;
        for finding in &recorded.fired {
            // The template counts these lines by rule.
            tracing::warn!(rule = %finding.rule, finding = %finding.id, "a finding fired");
        }
        for failed in recorded.failed {
            match failed.error.next() {
                Next::Reload | Next::BackOff => return Err(failed.error.into()),
                Next::Refuse | Next::Park => kept.progress.fault = Some(failed.error.to_string().into()),
            }
        }
        Ok(())
    }

    async fn circumstances(&self) -> Result<(Policy, Circumstances), Fault> {
        let in_force = self.policies.policy().await;
        let paused = paused(&self.ledger).await?;
        let circumstances =
            Circumstances { replay: false, ledger_paused: paused, policy_broken: in_force.broken.is_some() };
        let policy = policy_here(&self.ledger, in_force.policy, self.clock.now()).await?;
        Ok((policy, circumstances))
    }
}

/// Whether an item was left: it waits and is due, or nobody has taken it up although it was told of long ago.
fn left(stored: &StoredItem, now: Time) -> bool {
    match stored.item.state {
        State::Waiting { due } => due <= now,
        State::Pending => now.since(stored.item.changed) >= TAKEN_UP_WITHIN,
        _ => false,
    }
}

/// What stops a unit.
#[derive(Debug)]
enum Fault {
    Ledger(LedgerError),
    Inventory(InventoryError),
}

impl From<LedgerError> for Fault {
    fn from(error: LedgerError) -> Self {
        Self::Ledger(error)
    }
}

impl From<InventoryError> for Fault {
    fn from(error: InventoryError) -> Self {
        Self::Inventory(error)
    }
}

/// What says that sweep is alive, and which sweep.
fn beat(now: Time) -> serde_json::Value {
    serde_json::json!({ "at": now, "version": env!("CARGO_PKG_VERSION") })
}
