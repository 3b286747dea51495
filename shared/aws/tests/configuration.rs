//! The variables of the functions: the code, `docs/configuration.md` and `infra/template.yaml` say the same.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may fail by panicking"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use keytrail_aws::settings::{POLICY_FILE, VARIABLES};

const FUNCTIONS: [&str; 5] = ["detect", "notify", "rescue", "respond", "sweep"];

fn read(path: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(path)).unwrap()
}

#[test]
fn the_table_in_the_docs_is_what_the_code_reads() {
    let docs = read("docs/configuration.md");
    let rows: Vec<&str> = docs.lines().filter(|line| line.starts_with("| `KEYTRAIL_")).collect();
    let expected: Vec<String> = VARIABLES
        .iter()
        .map(|it| {
            let otherwise = it.otherwise.unwrap_or("the function doesn't start");
            format!("| `{}` | {} | {} | {otherwise} |", it.name, it.read_by, it.wanted)
        })
        .collect();
    assert_eq!(rows, expected);
}

/// The variables that the template sets, each with the functions that it sets them for.
fn set_by_the_template() -> BTreeMap<String, BTreeSet<String>> {
    let template = read("infra/template.yaml");
    let mut set = BTreeMap::<String, BTreeSet<String>>::new();
    let mut resource = "";
    for line in template.lines() {
        let text = line.trim_start();
        // A section begins in the first column, a resource two further.
        if line.len() - text.len() <= 2 && text.ends_with(':') && !text.starts_with('#') {
            resource = text.trim_end_matches(':');
        }
        let Some((name, _)) = text.split_once(':').filter(|(name, _)| name.starts_with("KEYTRAIL_")) else {
            continue;
        };
        let functions = set.entry(name.to_owned()).or_default();
        match resource {
            // Under Globals.
            "Function" => functions.extend(FUNCTIONS.map(str::to_owned)),
            resource => drop(functions.insert(resource.to_lowercase())),
        }
    }
    set
}

#[test]
fn the_template_sets_every_variable_for_the_functions_that_read_it() {
    let read = VARIABLES.iter().filter(|it| it.name != POLICY_FILE.name).map(|it| {
        let functions: BTreeSet<String> = it.read_by.split(", ").map(str::to_owned).collect();
        assert!(functions.iter().all(|name| FUNCTIONS.contains(&name.as_str())), "{}", it.read_by);
        (it.name.to_owned(), functions)
    });
    assert_eq!(set_by_the_template(), read.collect());
}
