//! The crates depend on each other in one direction only, and the engine on nothing that has a clock or a network.

use std::collections::BTreeSet;

use cargo_metadata::{DependencyKind, Metadata, MetadataCommand};

/// What each crate of the workspace may depend on within it. `tests` may use everything.
const ARROWS: &[(&str, &[&str])] = &[
    ("keytrail-engine", &[]),
    ("keytrail-ledger", &["keytrail-engine"]),
    ("keytrail-sqlite", &["keytrail-ledger", "keytrail-engine"]),
    ("keytrail-aws", &["keytrail-ledger", "keytrail-engine"]),
    ("keytrail-testkit", &["keytrail-ledger", "keytrail-engine"]),
    ("keytrail-fleet", &["keytrail-testkit", "keytrail-engine"]),
    ("keytrail-detect", &["keytrail-aws", "keytrail-ledger", "keytrail-engine"]),
    ("keytrail-rescue", &["keytrail-aws", "keytrail-ledger", "keytrail-engine"]),
    ("keytrail-respond", &["keytrail-aws", "keytrail-ledger", "keytrail-engine"]),
    ("keytrail-notify", &["keytrail-aws", "keytrail-ledger", "keytrail-engine"]),
    ("keytrail-sweep", &["keytrail-aws", "keytrail-ledger", "keytrail-engine"]),
    ("keytrail", &["keytrail-sqlite", "keytrail-aws", "keytrail-ledger", "keytrail-engine"]),
];

/// What would give the engine a clock, a runtime, a network or the environment.
const IMPURE: &[&str] = &[
    "tokio",
    "async-std",
    "smol",
    "futures",
    "lambda_runtime",
    "aws_lambda_events",
    "hyper",
    "reqwest",
    "ureq",
    "tracing",
    "log",
    "chrono",
    "rand",
    "getrandom",
    "uuid",
    "rusqlite",
];

fn metadata() -> Metadata {
    let manifest = concat!(env!("CARGO_MANIFEST_DIR"), "/../Cargo.toml");
    MetadataCommand::new().manifest_path(manifest).exec().unwrap()
}

fn allowed(crate_name: &str) -> BTreeSet<&str> {
    let row = ARROWS.iter().find(|(name, _)| *name == crate_name);
    row.unwrap_or_else(|| panic!("{crate_name} has no row in ARROWS")).1.iter().copied().collect()
}

#[test]
fn crates_depend_on_each_other_in_one_direction_only() {
    let metadata = metadata();
    let members: BTreeSet<String> =
        metadata.workspace_packages().iter().map(|it| it.name.to_string()).collect();
    for package in metadata.workspace_packages() {
        if package.name.as_str() == "keytrail-tests" {
            continue;
        }
        let allowed = allowed(&package.name);
        let inner = package.dependencies.iter().filter(|it| members.contains(&it.name));
        for dependency in inner {
            let testkit =
                dependency.name == "keytrail-testkit" && dependency.kind == DependencyKind::Development;
            let itself = dependency.name == package.name.as_str();
            assert!(
                testkit || itself || allowed.contains(dependency.name.as_str()),
                "{} must not depend on {}",
                package.name,
                dependency.name
            );
        }
    }
}

#[test]
fn the_testkit_is_a_dependency_of_tests_only() {
    for package in metadata().workspace_packages() {
        let testkit = package.dependencies.iter().filter(|it| it.name == "keytrail-testkit");
        for dependency in testkit {
            let tests = ["keytrail-tests", "keytrail-fleet"].contains(&package.name.as_str());
            assert!(tests || dependency.kind == DependencyKind::Development, "{}", package.name);
        }
    }
}

#[test]
fn the_engine_has_no_clock_no_runtime_and_no_network() {
    // `cargo tree` follows only what is really built: the metadata also list what a feature could switch on.
    let tree =
        ["tree", "--package", "keytrail-engine", "--edges", "normal", "--prefix", "none", "--format", "{p}"];
    let tree = std::process::Command::new(env!("CARGO"))
        .args(tree)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    let tree = String::from_utf8(tree.stdout).unwrap();
    let names: BTreeSet<&str> = tree.lines().filter_map(|line| line.split(' ').next()).collect();
    assert!(names.contains("keytrail-engine") && names.contains("serde"), "no tree of the engine: {tree}");
    for name in names {
        assert!(!IMPURE.contains(&name) && !name.starts_with("aws-"), "the engine depends on {name}");
    }
}

#[test]
fn only_the_aws_crate_names_the_sdk() {
    for package in metadata().workspace_packages() {
        let sdk = package.dependencies.iter().filter(|it| it.name.starts_with("aws-sdk-"));
        for dependency in sdk {
            let may = ["keytrail-aws", "keytrail-tests"].contains(&package.name.as_str());
            assert!(may, "{} names {}", package.name, dependency.name);
        }
    }
}
