//! What the text says of keys' lives: staleness, exemptions, budgets, compromise, and who is who.

use super::fault::Faults;
use super::form::{
    COUNT, CREDENTIAL, DAYS, EXEMPT_FROM, FLAG, MOMENT, PATTERN, PATTERNS, REGIONS, SERVICE, STAGING_DAYS,
    TAG, TEXT, TRAILS, UNUSED_DAYS,
};
use super::table::Table;
use crate::policy::{
    Budget, Budgets, CompromiseSettings, Exemption, Limit, Own, Owners, Principals, RotationSettings,
    Staging, Staleness, UserOwner,
};

pub(super) fn staleness(mut table: Table<'_>, faults: &mut Faults<'_>) -> Staleness {
    let usual = Staleness::default();
    let mut days = |key, form, usual| table.read(key, form, faults).unwrap_or(usual);
    let mut settings = Staleness {
        unused_days: days("unused_days", &UNUSED_DAYS, usual.unused_days),
        never_used_days: days("never_used_days", &UNUSED_DAYS, usual.never_used_days),
        final_warning_days: days("final_warning_days", &DAYS, usual.final_warning_days),
        deactivate_days: days("deactivate_days", &DAYS, usual.deactivate_days),
        delete_days: days("delete_days", &DAYS, usual.delete_days),
        ..usual
    };
    settings.regions = table.read("regions", &REGIONS, faults).unwrap_or(settings.regions);
    settings.trails = table.read("trails", &TRAILS, faults).unwrap_or_default();
    settings.limits = table.list("limits", faults).into_iter().map(|it| limit(it, faults)).collect();
    if settings.deactivate_days <= settings.final_warning_days {
        let good = format!("more than final_warning_days, which is {}", settings.final_warning_days);
        table.wrong("deactivate_days", settings.deactivate_days, &good, faults);
    }
    table.finish(faults);
    settings
}

pub(super) fn rotation(mut table: Table<'_>, faults: &mut Faults<'_>) -> RotationSettings {
    let usual = RotationSettings::default();
    let mut days = |key, usual| table.read(key, &DAYS, faults).unwrap_or(usual);
    let settings = RotationSettings {
        silent_days: days("silent_days", usual.silent_days),
        stall_days: days("stall_days", usual.stall_days),
        verify_days: days("verify_days", usual.verify_days),
        delete_days: days("delete_days", usual.delete_days),
    };
    table.finish(faults);
    settings
}

fn limit(mut table: Table<'_>, faults: &mut Faults<'_>) -> Limit {
    let limit = Limit {
        user: table.read("user", &PATTERN, faults),
        service: table.read("service", &SERVICE, faults),
        tag: table.read("tag", &TAG, faults),
        unused_days: table.read("unused_days", &UNUSED_DAYS, faults),
        never_used_days: table.read("never_used_days", &UNUSED_DAYS, faults),
    };
    table.finish(faults);
    limit
}

pub(super) fn exemptions(top: &mut Table<'_>, faults: &mut Faults<'_>) -> Vec<Exemption> {
    let tables = top.list("exemptions", faults);
    tables.into_iter().filter_map(|table| exemption(table, faults)).collect()
}

fn exemption(mut table: Table<'_>, faults: &mut Faults<'_>) -> Option<Exemption> {
    let user = table.read("user", &PATTERN, faults);
    let path = table.read("path", &PATTERN, faults);
    let tag = table.read("tag", &TAG, faults);
    let credential = table.read("credential", &CREDENTIAL, faults);
    let from = table.read("from", &EXEMPT_FROM, faults).unwrap_or_default();
    let reason = table.needs("reason", &TEXT, faults);
    let until = table.needs("until", &MOMENT, faults);
    if user.is_none() && path.is_none() && tag.is_none() && credential.is_none() {
        table.missing("user", "whom it exempts: user, path, tag or credential", faults);
    }
    table.finish(faults);
    Some(Exemption { user, path, tag, credential, from, reason: reason?, until: until? })
}

pub(super) fn staging(mut table: Table<'_>, faults: &mut Faults<'_>) -> Staging {
    let staging =
        Staging { days: table.read("days", &STAGING_DAYS, faults).unwrap_or(Staging::default().days) };
    table.finish(faults);
    staging
}

pub(super) fn budgets(mut table: Table<'_>, faults: &mut Faults<'_>) -> Budgets {
    let mut of = |key, faults: &mut Faults<'_>| {
        table.table(key, faults).map(|it| budget(it, faults)).unwrap_or_default()
    };
    let budgets = Budgets {
        staleness: of("staleness", faults),
        rule: of("rule", faults),
        reported: of("reported", faults),
    };
    table.finish(faults);
    budgets
}

fn budget(mut table: Table<'_>, faults: &mut Faults<'_>) -> Budget {
    let usual = Budget::default();
    let budget = Budget {
        per_account: table.read("per_account", &COUNT, faults).unwrap_or(usual.per_account),
        over_all: table.read("over_all", &COUNT, faults).unwrap_or(usual.over_all),
    };
    table.finish(faults);
    budget
}

pub(super) fn compromise(mut table: Table<'_>, faults: &mut Faults<'_>) -> CompromiseSettings {
    let settings = CompromiseSettings {
        all_keys: table.read("all_keys", &FLAG, faults).unwrap_or_default(),
        guardduty_types: table.read("guardduty_types", &PATTERNS, faults).unwrap_or_default(),
    };
    table.finish(faults);
    settings
}

pub(super) fn principals(mut table: Table<'_>, faults: &mut Faults<'_>) -> Principals {
    let principals = Principals {
        keytrail: table.read("keytrail", &PATTERNS, faults).unwrap_or_default(),
        responders: table.read("responders", &PATTERNS, faults).unwrap_or_default(),
        rotators: table.read("rotators", &PATTERNS, faults).unwrap_or_default(),
    };
    table.finish(faults);
    principals
}

pub(super) fn own(mut table: Table<'_>, faults: &mut Faults<'_>) -> Own {
    let own = Own { parts: table.read("parts", &PATTERNS, faults).unwrap_or_else(|| Own::default().parts) };
    table.finish(faults);
    own
}

pub(super) fn owners(mut table: Table<'_>, faults: &mut Faults<'_>) -> Owners {
    let mut owners = Owners {
        tag: table.read("tag", &TEXT, faults).unwrap_or_else(|| Owners::default().tag),
        default: table.read("default", &TEXT, faults),
        users: Vec::new(),
    };
    let users = table.list("users", faults);
    owners.users = users.into_iter().filter_map(|it| user_owner(it, faults)).collect();
    table.finish(faults);
    owners
}

fn user_owner(mut table: Table<'_>, faults: &mut Faults<'_>) -> Option<UserOwner> {
    let (user, owner) = (table.needs("user", &PATTERN, faults), table.needs("owner", &TEXT, faults));
    table.finish(faults);
    Some(UserOwner { user: user?, owner: owner? })
}
