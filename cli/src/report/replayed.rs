//! All that a replay says.

use std::collections::BTreeMap;

use keytrail_engine::action::{Action, Withheld};
use keytrail_engine::decide::{Circumstances, Decision, decide};
use keytrail_engine::finding::Finding;
use keytrail_engine::judge::judge_all;
use keytrail_engine::policy::Policy;
use keytrail_engine::time::Time;
use keytrail_engine::world::World;
use serde::Serialize;

use super::{KeyRow, KmsRow, LogRow, keys, kms_keys, log_targets};
use crate::replay::{Ignored, Skipped, Tally, Unresolved};

/// All that a replay says: the JSON object of `replay --format json`.
#[derive(Debug, Serialize)]
pub struct Report {
    /// The moment that everything was judged at; `null` if there was neither an event nor `--now`.
    pub now: Option<Time>,
    /// Files that were read, wholly or in part.
    pub files: u64,
    /// Whole records in them.
    pub records: u64,
    /// What they mean to Keytrail.
    pub events: u64,
    /// How many places were skipped.
    pub skipped_count: u64,
    /// They, at most 1,000.
    pub skipped: Vec<Skipped>,
    /// What lies in folders and is no CloudTrail, by reason.
    pub passed_over: BTreeMap<String, u64>,
    /// How many records mean nothing to Keytrail.
    pub ignored_count: u64,
    /// They by source and name, at most 1,000 names.
    pub ignored: Vec<Ignored>,
    /// How many records are ours by source and name and still say too little.
    pub unresolved_count: u64,
    /// They by shape, at most 1,000 shapes.
    pub unresolved: Vec<Unresolved>,
    /// API keys.
    pub keys: Vec<KeyRow>,
    /// KMS keys.
    pub kms_keys: Vec<KmsRow>,
    /// Log groups and query results.
    pub log_targets: Vec<LogRow>,
    /// Standing findings, gravest first.
    pub findings: Vec<Finding>,
    /// What would be done. A replay does nothing, so there is none.
    pub actions: Vec<Action>,
    /// What would be done by a live Keytrail, and why not here.
    pub withheld: Vec<Withheld>,
}

impl Report {
    /// Judges a world at a moment.
    pub fn of(world: &World, tally: &Tally, policy: &Policy, asked: Option<Time>) -> Self {
        let known = asked.or_else(|| world.newest().max(tally.newest));
        let now = crate::settings::now(known, None);
        let findings = judge_all(world, policy, now);
        let (actions, withheld) = decided(&findings, world, policy, now);
        Self {
            now: known,
            files: tally.files,
            records: tally.records,
            events: tally.events,
            skipped_count: tally.skipped.count,
            skipped: tally.skipped.list().cloned().collect(),
            passed_over: tally
                .passed_over
                .iter()
                .map(|(reason, count)| (reason.to_string(), *count))
                .collect(),
            ignored_count: tally.ignored_count(),
            ignored: tally.ignored(),
            unresolved_count: tally.unresolved_count(),
            unresolved: tally.unresolved_shapes(),
            keys: keys(world, now),
            kms_keys: kms_keys(world, now),
            log_targets: log_targets(world, now),
            findings,
            actions,
            withheld,
        }
    }
}

fn decided(findings: &[Finding], world: &World, policy: &Policy, now: Time) -> (Vec<Action>, Vec<Withheld>) {
    let circumstances = Circumstances { replay: true, ..Circumstances::default() };
    let (mut actions, mut withheld) = (Vec::new(), Vec::new());
    for finding in findings {
        match decide(finding, world, policy, now, circumstances) {
            Decision::Nothing => {}
            Decision::Act(action) => actions.push(action),
            Decision::Withhold(held) => withheld.push(held),
        }
    }
    (actions, withheld)
}
