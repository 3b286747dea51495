//! What the trails of an account and region let us see.

use serde::{Deserialize, Serialize};

use super::{By, History, Margin, blank, margin};
use crate::event::{Event, TrailChange, TrailSeen, What};
use crate::join_fields;
use crate::lattice::{Latest, RecentHours};

/// A change of a trail.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct TrailEntry {
    /// How it changed.
    pub change: TrailChange,
    /// Who changed it.
    #[serde(flatten)]
    pub by: By,
}

/// The facts about coverage: of a trail, or of one service's bearer calls in an account and region.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Coverage {
    /// How the trail changed.
    #[serde(skip_serializing_if = "blank")]
    pub changes: History<TrailEntry>,
    /// The newest listing that showed the trail.
    #[serde(skip_serializing_if = "blank")]
    pub observed: Latest<TrailSeen>,
    /// Hours in which a bearer call reached us: the proof that such calls are recorded there.
    #[serde(skip_serializing_if = "blank")]
    pub proven: RecentHours,
    /// Attempts, and records without a usable time.
    #[serde(flatten)]
    pub margin: Margin,
    /// Fields of a newer minor version.
    #[serde(flatten)]
    pub newer: serde_json::Map<String, serde_json::Value>,
}

join_fields!(Coverage { changes, observed, proven, margin } keeps { newer });

impl Coverage {
    pub(super) fn absorb(&mut self, event: &Event) -> bool {
        let time = match margin(&mut self.margin, event) {
            Ok(time) => time,
            Err(changed) => return changed,
        };
        match &event.what {
            What::TrailChanged { change, .. } => {
                let entry = TrailEntry { change: change.clone(), by: By::of(event) };
                self.changes.absorb(time, event.record, event.revision, &entry)
            }
            What::TrailObserved { seen, .. } => self.observed.absorb(time, seen),
            What::BearerCall(_) => self.proven.absorb(time),
            _ => false,
        }
    }
}
