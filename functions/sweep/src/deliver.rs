//! What sweep is handed: a call of the scheduler, or a message of its own queue.

use std::collections::BTreeSet;

use keytrail_engine::ids::{AccountId, ArnParts, Partition, Region};
use keytrail_engine::impact::Listed;
use keytrail_engine::time::{Span, Time};
use keytrail_ledger::capability::{Clock, Inventory, PolicySource, QueueError, UnitQueue};
use keytrail_ledger::{ACCOUNTS, Ledger, LedgerError, Slots, keep_listed};
use serde::Deserialize;

use crate::{Asked, Sweep, Swept, Unit, units};

/// A unit for which AWS asks for a pause waits this long, then twice as long, and so on up to [`LONGEST_PAUSE`].
const FIRST_PAUSE: Span = Span::seconds(30);

/// The longest delay of a message.
///
/// Source: <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html>
const LONGEST_PAUSE: Span = Span::minutes(15);

/// So many pauses without a page between them, about two hours, are no throttling any more: people are told.
const PAUSES: u32 = 12;

/// The account and region that a function runs in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Home {
    /// The partition.
    pub partition: Partition,
    /// The account.
    pub account: AccountId,
    /// The region.
    pub region: Region,
}

impl Home {
    /// Where a function is, by its ARN as Lambda says it with every invocation; `None` for what is no such ARN.
    pub fn of_function(arn: &str) -> Option<Self> {
        let parts = ArnParts::parse(arn).filter(|parts| parts.service == "lambda")?;
        let is_account = parts.account.len() == 12 && parts.account.bytes().all(|byte| byte.is_ascii_digit());
        (is_account && !parts.region.is_empty()).then(|| Self {
            partition: Partition::new(parts.partition),
            account: AccountId::new(parts.account),
            region: Region::new(parts.region),
        })
    }
}

/// What the scheduler says.
#[derive(Deserialize)]
#[serde(tag = "sweep", rename_all = "snake_case")]
enum Call {
    /// `{"sweep": "tick"}`: what is due is taken up again.
    Tick,
    /// `{"sweep": "everything"}`: all units are asked for.
    Everything,
}

/// What became of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Called {
    /// What is due was taken up again, and the heartbeat is left.
    Ticked(Tick),
    /// So many units were asked for.
    AskedFor {
        /// How many.
        units: usize,
    },
}

/// What a tick found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tick {
    /// So many items were driven again.
    pub driven: usize,
    /// So many items that are due can't be read.
    pub damaged: usize,
    /// The policy can't be read.
    pub policy_broken: bool,
    /// The ledger was restored, and waits for a person.
    pub paused: bool,
}

