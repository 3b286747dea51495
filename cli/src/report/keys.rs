//! API keys.

use std::collections::BTreeMap;

use keytrail_engine::document::{ApiKey, Facts, Life, Standing};
use keytrail_engine::event::{Expiry, Status};
use keytrail_engine::ids::{AccountId, CredentialId, Network, Principal, ServiceName, UserName};
use keytrail_engine::subject::SubjectId;
use keytrail_engine::time::Time;
use keytrail_engine::world::World;
use serde::Serialize;

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
    keys.into_iter().map(|(subject, key)| row(subject, key, uses.get(subject), now)).collect()
}

fn row(subject: &SubjectId, key: &ApiKey, used: Option<&Use>, now: Time) -> KeyRow {
    let creation = key.life.entries().find(|entry| entry.value.what == Life::Created);
    let (networks, more_networks) = used.map(Use::networks).unwrap_or_default();
    let (service, user) = used.and_then(|used| used.named_by()?.service_and_user()).unzip();
    let standing = key.standing(now);
    KeyRow {
        id: CredentialId::new(&subject.name),
        subject: subject.clone(),
        account: subject.account.clone(),
        user: key.user.value().cloned().or(user),
        service: key.service.value().cloned().or(service),
        status: status(standing),
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
    }
}

const fn status(standing: Standing) -> &'static str {
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
        "service",
        "status",
        "created",
        "created_by",
        "expires",
        "deleted",
        "last_used",
        "possibly_used",
        "networks",
    ];

    fn cells(&self) -> Vec<String> {
        let networks: Vec<_> = self.networks.iter().map(Network::as_str).collect();
        let unless_never = || if self.never_expires { "never".to_owned() } else { "unknown".to_owned() };
        vec![
            self.id.to_string(),
            self.account.to_string(),
            text(self.user.as_ref()),
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
        ]
    }
}
