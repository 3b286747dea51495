//! `docs/failures.md` names the tests that there are.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may fail by panicking"
)]

use std::collections::BTreeSet;
use std::path::Path;

/// The tests of the page: file and name.
fn named(page: &str) -> Vec<(&str, &str)> {
    let rows = page.lines().filter(|line| line.starts_with("| ") && line.contains('`'));
    let cells = rows.map(|line| line.rsplit('|').nth(1).unwrap());
    cells
        .map(|cell| {
            let words: Vec<&str> = cell.split('`').filter(|it| !it.trim().is_empty()).collect();
            let [file, test] = words[..] else { panic!("{cell:?} names no file and test") };
            (file, test)
        })
        .collect()
}

#[test]
fn every_failure_has_a_test_that_there_is() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let page = std::fs::read_to_string(root.join("docs/failures.md")).unwrap();
    let tests = named(&page);
    let rows =
        page.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| what went wrong")).count();
    assert_eq!(tests.len(), rows, "a row without a test");
    assert!(tests.len() > 30, "{} tests", tests.len());
    let mut missing = BTreeSet::new();
    for (file, test) in tests {
        let text = std::fs::read_to_string(root.join(file)).unwrap_or_default();
        let defined = [format!("fn {test}("), format!("def {test}(")];
        if !defined.iter().any(|it| text.contains(it.as_str())) {
            missing.insert(format!("{file} {test}"));
        }
    }
    assert_eq!(missing, BTreeSet::new());
}
