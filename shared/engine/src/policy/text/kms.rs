//! What the text says of KMS keys.

use super::fault::Faults;
use super::form::{FLAG, KEY_ORIGINS, KEY_SPECS, KEY_USAGES, MOMENT, PATTERNS};
use super::table::Table;
use crate::policy::{KmsSettings, NewKeys};

pub(super) fn settings(mut table: Table<'_>, faults: &mut Faults<'_>) -> KmsSettings {
    let settings = KmsSettings {
        encrypted_log_groups: table.read("encrypted_log_groups", &PATTERNS, faults).unwrap_or_default(),
        creations_seen_since: table.read("creations_seen_since", &MOMENT, faults),
        new_keys: table.table("new_keys", faults).map(|it| new_keys(it, faults)).unwrap_or_default(),
    };
    table.finish(faults);
    settings
}

fn new_keys(mut table: Table<'_>, faults: &mut Faults<'_>) -> NewKeys {
    let usual = NewKeys::default();
    let settings = NewKeys {
        creators: table.read("creators", &PATTERNS, faults).unwrap_or_default(),
        specs: table.read("specs", &KEY_SPECS, faults).unwrap_or_default(),
        usages: table.read("usages", &KEY_USAGES, faults).unwrap_or_default(),
        origins: table.read("origins", &KEY_ORIGINS, faults).unwrap_or_default(),
        key_stores: table.read("key_stores", &PATTERNS, faults).unwrap_or_default(),
        descriptions: table.read("descriptions", &PATTERNS, faults).unwrap_or_default(),
        multi_region: table.read("multi_region", &FLAG, faults).unwrap_or(usual.multi_region),
        untagged: table.read("untagged", &FLAG, faults).unwrap_or(usual.untagged),
        lockout_bypass: table.read("lockout_bypass", &FLAG, faults).unwrap_or(usual.lockout_bypass),
    };
    table.finish(faults);
    settings
}
