//! What handlers need from the world outside, each a trait of its own, so that a function holds no more than it uses.

mod credential_admin;
mod deployment;
mod inventory;
mod kms_key_admin;
mod policy_source;
mod publisher;
mod unit_queue;

pub use credential_admin::{AdminError, CredentialAdmin, DenyPolicy, Listed};
pub use deployment::{
    Answer, BusSeen, ByName, Deployment, DeploymentReader, FunctionSeen, KeySeen, QueueSeen, RoleSeen,
    RuleSeen, TableSeen, TopicSeen, Unread,
};
pub use inventory::{
    HistoryPage, Inventory, InventoryError, KeyPage, KmsKeyAnswer, KmsKeyPage, LogGroupPage, LogGroupSeen,
    LogPartPage, LogPartSeen, TrailSeen,
};
pub use kms_key_admin::KmsKeyAdmin;
pub use policy_source::{BrokenPolicy, PolicyInForce, PolicySource};
pub use publisher::{Message, PublishError, Publisher};
pub use unit_queue::{QueueError, UnitQueue};

use keytrail_engine::time::Time;

/// Tells the time. A function has the system's, a simulation its own.
pub trait Clock: Send + Sync {
    /// The moment it is.
    fn now(&self) -> Time;
}

impl<C: Clock + ?Sized> Clock for &C {
    fn now(&self) -> Time {
        (**self).now()
    }
}
