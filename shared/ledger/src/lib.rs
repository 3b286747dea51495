//! What Keytrail's handlers need from the world outside, as traits; and what they do with it, whichever ledger it is.
//!
//! [`Ledger`] is the durable store of documents and of the outbox. [`record()`] puts events into it: fold, judge,
//! decide and commit. With the feature `contract`, `contract` holds the tests that every ledger passes.

pub mod act;
mod budgets;
pub mod capability;
mod commit;
#[cfg(feature = "contract")]
pub mod contract;
mod epoch;
mod error;
pub mod form;
mod gather;
mod item;
mod keep;
mod known_rules;
mod ledger;
mod record;
mod slots;
mod supplied;
mod swept;
mod trouble;

pub use budgets::{HeldForBudget, Reset, Scope, held_for_budget, permits, reset_budget, resets};
pub use commit::{Check, Commit, Committed, LARGEST_COMMIT, Stored, Version, Write};
pub use epoch::{Epoch, LeftOver, Resumed, Resumption, expiry, left_over, paused, resume};
pub use error::{BoxError, LedgerError, Next};
pub use gather::world_of;
pub use item::{Body, Change, Item, ItemId, ItemKind, State, StoredItem};
pub use keep::{keep_unresolved, park, unresolved_id};
pub use known_rules::{know_rules, policy_here};
pub use ledger::{Cursor, Damaged, Ledger, Page, Parts};
pub use record::{Failed, HOURS_ARE_KEPT, Judging, Recorded, conclude, judge_again, record};
pub use slots::{Granted, Permit, Permits, Slots, read_slot, take_permit};
pub use supplied::{SupplyError, supply};
pub use swept::{
    ACCOUNTS, HISTORY, KMS_KEYS, LOG_GROUPS, LOG_PARTS, REGIONS, enabled_slot, keep_listed, reach_of,
    sweep_slot, sweeps_of,
};
pub use trouble::{policy_trouble, tell_trouble};
