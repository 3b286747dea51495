//! What Keytrail remembers: one document per subject, and parts of it where a list would grow without end.
//!
//! Facts follow from records alone and converge: [`Document::absorb`] and [`Document::join`] give the same facts
//! for the same records in any order, repeated or not, in one place or merged from several.

mod account;
mod api_key;
mod compromise_report;
mod course;
mod coverage;
mod habits;
mod kms_key;
mod lessons;
mod log_target;
mod network;
mod newest;
mod short;
mod usage;
mod user;

pub use account::{AccessKeyReport, Account, PartEntry};
pub use api_key::{ApiKey, Life, LifeEntry, Observation, Standing};
pub use compromise_report::ReportEntry;
pub use course::{Course, HELD_AFTER_UNDOING, RequestEntry, Track};
pub use coverage::{Coverage, TrailEntry};
pub use habits::{EARLIEST_CALLS, Habits};
pub(crate) use kms_key::state_after;
pub use kms_key::{Deletion, Described, Edge, KmsBirth, KmsEntry, KmsKey};
pub use lessons::{Lessons, Taught};
pub use log_target::{
    Association, AssociationEntry, FailedAssociation, KeptFor, ListedKey, LogGroupLife, LogTarget, Sender,
};
pub use network::NetworkUse;
pub use usage::{Hour, Sightings, Use};
pub use user::{GrantEntry, KeyOfUser, TagEntry, User, UserLife};

use serde::{Deserialize, Serialize};

use crate::event::Event;
use crate::ids::{Network, Principal};
use crate::join_fields;
use crate::lattice::{Join, Sketch, Timeline};
use crate::subject::{DocumentId, Kind, Part, SubjectId};
use crate::time::{Span, Time};

/// Entries a history keeps at each end.
pub const HISTORY: usize = 12;
/// A bounded history of what happened to a subject.
pub type History<V> = Timeline<V, HISTORY>;

/// A live record further ahead of its delivery than this has no usable time; a standing finding looks no further
/// ahead of `now` than this.
pub const CLOCK_TOLERANCE: Span = Span::minutes(15);

/// The version of the documents' shape. A minor step only adds fields; a newer major one is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Schema {
    /// A reader of another major version refuses the document.
    pub major: u16,
    /// A reader of another minor version keeps what it doesn't know.
    pub minor: u16,
}

/// The version that this build writes.
pub const SCHEMA: Schema = Schema { major: 1, minor: 0 };

/// Who did something and from where, as far as it is worth keeping with a history's entry.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct By {
    /// The caller; hostile text.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub who: Option<Principal>,
    /// The caller's network.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub from: Option<Network>,
    /// CloudTrail's `eventID`, to look the record up.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub event_id: Option<Box<str>>,
    /// True if the delivery named another account than the record: never acted upon.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub foreign_envelope: bool,
}

impl By {
    /// The caller of an event.
    pub fn of(event: &Event) -> Self {
        Self {
            who: event.caller.principal.clone(),
            from: event.caller.network.clone(),
            event_id: event.event_id.clone(),
            foreign_envelope: event.foreign_envelope,
        }
    }
}

/// A call that failed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct AttemptEntry {
    /// The event's name.
    pub name: Box<str>,
    /// The error's code; hostile text.
    pub code: Box<str>,
    /// Who tried.
    #[serde(flatten)]
    pub by: By,
}

/// What every subject's document remembers besides its own facts.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Margin {
    /// Calls on this subject that failed.
    #[serde(skip_serializing_if = "blank")]
    pub attempts: History<AttemptEntry>,
    /// Records without a usable time: counted, so that nothing is lost, but they move no register.
    #[serde(skip_serializing_if = "blank")]
    pub undated: Sketch,
}

join_fields!(Margin { attempts, undated });

/// The facts of a document, by the kind of its subject and the part.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Facts {
    /// [`Kind::ApiKey`].
    ApiKey(Box<ApiKey>),
    /// [`Kind::Usage`], the subject's own document: calls without a credential's id.
    Usage(Box<Use>),
    /// [`Part::Credential`] of a usage subject.
    CredentialUse(Box<Use>),
    /// [`Part::Hour`] of a usage subject.
    Hour(Box<Hour>),
    /// [`Kind::User`].
    User(Box<User>),
    /// [`Kind::KmsKey`].
    KmsKey(Box<KmsKey>),
    /// [`Part::Edge`] of a KMS key.
    Edge(Box<Edge>),
    /// [`Kind::LogTarget`].
    LogTarget(Box<LogTarget>),
    /// [`Kind::Coverage`].
    Coverage(Box<Coverage>),
    /// [`Kind::Account`].
    Account(Box<Account>),
    /// [`Kind::Network`].
    Network(Box<NetworkUse>),
}

/// A document.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Document {
    /// The version of its shape.
    pub schema: Schema,
    /// What it is about.
    pub subject: SubjectId,
    /// Which part of it.
    pub part: Part,
    /// Its facts.
    pub facts: Facts,
    /// Fields of a newer minor version: kept as they are.
    #[serde(flatten)]
    pub newer: serde_json::Map<String, serde_json::Value>,
}

