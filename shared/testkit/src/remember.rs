//! The whole way from bytes to standing findings, in memory: what tests compare.

use std::collections::BTreeMap;

use keytrail_engine::finding::Finding;
use keytrail_engine::judge::judge_all;
use keytrail_engine::parse::{Fault, Meaning, ParseSettings, Shape, meaning};
use keytrail_engine::policy::Policy;
use keytrail_engine::read::{self, Limits, RawRecord};
use keytrail_engine::time::Time;
use keytrail_engine::world::World;

/// What was read, and what it came to.
#[derive(Debug, Default)]
pub struct Remembered {
    /// All documents.
    pub world: World,
    /// The newest event time.
    pub newest: Option<Time>,
    /// Records that were ours and said enough.
    pub understood: u64,
    /// Records that were none of ours, or only read.
    pub ignored: u64,
    /// Records that were ours and said too little, by shape.
    pub unresolved: BTreeMap<Shape, u64>,
    /// What could not be read.
    pub faults: Vec<String>,
}

impl Remembered {
    /// Reads inputs as `replay` does, in memory.
    pub fn of<B: AsRef<[u8]>>(inputs: impl IntoIterator<Item = B>) -> Self {
        let mut remembered = Self::default();
        for input in inputs {
            remembered.read(input.as_ref());
        }
        remembered
    }

    /// Reads one input.
    pub fn read(&mut self, bytes: &[u8]) {
        read::split(bytes, Limits::default(), &mut |item: Result<RawRecord<'_>, read::Fault>| match item {
            Ok(record) => self.take(&record),
            Err(fault) => self.faults.push(fault.to_string()),
        });
    }

    fn take(&mut self, record: &RawRecord<'_>) {
        match meaning(record.json, record.envelope.as_ref(), None, &ParseSettings::default()) {
            Meaning::Ignored => self.ignored += 1,
            Meaning::Unresolved(shape) => *self.unresolved.entry(shape).or_default() += 1,
            Meaning::Broken(fault @ (Fault::NoObject | Fault::NoName)) => {
                self.faults.push(format!("{fault:?}"));
            }
            Meaning::Events(events) => {
                self.understood += 1;
                for event in events {
                    self.newest = self.newest.max(event.time);
                    self.world.absorb(&event);
                }
            }
        }
    }

    /// Adds what another has read.
    pub fn join(&mut self, other: Self) {
        self.world.join(other.world);
        self.newest = self.newest.max(other.newest);
        self.understood += other.understood;
        self.ignored += other.ignored;
        self.faults.extend(other.faults);
        for (shape, count) in other.unresolved {
            *self.unresolved.entry(shape).or_default() += count;
        }
    }

    /// The findings that stand at the newest event time.
    pub fn findings(&self, policy: &Policy) -> Vec<Finding> {
        judge_all(&self.world, policy, self.newest.unwrap_or_default())
    }
}
