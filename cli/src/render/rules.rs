//! The list of rules.

use std::fmt::Write as _;

use keytrail_engine::rules::{OF_REQUESTS, Rule};
use keytrail_engine::subject::Kind;
use keytrail_engine::time::Span;

use super::prose::wrapped;
use super::{DIM, HEADING};

/// The rules for a screen.
pub fn rules(rules: &[Rule], width: usize) -> String {
    let mut out = String::new();
    for rule in rules {
        // Writing to a string never fails, here and below.
        let _ = writeln!(out, "{HEADING}{}{HEADING:#}  {DIM}{}{DIM:#}", rule.id, rule.severity);
        let _ = writeln!(out, "{}", wrapped(&format!("{}. {}", rule.title, rule.why), width, "  "));
        if let Some(settles) = settles(rule) {
            let _ = writeln!(out, "{}", wrapped(&settles, width, "  "));
        }
        out.push('\n');
    }
    out
}

/// The rules as `docs/rules.md` holds them.
pub fn markdown(rules: &[Rule]) -> String {
    let mut out = String::from(
        "# Rules\n\n\
         Written by `keytrail rules --format markdown`; a test keeps it current.\n\n\
         A rule looks at what is known of one subject and finds everything that is wrong with it. `[rules.ID]` in the \
         [policy](../README.md#policy)\nswitches a rule off or gives its findings another severity.\n\n\
         | rule | severity | finds |\n|---|---|---|\n",
    );
    for rule in rules {
        let _ = writeln!(out, "| [{0}](#{0}) | {1} | {2} |", rule.id, rule.severity, rule.title);
    }
    for rule in rules {
        let looks: Vec<_> = rule.judges.iter().map(|kind| looks_at(*kind)).collect();
        let _ = write!(out, "\n## {}\n\n**{}.** {}\n\n", rule.id, rule.title, rule.why);
        let _ = writeln!(out, "- severity: {}", rule.severity);
        let _ = writeln!(out, "- looks at: {}", looks.join(", "));
        let _ = writeln!(out, "- settles: {}", settles(rule).unwrap_or_else(|| "at once".to_owned()));
        if OF_REQUESTS.contains(&rule.id) {
            let _ = writeln!(
                out,
                "- samples: none, since no record is a request: only [commands](operations.md) make one"
            );
        } else {
            let _ = writeln!(out, "- samples: [events/{0}](../events/{0})", rule.id);
        }
    }
    out
}

fn settles(rule: &Rule) -> Option<String> {
    (rule.settle > Span::default())
        .then(|| format!("{} after, since a late record may falsify it; no action before", rule.settle))
}

const fn looks_at(kind: Kind) -> &'static str {
    match kind {
        Kind::ApiKey => "API keys",
        Kind::Usage => "the use of a user's API keys",
        Kind::User => "IAM users",
        Kind::KmsKey => "KMS keys",
        Kind::LogTarget => "log groups and query results",
        Kind::Coverage => "trails",
        Kind::Account => "accounts",
        Kind::Network => "networks",
    }
}
