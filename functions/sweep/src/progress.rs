//! How far a unit has come, kept in the ledger: an invocation that ends, or dies, is continued by the next.

use keytrail_engine::time::{Span, Time};
use keytrail_ledger::{LedgerError, Slots, Version, read_slot};
use serde::{Deserialize, Serialize};

/// A pass of this age is begun anew: AWS forgets the places in its listings.
///
/// Source: <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DescribeLogGroups.html> (24 hours)
const STALE: Span = Span::hours(20);

/// The progress of a unit.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Progress {
    /// When the pass under way began to list; `None` if none is under way.
    pub began: Option<Time>,
    /// The page at which the pass goes on.
    pub marker: Option<Box<str>>,
    /// `AllUsers` was refused: the pass goes user by user.
    pub user_by_user: bool,
    /// The listing is whole, and what it didn't show is being marked.
    pub marking: bool,
    /// When the last whole pass began.
    pub complete: Option<Time>,
    /// What went wrong in this pass or, before it begins, in the last one.
    pub fault: Option<Box<str>>,
}

impl Progress {
    /// Gives the pass under way up, if one is; what is known of whole ones stays.
    pub(crate) fn give_up(&mut self) {
        *self = Self { complete: self.complete, fault: self.fault.take(), ..Self::default() };
    }

    /// Gives a pass up whose place in AWS's listing may be gone.
    pub(crate) fn give_up_if_stale(&mut self, now: Time) {
        if self.began.is_some_and(|began| now.since(began) >= STALE) {
            self.give_up();
        }
    }

    /// Whether a pass is whole that began then or later.
    pub(crate) fn answers(&self, asked: Time) -> bool {
        self.complete.is_some_and(|complete| complete >= asked)
    }
}

/// A unit's progress, and how it is written back.
pub(crate) struct Kept {
    name: String,
    pub(crate) progress: Progress,
    version: Option<Version>,
}

impl Kept {
    pub(crate) async fn read(slots: &impl Slots, name: String) -> Result<Self, LedgerError> {
        let held = read_slot::<Progress>(slots, &name).await?;
        let (progress, version) =
            held.map_or((Progress::default(), None), |(it, version)| (it, Some(version)));
        Ok(Self { name, progress, version })
    }

    /// Writes it back. Another invocation that was faster has come further: this one ends with a conflict.
    pub(crate) async fn write(&mut self, slots: &impl Slots) -> Result<(), LedgerError> {
        let value = serde_json::to_value(&self.progress).map_err(|source| LedgerError::Corrupt {
            what: self.name.clone().into(),
            source: source.into(),
        })?;
        slots.set_slot(&self.name, &value, self.version).await?;
        self.version = Some(Version::after(self.version));
        Ok(())
    }
}
