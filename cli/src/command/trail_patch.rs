//! `keytrail trail-patch`.

use std::io::Read as _;
use std::path::Path;

use anyhow::{Context as _, ensure};

use crate::args::trail_patch::TrailPatch;
use crate::exit::Exit;
use crate::input::STANDARD_INPUT;
use crate::render;
use crate::trail::patch;

/// 500 values of 2,048 characters, and as much again.
const LARGEST: u64 = 2 << 20;

pub(super) fn run(asked: &TrailPatch) -> anyhow::Result<Exit> {
    let name = asked.file.display();
    let patch =
        patch(&read(&asked.file)?).with_context(|| format!("cannot use the event selectors of {name}"))?;
    render::print(&format!("{}\n", serde_json::to_string_pretty(&patch.selectors)?))?;
    if patch.converted {
        render::complain(
            "note",
            "the trail has basic event selectors; these are said as advanced ones, which replace them",
        );
    }
    match patch.added.as_slice() {
        [] => render::complain("note", "nothing is missing: the trail records what Keytrail reads"),
        added => render::complain("note", &format!("added: {}", added.join("; "))),
    }
    Ok(Exit::Fine)
}

fn read(file: &Path) -> anyhow::Result<String> {
    let mut text = String::new();
    let read = if file.as_os_str() == STANDARD_INPUT {
        std::io::stdin().lock().take(LARGEST + 1).read_to_string(&mut text)
    } else {
        std::fs::File::open(file).and_then(|open| open.take(LARGEST + 1).read_to_string(&mut text))
    };
    let size = read.with_context(|| format!("cannot read {}", file.display()))?;
    ensure!(
        size as u64 <= LARGEST,
        "{} is larger than two megabytes: no trail has so many selectors",
        file.display()
    );
    Ok(text)
}
