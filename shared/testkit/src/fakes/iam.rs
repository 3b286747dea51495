//! IAM's users, their API keys, and whether bearer calls are denied to them.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use keytrail_engine::event::{Status, UserSeen};
use keytrail_engine::ids::{CredentialId, ServiceName, UserName};
use keytrail_engine::last_access::LastAccess;
use keytrail_engine::time::Time;
use keytrail_ledger::capability::{AdminError, CredentialAdmin, DenyPolicy, Listed};

use super::wire::{Mishap, Wire};

/// A write that took effect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum IamWrite {
    /// `UpdateServiceSpecificCredential`.
    Status(UserName, CredentialId, Status),
    /// `DeleteServiceSpecificCredential`.
    Delete(UserName, CredentialId),
    /// `AttachUserPolicy` or `DetachUserPolicy`.
    Policy(UserName, DenyPolicy),
}

/// A user.
#[derive(Clone, Debug, Default)]
struct User {
    keys: BTreeMap<CredentialId, (ServiceName, Status)>,
    denied: bool,
    tags: BTreeMap<Box<str>, Box<str>>,
    accessed: Option<Time>,
}

type Users = BTreeMap<UserName, User>;

#[derive(Debug, Default)]
struct State {
    users: Users,
    writes: Vec<IamWrite>,
    /// So many reads after a write show what was before it.
    stale_reads: usize,
    stale: Option<(Users, usize)>,
}

/// IAM of one account.
#[derive(Clone, Debug, Default)]
pub struct FakeIam {
    wire: Wire,
    state: Arc<Mutex<State>>,
}

impl FakeIam {
    /// An account without users at the end of a wire.
    pub fn new(wire: Wire) -> Self {
        Self { wire, state: Arc::default() }
    }

    /// Makes a key, and its user where there is none. This is not one of [`FakeIam::writes`].
    pub fn add_key(&self, user: &UserName, key: &CredentialId, service: &ServiceName, status: Status) {
        let mut state = self.lock();
        let keys = &mut state.users.entry(user.clone()).or_default().keys;
        keys.insert(key.clone(), (service.clone(), status));
    }

    /// Makes a user without keys.
    pub fn add_user(&self, user: &UserName) {
        self.lock().users.entry(user.clone()).or_default();
    }

    /// Sets a tag of a user, which is made where there is none.
    pub fn tag_user(&self, user: &UserName, tag: &str, value: &str) {
        self.lock().users.entry(user.clone()).or_default().tags.insert(tag.into(), value.into());
    }

    /// Lets IAM's report show that a user called a service at a moment; without one it shows no call.
    pub fn show_access(&self, user: &UserName, at: Time) {
        self.lock().users.entry(user.clone()).or_default().accessed = Some(at);
    }

    /// Deletes a key. This is not one of [`FakeIam::writes`].
    pub fn remove_key(&self, user: &UserName, key: &CredentialId) {
        if let Some(user) = self.lock().users.get_mut(user) {
            user.keys.remove(key);
        }
    }

    /// Deletes a user with all keys.
    pub fn remove_user(&self, user: &UserName) {
        self.lock().users.remove(user);
    }

    /// Lets so many reads after each write show what was before it.
    pub fn show_stale(&self, reads: usize) {
        self.lock().stale_reads = reads;
    }

    /// Lets every read show what is.
    pub fn settle(&self) {
        self.lock().stale = None;
    }

    /// A key's status.
    pub fn status(&self, user: &UserName, key: &CredentialId) -> Option<Status> {
        self.lock().users.get(user)?.keys.get(key).map(|(_, status)| *status)
    }

    /// Whether bearer calls are denied to a user.
    pub fn denied(&self, user: &UserName) -> bool {
        self.lock().users.get(user).is_some_and(|user| user.denied)
    }

    /// What Keytrail wrote, in this order.
    pub fn writes(&self) -> Vec<IamWrite> {
        self.lock().writes.clone()
    }

    /// Every key as a listing shows it now.
    pub(super) fn listed(&self) -> Vec<(UserName, Listed)> {
        let users = self.lock().shown();
        let of = |(name, user): (UserName, User)| {
            listed(&user).map(move |it| (name.clone(), it)).collect::<Vec<_>>()
        };
        users.into_iter().flat_map(of).collect()
    }

    /// The users' names as a listing shows them now.
    pub(super) fn user_names(&self) -> Vec<UserName> {
        self.lock().shown().into_keys().collect()
    }

    /// What IAM shows of a user now: all are at `/`.
    pub(super) fn user_seen(&self, user: &UserName) -> Option<UserSeen> {
        self.lock().shown().get(user).map(seen)
    }

