//! An invocation of a function: a future that is polled by turns, and may die at any of its awaits.

use std::pin::Pin;

use keytrail_detect::Handled;
use keytrail_engine::time::Time;
use keytrail_ledger::{ItemId, LedgerError};
use keytrail_sweep::Swept;

/// What an invocation is about.
#[derive(Clone, Debug)]
pub(crate) enum Work {
    Detect(Vec<String>),
    Respond { shard: usize, item: ItemId, ended_before: bool },
    Notify { shard: usize },
    Tick,
    Rescue,
    Unit,
}

/// What it came to.
#[derive(Debug)]
pub(crate) enum Came {
    Detected(Handled),
    Responded(Result<keytrail_respond::Answer, LedgerError>),
    Notified(Result<keytrail_notify::Answer, LedgerError>),
    Ticked(bool),
    Rescued,
    Swept(Result<Swept, LedgerError>),
}

/// An invocation under way.
pub(crate) struct Invocation {
    pub(crate) number: u64,
    pub(crate) work: Work,
    pub(crate) began: Time,
    /// The polls after which it dies.
    pub(crate) dies_after: Option<u64>,
    pub(crate) future: Pin<Box<dyn Future<Output = Came>>>,
}

/// An invocation that has ended, as far as the verdict asks.
#[derive(Clone, Debug)]
pub(crate) struct Ended {
    pub(crate) number: u64,
    pub(crate) work: Work,
    pub(crate) began: Time,
    pub(crate) ended: Time,
    /// It ended by itself and as it should: not dead, no error, and a notice was told.
    pub(crate) clean: bool,
}
