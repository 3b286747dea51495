//! A moment, in milliseconds since 1970 (UTC), written as RFC 3339; and the spans of time that rules speak of.

use std::fmt;
use std::ops::{Add, Sub};

use serde::{Deserialize, Serialize};

/// A moment in milliseconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Time(i64);

/// A length of time in milliseconds.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct Span(i64);

const SECOND: i64 = 1_000;
const HOUR: i64 = 3_600 * SECOND;
const DAY: i64 = 24 * HOUR;

impl Span {
    /// So many seconds.
    pub const fn seconds(n: i64) -> Self {
        Self(n.saturating_mul(SECOND))
    }

    /// So many minutes.
    pub const fn minutes(n: i64) -> Self {
        Self(n.saturating_mul(60 * SECOND))
    }

    /// So many hours.
    pub const fn hours(n: i64) -> Self {
        Self(n.saturating_mul(HOUR))
    }

    /// So many days of 24 hours.
    pub const fn days(n: i64) -> Self {
        Self(n.saturating_mul(DAY))
    }

    /// Whole days, rounded towards zero.
    pub const fn whole_days(self) -> i64 {
        self.0 / DAY
    }

    /// Milliseconds.
    pub const fn millis(self) -> i64 {
        self.0
    }
}

impl fmt::Display for Span {
    /// Two units at most: `3d 4h`, `12m`, `5s`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.0.abs() / SECOND;
        let sign = if self.0 < 0 { "-" } else { "" };
        let (days, hours, minutes) = (seconds / 86_400, seconds / 3_600 % 24, seconds / 60 % 60);
        match (days, hours, minutes) {
            (0, 0, 0) => write!(f, "{sign}{seconds}s"),
            (0, 0, m) => write!(f, "{sign}{m}m"),
            (0, h, 0) => write!(f, "{sign}{h}h"),
            (0, h, m) => write!(f, "{sign}{h}h {m}m"),
            (d, 0, _) => write!(f, "{sign}{d}d"),
            (d, h, _) => write!(f, "{sign}{d}d {h}h"),
        }
    }
}

impl Time {
    /// From milliseconds since 1970.
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis)
    }

    /// Milliseconds since 1970.
    pub const fn millis(self) -> i64 {
        self.0
    }

    /// The second it lies in: CloudTrail writes whole seconds, exports milliseconds, and both are one moment.
    pub const fn floor_second(self) -> Self {
        Self(self.0.div_euclid(SECOND).saturating_mul(SECOND))
    }

    /// The hour it lies in.
    pub const fn floor_hour(self) -> Self {
        Self(self.0.div_euclid(HOUR).saturating_mul(HOUR))
    }

    /// The UTC day it lies in.
    pub const fn floor_day(self) -> Self {
        Self(self.0.div_euclid(DAY).saturating_mul(DAY))
    }

    /// How long after `earlier` it is; negative if before.
    pub const fn since(self, earlier: Self) -> Span {
        Span(self.0.saturating_sub(earlier.0))
    }

    /// Parses RFC 3339 (`2026-08-01T00:00:00Z`, with or without fraction and offset), the same with a space
    /// for the `T`, and without a zone (read as UTC): exports write all of these.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        if let Some(time) = plain_utc_seconds(text.as_bytes()) {
            return Some(time);
        }
        let timestamp = match text.parse::<jiff::Timestamp>() {
            Ok(timestamp) => timestamp,
            Err(_) => {
                let civil = text.parse::<jiff::civil::DateTime>().ok()?;
                jiff::tz::Offset::UTC.to_timestamp(civil).ok()?
            }
        };
        Some(Self(timestamp.as_millisecond()))
    }

    /// From a civil date and time in UTC; `None` for a date that does not exist.
    pub fn from_civil(date: (i16, i8, i8), time: (i8, i8, i8)) -> Option<Self> {
        let date = jiff::civil::Date::new(date.0, date.1, date.2).ok()?;
        let time = jiff::civil::Time::new(time.0, time.1, time.2, 0).ok()?;
        let timestamp = jiff::tz::Offset::UTC.to_timestamp(date.to_datetime(time)).ok()?;
        Some(Self(timestamp.as_millisecond()))
    }
}