impl Document {
    /// The document of which nothing is known yet. `None` for a part that its subject doesn't have.
    pub fn empty(id: &DocumentId) -> Option<Self> {
        let facts = match (id.subject.kind, &id.part) {
            (Kind::ApiKey, Part::Main) => Facts::ApiKey(Box::default()),
            (Kind::Usage, Part::Main) => Facts::Usage(Box::default()),
            (Kind::Usage, Part::Credential(_)) => Facts::CredentialUse(Box::default()),
            (Kind::Usage, Part::Hour { .. }) => Facts::Hour(Box::default()),
            (Kind::User, Part::Main) => Facts::User(Box::default()),
            (Kind::KmsKey, Part::Main) => Facts::KmsKey(Box::default()),
            (Kind::KmsKey, Part::Edge(_)) => Facts::Edge(Box::default()),
            (Kind::LogTarget, Part::Main) => Facts::LogTarget(Box::default()),
            (Kind::Coverage, Part::Main) => Facts::Coverage(Box::default()),
            (Kind::Account, Part::Main) => Facts::Account(Box::default()),
            (Kind::Network, Part::Main) => Facts::Network(Box::default()),
            _ => return None,
        };
        Some(Self {
            schema: SCHEMA,
            subject: id.subject.clone(),
            part: id.part.clone(),
            facts,
            newer: serde_json::Map::new(),
        })
    }

    /// Its address.
    pub fn id(&self) -> DocumentId {
        DocumentId { subject: self.subject.clone(), part: self.part.clone() }
    }

    /// Takes in what an event says of this subject. True if the facts changed. An event that says nothing of this
    /// subject changes nothing.
    pub fn absorb(&mut self, event: &Event) -> bool {
        match &mut self.facts {
            Facts::ApiKey(facts) => facts.absorb(event),
            Facts::Usage(facts) | Facts::CredentialUse(facts) => facts.absorb(event),
            Facts::Hour(facts) => facts.absorb(event),
            Facts::User(facts) => facts.absorb(event),
            Facts::KmsKey(facts) => facts.absorb(event, &self.subject),
            Facts::Edge(facts) => facts.absorb(event),
            Facts::LogTarget(facts) => facts.absorb(event),
            Facts::Coverage(facts) => facts.absorb(event),
            Facts::Account(facts) => facts.absorb(event),
            Facts::Network(facts) => facts.absorb(event),
        }
    }
}

impl Document {
    /// Takes in what telling people of a finding means for the course of this subject. True if that changed it.
    pub fn mark(&mut self, mark: &Track) -> bool {
        match &mut self.facts {
            Facts::ApiKey(facts) => facts.course.track.join(&Some(*mark)),
            _ => false,
        }
    }
}

impl Join for Document {
    /// Joins the facts of two states of the same document. States of different documents are left as they are.
    fn join(&mut self, other: &Self) -> bool {
        match (&mut self.facts, &other.facts) {
            (Facts::ApiKey(mine), Facts::ApiKey(theirs)) => mine.join(theirs),
            (Facts::Usage(mine), Facts::Usage(theirs)) => mine.join(theirs),
            (Facts::CredentialUse(mine), Facts::CredentialUse(theirs)) => mine.join(theirs),
            (Facts::Hour(mine), Facts::Hour(theirs)) => mine.join(theirs),
            (Facts::User(mine), Facts::User(theirs)) => mine.join(theirs),
            (Facts::KmsKey(mine), Facts::KmsKey(theirs)) => mine.join(theirs),
            (Facts::Edge(mine), Facts::Edge(theirs)) => mine.join(theirs),
            (Facts::LogTarget(mine), Facts::LogTarget(theirs)) => mine.join(theirs),
            (Facts::Coverage(mine), Facts::Coverage(theirs)) => mine.join(theirs),
            (Facts::Account(mine), Facts::Account(theirs)) => mine.join(theirs),
            (Facts::Network(mine), Facts::Network(theirs)) => mine.join(theirs),
            _ => false,
        }
    }
}

/// Takes in the time-less part of an event: a failed call, or a record without a usable time. `None` where the
/// event has a time and is no attempt, so that its own meaning must be taken in.
fn margin(margin: &mut Margin, event: &Event) -> Result<Time, bool> {
    let Some(time) = event.time else {
        return Err(margin.undated.absorb(event.record.0));
    };
    if let crate::event::What::Attempt { name, code, .. } = &event.what {
        let entry = AttemptEntry { name: name.clone(), code: code.clone(), by: By::of(event) };
        return Err(margin.attempts.absorb(time, event.record, event.revision, &entry));
    }
    Ok(time)
}

/// Whether a field says nothing yet, so that it needn't be written.
fn blank<T: Default + PartialEq>(field: &T) -> bool {
    *field == T::default()
}
