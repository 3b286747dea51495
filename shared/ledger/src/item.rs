//! Items of the outbox: findings that fired, actions and notices.

use std::fmt;

use keytrail_engine::action::Action;
use keytrail_engine::finding::{Finding, FindingId};
use keytrail_engine::notice::{Notice, Outcome};
use keytrail_engine::subject::SubjectId;
use keytrail_engine::time::Time;
use serde::{Deserialize, Serialize};

use crate::commit::Version;

/// The kinds of item.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ItemKind {
    /// A finding that fired.
    Finding,
    /// Something to do to a key, a user or a KMS key.
    Action,
    /// Something to tell people.
    Notice,
}

impl ItemKind {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Finding, Self::Action, Self::Notice];

    /// The kind's word.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Finding => "finding",
            Self::Action => "action",
            Self::Notice => "notice",
        }
    }

    /// Reads [`ItemKind::word`].
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.word() == word)
    }
}

/// The address of an item: its kind and its deterministic id. Whoever computes it, and when, it is the same.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ItemId {
    /// What it is.
    pub kind: ItemKind,
    /// The finding's, action's or notice's own id.
    pub name: Box<str>,
}

impl ItemId {
    /// The item of a finding.
    pub fn finding(id: &FindingId) -> Self {
        Self { kind: ItemKind::Finding, name: id.as_str().into() }
    }

    /// The item of an action.
    pub fn action(id: &str) -> Self {
        Self { kind: ItemKind::Action, name: id.into() }
    }

    /// The item of a notice.
    pub fn notice(id: &str) -> Self {
        Self { kind: ItemKind::Notice, name: id.into() }
    }
}

impl fmt::Display for ItemId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.kind.word(), self.name)
    }
}

/// Where an item stands. Findings are fired or withdrawn; actions and notices have the other states.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum State {
    /// The finding fired and, when last judged, stood.
    Fired,
    /// The finding fired once and stands no longer. It may stand again.
    Withdrawn,
    /// To be taken up at once.
    Pending,
    /// To be taken up then: it was tried, is leased to somebody, or has to settle first.
    Waiting {
        /// When.
        due: Time,
    },
    /// Done.
    Done,
    /// Can't be done.
    Failed,
    /// Held back, for good.
    Withheld,
}

impl State {
    /// The state's word.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Fired => "fired",
            Self::Withdrawn => "withdrawn",
            Self::Pending => "pending",
            Self::Waiting { .. } => "waiting",
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Withheld => "withheld",
        }
    }

    /// Reads [`State::word`], with the moment that only a waiting item has.
    pub fn from_word(word: &str, due: Option<Time>) -> Option<Self> {
        match (word, due) {
            ("fired", _) => Some(Self::Fired),
            ("withdrawn", _) => Some(Self::Withdrawn),
            ("pending", _) => Some(Self::Pending),
            ("waiting", Some(due)) => Some(Self::Waiting { due }),
            ("done", _) => Some(Self::Done),
            ("failed", _) => Some(Self::Failed),
            ("withheld", _) => Some(Self::Withheld),
            _ => None,
        }
    }

    /// When somebody has to look at an item in this state: for a pending one since it became so. `None` where there
    /// is nothing left to do. What has it is what a ledger's index of due items holds.
    pub const fn due(self, changed: Time) -> Option<Time> {
        match self {
            Self::Pending => Some(changed),
            Self::Waiting { due } => Some(due),
            Self::Fired | Self::Withdrawn | Self::Done | Self::Failed | Self::Withheld => None,
        }
    }
}

/// What an item holds. It never changes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Body {
    /// A finding, as it stood when it fired.
    Finding(Finding),
    /// An action.
    Action(Action),
    /// A notice.
    Notice(Notice),
}

/// An item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// The subject that it is about.
    pub subject: SubjectId,
    /// What it holds.
    pub body: Body,
    /// Where it stands.
    pub state: State,
    /// How it ended, or why it is held back.
    pub outcome: Option<Outcome>,
    /// When it was made.
    pub created: Time,
    /// When its state last changed.
    pub changed: Time,
}

impl Item {
    /// A finding that fires now.
    pub fn finding(finding: Finding, now: Time) -> Self {
        Self::made(finding.subject.clone(), Body::Finding(finding), State::Fired, now)
    }

    /// An action to be taken up at once, or when it has settled.
    pub fn action(action: Action, state: State, now: Time) -> Self {
        Self::made(action.subject.clone(), Body::Action(action), state, now)
    }

    /// A notice about a subject, to be told at once.
    pub fn notice(subject: SubjectId, notice: Notice, now: Time) -> Self {
        Self::made(subject, Body::Notice(notice), State::Pending, now)
    }

    /// Says how it ended, or why it is held back.
    #[must_use]
    pub fn with(mut self, outcome: Outcome) -> Self {
        self.outcome = Some(outcome);
        self
    }

    const fn made(subject: SubjectId, body: Body, state: State, now: Time) -> Self {
        Self { subject, body, state, outcome: None, created: now, changed: now }
    }

    /// Its address.
    pub fn id(&self) -> ItemId {
        match &self.body {
            Body::Finding(finding) => ItemId::finding(&finding.id),
            Body::Action(action) => ItemId::action(&action.id),
            Body::Notice(notice) => ItemId::notice(&notice.id),
        }
    }

    /// When somebody has to look at it, see [`State::due`].
    pub const fn due(&self) -> Option<Time> {
        self.state.due(self.changed)
    }
}

/// An item as the ledger has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredItem {
    /// The item.
    pub item: Item,
    /// Its version.
    pub version: Version,
}

impl StoredItem {
    /// Its move into another state.
    pub fn to(&self, state: State, outcome: Option<Outcome>) -> Change {
        Change { item: self.item.id(), expected: self.version, state, outcome }
    }
}

/// The move of an item into another state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The item.
    pub item: ItemId,
    /// The version that it was read with.
    pub expected: Version,
    /// The state from now on.
    pub state: State,
    /// How it ended, or why it is held back; takes the place of what was said before.
    pub outcome: Option<Outcome>,
}
