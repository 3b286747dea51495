//! The tables about stolen keys: `[learning]`, `[networks]` and `[correlation]`.

use std::collections::BTreeMap;

use toml::de::DeValue;

use super::super::theft::{Correlation, Learning, NetworkFiles, NetworkListName, Networks, WEIGHTS};
use super::fault::Faults;
use super::table::{Form, Table};
use crate::geography::Atlas;
use crate::network::NetworkList;

pub(super) fn learning(mut table: Table<'_>, faults: &mut Faults<'_>) -> Learning {
    let usual = Learning::default();
    let settings = Learning {
        days: table.read("days", &DAYS, faults).unwrap_or(usual.days),
        calls: table.read("calls", &CALLS, faults).unwrap_or(usual.calls),
    };
    table.finish(faults);
    settings
}

pub(super) fn networks(mut table: Table<'_>, faults: &mut Faults<'_>) -> Networks {
    let mut list = |name| table.read(name, &LIST, faults).unwrap_or_default();
    let settings = Networks {
        known: list("known"),
        allowed: list("allowed"),
        blocked: list("blocked"),
        threats: list("threats"),
        anonymous: list("anonymous"),
        files: table.table("files", faults).map(|it| files(it, faults)).unwrap_or_default(),
        atlas: Atlas::default(),
    };
    table.finish(faults);
    settings
}

fn files(mut table: Table<'_>, faults: &mut Faults<'_>) -> NetworkFiles {
    let mut lists = BTreeMap::new();
    for name in NetworkListName::ALL {
        if let Some(files) = table.read(name.as_str(), &FILES, faults) {
            lists.insert(name, files);
        }
    }
    let settings = NetworkFiles {
        lists,
        systems: table.read("systems", &FILE, faults),
        places: table.read("places", &FILE, faults),
    };
    table.finish(faults);
    settings
}

pub(super) fn correlation(mut table: Table<'_>, faults: &mut Faults<'_>) -> Correlation {
    let usual = Correlation::default();
    let settings = Correlation {
        page: table.read("page", &POINTS, faults).unwrap_or(usual.page),
        compromise: table.read("compromise", &POINTS, faults).unwrap_or(usual.compromise),
        weights: table.table("weights", faults).map_or(usual.weights, |it| weights(it, faults)),
    };
    table.finish(faults);
    settings
}

/// What is not said keeps its usual weight; a weight of 0 silences a signal.
fn weights(mut table: Table<'_>, faults: &mut Faults<'_>) -> BTreeMap<Box<str>, u32> {
    let weights = WEIGHTS
        .iter()
        .map(|(rule, usual)| ((*rule).into(), table.read(rule, &WEIGHT, faults).unwrap_or(*usual)));
    let weights = weights.collect();
    table.finish(faults);
    weights
}

const DAYS: Form<u32> =
    Form { good: "a whole number of days from 1 to 60, such as 14", read: |value| number(value, 1, 60) };
const CALLS: Form<u32> =
    Form { good: "a whole number of calls from 1 to 24, such as 10", read: |value| number(value, 1, 24) };
const POINTS: Form<u32> =
    Form { good: "a sum of weights from 1 to 1000, such as 60", read: |value| number(value, 1, 1_000) };
const WEIGHT: Form<u32> =
    Form { good: "a weight from 0 to 1000, such as 40", read: |value| number(value, 0, 1_000) };
const LIST: Form<NetworkList> = Form {
    good: r#"a list of networks or addresses in quotes, such as ["192.0.2.0/24", "2001:db8::/32"]"#,
    read: |value| {
        let texts: Option<Vec<&str>> = value.as_array()?.iter().map(|item| item.get_ref().as_str()).collect();
        NetworkList::read(texts?).ok()
    },
};

const FILES: Form<Vec<Box<str>>> = Form {
    good: r#"a list of files in quotes, such as ["lists/exits.txt"]"#,
    read: |value| value.as_array()?.iter().map(|item| file(item.get_ref())).collect(),
};
const FILE: Form<Box<str>> = Form { good: r#"a file in quotes, such as "GeoLite2-ASN.mmdb""#, read: file };

fn file(value: &DeValue<'_>) -> Option<Box<str>> {
    value.as_str().filter(|text| !text.is_empty()).map(Box::from)
}

fn number(value: &DeValue<'_>, from: u32, to: u32) -> Option<u32> {
    let number = value.as_integer()?;
    u32::from_str_radix(number.as_str(), number.radix()).ok().filter(|it| (from..=to).contains(it))
}