    pub(super) const fn wire(&self) -> &Wire {
        &self.wire
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn read<T>(
        &self,
        operation: &'static str,
        user: &UserName,
        look: impl FnOnce(&User) -> T + Send,
    ) -> Result<T, AdminError> {
        let mishap = self.wire.begin("iam", operation, user).await;
        refuse(mishap)?;
        let seen = self.lock().shown().get(user).map(look).ok_or(AdminError::NoSuchEntity);
        lost(mishap)?;
        seen
    }

    async fn write(
        &self,
        operation: &'static str,
        write: IamWrite,
        change: impl FnOnce(&mut User) -> Option<()> + Send,
    ) -> Result<(), AdminError> {
        let user = match &write {
            IamWrite::Status(user, ..) | IamWrite::Delete(user, _) | IamWrite::Policy(user, _) => {
                user.clone()
            }
        };
        let mishap = self.wire.begin("iam", operation, &user).await;
        refuse(mishap)?;
        self.lock().apply(&user, write, change)?;
        self.wire.end().await;
        lost(mishap)
    }
}

impl State {
    fn shown(&mut self) -> Users {
        match self.stale.take() {
            Some((users, left)) if left > 0 => {
                self.stale = Some((users.clone(), left - 1));
                users
            }
            _ => self.users.clone(),
        }
    }

    fn apply(
        &mut self,
        user: &UserName,
        write: IamWrite,
        change: impl FnOnce(&mut User) -> Option<()>,
    ) -> Result<(), AdminError> {
        let before = self.users.clone();
        let user = self.users.get_mut(user).ok_or(AdminError::NoSuchEntity)?;
        change(user).ok_or(AdminError::NoSuchEntity)?;
        self.stale = Some((before, self.stale_reads));
        self.writes.push(write);
        Ok(())
    }
}

fn seen(user: &User) -> UserSeen {
    UserSeen::Shown { path: "/".into(), tags: user.tags.clone() }
}

fn listed(user: &User) -> impl Iterator<Item = Listed> {
    let of = |(key, (service, status)): (&CredentialId, &(ServiceName, Status))| Listed {
        key: key.clone(),
        service: service.clone(),
        status: *status,
    };
    user.keys.iter().map(of).collect::<Vec<_>>().into_iter()
}

pub(super) fn refuse(mishap: Option<Mishap>) -> Result<(), AdminError> {
    Err(match mishap {
        None | Some(Mishap::AnswerLost) => return Ok(()),
        Some(Mishap::Throttled) => AdminError::Later { source: "Throttling".into() },
        Some(Mishap::Unreachable) => AdminError::Unreachable { source: "no answer".into() },
        Some(Mishap::Refused("NoSuchEntity")) => AdminError::NoSuchEntity,
        Some(Mishap::Refused("AccessDenied")) => AdminError::AccessDenied { source: "AccessDenied".into() },
        Some(Mishap::Refused("LimitExceeded")) => {
            AdminError::LimitExceeded { source: "LimitExceeded".into() }
        }
        Some(Mishap::Refused(code @ "EntityTemporarilyUnmodifiable")) => {
            AdminError::Later { source: code.into() }
        }
        Some(Mishap::Refused(code)) => AdminError::Refused { code: code.into(), source: code.into() },
    })
}

pub(super) fn lost(mishap: Option<Mishap>) -> Result<(), AdminError> {
    match mishap {
        Some(Mishap::AnswerLost) => Err(AdminError::Unreachable { source: "the answer was lost".into() }),
        _ => Ok(()),
    }
}

impl CredentialAdmin for FakeIam {
    async fn keys_of(&self, user: &UserName, service: &ServiceName) -> Result<Vec<Listed>, AdminError> {
        let service = service.clone();
        self.read("keys_of", user, move |user| listed(user).filter(|key| key.service == service).collect())
            .await
    }

    async fn user(&self, user: &UserName) -> Result<UserSeen, AdminError> {
        self.read("user", user, seen).await
    }

    async fn last_access(&self, user: &UserName, _: &ServiceName) -> Result<LastAccess, AdminError> {
        self.read("last_access", user, |user| user.accessed.map_or(LastAccess::Never, LastAccess::At)).await
    }

    async fn set_status(
        &self,
        user: &UserName,
        key: &CredentialId,
        status: Status,
    ) -> Result<(), AdminError> {
        let write = IamWrite::Status(user.clone(), key.clone(), status);
        self.write("set_status", write, |user| user.keys.get_mut(key).map(|held| held.1 = status)).await
    }

    async fn delete(&self, user: &UserName, key: &CredentialId) -> Result<(), AdminError> {
        let write = IamWrite::Delete(user.clone(), key.clone());
        self.write("delete", write, |user| user.keys.remove(key).map(|_| ())).await
    }

    async fn deny_policy(&self, user: &UserName) -> Result<DenyPolicy, AdminError> {
        let of = |user: &User| if user.denied { DenyPolicy::Attached } else { DenyPolicy::Absent };
        self.read("deny_policy", user, of).await
    }

    async fn attach_deny_policy(&self, user: &UserName) -> Result<(), AdminError> {
        let write = IamWrite::Policy(user.clone(), DenyPolicy::Attached);
        self.write("attach_deny_policy", write, |user| {
            user.denied = true;
            Some(())
        })
        .await
    }

    async fn detach_deny_policy(&self, user: &UserName) -> Result<(), AdminError> {
        let write = IamWrite::Policy(user.clone(), DenyPolicy::Absent);
        // IAM answers NoSuchEntity where the policy isn't attached.
        self.write("detach_deny_policy", write, |user| std::mem::take(&mut user.denied).then_some(())).await
    }
}
