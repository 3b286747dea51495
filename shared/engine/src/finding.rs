//! What a rule found.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::action::{ActionKind, Reason};
use crate::document::Track;
use crate::fingerprint::fingerprint;
use crate::subject::SubjectId;
use crate::time::Time;

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Worth knowing.
    Info,
    /// Belongs into a digest.
    Low,
    /// Should be looked at today.
    Medium,
    /// Should be looked at now.
    High,
    /// Somebody is in, or data is about to be lost.
    Critical,
}

impl Severity {
    /// All of them, mildest first.
    pub const ALL: [Self; 5] = [Self::Info, Self::Low, Self::Medium, Self::High, Self::Critical];

    /// The word that people read and write.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }

    /// Reads [`Severity::word`].
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|severity| severity.word() == word)
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

/// The id of a finding: 32 hexadecimal digits, a hash of (rule, subject, discriminator). The same finding has the
/// same id on every machine, so that writing it twice is writing it once.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct FindingId(Box<str>);

impl FindingId {
    /// `discriminator` is something that no later record can change: a record's identity, a credential's id, a
    /// calendar bucket. Never a minimum, a count or "the first".
    pub fn of(rule: &str, subject: &SubjectId, discriminator: &str) -> Self {
        let parts = [rule, &subject.to_string(), discriminator];
        Self(fingerprint("finding", parts).to_string().into())
    }

    /// The digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Wraps the digits of an id that was stored or typed.
    pub fn new(text: &str) -> Self {
        Self(text.into())
    }
}

impl fmt::Display for FindingId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for FindingId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// One line of what a finding rests on. Values may be hostile text: whoever renders them escapes them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    /// What it is: `created by`, `log groups`, …
    pub label: Box<str>,
    /// What the records say.
    pub value: Box<str>,
}

/// What a rule found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// See [`FindingId`].
    pub id: FindingId,
    /// The rule's id.
    pub rule: Box<str>,
    /// How bad it is, after policy had its say.
    pub severity: Severity,
    /// The subject whose document it was found in.
    pub subject: SubjectId,
    /// What happened, in one sentence.
    pub what: Box<str>,
    /// Why it matters, in one sentence.
    pub why: Box<str>,
    /// When it happened or began, if that is known.
    pub since: Option<Time>,
    /// A late record may still falsify it until then: it may alert before, no action leaves before.
    pub settles: Option<Time>,
    /// What it rests on.
    pub evidence: Vec<Evidence>,
    /// What to do next: commands to paste, or a sentence.
    pub next: Vec<Box<str>>,
    /// What Keytrail itself could do about it. Whether it may is for [`crate::decide`] to say.
    pub remedy: Option<ActionKind>,
    /// What speaks against that from the start, where the rule itself knows it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub objection: Option<Reason>,
    /// When something happens that people can still prevent: a key is switched off, or expires.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deadline: Option<Time>,
    /// What telling people of it means for the course of its subject: dates that hold from then on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mark: Option<Track>,
}
