//! What is written about the command is what it does.

use crate::run::{keytrail, root};

#[test]
fn the_list_of_rules_is_current() {
    let written = std::fs::read_to_string(root().join("docs/rules.md")).unwrap();
    let current = keytrail(&["rules", "--format", "markdown"]).stdout;
    assert!(written == current, "run: cargo run -- rules --format markdown > docs/rules.md");
}

#[test]
fn the_readme_shows_real_output() {
    let readme = std::fs::read_to_string(root().join("README.md")).unwrap();
    let shown = readme.split("```text\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
    let mut lines = shown.lines();
    assert_eq!(lines.next(), Some("$ keytrail replay events/story"));
    let output = keytrail(&["replay", "events/story"]).stdout;
    // In the same order; dots stand for what is left out.
    let mut real = output.lines();
    for line in lines.filter(|line| line.trim() != "⋮") {
        assert!(real.any(|it| it == line), "README.md shows a line that the command does not: {line}");
    }
}

#[test]
fn the_readme_and_the_help_tell_the_exit_codes() {
    let readme = std::fs::read_to_string(root().join("README.md")).unwrap();
    for help in [keytrail(&["--help"]), keytrail(&["replay", "--help"])] {
        assert_eq!(help.code, Some(0));
        let codes = help.stdout.split("Exit codes:\n").nth(1).unwrap();
        for line in codes.lines().map(str::trim).filter(|line| !line.is_empty()) {
            let (code, meaning) = line.split_once("  ").unwrap();
            assert!(readme.contains(&format!("| {code} | {meaning} |")), "README.md lacks: {line}");
        }
    }
}

#[test]
fn the_runbook_tells_the_exit_codes_of_requests() {
    let runbook = std::fs::read_to_string(root().join("docs/operations.md")).unwrap();
    for command in
        ["hold", "release", "exempt", "compromised", "cleared", "deactivate", "reactivate", "delete"]
    {
        let help = keytrail(&[command, "--help"]);
        assert_eq!(help.code, Some(0));
        assert!(help.stdout.contains(&format!("keytrail {command} ")), "{command} has no example");
        assert!(runbook.contains(&format!("| `{command} ID --why TEXT")), "{command} is not in the runbook");
        let codes = help.stdout.split("Exit codes:\n").nth(1).unwrap();
        for line in codes.lines().map(str::trim).filter(|line| !line.is_empty()) {
            let (code, meaning) = line.split_once("  ").unwrap();
            assert!(runbook.contains(&format!("| {code} | {meaning} |")), "docs/operations.md lacks: {line}");
        }
    }
}

#[test]
fn shells_get_completions() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let run = keytrail(&["completions", shell]);
        assert!(run.code == Some(0) && run.stdout.contains("fail-on"), "{shell}");
    }
}

#[test]
fn every_command_has_a_manual_page() {
    let folder = tempfile::tempdir().unwrap();
    let into = folder.path().join("man1");
    let run = keytrail(&["man", into.to_str().unwrap()]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    let page =
        |name: &str| std::fs::read_to_string(into.join(name)).unwrap_or_else(|_| panic!("no page {name}"));
    let help = keytrail(&["--help"]).stdout;
    let commands = help.split("Commands:\n").nth(1).unwrap().split("\n\n").next().unwrap();
    let names = commands.lines().filter_map(|line| line.strip_prefix("  ")?.split(' ').next());
    let mut pages = 0;
    for name in names.filter(|name| !name.is_empty() && *name != "help") {
        assert!(page(&format!("keytrail-{name}.1")).contains(".TH "), "{name}");
        pages += 1;
    }
    assert!(pages > 20 && page("keytrail.1").contains("Exit codes"), "{pages}");
}

#[test]
fn the_help_is_what_it_was() {
    insta::assert_snapshot!(keytrail(&["--help"]).stdout);
    insta::assert_snapshot!("help_of_replay", keytrail(&["replay", "--help"]).stdout);
}

#[test]
fn every_link_of_a_document_leads_somewhere() {
    let mut links = 0;
    for document in ["README.md", "docs/operations.md", "docs/rules.md", "docs/samples.md"] {
        let text = std::fs::read_to_string(root().join(document)).unwrap();
        for target in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let path = target.split('#').next().unwrap();
            if path.is_empty() || path.starts_with("https://") {
                continue;
            }
            let folder = root().join(document).parent().unwrap().to_owned();
            assert!(folder.join(path).exists(), "{document} links to {target}");
            links += 1;
        }
    }
    assert!(links > 10, "{links} links");
}

#[test]
fn the_runbook_tells_the_exit_codes_of_doctor() {
    let runbook = std::fs::read_to_string(root().join("docs/operations.md")).unwrap();
    let codes = keytrail(&["doctor", "--help"]).stdout;
    let codes = codes.split("Exit codes:\n").nth(1).unwrap();
    assert_eq!(codes.trim().lines().count(), 4);
    for line in codes.trim().lines() {
        let (code, meaning) = line.trim().split_once("  ").unwrap();
        assert!(runbook.contains(&format!("| {code} | {meaning} |")), "docs/operations.md lacks: {line}");
    }
}
