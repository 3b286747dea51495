//! What Keytrail and people did about a key, and when: the part of its document that follows from no record of AWS's.

use serde::{Deserialize, Serialize};

use super::{By, History, blank};
use crate::event::{Event, Request};
use crate::ids::CredentialId;
use crate::join_fields;
use crate::lattice::Join;
use crate::time::{Span, Time};

/// For how long a key is held that a person switched on again.
pub const HELD_AFTER_UNDOING: Span = Span::days(30);

/// The track of a key that nobody uses: what it rests on, and the dates that its owner was told.
///
/// A lattice: a track that rests on a later fact replaces one that rests on an earlier, and of two that rest on the same
/// each date is the later one. A date that people were told never moves towards them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Track {
    /// The fact that it rests on: the last call that may have been the key's, or its last being switched on; `None`
    /// while there is no such fact.
    pub since: Option<Time>,
    /// When the first warning went out.
    pub first: Time,
    /// When the final warning is due.
    pub final_warning: Time,
    /// When the key is to be deactivated.
    pub deactivate: Time,
    /// When it is to be deleted.
    pub delete: Time,
    /// Whether the final warning went out.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub warned_finally: bool,
}

impl Join for Track {
    fn join(&mut self, other: &Self) -> bool {
        let before = *self;
        if other.since > self.since {
            *self = *other;
        } else if other.since == self.since {
            self.first = self.first.max(other.first);
            self.final_warning = self.final_warning.max(other.final_warning);
            self.deactivate = self.deactivate.max(other.deactivate);
            self.delete = self.delete.max(other.delete);
            self.warned_finally |= other.warned_finally;
        }
        *self != before
    }
}

/// What a person asked for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct RequestEntry {
    /// What.
    pub request: Request,
    /// Why, in the person's words; hostile text.
    pub why: Box<str>,
    /// Who asked.
    #[serde(flatten)]
    pub by: By,
}

/// The course of a key.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Course {
    /// Where it stands on its way out, if nobody uses it.
    #[serde(skip_serializing_if = "blank")]
    pub track: Option<Track>,
    /// What people asked for.
    #[serde(skip_serializing_if = "blank")]
    pub requests: History<RequestEntry>,
}

join_fields!(Course { track, requests });

impl Course {
    pub(super) fn request(&mut self, time: Time, event: &Event, request: &Request, why: &str) -> bool {
        let entry = RequestEntry { request: request.clone(), why: why.into(), by: By::of(event) };
        self.requests.absorb(time, event.record, event.revision, &entry)
    }

    /// Until when a person holds the key against staleness at a moment, and why.
    pub fn held(&self, now: Time) -> Option<(Time, &str)> {
        let mut held = None;
        for entry in self.requests.entries().filter(|entry| entry.at <= now) {
            held = match &entry.value.request {
                Request::Hold { until } => Some((*until, &*entry.value.why)),
                Request::Reactivate => Some((entry.at + HELD_AFTER_UNDOING, &*entry.value.why)),
                Request::Release | Request::Deactivate => None,
                _ => held,
            };
        }
        held.filter(|(until, _)| now < *until)
    }

    /// Until when a person exempted the key from staleness, and why.
    pub fn exempted(&self, now: Time) -> Option<(Time, &str)> {
        let newest = self.requests.entries().filter(|entry| entry.at <= now).rev().find_map(|entry| {
            match &entry.value.request {
                Request::Exempt { until } => Some((*until, &*entry.value.why)),
                _ => None,
            }
        });
        newest.filter(|(until, _)| now < *until)
    }

    /// The key that a person says takes this one's place, and since when; the newest word counts.
    pub fn replaced(&self, now: Time) -> Option<(Time, &CredentialId)> {
        let said = self.requests.entries().filter(|entry| entry.at <= now);
        let mut replaced = said.filter_map(|entry| match &entry.value.request {
            Request::Replace { by } => Some((entry.at, by)),
            _ => None,
        });
        replaced.next_back()
    }

    /// Whether a person said that somebody else may have the key, whatever was said of it since.
    pub fn compromised(&self, now: Time) -> bool {
        let mut said = self.requests.entries().filter(|entry| entry.at <= now);
        said.any(|entry| entry.value.request == Request::Compromised)
    }

    /// The last moment up to which evidence of a compromise is closed: a person looked at it, and said so.
    pub fn cleared(&self, now: Time) -> Option<Time> {
        let cleared = self.requests.entries().filter(|entry| entry.at <= now);
        cleared.filter(|entry| entry.value.request == Request::Cleared).map(|entry| entry.at).max()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn track() -> impl Strategy<Value = Track> {
        let time = || (0_i64..4).prop_map(Time::from_millis);
        let rest = (time(), time(), time(), time(), any::<bool>());
        (proptest::option::of(time()), rest).prop_map(
            |(since, (first, final_warning, deactivate, delete, told))| Track {
                since,
                first,
                final_warning,
                deactivate,
                delete,
                warned_finally: told,
            },
        )
    }

    fn joined(one: &Track, two: &Track) -> Track {
        let mut joined = *one;
        joined.join(two);
        joined
    }

    proptest! {
        #[test]
        fn tracks_are_a_lattice(a in track(), b in track(), c in track()) {
            prop_assert_eq!(joined(&a, &b), joined(&b, &a));
            prop_assert_eq!(joined(&joined(&a, &b), &c), joined(&a, &joined(&b, &c)));
            prop_assert_eq!(joined(&a, &a), a);
        }

        #[test]
        fn no_date_of_a_track_moves_earlier(a in track(), b in track()) {
            let both = joined(&a, &b);
            if both.since == a.since {
                prop_assert!(both.final_warning >= a.final_warning);
                prop_assert!(both.deactivate >= a.deactivate && both.delete >= a.delete);
                prop_assert!(both.warned_finally >= a.warned_finally);
            }
        }
    }
}
