//! The few subjects that stories are about: few, so that everything meets everything else.

use crate::record::{ApiKey, KmsKey, LogGroup, Trail, User, later};

/// When stories begin.
pub const START: &str = "2026-11-02T00:00:00Z";

/// IAM users. Two accounts have users of the same names.
pub(super) const USERS: [&str; 3] = ["otel-gateway", "edge-forwarder", "batch-shipper"];
/// The accounts, the first more often than the second.
pub(super) const ACCOUNTS: [&str; 3] = ["111122223333", "111122223333", "444455556666"];
/// The regions.
pub(super) const REGIONS: [&str; 2] = ["us-east-1", "eu-central-1"];
const GROUPS: [&str; 3] = ["/app/orders", "/app/invoices", "app"];
const KMS_KEYS: [&str; 3] = [
    "1234abcd-12ab-34cd-56ef-1234567890ab",
    "0987dcba-09fe-87dc-65ba-ab0987654321",
    "mrk-1234abcd12ab34cd56ef1234567890ab",
];
const SERVICES: [&str; 4] =
    ["logs.amazonaws.com", "logs.amazonaws.com", "bedrock.amazonaws.com", "codecommit.amazonaws.com"];

/// User agents, some of them hostile: a formula, markup, control characters, characters of many bytes.
pub(super) const AGENTS: [&str; 7] = [
    "OpenTelemetry Collector Contrib/0.139.0 (linux/arm64)",
    "Fluent-Bit",
    "[Vector/0.50.0]",
    "=HYPERLINK(\"https://example.com\",\"open\")",
    "<img src=x onerror=alert(1)>",
    "a\u{0}b\u{1b}[31m\r\n",
    "日志转发器/1.0 🪵🪵🪵",
];

fn of<'a>(names: &[&'a str], number: usize) -> &'a str {
    names[number % names.len()]
}

/// The moment that many seconds after [`START`].
pub fn moment(second: u32) -> String {
    later(START, i64::from(second))
}

pub(super) fn account(number: usize) -> &'static str {
    of(&ACCOUNTS, number)
}

pub(super) fn region(number: usize) -> &'static str {
    of(&REGIONS, number)
}

pub(super) fn user_name(number: usize) -> &'static str {
    of(&USERS, number)
}

pub(super) fn user(number: usize) -> User {
    User::new(user_name(number)).in_account(account(number / 2))
}

/// One of a user's keys. AWS never reuses an id, and neither do two users of a story.
pub(super) fn key_id(user: usize, key: usize) -> String {
    format!("ACCAEXAMPLE{}{:08}", ["A", "B", "C", "D", "E", "F"][user % 6], key % 3)
}

pub(super) fn api_key(user: usize, key: usize) -> ApiKey {
    let service = if key.is_multiple_of(3) { SERVICES[0] } else { of(&SERVICES, user + key) };
    ApiKey::new(user_name(user), &key_id(user, key)).in_account(account(user / 2)).for_service(service)
}

pub(super) fn kms_key(number: usize) -> KmsKey {
    let key = KmsKey::new(of(&KMS_KEYS, number)).placed(account(number / 3), region(number / 2));
    if number.is_multiple_of(4) { key.of_origin("EXTERNAL") } else { key }
}

pub(super) fn group_name(number: usize) -> &'static str {
    of(&GROUPS, number)
}

pub(super) fn group(number: usize) -> LogGroup {
    LogGroup::new(group_name(number)).placed(account(number / 3), region(number / 2))
}

pub(super) fn trail(number: usize) -> Trail {
    Trail::new(of(&["organization", "api-key-audit"], number))
}