/// The one form that CloudTrail itself writes, `YYYY-MM-DDTHH:MM:SSZ`, read without a parser's overhead.
fn plain_utc_seconds(text: &[u8]) -> Option<Time> {
    let [y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2, b'T', h1, h2, b':', n1, n2, b':', s1, s2, b'Z'] = *text
    else {
        return None;
    };
    let digit = |b: u8| b.is_ascii_digit().then(|| i64::from(b - b'0'));
    let two = |a: u8, b: u8| Some(digit(a)? * 10 + digit(b)?);
    let year = two(y1, y2)? * 100 + two(y3, y4)?;
    let (month, day) = (two(m1, m2)?, two(d1, d2)?);
    let (hour, minute, second) = (two(h1, h2)?, two(n1, n2)?, two(s1, s2)?);
    // Leap seconds, month ends and other odd values go the slow way.
    if !(1..=12).contains(&month) || !(1..=28).contains(&day) || hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    // Days from civil, after Howard Hinnant's public-domain algorithm.
    let shifted = if month <= 2 { year - 1 } else { year };
    let era = shifted.div_euclid(400);
    let year_of_era = shifted.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    let days = era * 146_097 + day_of_era - 719_468;
    Some(Time(((days * 24 + hour) * 60 + minute) * 60 * SECOND + second * SECOND))
}

impl Add<Span> for Time {
    type Output = Self;
    fn add(self, span: Span) -> Self {
        Self(self.0.saturating_add(span.0))
    }
}

impl Sub<Span> for Time {
    type Output = Self;
    fn sub(self, span: Span) -> Self {
        Self(self.0.saturating_sub(span.0))
    }
}

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Out of jiff's range (years -9999 to 9999) there is no calendar to write: clamp.
        let timestamp = jiff::Timestamp::from_millisecond(self.0).unwrap_or(if self.0 < 0 {
            jiff::Timestamp::MIN
        } else {
            jiff::Timestamp::MAX
        });
        fmt::Display::fmt(&timestamp, f)
    }
}

impl fmt::Debug for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for Time {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Time {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        Self::parse(&text)
            .ok_or_else(|| serde::de::Error::custom("a time is RFC 3339, such as 2026-08-01T00:00:00Z"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn every_written_form_of_a_moment_is_the_same_moment() {
        let moment = Time::from_millis(1_785_542_400_000);
        for text in [
            "2026-08-01T00:00:00Z",
            "2026-08-01T00:00:00.000Z",
            "2026-08-01 00:00:00.000",
            "2026-08-01T02:00:00+02:00",
            "2026-08-01T00:00:00",
            " 2026-08-01T00:00:00Z ",
        ] {
            assert_eq!(Time::parse(text), Some(moment), "{text}");
        }
        assert_eq!(moment.to_string(), "2026-08-01T00:00:00Z");
    }

    #[test]
    fn nonsense_is_no_time() {
        for text in ["", "null", "2026-13-01T00:00:00Z", "2026-02-30T00:00:00Z", "yesterday", "1785542400"] {
            assert_eq!(Time::parse(text), None, "{text}");
        }
    }

    #[test]
    fn spans_read_like_a_person_would_say_them() {
        for (span, text) in [
            (Span::hours(76), "3d 4h"),
            (Span::days(30), "30d"),
            (Span::minutes(12), "12m"),
            (Span::seconds(5), "5s"),
            (Span::hours(-5), "-5h"),
        ] {
            assert_eq!(span.to_string(), text);
        }
    }

    proptest! {
        #[test]
        fn the_quick_way_agrees_with_the_calendar(seconds in -62_000_000_000_i64..250_000_000_000) {
            let time = Time::from_millis(seconds * 1_000);
            prop_assert_eq!(Time::parse(&time.to_string()), Some(time));
        }

        #[test]
        fn no_text_breaks_the_parser(text in ".{0,40}") {
            let _ = Time::parse(&text);
        }
    }
}
