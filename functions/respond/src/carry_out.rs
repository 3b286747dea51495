//! One action, done and read back.

use keytrail_engine::action::{Action, ActionKind};
use keytrail_engine::event::{Event, Status, UserSeen};
use keytrail_engine::ids::{CredentialId, ServiceName, UserName};
use keytrail_engine::last_access::{self, LastAccess};
use keytrail_engine::policy::Cause;
use keytrail_engine::time::Time;
use keytrail_engine::world::World;
use keytrail_ledger::act::{Hands, Holder, Looked, Progress};
use keytrail_ledger::capability::{AdminError, CredentialAdmin, DenyPolicy, Listed};

use crate::observe;

/// What respond may do: IAM's calls on API keys and their users.
pub(crate) struct Iam<'a, A> {
    pub(crate) admin: &'a A,
    pub(crate) rescue_is_deployed: bool,
}

impl<A: CredentialAdmin> Hands for Iam<'_, A> {
    fn holder(&self, kind: &ActionKind) -> Holder {
        match (kind, self.rescue_is_deployed) {
            (ActionKind::RescueKmsKey { .. }, true) => Holder::Elsewhere,
            (ActionKind::RescueKmsKey { .. }, false) => Holder::Nobody,
            _ => Holder::Here,
        }
    }

    /// Before a key goes for being unused: its user's path and tags, by which it may be exempt; and before it is switched off,
    /// when the user last called its service, as IAM tells it.
    async fn look_again(&self, action: &Action, world: &World, as_of: Time) -> Result<Looked, AdminError> {
        let (
            ActionKind::DeactivateApiKey { user, service, .. }
            | ActionKind::DeleteApiKey { user, service, .. },
            Cause::Staleness,
        ) = (&action.kind, Cause::of(&action.rule))
        else {
            return Ok(Looked::default());
        };
        let unreadable = |what: &str, error: AdminError| match error {
            AdminError::Later { .. } | AdminError::Unreachable { .. } => Err(error),
            error => {
                tracing::error!(user = %user, error = &error as &dyn std::error::Error, "{what} may not be read");
                Ok(())
            }
        };
        let seen = match self.admin.user(user).await {
            Ok(seen) => seen,
            // There is no such user: the action itself will say so.
            Err(AdminError::NoSuchEntity) => return Ok(Looked::default()),
            Err(error) => unreadable("a user", error).map(|()| UserSeen::Unreadable)?,
        };
        let seen = vec![observe::user(action, user, seen, as_of)];
        if matches!(action.kind, ActionKind::DeleteApiKey { .. }) {
            return Ok(Looked { seen, against: None });
        }
        let access = match self.admin.last_access(user, service).await {
            Ok(access) => access,
            Err(error) => unreadable("a user's last access", error).map(|()| LastAccess::Unreadable)?,
        };
        Ok(Looked { seen, against: last_access::objection(&action.subject, world, access) })
    }

    async fn carry_out(&self, action: &Action, _: &World, _: Time) -> Result<Progress, AdminError> {
        carry_out(self.admin, &action.kind).await
    }

    async fn still_to_do(&self, action: &Action, as_of: Time) -> Result<Option<Event>, AdminError> {
        let status = still_shown(self.admin, &action.kind).await?;
        Ok(status.and_then(|status| observe::shown(action, status, as_of)))
    }
}

/// Does what the action says, to the one target that it names, and reads it back.
pub(crate) async fn carry_out(
    admin: &impl CredentialAdmin,
    kind: &ActionKind,
) -> Result<Progress, AdminError> {
    match carry_out_once(admin, kind).await {
        Err(AdminError::NoSuchEntity) => Ok(Progress::NotThere),
        other => other,
    }
}

/// The status that IAM shows now of the key that an action would change, where that is not the one it would set: then there
/// is something left to do after all. `None` where there isn't.
pub(crate) async fn still_shown(
    admin: &impl CredentialAdmin,
    kind: &ActionKind,
) -> Result<Option<Status>, AdminError> {
    let (key, user, service, wanted) = match kind {
        ActionKind::DeactivateApiKey { key, user, service } => (key, user, service, Some(Status::Inactive)),
        ActionKind::ReactivateApiKey { key, user, service } => (key, user, service, Some(Status::Active)),
        ActionKind::DeleteApiKey { key, user, service } => (key, user, service, None),
        ActionKind::DenyBearerCalls { .. }
        | ActionKind::AllowBearerCalls { .. }
        | ActionKind::RescueKmsKey { .. } => return Ok(None),
    };
    let listed = match (Target { admin, user, key, service }).listed().await {
        Err(AdminError::NoSuchEntity) => None,
        listed => listed?,
    };
    Ok(listed.map(|listed| listed.status).filter(|status| Some(*status) != wanted))
}

