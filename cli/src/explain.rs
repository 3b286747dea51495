//! What single records say and cause: the answer of `keytrail explain`.

use std::collections::BTreeSet;

use keytrail_engine::action::{Action, Withheld};
use keytrail_engine::decide::{Circumstances, Decision, decide};
use keytrail_engine::document::Document;
use keytrail_engine::event::Event;
use keytrail_engine::finding::{Finding, FindingId};
use keytrail_engine::judge::judge;
use keytrail_engine::needs::judged_with;
use keytrail_engine::parse::{Gap, Meaning};
use keytrail_engine::policy::Policy;
use keytrail_engine::rules::RULES;
use keytrail_engine::subject::{DocumentId, Kind, SubjectId};
use keytrail_engine::time::Time;
use keytrail_engine::touch::touched;
use keytrail_engine::world::World;
use serde::Serialize;

use crate::replay::Place;

/// A record as it was read.
#[derive(Debug)]
pub struct Read {
    /// Where.
    pub place: Place,
    /// `eventSource`.
    pub source: Option<String>,
    /// `eventName`.
    pub name: Option<String>,
    /// What it means.
    pub meaning: Meaning,
}

/// What a record says and causes.
#[derive(Debug, Serialize)]
pub struct Explanation {
    /// Where it stands.
    #[serde(flatten)]
    pub place: Place,
    /// `eventSource`.
    pub source: Option<String>,
    /// `eventName`.
    pub name: Option<String>,
    /// What it means.
    #[serde(flatten)]
    pub meaning: Explained,
}

/// What a record means.
#[derive(Debug, Serialize)]
#[serde(tag = "means", rename_all = "snake_case")]
pub enum Explained {
    /// Something to Keytrail.
    Events {
        /// What, and what follows.
        events: Vec<Consequence>,
    },
    /// Nothing to Keytrail, or a call that only reads.
    Nothing,
    /// It should mean something and says too little.
    Unresolved {
        /// What was looked for and not found.
        lacks: Gap,
        /// Keys and types, no values.
        shape: Box<str>,
    },
    /// It is no record.
    Broken,
}

/// An event and what follows from it.
#[derive(Debug, Serialize)]
pub struct Consequence {
    /// The event.
    pub event: Event,
    /// The documents that it speaks of.
    pub documents: Vec<Touched>,
    /// The rules that looked at those documents, and at others whose judgement may change with them.
    pub rules: Vec<Looked>,
    /// What would be done.
    pub actions: Vec<Action>,
    /// What would be done, and why it is held back.
    pub withheld: Vec<Withheld>,
}

/// A document that an event speaks of.
#[derive(Debug, Serialize)]
pub struct Touched {
    /// Its subject.
    pub subject: SubjectId,
    /// The part of it.
    pub part: String,
    /// Whether the event told it anything new.
    pub changed: bool,
}

/// What a rule says of a subject.
#[derive(Debug, Serialize)]
pub struct Looked {
    /// The rule.
    pub rule: &'static str,
    /// The subject.
    pub subject: SubjectId,
    /// False if the policy switches the rule off.
    pub enabled: bool,
    /// What it finds.
    pub found: Vec<Found>,
    /// What it found before this event and no longer does.
    pub withdrawn: Vec<FindingId>,
}

/// A finding, and whether this event brought it.
#[derive(Debug, Serialize)]
pub struct Found {
    /// Whether it was not there before this event.
    pub new: bool,
    /// The finding.
    #[serde(flatten)]
    pub finding: Finding,
}

/// Explains records one after another. Each is seen in view of the world and of the records before it.
pub fn explain(read: Vec<Read>, mut world: World, policy: &Policy, now: Time) -> Vec<Explanation> {
    let explained = read.into_iter().map(|Read { place, source, name, meaning }| {
        let meaning = match meaning {
            Meaning::Events(events) => Explained::Events {
                events: events.into_iter().map(|event| consequence(event, &mut world, policy, now)).collect(),
            },
            Meaning::Ignored => Explained::Nothing,
            Meaning::Unresolved(shape) => Explained::Unresolved { lacks: shape.lacks, shape: shape.form },
            Meaning::Broken(_) => Explained::Broken,
        };
        Explanation { place, source, name, meaning }
    });
    explained.collect()
}

