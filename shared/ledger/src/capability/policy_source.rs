//! Where the policy comes from.

use keytrail_engine::policy::Policy;

use crate::error::BoxError;

/// The policy in force.
#[derive(Debug)]
pub struct PolicyInForce {
    /// The newest that could be read.
    pub policy: Policy,
    /// The newer one that can't be read, if so: nothing is enforced then, and people are told.
    pub broken: Option<BrokenPolicy>,
}

/// A policy that can't be read.
#[derive(Debug, thiserror::Error)]
#[error("{why}")]
pub struct BrokenPolicy {
    /// Which: what tells it from the next broken one, so that people are told once of each. Where there is no text to tell it
    /// by, the day on which there was none.
    pub version: Box<str>,
    /// Every fault of it, or why there is none.
    pub why: BoxError,
}

/// Reads the operator's policy.
pub trait PolicySource: Send + Sync {
    /// The policy in force. Before the first good one there is none, and a function doesn't start.
    fn policy(&self) -> impl Future<Output = PolicyInForce> + Send;
}
