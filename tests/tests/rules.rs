//! Every rule, case by case: `events/<rule>/hit_*` must find something and `miss_*` must not. A hit's whole answer is a
//! snapshot; only the one rule looks, so that a change of another disturbs nothing here.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use keytrail_engine::finding::Finding;
use keytrail_engine::policy::{Policy, RuleSettings};
use keytrail_engine::rules::{OF_REQUESTS, RULES};
use keytrail_ledger::supply;
use keytrail_testkit::remember::Remembered;

fn events() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../events")
}

/// The files of a rule's folder, by name.
fn cases(rule: &str) -> Vec<PathBuf> {
    let folder = events().join(rule);
    let entries = std::fs::read_dir(&folder).unwrap_or_else(|it| panic!("{}: {it}", folder.display()));
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    files.retain(|file| file.extension().is_some_and(|it| it == "json"));
    files.sort();
    files
}

/// A policy under which only one rule looks: the one of its cases in `tests/policies`, if
/// there is one.
fn only(rule: &str) -> Policy {
    let policies = Path::new(env!("CARGO_MANIFEST_DIR")).join("policies");
    let its = std::fs::read_to_string(policies.join(format!("{rule}.toml"))).unwrap_or_default();
    let off = RuleSettings { enabled: Some(false), ..RuleSettings::default() };
    let own = Policy::default();
    // What adds up the findings of other rules needs those.
    let is_summand =
        |other: &str| rule == "stolen_key_suspected" && own.correlation.weights.contains_key(other);
    let others = RULES.iter().filter(|other| other.id != rule && !is_summand(other.id));
    let rules = others.map(|other| (other.id.into(), off.clone())).collect();
    let mut policy = Policy { rules, ..keytrail_engine::policy::text::read(&its).unwrap() };
    supply(&mut policy, &policies).unwrap();
    policy
}

fn findings(rule: &str, case: &Path) -> Vec<Finding> {
    let remembered = Remembered::of([std::fs::read(case).unwrap()]);
    assert!(remembered.faults.is_empty(), "{}: {:?}", case.display(), remembered.faults);
    assert!(remembered.unresolved.is_empty(), "{}: {:?}", case.display(), remembered.unresolved);
    let mut findings = remembered.findings(&only(rule));
    findings.retain(|finding| *finding.rule == *rule);
    findings
}

#[test]
fn every_rule_finds_what_its_cases_say_and_nothing_else() {
    // No record is a request: those rules' cases stand beside the rules themselves.
    for rule in RULES.iter().filter(|rule| !OF_REQUESTS.contains(&rule.id)) {
        let (mut hits, mut misses) = (0, 0);
        for case in cases(rule.id) {
            let name = case.file_stem().unwrap().to_str().unwrap().to_owned();
            let found = findings(rule.id, &case);
            if name.starts_with("hit_") {
                hits += 1;
                assert!(!found.is_empty(), "{} finds nothing in {name}", rule.id);
                insta::assert_yaml_snapshot!(format!("{}/{name}", rule.id), found);
            } else {
                assert!(name.starts_with("miss_"), "{name}: a case begins with hit_ or miss_");
                misses += 1;
                assert!(found.is_empty(), "{} finds something in {name}: {found:#?}", rule.id);
            }
        }
        assert!(hits >= 1 && misses >= 1, "{} needs a case that hits and one that nearly does", rule.id);
    }
}

#[test]
fn rules_have_one_name_everywhere() {
    let mut seen = BTreeSet::new();
    for rule in RULES {
        assert!(seen.insert(rule.id), "{} stands twice in the list", rule.id);
        let file =
            Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../shared/engine/src/rules/{}.rs", rule.id));
        assert!(file.is_file(), "{} has no file of its name", rule.id);
    }
}
