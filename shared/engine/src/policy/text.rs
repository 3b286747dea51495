//! The policy as people write it: TOML.
//!
//! Reading reports every fault at once, each with its key, its line and what a good value looks like. A key or a rule
//! that nobody knows is a fault too: a misspelt limit would be no limit.

mod fault;
mod table;
mod theft;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use toml::de::{DeTable, DeValue};

use super::{ApiKeySettings, Mode, Policy, RuleSettings};
use crate::finding::Severity;
use crate::ids::AccountId;
use crate::parse::IdPath;
use crate::rules::RULES;
pub use fault::Fault;
use fault::Faults;
use table::{Form, Table};

/// Reads a policy.
///
/// # Errors
/// Every fault of the text, in the order of its lines; never an empty list.
pub fn read(text: &str) -> Result<Policy, Vec<Fault>> {
    let mut faults = Faults::of(text);
    let (document, errors) = DeTable::parse_recoverable(text);
    for error in errors {
        faults.syntax(error.span(), error.message());
    }
    let mut top = Table::top(document.get_ref());
    let policy = Policy {
        mode: top.read("mode", &MODE, &mut faults).unwrap_or_default(),
        enrolled_accounts: top.read("enrolled_accounts", &ACCOUNTS, &mut faults).unwrap_or_default(),
        api_keys: top.table("api_keys", &mut faults).map(|it| api_keys(it, &mut faults)).unwrap_or_default(),
        learning: top
            .table("learning", &mut faults)
            .map(|it| theft::learning(it, &mut faults))
            .unwrap_or_default(),
        networks: top
            .table("networks", &mut faults)
            .map(|it| theft::networks(it, &mut faults))
            .unwrap_or_default(),
        correlation: top
            .table("correlation", &mut faults)
            .map(|it| theft::correlation(it, &mut faults))
            .unwrap_or_default(),
        rules: top.table("rules", &mut faults).map(|it| rules(it, &mut faults)).unwrap_or_default(),
    };
    top.finish(&mut faults);
    faults.into_result(policy)
}

fn api_keys(mut table: Table<'_>, faults: &mut Faults<'_>) -> ApiKeySettings {
    let usual = ApiKeySettings::default();
    let settings = ApiKeySettings {
        max_lifetime_days: table.read("max_lifetime_days", &DAYS, faults).unwrap_or(usual.max_lifetime_days),
        id_paths: table.read("id_paths", &ID_PATHS, faults).unwrap_or_default(),
    };
    table.finish(faults);
    settings
}

fn rules(mut table: Table<'_>, faults: &mut Faults<'_>) -> BTreeMap<Box<str>, RuleSettings> {
    let mut settings = BTreeMap::new();
    for rule in RULES {
        if let Some(its) = table.table(rule.id, faults) {
            settings.insert(rule.id.into(), rule_settings(its, faults));
        }
    }
    table.finish(faults);
    settings
}

fn rule_settings(mut table: Table<'_>, faults: &mut Faults<'_>) -> RuleSettings {
    let settings = RuleSettings {
        enabled: table.read("enabled", &FLAG, faults),
        mode: table.read("mode", &MODE, faults),
        severity: table.read("severity", &SEVERITY, faults),
    };
    table.finish(faults);
    settings
}

const MODE: Form<Mode> = Form {
    good: r#""observe", "alert" or "enforce""#,
    read: |value| match value.as_str()? {
        "observe" => Some(Mode::Observe),
        "alert" => Some(Mode::Alert),
        "enforce" => Some(Mode::Enforce),
        _ => None,
    },
};

const SEVERITY: Form<Severity> = Form {
    good: r#""info", "low", "medium", "high" or "critical""#,
    read: |value| Severity::from_word(value.as_str()?),
};

const FLAG: Form<bool> = Form { good: "true or false", read: |value| value.as_bool() };

/// The bounds are IAM's for `CredentialAgeDays`:
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateServiceSpecificCredential.html>
const DAYS: Form<u32> = Form {
    good: "a whole number of days from 1 to 36600, such as 90",
    read: |value| {
        let number = value.as_integer()?;
        u32::from_str_radix(number.as_str(), number.radix()).ok().filter(|days| (1..=36_600).contains(days))
    },
};

const ACCOUNTS: Form<BTreeSet<AccountId>> = Form {
    good: r#"a list of twelve-digit account ids in quotes, such as ["111122223333"]"#,
    read: |value| {
        all(value, |text| {
            (text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())).then(|| AccountId::new(text))
        })
    },
};

const ID_PATHS: Form<Vec<IdPath>> = Form {
    good: r#"a list of names with dots between, such as ["additionalEventData.apiKey.id"]"#,
    read: |value| all(value, IdPath::parse),
};

/// The elements of a list of strings, if each of them will do.
fn all<T, C: FromIterator<T>>(value: &DeValue<'_>, element: impl Fn(&str) -> Option<T>) -> Option<C> {
    value.as_array()?.iter().map(|item| item.get_ref().as_str().and_then(&element)).collect()
}

/// A policy to begin with, which says what holds without any: every setting, with what it is for.
pub fn sample() -> String {
    let mut text = include_str!("text/sample.toml").to_owned();
    for rule in RULES {
        let (id, title, severity) = (rule.id, rule.title, rule.severity);
        // Writing to a string never fails.
        let _ = write!(text, "\n# {title}\n# [rules.{id}]\n# enabled = true\n# severity = \"{severity}\"\n");
    }
    text
}

#[cfg(test)]
mod tests;
