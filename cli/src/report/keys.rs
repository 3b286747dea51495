//! API keys.

use std::collections::BTreeMap;

use keytrail_engine::document::{ApiKey, Facts, Life, Standing};
use keytrail_engine::event::{Expiry, Status};
use keytrail_engine::ids::{AccountId, CredentialId, Network, Principal, ServiceName, UserName};
use keytrail_engine::subject::SubjectId;
use keytrail_engine::time::Time;
use keytrail_engine::world::World;
use serde::Serialize;

use super::course::{NextStep, course};
use super::last_use::{LastUse, Use, uses};
use super::{Row, text};

/// An API key at a moment.
#[derive(Clone, Debug, Serialize)]
pub struct KeyRow {
    /// Its id.
    pub id: CredentialId,
    /// Its subject id, as findings have it.
    pub subject: SubjectId,
    /// Its account.
    pub account: AccountId,
    /// Its user.
    pub user: Option<UserName>,
    /// Whose it is: the user's tag `owner`, as far as records say it. Hostile text.
    pub owner: Option<Box<str>>,
    /// Its service.
    pub service: Option<ServiceName>,
    /// `active`, `inactive`, `expired`, `deleted`, `contested` (records of one second contradict each other) or
    /// `unknown`.
    pub status: &'static str,
    /// When it was created.
    pub created: Option<Time>,
    /// By whom.
    pub created_by: Option<Principal>,
    /// When it expires; `null` for never, and where that isn't known.
    pub expires: Option<Time>,
    /// Whether it is known never to expire.
    pub never_expires: bool,
    /// When it was deleted.
    pub deleted: Option<Time>,
    /// When it was last used.
    pub last_used: LastUse,
    /// From where, as far as calls are certainly this key's: at most 16 networks.
    pub networks: Vec<Network>,
    /// Whether there were more networks.
    pub more_networks: bool,
    /// `held`, `exempt`, `first_warning`, `final_warning`, `deactivated`, or `null`: nobody was told anything of it.
    pub stage: Option<&'static str>,
    /// What comes next, if that has a date.
    pub next_step: Option<NextStep>,
}

/// The API keys of a world, by account and id; also those that only calls name.
pub fn keys(world: &World, now: Time) -> Vec<KeyRow> {
    let uses = uses(world);
    let unknown = ApiKey::default();
    let named =
        uses.iter().filter(|(subject, used)| used.named_by().is_some() && world.api_key(subject).is_none());
    let mut keys: BTreeMap<&SubjectId, &ApiKey> = named.map(|(subject, _)| (subject, &unknown)).collect();
    keys.extend(world.documents().filter_map(|document| match &document.facts {
        Facts::ApiKey(key) => Some((&document.subject, &**key)),
        _ => None,
    }));
    keys.into_iter().map(|(subject, key)| row(subject, key, uses.get(subject), world, now)).collect()
}

fn row(subject: &SubjectId, key: &ApiKey, used: Option<&Use>, world: &World, now: Time) -> KeyRow {
    let creation = key.life.entries().find(|entry| entry.value.what == Life::Created);
    let (networks, more_networks) = used.map(Use::networks).unwrap_or_default();
    let (service, user) = used.and_then(|used| used.named_by()?.service_and_user()).unzip();
    let standing = key.standing(now);
    let (stage, next_step) = course(subject, key, world, now);
    let user = key.user.value().cloned().or(user);
    KeyRow {
        id: CredentialId::new(&subject.name),
        subject: subject.clone(),
        account: subject.account.clone(),
        owner: user.as_ref().and_then(|user| owner(subject, user, world)),
        user,
        service: key.service.value().cloned().or(service),
        status: status_of(standing),
        created: key.created(),
        created_by: creation.and_then(|entry| entry.value.by.who.clone()),
        expires: match key.expires.value() {
            Some(Expiry::At(at)) => Some(*at),
            Some(Expiry::Never) | None => None,
        },
        never_expires: key.expires.value() == Some(&Expiry::Never),
        deleted: key.deleted.at().filter(|_| standing == Standing::Deleted),
        last_used: used.map(Use::last).unwrap_or_default(),
        networks,
        more_networks,
        stage,
        next_step,
    }
}

/// The tag of the key's user that names the owner, in whatever case people write it.
fn owner(key: &SubjectId, user: &UserName, world: &World) -> Option<Box<str>> {
    let user = world.user(&SubjectId::user(key.partition.clone(), key.account.clone(), user))?;
    let mut of_owner = user.tags.entries().filter(|entry| entry.value.tag.eq_ignore_ascii_case("owner"));
    of_owner.next_back()?.value.value.clone()
}

/// The word for how a key stands, see [`KeyRow::status`].
pub const fn status_of(standing: Standing) -> &'static str {
    match standing {
        Standing::Unknown => "unknown",
        Standing::Contested => "contested",
        Standing::Deleted => "deleted",
        Standing::Is(Status::Active) => "active",
        Standing::Is(Status::Inactive) => "inactive",
        Standing::Is(Status::Expired) => "expired",
    }
}

impl Row for KeyRow {
    const TYPE: &'static str = "key";
    const CELLS: &'static [&'static str] = &[
        "id",
        "account",
        "user",
        "owner",
        "service",
        "status",
        "created",
        "created_by",
        "expires",
        "deleted",
        "last_used",
        "possibly_used",
        "networks",
        "stage",
        "next_step",
        "next_step_at",
    ];

    fn cells(&self) -> Vec<String> {
        let networks: Vec<_> = self.networks.iter().map(Network::as_str).collect();
        let unless_never = || if self.never_expires { "never".to_owned() } else { "unknown".to_owned() };
        vec![
            self.id.to_string(),
            self.account.to_string(),
            text(self.user.as_ref()),
            text(self.owner.as_ref()),
            text(self.service.as_ref()),
            self.status.to_owned(),
            text(self.created.as_ref()),
            text(self.created_by.as_ref()),
            self.expires.map_or_else(unless_never, |at| at.to_string()),
            text(self.deleted.as_ref()),
            self.last_used
                .at
                .filter(|_| self.last_used.known)
                .map_or_else(|| "unknown".to_owned(), |at| at.to_string()),
            text(self.last_used.possibly.as_ref()),
            networks.join(" "),
            self.stage.unwrap_or_default().to_owned(),
            self.next_step.map_or_else(String::new, |step| step.what.to_owned()),
            text(self.next_step.map(|step| step.at).as_ref()),
        ]
    }
}
