//! The world outside in memory, for handlers that run in one process: a ledger, IAM, KMS, a topic, a queue, a policy, a clock.
//!
//! Every fake is a handle: clones share one state, so that a test keeps one and gives one away. Every call goes over
//! a [`Wire`], which can be spoilt, and passes two points at which whoever polls it may stop for good: one before its
//! effect and one between effect and answer. [`run`] polls to the end, [`crash_after`] stops in the middle, and
//! [`together`] polls many by turns. None of them needs a runtime.

mod clock;
mod iam;
mod inventory;
mod kms;
mod ledger;
mod policy;
mod poll;
mod queue;
mod stage;
mod topic;
mod wire;

pub use clock::FakeClock;
pub use iam::{FakeIam, IamWrite};
pub use inventory::FakeInventory;
pub use kms::{FakeKms, KmsWrite};
pub use ledger::{MemoryLedger, Streamed};
pub use policy::FakePolicy;
pub use poll::{crash_after, run, together};
pub use queue::FakeQueue;
pub use stage::{Stage, events, exposed};
pub use topic::FakeTopic;
pub use wire::{Call, Mishap, Wire};
