//! How the values of a policy are written.

use std::collections::BTreeSet;

use toml::de::DeValue;

use super::table::Form;
use crate::finding::Severity;
use crate::ids::{AccountId, CredentialId, Region, ServiceName};
use crate::parse::IdPath;
use crate::policy::{ExemptFrom, MOST, Mode, Pattern, TrailPlace};
use crate::services;
use crate::time::Time;

pub(super) const MODE: Form<Mode> = Form {
    good: r#""observe", "alert" or "enforce""#,
    read: |value| match value.as_str()? {
        "observe" => Some(Mode::Observe),
        "alert" => Some(Mode::Alert),
        "enforce" => Some(Mode::Enforce),
        _ => None,
    },
};

pub(super) const SEVERITY: Form<Severity> = Form {
    good: r#""info", "low", "medium", "high" or "critical""#,
    read: |value| Severity::from_word(value.as_str()?),
};

pub(super) const FLAG: Form<bool> = Form { good: "true or false", read: |value| value.as_bool() };

/// The bounds are IAM's for `CredentialAgeDays`:
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateServiceSpecificCredential.html>
pub(super) const DAYS: Form<u32> = Form {
    good: "a whole number of days from 1 to 36600, such as 90",
    read: |value| {
        let number = value.as_integer()?;
        u32::from_str_radix(number.as_str(), number.radix()).ok().filter(|days| (1..=36_600).contains(days))
    },
};

pub(super) const ACCOUNTS: Form<BTreeSet<AccountId>> = Form {
    good: r#"a list of twelve-digit account ids in quotes, such as ["111122223333"]"#,
    read: |value| {
        all(value, |text| {
            (text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())).then(|| AccountId::new(text))
        })
    },
};

pub(super) const ID_PATHS: Form<Vec<IdPath>> = Form {
    good: r#"a list of names with dots between, such as ["additionalEventData.apiKey.id"]"#,
    read: |value| all(value, IdPath::parse),
};

/// The elements of a list of strings, if each of them will do.
fn all<T, C: FromIterator<T>>(value: &DeValue<'_>, element: impl Fn(&str) -> Option<T>) -> Option<C> {
    value.as_array()?.iter().map(|item| item.get_ref().as_str().and_then(&element)).collect()
}

/// How many actions a budget allows.
pub(super) const COUNT: Form<u32> = Form {
    good: "a whole number from 0 to 150, such as 5",
    read: |value| number(value).filter(|count| *count <= MOST),
};

pub(super) const MOMENT: Form<Time> = Form {
    good: "a date or a moment, such as 2027-06-30 or 2027-06-30T12:00:00Z",
    read: |value| match value {
        DeValue::String(text) => Time::parse(text),
        DeValue::Datetime(moment) => Time::parse(&moment.to_string()),
        _ => None,
    },
};

pub(super) const TEXT: Form<Box<str>> = Form {
    good: "a sentence in quotes",
    read: |value| value.as_str().map(str::trim).filter(|text| !text.is_empty()).map(Box::from),
};

pub(super) const PATTERN: Form<Pattern> = Form {
    good: r#"a name, in which * stands for anything, such as "ci-*""#,
    read: |value| value.as_str().filter(|text| !text.is_empty()).map(Pattern::new),
};

pub(super) const PATTERNS: Form<Vec<Pattern>> = Form {
    good: r#"a list of names, in which * stands for anything, such as ["arn:aws:iam::111122223333:role/deploy-*"]"#,
    read: |value| all(value, |text| (!text.is_empty()).then(|| Pattern::new(text))),
};

pub(super) const TAG: Form<(Box<str>, Pattern)> = Form {
    good: r#"a tag and its value, in which * stands for anything, such as "keytrail=keep""#,
    read: |value| {
        let (tag, value) = value.as_str()?.split_once('=')?;
        (!tag.is_empty()).then(|| (tag.into(), Pattern::new(value)))
    },
};

pub(super) const CREDENTIAL: Form<CredentialId> = Form {
    good: r#"the id of an API key, such as "ACCA1234EXAMPLE1234""#,
    read: |value| value.as_str().filter(|text| text.starts_with("ACCA")).map(CredentialId::new),
};

