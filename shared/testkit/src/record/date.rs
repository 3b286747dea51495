//! Dates as AWS writes them into responses.

use jiff::{Timestamp, ToSpan, tz::TimeZone};

fn moment(at: &str) -> Timestamp {
    at.parse().expect("a builder's time is RFC 3339; set /eventTime for any other")
}

/// The moment `seconds` after `at`, in CloudTrail's form.
///
/// # Panics
/// When `at` is not RFC 3339.
pub fn later(at: &str, seconds: i64) -> String {
    moment(at).checked_add(seconds.seconds()).expect("tests stay within the calendar").to_string()
}

/// `Jul 30, 2024 9:53:13 PM`: IAM's form, without a second comma.
///
/// # Panics
/// When `at` is not RFC 3339.
pub fn iam_date(at: &str) -> String {
    moment(at).to_zoned(TimeZone::UTC).strftime("%b %-d, %Y %-I:%M:%S %p").to_string()
}

/// `Aug 10, 2022, 10:38:27 PM`: the form of KMS.
///
/// # Panics
/// When `at` is not RFC 3339.
pub fn kms_date(at: &str) -> String {
    moment(at).to_zoned(TimeZone::UTC).strftime("%b %-d, %Y, %-I:%M:%S %p").to_string()
}
