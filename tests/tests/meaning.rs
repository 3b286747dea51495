//! What every record under `events/` means, as a person would check it: one snapshot a folder, two lines an event.
//!
//! After a change to `events/`, run `INSTA_UPDATE=always cargo test -p keytrail-tests --test meaning` and read the
//! difference.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use keytrail_engine::event::Event;
use keytrail_engine::parse::{Meaning, ParseSettings, is_worth_reading, meaning};
use keytrail_engine::read::{Limits, RawRecord, split};

fn events_folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../events")
}

fn sorted(folder: &Path) -> Vec<PathBuf> {
    let mut paths: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths
}

fn name(path: &Path) -> &str {
    path.file_name().unwrap().to_str().unwrap()
}

fn content(path: &Path) -> Vec<u8> {
    let bytes = std::fs::read(path).unwrap();
    if !bytes.starts_with(&[0x1f, 0x8b]) {
        return bytes;
    }
    let mut inflated = Vec::new();
    flate2::read::MultiGzDecoder::new(bytes.as_slice()).read_to_end(&mut inflated).unwrap();
    inflated
}

fn event_line(event: &Event) -> String {
    let time = event.time.map_or_else(|| "no time".to_owned(), |time| time.to_string());
    let place = &event.place;
    let principal = event.caller.principal.as_ref().map_or("nobody", |principal| principal.as_str());
    let network = event.caller.network.as_ref().map_or("nowhere", |network| network.as_str());
    let agent = event.caller.agent.as_ref().map_or("nothing", |agent| agent.as_str());
    let mut line = format!("{time} {}/{}/{}", place.partition, place.account, place.region);
    write!(line, " by {principal} from {network} with {agent}").unwrap();
    if event.revision > 0 {
        line.push_str(", corrected");
    }
    if event.foreign_envelope {
        line.push_str(", in another account's envelope");
    }
    write!(line, "\n    {}", serde_json::to_string(&event.what).unwrap()).unwrap();
    line
}

fn lines(raw: &RawRecord<'_>) -> Vec<String> {
    let named = || raw.event_name.unwrap_or("no name").to_owned();
    if !is_worth_reading(raw) {
        return vec![format!("{}: not ours", named())];
    }
    match meaning(raw.json, raw.envelope.as_ref(), None, &ParseSettings::default()) {
        Meaning::Events(events) => events.iter().map(event_line).collect(),
        Meaning::Ignored => vec![format!("{}: ignored", named())],
        Meaning::Unresolved(shape) => {
            vec![format!("{}: UNRESOLVED, lacks {:?}: {}", shape.name, shape.lacks, shape.form)]
        }
        Meaning::Broken(fault) => vec![format!("{}: BROKEN, {fault:?}", named())],
    }
}

/// The lines of every file of every folder.
fn told() -> BTreeMap<String, String> {
    let mut told = BTreeMap::new();
    for folder in sorted(&events_folder()) {
        let text: &mut String = told.entry(name(&folder).to_owned()).or_default();
        for path in sorted(&folder) {
            writeln!(text, "# {}", name(&path)).unwrap();
            split(&content(&path), Limits::default(), &mut |raw| {
                for line in lines(&raw.unwrap()) {
                    writeln!(text, "{line}").unwrap();
                }
            });
        }
    }
    told
}

#[test]
fn every_sample_means_what_was_agreed() {
    for (folder, text) in told() {
        insta::with_settings!({ omit_expression => true, prepend_module_to_snapshot => false }, {
            insta::assert_snapshot!(folder, text);
        });
    }
}

#[test]
fn every_sample_resolves() {
    for (folder, text) in told() {
        let bad: Vec<_> =
            text.lines().filter(|line| line.contains("UNRESOLVED") || line.contains("BROKEN")).collect();
        assert!(bad.is_empty(), "{folder}: {bad:#?}");
    }
}