async fn carry_out_once(admin: &impl CredentialAdmin, kind: &ActionKind) -> Result<Progress, AdminError> {
    match kind {
        ActionKind::DeactivateApiKey { key, user, service } => {
            Target { admin, user, key, service }.set(Status::Inactive).await
        }
        ActionKind::ReactivateApiKey { key, user, service } => {
            Target { admin, user, key, service }.set(Status::Active).await
        }
        ActionKind::DeleteApiKey { key, user, service } => {
            Target { admin, user, key, service }.delete().await
        }
        ActionKind::DenyBearerCalls { user } => deny(admin, user, DenyPolicy::Attached).await,
        ActionKind::AllowBearerCalls { user } => deny(admin, user, DenyPolicy::Absent).await,
        ActionKind::RescueKmsKey { .. } => Err(AdminError::Refused {
            code: "NotHeldHere".into(),
            source: "this function holds no KMS permission: a KMS key is rescued by a function of its own"
                .into(),
        }),
    }
}

/// An API key, as the action names it.
struct Target<'a, A> {
    admin: &'a A,
    user: &'a UserName,
    key: &'a CredentialId,
    service: &'a ServiceName,
}

impl<A: CredentialAdmin> Target<'_, A> {
    /// The key as IAM lists it under exactly this user and service: a key of another service is not found.
    async fn listed(&self) -> Result<Option<Listed>, AdminError> {
        let keys = self.admin.keys_of(self.user, self.service).await?;
        Ok(keys.into_iter().find(|listed| listed.key == *self.key && listed.service == *self.service))
    }

    async fn set(&self, status: Status) -> Result<Progress, AdminError> {
        match self.listed().await? {
            None => return Ok(Progress::NotThere),
            Some(listed) if listed.status == status => return Ok(Progress::NothingLeft),
            Some(listed) if listed.status == Status::Expired => return expired(status),
            Some(_) => {}
        }
        self.admin.set_status(self.user, self.key, status).await?;
        let shown = self.listed().await?.is_none_or(|listed| listed.status == status);
        Ok(if shown { Progress::Done } else { Progress::Verifying })
    }

    /// Deletes the key if it is inactive. An active one is refused: deletion can't be undone.
    async fn delete(&self) -> Result<Progress, AdminError> {
        match self.listed().await? {
            None => return Ok(Progress::NotThere),
            Some(listed) if listed.status == Status::Active => {
                return Err(AdminError::Refused {
                    code: "StillActive".into(),
                    source: "only an inactive key is deleted".into(),
                });
            }
            Some(_) => {}
        }
        self.admin.delete(self.user, self.key).await?;
        Ok(if self.listed().await?.is_none() { Progress::Done } else { Progress::Verifying })
    }
}

/// What has expired does not work, and IAM does not bring it back.
fn expired(wanted: Status) -> Result<Progress, AdminError> {
    if wanted != Status::Active {
        return Ok(Progress::NothingLeft);
    }
    Err(AdminError::Refused { code: "Expired".into(), source: "the key has expired".into() })
}

async fn deny(
    admin: &impl CredentialAdmin,
    user: &UserName,
    wanted: DenyPolicy,
) -> Result<Progress, AdminError> {
    if admin.deny_policy(user).await? == wanted {
        return Ok(Progress::NothingLeft);
    }
    let changed = match wanted {
        DenyPolicy::Attached => admin.attach_deny_policy(user).await,
        DenyPolicy::Absent => admin.detach_deny_policy(user).await,
    };
    let missing = match changed {
        Ok(()) => false,
        Err(AdminError::NoSuchEntity) => true,
        Err(error) => return Err(error),
    };
    let shown = admin.deny_policy(user).await? == wanted;
    match (missing, shown) {
        // The user is there, as the answer just now says: what is missing is the policy itself, and without it
        // nothing is denied.
        (true, false) if wanted == DenyPolicy::Attached => Err(AdminError::Refused {
            code: "NoSuchEntity".into(),
            source: "the policy KeytrailDenyBearer is not in the account".into(),
        }),
        (true, true) => Ok(Progress::NothingLeft),
        (false, true) => Ok(Progress::Done),
        (_, false) => Ok(Progress::Verifying),
    }
}

#[cfg(test)]
mod tests;
