//! What respond does in IAM and rescue in KMS: a file for each deed.
//!
//! Every call of IAM names the user, because IAM takes the caller where none is named. A call may be repeated: what is done already
//! is done again or answered with `NoSuchEntity`, and neither does harm.

mod delete_key;
mod deny_bearer;
mod last_access;
mod rescue_key;
mod set_status;

use aws_sdk_iam::Client;
use keytrail_engine::event::{Status, UserSeen};
use keytrail_engine::ids::{Arn, CredentialId, ServiceName, UserName};
use keytrail_engine::last_access::LastAccess;
use keytrail_ledger::capability::{AdminError, CredentialAdmin, DenyPolicy, Listed};

pub use rescue_key::KmsAdmin;

use crate::iam::keys_of;
use crate::{Failure, FailureKind};

/// The IAM calls that switch API keys off and on, by the SDK.
#[derive(Clone, Debug)]
pub struct IamAdmin {
    client: Client,
    deny_policy: Arn,
}

impl IamAdmin {
    /// With the ARN of the account's own `KeytrailDenyBearer`, the one policy that is ever attached or detached.
    pub const fn new(client: Client, deny_policy: Arn) -> Self {
        Self { client, deny_policy }
    }
}

impl CredentialAdmin for IamAdmin {
    async fn keys_of(&self, user: &UserName, service: &ServiceName) -> Result<Vec<Listed>, AdminError> {
        Ok(keys_of(&self.client, named(user.as_str())?, service).await?)
    }

    async fn user(&self, user: &UserName) -> Result<UserSeen, AdminError> {
        Ok(crate::iam::user(&self.client, user.as_str()).await?)
    }

    async fn last_access(&self, user: &UserName, service: &ServiceName) -> Result<LastAccess, AdminError> {
        Ok(last_access::last_access(&self.client, named(user.as_str())?, service).await?)
    }

    async fn set_status(
        &self,
        user: &UserName,
        key: &CredentialId,
        status: Status,
    ) -> Result<(), AdminError> {
        Ok(set_status::set_status(&self.client, named(user.as_str())?, named(key.as_str())?, status).await?)
    }

    async fn delete(&self, user: &UserName, key: &CredentialId) -> Result<(), AdminError> {
        Ok(delete_key::delete_key(&self.client, named(user.as_str())?, named(key.as_str())?).await?)
    }

    async fn deny_policy(&self, user: &UserName) -> Result<DenyPolicy, AdminError> {
        Ok(deny_bearer::look(&self.client, named(user.as_str())?, &self.deny_policy).await?)
    }

    async fn attach_deny_policy(&self, user: &UserName) -> Result<(), AdminError> {
        Ok(deny_bearer::attach(&self.client, named(user.as_str())?, &self.deny_policy).await?)
    }

    async fn detach_deny_policy(&self, user: &UserName) -> Result<(), AdminError> {
        Ok(deny_bearer::detach(&self.client, named(user.as_str())?, &self.deny_policy).await?)
    }
}

/// A name that is there. IAM takes an absent user for the caller, and nobody says what it makes of an empty one.
fn named(name: &str) -> Result<&str, Failure> {
    if name.is_empty() {
        return Err(refused("EmptyName", "the user or the key has no name"));
    }
    Ok(name)
}

/// A refusal of our own, before or instead of AWS's.
pub(crate) fn refused(code: &str, why: &str) -> Failure {
    Failure { kind: FailureKind::Refused, code: code.into(), source: why.into() }
}

impl From<Failure> for AdminError {
    fn from(failure: Failure) -> Self {
        let Failure { kind, code, source } = failure;
        match kind {
            FailureKind::Later => Self::Later { source },
            FailureKind::Unreachable => Self::Unreachable { source },
            FailureKind::AccessDenied => Self::AccessDenied { source },
            FailureKind::NoSuchEntity => Self::NoSuchEntity,
            FailureKind::LimitExceeded => Self::LimitExceeded { source },
            FailureKind::Refused => Self::Refused { code, source },
        }
    }
}
