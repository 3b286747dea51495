//! What a person said is expected of a user's calls.

use serde::{Deserialize, Serialize};

use super::{By, blank};
use crate::event::{Event, Lesson};
use crate::finding::FindingId;
use crate::ids::Network;
use crate::join_fields;
use crate::lattice::Timeline;
use crate::network::lies_in;
use crate::time::Time;

/// Lessons that are kept at each end.
const KEPT: usize = 8;

/// One lesson, and who gave it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Taught {
    /// What is expected.
    #[serde(flatten)]
    pub lesson: Lesson,
    /// Why, in the person's words; hostile text.
    pub why: Box<str>,
    /// Who said it.
    #[serde(flatten)]
    pub by: By,
}

/// The lessons of a usage subject: the first and the last eight. What lies between is forgotten, and pages again.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Lessons {
    /// What people said, and when.
    #[serde(skip_serializing_if = "blank")]
    pub taught: Timeline<Taught, KEPT>,
}

join_fields!(Lessons { taught });

impl Lessons {
    pub(super) fn absorb(&mut self, time: Time, event: &Event, lesson: &Lesson, why: &str) -> bool {
        let taught = Taught { lesson: lesson.clone(), why: why.into(), by: By::of(event) };
        self.taught.absorb(time, event.record, event.revision, &taught)
    }

    /// Whether a person said that this finding is expected; the newest word counts.
    pub fn expect(&self, finding: &FindingId) -> bool {
        self.of_finding(finding).is_some()
    }

    /// The lesson by which a finding is expected.
    pub fn of_finding(&self, finding: &FindingId) -> Option<&Lesson> {
        self.newest(|lesson| lesson.findings.contains(finding))
    }

    /// Whether a person said that calls from this network, or from one that it lies in, are expected.
    pub fn expect_network(&self, network: &Network) -> bool {
        let is_of_it = |expected: &Network| expected == network || lies_in(network, expected);
        self.newest(|lesson| lesson.networks.iter().any(is_of_it)).is_some()
    }

    fn newest(&self, is_about: impl Fn(&Lesson) -> bool) -> Option<&Lesson> {
        let lessons = self.taught.entries().map(|entry| &entry.value.lesson);
        lessons.filter(|lesson| is_about(lesson)).last().filter(|lesson| !lesson.taken_back)
    }
}
