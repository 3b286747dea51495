//! What is wrong with a deployment, and how to mend it.
//!
//! The checks are pure functions over what was read. What could not be read is told apart: it is neither well nor wrong.

pub(crate) mod alert;
mod functions;
mod ledger;
mod parts;
mod permits;
mod topics;
mod trails;
mod ways;

use keytrail_engine::time::Time;
use keytrail_ledger::capability::{Answer, ByName, Deployment, Unread};
use serde::Serialize;

/// How bad something is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Weight {
    /// Keytrail works, and less well than it could.
    Warning,
    /// Something isn't heard, told or done.
    Error,
}

/// Something that is wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// A name that stays the same: `rule_disabled`.
    pub check: &'static str,
    /// How bad it is.
    pub weight: Weight,
    /// What is wrong.
    pub what: String,
    /// What to do about it.
    pub fix: String,
}

/// Something that could not be read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Gap {
    /// What it is about.
    pub about: String,
    /// The permission that the call needs.
    pub call: Box<str>,
    /// What AWS answered.
    pub code: Box<str>,
}

/// What was found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Diagnosis {
    /// What is wrong, the worst first.
    pub problems: Vec<Problem>,
    /// What could not be read.
    pub unread: Vec<Gap>,
    /// How many parts of the deployment were looked at.
    pub looked_at: usize,
    /// The test alert that was asked for, once it was published.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub test_alert: Option<alert::Published>,
}

/// What the deployment's own table and policy say of it.
#[derive(Clone, Debug)]
pub struct Memory {
    /// The last heartbeat of sweep.
    pub heartbeat: Answer<Option<Heartbeat>>,
    /// Whether the ledger waits for `resume` after a restore.
    pub paused: Answer<bool>,
    /// What is wrong with the policy that the functions are told to read, where something is.
    pub policy_fault: Option<String>,
}

/// What sweep leaves every minute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heartbeat {
    /// When, by the function's clock.
    pub at: Time,
    /// The version of the function, where it says one.
    pub version: Option<Box<str>>,
}

/// Looks at everything.
pub fn diagnose(deployment: &Deployment, memory: &Memory, now: Time) -> Diagnosis {
    let mut found = Diagnosis::default();
    parts::check(deployment, &mut found);
    trails::check(deployment, &mut found);
    ways::rules(deployment, &mut found);
    ways::forwarders(deployment, &mut found);
    ways::hub(deployment, &mut found);
    ways::queues(deployment, &mut found);
    functions::functions(deployment, &mut found);
    functions::roles(deployment, &mut found);
    functions::schedules(deployment, &mut found);
    functions::deny_policy(deployment, &mut found);
    topics::topics(deployment, &mut found);
    topics::key(deployment, &mut found);
    ledger::table(deployment, &mut found);
    ledger::memory(deployment, memory, now, &mut found);
    found.problems.sort_by_key(|problem| std::cmp::Reverse(problem.weight));
    found
}

impl Diagnosis {
    fn wrong(&mut self, check: &'static str, what: impl Into<String>, fix: impl Into<String>) {
        self.add(Weight::Error, check, what.into(), fix.into());
    }

    fn warn(&mut self, check: &'static str, what: impl Into<String>, fix: impl Into<String>) {
        self.add(Weight::Warning, check, what.into(), fix.into());
    }

    fn add(&mut self, weight: Weight, check: &'static str, what: String, fix: String) {
        self.problems.push(Problem { check, weight, what, fix });
    }

    /// What was read; what wasn't is told.
    fn read<'a, T>(&mut self, about: &str, answer: &'a Answer<T>) -> Option<&'a T> {
        match answer {
            Ok(read) => {
                self.looked_at += 1;
                Some(read)
            }
            Err(Unread { gone: true, .. }) => {
                self.wrong(
                    "part_gone",
                    format!("{about} was deleted, and the stack doesn't know"),
                    "delete the stack (the table stays) and deploy it again, or make the part again under the same name",
                );
                None
            }
            Err(Unread { call, code, .. }) => {
                self.unread.push(Gap { about: about.to_owned(), call: call.clone(), code: code.clone() });
                None
            }
        }
    }

    /// One part of the stack, if it is there and could be read. That it is missing is told by [`parts`].
    fn part<'a, T>(&mut self, parts: &'a ByName<T>, name: &str) -> Option<&'a T> {
        self.read(name, parts.get(name)?)
    }
}

#[cfg(test)]
mod tests;