fn consequence(event: Event, world: &mut World, policy: &Policy, now: Time) -> Consequence {
    let (mut documents, mut updated, mut subjects) = (Vec::new(), Vec::new(), BTreeSet::new());
    for id in touched(&event) {
        let before = world.get(&id);
        let Some(mut document) = before.cloned().or_else(|| Document::empty(&id)) else { continue };
        let changed = document.absorb(&event);
        subjects.extend(judged_with(before, &document));
        documents.push(Touched { subject: id.subject, part: id.part.to_string(), changed });
        updated.push(document);
    }
    let judged = |world: &World| -> Vec<Vec<Finding>> {
        subjects.iter().map(|subject| standing(subject, world, policy, now)).collect()
    };
    let earlier = judged(world);
    updated.into_iter().for_each(|document| world.add(document));
    let findings = earlier.into_iter().zip(judged(world));
    // Of what no document is about, no rule says anything.
    let known = |subject: &SubjectId| world.get(&DocumentId::main(subject.clone())).is_some();
    let looks = subjects.iter().zip(findings).filter(|(subject, _)| known(subject));
    let rules: Vec<Looked> = looks
        .flat_map(|(subject, (earlier, standing))| looked(subject, &earlier, standing, policy))
        .collect();
    let (actions, withheld) = decided(&rules, world, policy, now);
    Consequence { event, documents, rules, actions, withheld }
}

fn standing(subject: &SubjectId, world: &World, policy: &Policy, now: Time) -> Vec<Finding> {
    let document = world.get(&DocumentId::main(subject.clone()));
    document.map(|document| judge(document, world, policy, now)).unwrap_or_default()
}

/// Every rule that looks at such a subject, and what it says.
fn looked(subject: &SubjectId, earlier: &[Finding], standing: Vec<Finding>, policy: &Policy) -> Vec<Looked> {
    let rules = RULES.iter().filter(|rule| rule.judges.contains(&subject.kind));
    let looks = rules.map(|rule| {
        let gone =
            earlier.iter().filter(|it| *it.rule == *rule.id && !standing.iter().any(|now| now.id == it.id));
        Looked {
            rule: rule.id,
            subject: subject.clone(),
            enabled: policy.enabled(rule.id),
            found: Vec::new(),
            withdrawn: gone.map(|it| it.id.clone()).collect(),
        }
    });
    let mut looks: Vec<Looked> = looks.collect();
    for finding in standing {
        let new = !earlier.iter().any(|it| it.id == finding.id);
        if let Some(look) = looks.iter_mut().find(|look| *look.rule == *finding.rule) {
            look.found.push(Found { new, finding });
        }
    }
    looks
}

/// As a live Keytrail would decide: that an explanation does nothing needs no reason.
fn decided(rules: &[Looked], world: &World, policy: &Policy, now: Time) -> (Vec<Action>, Vec<Withheld>) {
    let (mut actions, mut withheld) = (Vec::new(), Vec::new());
    for found in rules.iter().flat_map(|look| &look.found) {
        match decide(&found.finding, world, policy, now, Circumstances::default()) {
            Decision::Nothing => {}
            Decision::Act(action) => actions.push(action),
            Decision::Withhold(held) => withheld.push(held),
        }
    }
    (actions, withheld)
}

/// The newest event of records.
pub fn newest(read: &[Read]) -> Option<Time> {
    let events = read.iter().flat_map(|read| match &read.meaning {
        Meaning::Events(events) => events.as_slice(),
        _ => &[],
    });
    events.filter_map(|event| event.time).max()
}

/// What kind of thing a subject is, for people.
pub fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::ApiKey => "API key",
        Kind::Usage => "use of API keys",
        Kind::User => "user",
        Kind::KmsKey => "KMS key",
        Kind::LogTarget => "log target",
        Kind::Coverage => "coverage",
        Kind::Account => "account",
        Kind::Network => "network",
    }
}
