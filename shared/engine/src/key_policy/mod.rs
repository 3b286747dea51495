//! What a KMS key policy lets CloudWatch Logs do, and whom it lets change the policy.
//!
//! The answer is one of three. *Denies* is said only where no reading of the policy allows it; what rests on something that
//! a policy alone doesn't tell (who asks on whose behalf, tags, an organisation) is *cannot tell*. IAM policies and grants
//! don't count: CloudWatch Logs calls KMS as a service, which has no IAM policy, and makes no grants for log groups.
//!
//! How policies are evaluated:
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html>. What CloudWatch Logs needs:
//! <https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html>.

mod certainty;
mod condition;
mod context;
mod principal;
mod statement;

use serde_json::Value;

use crate::fingerprint::fingerprint;
use crate::subject::SubjectId;
use certainty::{Sure, any};
use context::Asking;
use statement::Effect;

/// What a key policy says to a question.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Answer {
    /// It allows it.
    Allows,
    /// It can't be told from the policy alone.
    CannotTell,
    /// It denies it, or nothing in it allows it.
    Denies,
}

/// What a log target needs its KMS key for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Purpose {
    /// Reading what was encrypted: `kms:Decrypt`.
    Read,
    /// Encrypting what is written.
    Write,
}

impl Purpose {
    /// The actions that serve it. Which of them CloudWatch Logs calls to write is documented only as "Encrypt*,
    /// ReEncrypt*, GenerateDataKey*", so that one of them is enough not to be locked out.
    const fn actions(self) -> &'static [&'static str] {
        match self {
            Self::Read => &["kms:Decrypt"],
            Self::Write => &[
                "kms:GenerateDataKey",
                "kms:GenerateDataKeyWithoutPlaintext",
                "kms:Encrypt",
                "kms:ReEncryptTo",
            ],
        }
    }
}

/// A key policy, taken apart once to be asked often. Total: a text that is no policy can't tell anything.
pub struct KeyPolicy {
    statements: Option<Vec<Value>>,
}

impl KeyPolicy {
    /// Reads a policy's text.
    pub fn read(text: &str) -> Self {
        Self { statements: statements(text) }
    }

    /// What tells it from another policy: a hash of what it says, however its text is laid out.
    pub fn fingerprint(&self) -> String {
        let said = serde_json::to_vec(&self.statements).unwrap_or_default();
        fingerprint("key policy", [&said]).to_string()
    }

    /// Whether it lets CloudWatch Logs use the key for a log target.
    pub fn logs_may(&self, key: &SubjectId, target: &SubjectId, purpose: Purpose) -> Answer {
        let asking = Asking::Logs { target };
        // The best of the actions: being denied one of several ways locks nobody out.
        let answers = purpose.actions().iter().map(|action| self.ask(key, &asking, action));
        answers.min().unwrap_or(Answer::CannotTell)
    }

    /// Whether it leaves anybody of the key's own account in power over it, which is to change the policy.
    pub fn account_may_administer(&self, key: &SubjectId) -> Answer {
        self.ask(key, &Asking::OwnAccount { account: key.account.as_str() }, "kms:PutKeyPolicy")
    }

    fn ask(&self, key: &SubjectId, asking: &Asking<'_>, action: &str) -> Answer {
        let Some(statements) = &self.statements else { return Answer::CannotTell };
        let of =
            |effect| any(statements.iter().map(|it| statement::applies(it, effect, key, asking, action)));
        match (of(Effect::Deny), of(Effect::Allow)) {
            (Sure::Yes, _) | (_, Sure::No) => Answer::Denies,
            (Sure::No, Sure::Yes) => Answer::Allows,
            _ => Answer::CannotTell,
        }
    }
}

/// The statements of a policy: one, or a list. `None` for what is none, which KMS would not have taken.
fn statements(policy: &str) -> Option<Vec<Value>> {
    let Value::Object(mut policy) = serde_json::from_str(policy).ok()? else { return None };
    match policy.remove("Statement")? {
        Value::Array(statements) => Some(statements),
        one @ Value::Object(_) => Some(vec![one]),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
