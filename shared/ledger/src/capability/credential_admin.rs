//! The IAM calls that switch API keys off and on. Only respond holds them.

use keytrail_engine::event::{Status, UserSeen};
use keytrail_engine::ids::{CredentialId, ServiceName, UserName};
use keytrail_engine::last_access::LastAccess;

use crate::error::BoxError;

/// An API key as a listing shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// Its id.
    pub key: CredentialId,
    /// Its service, as IAM says it: an action on a key of another service than expected is refused.
    pub service: ServiceName,
    /// Its status.
    pub status: Status,
}

/// Whether the policy that denies bearer calls is attached to a user.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DenyPolicy {
    /// It is.
    Attached,
    /// It isn't.
    Absent,
}

/// What can go wrong with a call, by what the caller does next.
#[derive(Debug, thiserror::Error)]
pub enum AdminError {
    /// The user, the key or the policy is gone (`NoSuchEntity`): there is nothing left to do it to.
    #[error("AWS knows no such user, key or policy")]
    NoSuchEntity,
    /// `AccessDenied`: Keytrail's role, a permissions boundary, an organisation's policy or a key's own policy forbids it. A person must
    /// act, and must know.
    #[error("AWS denies the call to Keytrail's role")]
    AccessDenied {
        /// AWS's words.
        #[source]
        source: BoxError,
    },
    /// `LimitExceeded`: the user has as many policies as it may. A person must act, and must know.
    #[error("an IAM quota stands in the way")]
    LimitExceeded {
        /// AWS's words.
        #[source]
        source: BoxError,
    },
    /// Throttled, `EntityTemporarilyUnmodifiable`, or a fault of the service: the same again, later.
    #[error("AWS asks for a pause")]
    Later {
        /// AWS's words.
        #[source]
        source: BoxError,
    },
    /// Anything else: it would fail again.
    #[error("AWS refuses the call: {code}")]
    Refused {
        /// AWS's error code; hostile text.
        code: Box<str>,
        /// AWS's words.
        #[source]
        source: BoxError,
    },
    /// No answer: it may have been done or not. Every call here may be repeated.
    #[error("AWS could not be reached")]
    Unreachable {
        /// What the client says.
        #[source]
        source: BoxError,
    },
}

/// The IAM calls on API keys and their users. Every call names the user: IAM would take the caller without it.
///
/// Source: <https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateServiceSpecificCredential.html>
pub trait CredentialAdmin: Send + Sync {
    /// The API keys of a user and service (at most two).
    fn keys_of(
        &self,
        user: &UserName,
        service: &ServiceName,
    ) -> impl Future<Output = Result<Vec<Listed>, AdminError>> + Send;

    /// `GetUser`: the user's path and tags.
    fn user(&self, user: &UserName) -> impl Future<Output = Result<UserSeen, AdminError>> + Send;

    /// `GenerateServiceLastAccessedDetails` and its report: when the user last called a service, with whatever credential.
    /// [`AdminError::Later`] while IAM is still making the report.
    fn last_access(
        &self,
        user: &UserName,
        service: &ServiceName,
    ) -> impl Future<Output = Result<LastAccess, AdminError>> + Send;

    /// `UpdateServiceSpecificCredential`, to `Active` or `Inactive`.
    fn set_status(
        &self,
        user: &UserName,
        key: &CredentialId,
        status: Status,
    ) -> impl Future<Output = Result<(), AdminError>> + Send;

    /// `DeleteServiceSpecificCredential`. Can't be undone.
    fn delete(
        &self,
        user: &UserName,
        key: &CredentialId,
    ) -> impl Future<Output = Result<(), AdminError>> + Send;

    /// Whether the policy `KeytrailDenyBearer` is attached to a user.
    fn deny_policy(&self, user: &UserName) -> impl Future<Output = Result<DenyPolicy, AdminError>> + Send;

    /// `AttachUserPolicy` with that policy and no other.
    fn attach_deny_policy(&self, user: &UserName) -> impl Future<Output = Result<(), AdminError>> + Send;

    /// `DetachUserPolicy` with that policy and no other.
    fn detach_deny_policy(&self, user: &UserName) -> impl Future<Output = Result<(), AdminError>> + Send;
}