/// Why a call came to nothing.
#[derive(Debug, thiserror::Error)]
pub enum CallError {
    /// It is none of the calls that there are.
    #[error(r#"sweep is called with {{"sweep": "tick"}} or {{"sweep": "everything"}}"#)]
    Unknown {
        /// What is wrong with it.
        #[source]
        source: serde_json::Error,
    },
    /// The ledger failed.
    #[error("what is due could not be taken up again")]
    Ledger(#[from] LedgerError),
    /// The queue takes no units.
    #[error("the units could not be asked for")]
    Queue(#[from] QueueError),
}

/// How a message ended. It is deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taken {
    /// Its unit is whole.
    Whole,
    /// There is more to read: another message goes on.
    Continued,
    /// AWS asks for a pause: another message goes on after it.
    Paused,
}

/// Why a message goes back to the queue. After a few times it is a dead letter, and people are told.
#[derive(Debug, thiserror::Error)]
pub enum MessageError {
    /// It names no unit.
    #[error("a message of the sweep's queue can't be read")]
    Unreadable {
        /// What is wrong with it.
        #[source]
        source: serde_json::Error,
    },
    /// The unit's listing is refused.
    #[error("{unit} can't be read: {why}")]
    Stopped {
        /// The unit's name.
        unit: Box<str>,
        /// Why.
        why: Box<str>,
    },
    /// AWS has asked for a pause too often.
    #[error("{unit} can't be read: AWS asked for a pause {PAUSES} times in a row")]
    NeverReady {
        /// The unit's name.
        unit: Box<str>,
    },
    /// The ledger failed.
    #[error("the ledger failed; the unit goes on where it was")]
    Ledger(#[from] LedgerError),
    /// The queue doesn't take the message that would go on.
    #[error("the next message could not be sent; the unit goes on where it was")]
    Queue(#[from] QueueError),
}

/// Sweep, and the queue through which it asks itself for units.
pub struct Delivery<L, I, P, C, Q> {
    /// Sweep.
    pub sweep: Sweep<L, I, P, C>,
    /// Its queue.
    pub queue: Q,
    /// The regions whose log groups, KMS keys and trails are listed besides the function's own.
    pub regions: BTreeSet<Region>,
    /// Whether the roles of other accounts can be taken.
    pub reaches_members: bool,
}

impl<L, I, P, C, Q> Delivery<L, I, P, C, Q>
where
    L: Ledger + Slots,
    I: Inventory,
    P: PolicySource,
    C: Clock,
    Q: UnitQueue,
{
    /// Answers the scheduler.
    ///
    /// # Errors
    /// [`CallError`]; what was done of it may be done again.
    pub async fn call(&self, text: &str, home: &Home) -> Result<Called, CallError> {
        match serde_json::from_str(text).map_err(|source| CallError::Unknown { source })? {
            Call::Tick => {
                let bound = self.sweep.bound(self.sweep.clock.now()).await?;
                // Asked for before it is noted that it was restored, so that a crash between the two loses nothing.
                if bound.is_restored() {
                    self.ask_for_everything(home).await?;
                }
                Ok(Called::Ticked(self.sweep.tick(&bound, home).await?))
            }
            Call::Everything => Ok(Called::AskedFor { units: self.ask_for_everything(home).await? }),
        }
    }

    /// Reads the unit that a message asks for from where sweep runs, until the moment at which the invocation has to come to its end.
    ///
    /// # Errors
    /// [`MessageError`]: the message goes back to the queue.
    pub async fn message(&self, body: &str, home: &Home, until: Time) -> Result<Taken, MessageError> {
        let asked: Asked =
            serde_json::from_str(body).map_err(|source| MessageError::Unreadable { source })?;
        let unit = || asked.unit.slot().into();
        match self.sweep.unit(&asked, home, until).await? {
            Swept::Whole => Ok(Taken::Whole),
            Swept::More => {
                self.ask(&[Asked { pauses: 0, ..asked }], Span::seconds(0)).await?;
                Ok(Taken::Continued)
            }
            Swept::Later if asked.pauses >= PAUSES => Err(MessageError::NeverReady { unit: unit() }),
            Swept::Later => {
                let pause = pause_after(asked.pauses);
                self.ask(&[Asked { pauses: asked.pauses + 1, ..asked }], pause).await?;
                Ok(Taken::Paused)
            }
            Swept::Stopped { why } => Err(MessageError::Stopped { unit: unit(), why }),
        }
    }

    async fn ask_for_everything(&self, home: &Home) -> Result<usize, CallError> {
        let at = self.sweep.clock.now();
        let named = self.named().await;
        let all = named.iter().chain([&home.account]).cloned().collect();
        keep_listed(&self.sweep.ledger, ACCOUNTS, &Listed { at, all }).await?;
        let units = units(home, &self.members(home, named), &self.regions);
        let asked: Vec<_> = units.into_iter().map(|unit: Unit| Asked { unit, at, pauses: 0 }).collect();
        self.ask(&asked, Span::seconds(0)).await?;
        Ok(asked.len())
    }

    /// The accounts that there are by the operator's word: those in which Keytrail may act, and those that it only watches.
    async fn named(&self) -> BTreeSet<AccountId> {
        let policy = self.sweep.policies.policy().await.policy;
        policy.enrolled_accounts.union(&policy.swept_accounts).cloned().collect()
    }

    /// The other accounts that are swept.
    fn members(&self, home: &Home, mut members: BTreeSet<AccountId>) -> BTreeSet<AccountId> {
        members.remove(&home.account);
        if !self.reaches_members && !members.is_empty() {
            tracing::warn!(
                accounts = members.len(),
                "without KEYTRAIL_EXTERNAL_ID no other account is swept"
            );
            return BTreeSet::new();
        }
        members
    }

    async fn ask(&self, asked: &[Asked], pause: Span) -> Result<(), QueueError> {
        let bodies = asked.iter().map(serde_json::to_string).collect::<Result<Vec<_>, _>>();
        let bodies = bodies.map_err(|source| QueueError { code: "NoJson".into(), source: source.into() })?;
        self.queue.send(&bodies, pause).await
    }
}

fn pause_after(pauses: u32) -> Span {
    let seconds = FIRST_PAUSE.millis() / 1_000 * (1_i64 << pauses.min(PAUSES));
    Span::seconds(seconds).min(LONGEST_PAUSE)
}
