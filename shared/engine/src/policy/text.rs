//! The policy as people write it: TOML.
//!
//! Reading reports every fault at once, each with its key, its line and what a good value looks like. A key or a rule
//! that nobody knows is a fault too: a misspelt limit would be no limit.

mod fault;
mod form;
mod kms;
mod life;
mod table;
mod theft;

use std::collections::BTreeMap;
use std::fmt::Write as _;

use toml::de::DeTable;

use super::{ApiKeySettings, Mode, NewRules, Policy, RuleSettings};
use crate::ids::{AccountId, ServiceName};
use crate::rules::RULES;
use crate::services;
pub use fault::Fault;
use fault::Faults;
use form::{ACCOUNTS, DAYS, FLAG, ID_PATHS, MODE, MOMENT, SEVERITY};
use table::Table;

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
        swept_accounts: top.read("swept_accounts", &ACCOUNTS, &mut faults).unwrap_or_default(),
        accounts: top.table("accounts", &mut faults).map(|it| accounts(it, &mut faults)).unwrap_or_default(),
        services: top
            .table("services", &mut faults)
            .map(|it| of_services(it, &mut faults))
            .unwrap_or_default(),
        api_keys: top.table("api_keys", &mut faults).map(|it| api_keys(it, &mut faults)).unwrap_or_default(),
        kms: top.table("kms", &mut faults).map(|it| kms::settings(it, &mut faults)).unwrap_or_default(),
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
        staleness: top
            .table("staleness", &mut faults)
            .map(|it| life::staleness(it, &mut faults))
            .unwrap_or_default(),
        rotation: top
            .table("rotation", &mut faults)
            .map(|it| life::rotation(it, &mut faults))
            .unwrap_or_default(),
        staging: top
            .table("staging", &mut faults)
            .map(|it| life::staging(it, &mut faults))
            .unwrap_or_default(),
        new_rules: NewRules::new(),
        exemptions: life::exemptions(&mut top, &mut faults),
        budgets: top
            .table("budgets", &mut faults)
            .map(|it| life::budgets(it, &mut faults))
            .unwrap_or_default(),
        compromise: top
            .table("compromise", &mut faults)
            .map(|it| life::compromise(it, &mut faults))
            .unwrap_or_default(),
        principals: top
            .table("principals", &mut faults)
            .map(|it| life::principals(it, &mut faults))
            .unwrap_or_default(),
        owners: top.table("owners", &mut faults).map(|it| life::owners(it, &mut faults)).unwrap_or_default(),
        own: top.table("own", &mut faults).map(|it| life::own(it, &mut faults)).unwrap_or_default(),
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

fn accounts(table: Table<'_>, faults: &mut Faults<'_>) -> BTreeMap<AccountId, Mode> {
    table.named(&MODE, faults).into_iter().map(|(name, mode)| (AccountId::new(name), mode)).collect()
}

fn of_services(mut table: Table<'_>, faults: &mut Faults<'_>) -> BTreeMap<ServiceName, Mode> {
    let mut modes = BTreeMap::new();
    for service in services::API_KEY_SERVICES {
        if let Some(mode) = table.read(service.name, &MODE, faults) {
            modes.insert(service.name.into(), mode);
        }
    }
    table.finish(faults);
    modes
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
        enforce_from: table.read("enforce_from", &MOMENT, faults),
    };
    table.finish(faults);
    settings
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
