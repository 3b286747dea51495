//! KMS keys.

use std::collections::BTreeSet;

use keytrail_engine::dependents::{Dependent, Need, dependents};
use keytrail_engine::document::{Deletion, KmsKey};
use keytrail_engine::event::{KmsKeyState, MultiRegion};
use keytrail_engine::ids::{AccountId, KmsKeyId, Principal, Region};
use keytrail_engine::subject::{Kind, SubjectId};
use keytrail_engine::time::Time;
use keytrail_engine::world::World;
use serde::Serialize;

use super::{Row, text};

/// A KMS key at a moment.
#[derive(Clone, Debug, Serialize)]
pub struct KmsRow {
    /// Its id.
    pub id: KmsKeyId,
    /// Its subject id, as findings have it.
    pub subject: SubjectId,
    /// Its account.
    pub account: AccountId,
    /// Its region.
    pub region: Region,
    /// KMS's `KeySpec`.
    pub spec: Option<Box<str>>,
    /// KMS's `KeyUsage`.
    pub usage: Option<Box<str>>,
    /// KMS's `Origin`.
    pub origin: Option<Box<str>>,
    /// `CustomKeyStoreId`, of a key in AWS CloudHSM or in an external key store.
    pub key_store: Option<Box<str>>,
    /// The id of the external key.
    pub external_key: Option<Box<str>>,
    /// Its multi-Region role.
    pub multi_region: Option<MultiRegion>,
    /// KMS's `KeyState`, as far as records say it.
    pub state: Option<KmsKeyState>,
    /// When it was created.
    pub created: Option<Time>,
    /// By whom.
    pub created_by: Option<Principal>,
    /// How its deletion stands.
    pub deletion: DeletionRow,
    /// The log targets that need it.
    pub protects: Vec<Protected>,
}

/// How the deletion of a KMS key stands.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "status", rename_all = "snake_case")]
pub enum DeletionRow {
    /// Nobody has asked for it.
    None,
    /// Asked for.
    Scheduled {
        /// When it will be deleted; `null` while it waits for its replicas.
        date: Option<Time>,
        /// When that was asked for.
        asked: Time,
        /// By whom.
        by: Option<Principal>,
    },
    /// Two records of one second contradict each other.
    Contested,
    /// Deleted.
    Done {
        /// When.
        at: Time,
    },
}

/// A log target that needs a KMS key.
#[derive(Clone, Debug, Serialize)]
pub struct Protected {
    /// The log target's subject id.
    pub target: SubjectId,
    /// `now` (what is written is encrypted with it), `until` (what was written is kept until then) or `for_ever`.
    pub need: &'static str,
    /// Whether the association is younger than the five minutes in which it takes effect.
    pub pending: bool,
    /// Since when it was encrypted with it.
    pub since: Time,
    /// Until when data written under it is kept, if that is known.
    pub until: Option<Time>,
}

impl From<Dependent> for Protected {
    fn from(dependent: Dependent) -> Self {
        let (need, until) = match dependent.need {
            Need::Now { .. } => ("now", None),
            Need::Until { until, .. } => ("until", Some(until)),
            Need::ForEver { .. } => ("for_ever", None),
        };
        let pending = matches!(dependent.need, Need::Now { pending: true, .. });
        Self { target: dependent.target, need, pending, since: dependent.need.since(), until }
    }
}

/// How long a key is needed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NeededUntil {
    /// No log target needs it.
    Nobody,
    /// Until then.
    Date(Time),
    /// Something is encrypted with it now, or is kept for ever as far as is known.
    Open,
}

impl KmsRow {
    /// How long the log targets need it.
    pub fn needed_until(&self) -> NeededUntil {
        self.until(|_| true)
    }

    /// How long it is needed for what was written before another key took its place.
    pub fn older_until(&self) -> NeededUntil {
        self.until(|it| it.need != "now")
    }

    fn until(&self, counts: fn(&Protected) -> bool) -> NeededUntil {
        let ends: Option<Vec<Time>> =
            self.protects.iter().filter(|it| counts(it)).map(|it| it.until).collect();
        match ends {
            None => NeededUntil::Open,
            Some(ends) => ends.into_iter().max().map_or(NeededUntil::Nobody, NeededUntil::Date),
        }
    }
}

/// The KMS keys of a world, by account, region and id; also those of which only an association is known.
pub fn kms_keys(world: &World, now: Time) -> Vec<KmsRow> {
    let subjects = world.documents().map(|document| &document.subject);
    let keys: BTreeSet<&SubjectId> = subjects.filter(|subject| subject.kind == Kind::KmsKey).collect();
    keys.into_iter().map(|subject| row(subject, world, now)).collect()
}

/// What is known of one key.
pub(super) fn row(subject: &SubjectId, world: &World, now: Time) -> KmsRow {
    let unknown = KmsKey::default();
    let key = world.kms_key(subject).unwrap_or(&unknown);
    let birth = key.birth();
    let make = key.make().cloned().unwrap_or_default();
    KmsRow {
        id: KmsKeyId::new(&subject.name),
        subject: subject.clone(),
        account: subject.account.clone(),
        region: subject.region.clone(),
        spec: make.spec,
        usage: make.usage,
        origin: make.origin,
        key_store: make.key_store,
        external_key: make.xks_key,
        multi_region: make.multi_region,
        state: key.state(now),
        created: key.created(),
        created_by: birth.and_then(|(_, birth)| birth.by.who.clone()),
        deletion: match key.deletion(now) {
            Deletion::No => DeletionRow::None,
            Deletion::Scheduled { asked, date, by, .. } => DeletionRow::Scheduled { date, asked, by: by.who },
            Deletion::Contested => DeletionRow::Contested,
            Deletion::Done(at) => DeletionRow::Done { at },
        },
        protects: dependents(subject, world, now).into_iter().map(Protected::from).collect(),
    }
}

impl Row for KmsRow {
    const TYPE: &'static str = "kms_key";
    const CELLS: &'static [&'static str] = &[
        "id",
        "account",
        "region",
        "spec",
        "usage",
        "origin",
        "state",
        "created",
        "created_by",
        "deletion",
        "deletion_date",
        "protects_now",
        "still_needed_for",
        "needed_until",
    ];

    fn cells(&self) -> Vec<String> {
        let (deletion, date) = match &self.deletion {
            DeletionRow::None => ("none", None),
            DeletionRow::Scheduled { date, .. } => ("scheduled", *date),
            DeletionRow::Contested => ("contested", None),
            DeletionRow::Done { at } => ("done", Some(*at)),
        };
        let targets = |now: bool| {
            let those = self.protects.iter().filter(|it| (it.need == "now") == now);
            those.map(|it| it.target.to_string()).collect::<Vec<_>>().join("; ")
        };
        vec![
            self.id.to_string(),
            self.account.to_string(),
            self.region.to_string(),
            text(self.spec.as_ref()),
            text(self.usage.as_ref()),
            text(self.origin.as_ref()),
            self.state.map(|state| format!("{state:?}")).unwrap_or_default(),
            text(self.created.as_ref()),
            text(self.created_by.as_ref()),
            deletion.to_owned(),
            text(date.as_ref()),
            targets(true),
            targets(false),
            match self.needed_until() {
                NeededUntil::Nobody => String::new(),
                NeededUntil::Open => "open".to_owned(),
                NeededUntil::Date(at) => at.to_string(),
            },
        ]
    }
}
