//! A policy that a test sets.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use keytrail_engine::policy::Policy;
use keytrail_ledger::capability::{BrokenPolicy, PolicyInForce, PolicySource};

/// A policy that a test sets.
#[derive(Clone, Debug, Default)]
pub struct FakePolicy(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    policy: Policy,
    broken: Option<String>,
}

impl FakePolicy {
    /// A good policy.
    pub fn new(policy: Policy) -> Self {
        Self(Arc::new(Mutex::new(State { policy, broken: None })))
    }

    /// Sets a good one.
    pub fn set(&self, policy: Policy) {
        *self.state() = State { policy, broken: None };
    }

    /// Sets one that can't be read: the last good one stays in force.
    pub fn set_broken(&self, why: &str) {
        self.state().broken = Some(why.to_owned());
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn broken(why: String) -> BrokenPolicy {
    BrokenPolicy { version: why.as_str().into(), why: why.into() }
}

impl PolicySource for FakePolicy {
    async fn policy(&self) -> PolicyInForce {
        let state = self.state();
        PolicyInForce { policy: state.policy.clone(), broken: state.broken.clone().map(broken) }
    }
}
