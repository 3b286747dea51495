//! Which ledger this is, and whether it may act.

use keytrail_engine::time::Time;
use serde::{Deserialize, Serialize};

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
}
