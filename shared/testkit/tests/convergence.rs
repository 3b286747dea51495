//! Invariant 1 over generated stories: any order, any number of times, in any batches, ends in the same facts and the
//! same standing findings. `PROPTEST_CASES=1000` looks longer.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;

use keytrail_engine::document::Document;
use keytrail_engine::event::Event;
use keytrail_engine::judge::judge_all;
use keytrail_engine::lattice::Join;
use keytrail_engine::parse::{Meaning, ParseSettings, meaning};
use keytrail_engine::policy::Policy;
use keytrail_engine::read::{Limits, split};
use keytrail_engine::subject::DocumentId;
use keytrail_engine::time::Time;
use keytrail_engine::touch::touched;
use keytrail_engine::world::World;
use keytrail_testkit::story::{Delivery, Story, delivery, flooded_story, story};
use proptest::prelude::*;

type Documents = BTreeMap<DocumentId, Document>;

fn events(file: &str) -> Vec<Event> {
    let mut found = Vec::new();
    split(file.as_bytes(), Limits::default(), &mut |record| {
        let record = record.unwrap();
        let told = meaning(record.json, record.envelope.as_ref(), None, &ParseSettings::default());
        if let Meaning::Events(events) = told {
            found.extend(events);
        }
    });
    found
}

fn fold(events: &[Event], into: &mut Documents) {
    for event in events {
        for id in touched(event) {
            into.entry(id.clone()).or_insert_with(|| Document::empty(&id).unwrap()).absorb(event);
        }
    }
}

/// Batch after batch into one ledger.
fn in_turn(story: &Story, delivery: &Delivery) -> Documents {
    let mut documents = Documents::new();
    delivery.files(&story.records()).iter().for_each(|file| fold(&events(file), &mut documents));
    documents
}

/// Each batch by a worker of its own, joined at the end.
fn side_by_side(story: &Story, delivery: &Delivery) -> Documents {
    let mut documents = Documents::new();
    for file in delivery.files(&story.records()) {
        let mut own = Documents::new();
        fold(&events(&file), &mut own);
        for (id, document) in own {
            let empty = || Document::empty(&id).unwrap();
            documents.entry(id.clone()).or_insert_with(empty).join(&document);
        }
    }
    documents
}

fn stands(documents: &Documents) -> Vec<String> {
    let mut world = World::default();
    documents.values().cloned().for_each(|document| world.add(document));
    let now: Time = Time::parse("2026-11-08T00:00:00Z").unwrap();
    judge_all(&world, &Policy::default(), now).iter().map(|finding| format!("{finding:?}")).collect()
}

fn same(one: &Documents, other: &Documents) -> Result<(), TestCaseError> {
    for (id, document) in one {
        prop_assert_eq!(Some(document), other.get(id), "{:?}", id);
    }
    prop_assert_eq!(one.len(), other.len());
    prop_assert_eq!(stands(one), stands(other));
    Ok(())
}

fn config(usual: u32) -> ProptestConfig {
    let asked = std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok());
    ProptestConfig { max_shrink_iters: 2000, ..ProptestConfig::with_cases(asked.unwrap_or(usual)) }
}

proptest! {
    #![proptest_config(config(24))]

    #[test]
    fn order_repeats_and_batches_change_nothing(story in story(), delivery in delivery()) {
        same(&in_turn(&story, &Delivery::as_told()), &in_turn(&story, &delivery))?;
    }

    #[test]
    fn workers_side_by_side_change_nothing(story in story(), delivery in delivery()) {
        same(&in_turn(&story, &Delivery::as_told()), &side_by_side(&story, &delivery))?;
    }
}

proptest! {
    #![proptest_config(config(2))]

    #[test]
    fn floods_change_nothing(story in flooded_story(), delivery in delivery()) {
        let told = in_turn(&story, &Delivery::as_told());
        same(&told, &in_turn(&story, &delivery))?;
        same(&told, &side_by_side(&story, &delivery))?;
    }
}