pub(super) const SERVICE: Form<ServiceName> = Form {
    good: r#"a service that has API keys, such as "logs.amazonaws.com""#,
    read: |value| services::by_name(value.as_str()?).map(|service| service.name.into()),
};

pub(super) const REGIONS: Form<Vec<Region>> = Form {
    good: r#"a list of regions, at least one, such as ["us-east-1", "us-west-2"]"#,
    read: |value| {
        let plain =
            |text: &str| text.bytes().all(|it| it.is_ascii_lowercase() || it.is_ascii_digit() || it == b'-');
        let regions: Vec<Region> =
            all(value, |text| (plain(text) && text.contains('-')).then(|| text.into()))?;
        (!regions.is_empty()).then_some(regions)
    },
};

pub(super) const TRAILS: Form<Vec<TrailPlace>> = Form {
    good: r#"a list of trails, each with its home region, such as ["us-east-1/api-key-audit"]"#,
    read: |value| {
        all(value, |text| {
            let (region, name) =
                text.split_once('/').filter(|(region, name)| !region.is_empty() && !name.is_empty())?;
            Some(TrailPlace { region: region.into(), name: name.into() })
        })
    },
};

/// KMS may have new specs any day, so that only their form is checked.
pub(super) const KEY_SPECS: Form<BTreeSet<Box<str>>> = Form {
    good: r#"a list of KMS key specs, such as ["SYMMETRIC_DEFAULT"]"#,
    read: |value| all(value, word),
};

/// Source: <https://docs.aws.amazon.com/kms/latest/APIReference/API_CreateKey.html>
pub(super) const KEY_USAGES: Form<BTreeSet<Box<str>>> = Form {
    good: r#"a list of "ENCRYPT_DECRYPT", "SIGN_VERIFY", "GENERATE_VERIFY_MAC" and "KEY_AGREEMENT""#,
    read: |value| {
        let known = ["ENCRYPT_DECRYPT", "SIGN_VERIFY", "GENERATE_VERIFY_MAC", "KEY_AGREEMENT"];
        all(value, |text| known.contains(&text).then(|| text.into()))
    },
};

/// Source: <https://docs.aws.amazon.com/kms/latest/APIReference/API_CreateKey.html>
pub(super) const KEY_ORIGINS: Form<BTreeSet<Box<str>>> = Form {
    good: r#"a list of "AWS_KMS", "EXTERNAL", "AWS_CLOUDHSM" and "EXTERNAL_KEY_STORE""#,
    read: |value| {
        let known = ["AWS_KMS", "EXTERNAL", "AWS_CLOUDHSM", "EXTERNAL_KEY_STORE"];
        all(value, |text| known.contains(&text).then(|| text.into()))
    },
};

/// A word of KMS: capital letters, digits and underscores.
fn word(text: &str) -> Option<Box<str>> {
    let plain = |it: u8| it.is_ascii_uppercase() || it.is_ascii_digit() || it == b'_';
    (!text.is_empty() && text.bytes().all(plain)).then(|| text.into())
}

/// Coverage is remembered for 180 days, and the warnings take some of them.
pub(super) const UNUSED_DAYS: Form<u32> = Form {
    good: "a whole number of days from 1 to 150, such as 90",
    read: |value| number(value).filter(|days| (1..=150).contains(days)),
};

pub(super) const STAGING_DAYS: Form<u32> = Form {
    good: "a whole number of days from 0 to 365, such as 7",
    read: |value| number(value).filter(|days| *days <= 365),
};

pub(super) const EXEMPT_FROM: Form<ExemptFrom> = Form {
    good: r#""staleness" or "all""#,
    read: |value| match value.as_str()? {
        "staleness" => Some(ExemptFrom::Staleness),
        "all" => Some(ExemptFrom::All),
        _ => None,
    },
};

fn number(value: &DeValue<'_>) -> Option<u32> {
    let number = value.as_integer()?;
    u32::from_str_radix(number.as_str(), number.radix()).ok()
}
