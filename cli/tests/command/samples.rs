//! What every sample of a rule gives: the files named `hit_…` make the rule find something, those named `miss_…` don't.

use keytrail_engine::rules::Rule;
use std::fmt::Write as _;

use crate::run::{keytrail, names, root};

#[test]
fn every_rule_finds_what_its_samples_promise() {
    let events = root().join("events");
    let mut told = String::new();
    let mut seen = 0;
    for folder in names(&events).iter().filter(|folder| Rule::by_id(folder).is_some()) {
        let policy = format!("tests/policies/{folder}.toml");
        let has_policy = root().join(&policy).is_file();
        for file in names(&events.join(folder)) {
            let path = format!("events/{folder}/{file}");
            let mut arguments = vec!["replay", &path, "--format", "json"];
            if has_policy {
                arguments.extend(["--policy", &policy]);
            }
            let json = keytrail(&arguments).json();
            let findings: Vec<_> = json["findings"].as_array().unwrap().iter().collect();
            let of_rule = findings.iter().filter(|finding| finding["rule"] == **folder).count();
            assert_eq!(of_rule > 0, file.starts_with("hit_"), "{path}: {findings:#?}");
            let _ = writeln!(told, "{path}");
            for finding in findings {
                let text = |name: &str| finding[name].as_str().unwrap();
                let _ = writeln!(told, "  {} {}: {}", text("severity"), text("rule"), text("what"));
            }
            seen += 1;
        }
    }
    assert!(seen > 30, "{seen} samples");
    insta::assert_snapshot!(told);
}
