//! Every rule finds what its samples named `hit_…` show, and nothing in those named `miss_…`.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use keytrail_engine::document::Document;
use keytrail_engine::event::Event;
use keytrail_engine::judge::judge_all;
use keytrail_engine::parse::{Meaning, ParseSettings, meaning};
use keytrail_engine::policy::Policy;
use keytrail_engine::read::{Limits, split};
use keytrail_engine::subject::DocumentId;
use keytrail_engine::time::Span;
use keytrail_engine::touch::touched;
use keytrail_engine::world::World;

fn folder(name: &str) -> Vec<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../events").join(name);
    let mut found: Vec<_> = fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()).collect();
    found.sort();
    found
}

fn meanings(path: &Path) -> Vec<Meaning> {
    let mut found = Vec::new();
    split(&fs::read(path).unwrap(), Limits::default(), &mut |record| {
        let record = record.unwrap();
        found.push(meaning(record.json, record.envelope.as_ref(), None, &ParseSettings::default()));
    });
    found
}

fn events(path: &Path) -> Vec<Event> {
    let events = |meaning| match meaning {
        Meaning::Events(events) => events,
        _ => Vec::new(),
    };
    meanings(path).into_iter().flat_map(events).collect()
}

/// The ids of the rules that find something when the events are all there is, a day after the last.
fn found(events: &[Event]) -> Vec<String> {
    let mut documents: BTreeMap<DocumentId, Document> = BTreeMap::new();
    for event in events {
        for id in touched(event) {
            let empty = || Document::empty(&id).unwrap();
            documents.entry(id.clone()).or_insert_with(empty).absorb(event);
        }
    }
    let mut world = World::default();
    documents.into_values().for_each(|document| world.add(document));
    let last = events.iter().filter_map(|event| event.time).max();
    let Some(now) = last.map(|last| last + Span::hours(20)) else { return Vec::new() };
    judge_all(&world, &Policy::default(), now).into_iter().map(|finding| finding.rule.to_string()).collect()
}

#[test]
fn rules_find_their_hits_and_miss_their_near_misses() {
    let (mut seen, mut wrong) = (0, Vec::new());
    for rule in folder("") {
        let id = rule.file_name().unwrap().to_str().unwrap();
        for case in folder(id) {
            let name = case.file_name().unwrap().to_str().unwrap();
            let expected = match name.split_once('_') {
                Some(("hit", _)) => true,
                Some(("miss", _)) => false,
                _ => continue,
            };
            let found = found(&events(&case));
            if found.iter().any(|rule| rule == id) != expected {
                wrong.push(format!("{id}/{name} finds {found:?}"));
            }
            seen += 1;
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
    assert!(seen > 50, "{seen} cases");
}

#[test]
fn every_sample_means_something() {
    let mut wrong = Vec::new();
    for theme in folder("") {
        for case in folder(theme.file_name().unwrap().to_str().unwrap()) {
            if case.extension().is_some_and(|extension| extension == "gz") {
                continue;
            }
            for meaning in meanings(&case) {
                let password = case.ends_with("passwords_are_not_api_keys.json")
                    || case.ends_with("miss_codecommit.json");
                let understood = match &meaning {
                    Meaning::Events(events) => !events.is_empty(),
                    Meaning::Ignored => password,
                    _ => false,
                };
                if !understood {
                    wrong.push(format!("{}: {meaning:?}", case.display()));
                }
            }
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
}
