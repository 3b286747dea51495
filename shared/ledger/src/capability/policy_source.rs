//! Where the policy comes from.

use keytrail_engine::policy::Policy;

use crate::error::BoxError;

/// The policy in force.
#[derive(Debug)]
pub struct PolicyInForce {
    /// The newest that could be read.
    pub policy: Policy,
    /// Why a newer one can't be read, if so: nothing is enforced then, and people are told.
    pub broken: Option<BoxError>,
}

/// Reads the operator's policy.
pub trait PolicySource: Send + Sync {
    /// The policy in force. Before the first good one there is none, and a function doesn't start.
    fn policy(&self) -> impl Future<Output = PolicyInForce> + Send;
}
