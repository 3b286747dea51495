//! Dates in responses, in every form that AWS has been seen to write.

use super::json::Raw;
use crate::time::Time;

/// Numbers beyond this are milliseconds: as seconds they would lie in the year 5138.
const SECONDS_END: f64 = 1e11;

/// A date as a string in any form that [`parse`] knows, or as a number of seconds (or milliseconds) since 1970.
pub(super) fn read(raw: Raw<'_>) -> Option<Time> {
    if let Some(text) = raw.text() {
        return parse(&text);
    }
    let number = raw.number().filter(|number| *number > 0.0 && *number < SECONDS_END * 1e3)?;
    let millis = if number < SECONDS_END { number * 1e3 } else { number };
    Some(Time::from_millis(millis as i64))
}

/// RFC 3339 in all forms of [`Time::parse`]; `Jul 29, 2021, 11:53:36 PM` (KMS); `Jul 10, 2023 12:24:29 PM` (IAM), also
/// with U+202F before `PM`; `Apr 12, 2021 18:58:30 PM`; `Sat, 05 Jun 2016 15:10:09 GMT` (AWS Health, in whose own
/// sample the day of the week is wrong). A zone other than UTC is not understood.
pub(super) fn parse(text: &str) -> Option<Time> {
    if text.len() > 64 {
        return None;
    }
    Time::parse(text).or_else(|| spoken(text))
}

/// Day, year, hour, minute and second in this order, with the month's name anywhere among them.
fn spoken(text: &str) -> Option<Time> {
    let mut numbers = [0_i16; 5];
    let (mut count, mut month, mut half) = (0, None, None);
    for word in text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()) {
        if let Ok(number) = word.parse() {
            *numbers.get_mut(count)? = number;
            count += 1;
        } else if let Some(number) = month_of(word) {
            month = Some(number);
        } else {
            match word {
                "AM" | "am" => half = Some(0),
                "PM" | "pm" => half = Some(12),
                "GMT" | "UTC" | "Z" | "Sun" | "Mon" | "Tue" | "Wed" | "Thu" | "Fri" | "Sat" => {}
                _ => return None,
            }
        }
    }
    let [day, year, hour, minute, second] = numbers;
    if count < 4 || year < 1970 {
        return None;
    }
    let hour = match half {
        Some(0) if hour == 12 => 0,
        Some(12) if hour < 12 => hour + 12,
        _ => hour,
    };
    let small = |number: i16| i8::try_from(number).ok();
    Time::from_civil((year, month?, small(day)?), (small(hour)?, small(minute)?, small(second)?))
}

fn month_of(word: &str) -> Option<i8> {
    const MONTHS: [&str; 12] = [
        "january",
        "february",
        "march",
        "april",
        "may",
        "june",
        "july",
        "august",
        "september",
        "october",
        "november",
        "december",
    ];
    let word = word.to_ascii_lowercase();
    let found = MONTHS.iter().position(|month| word.len() >= 3 && month.starts_with(&*word))?;
    i8::try_from(found + 1).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn every_form_seen_is_read() {
        for (text, moment) in [
            ("Jul 29, 2021, 11:53:36 PM", "2021-07-29T23:53:36Z"),
            ("Jul 10, 2023 12:24:29 PM", "2023-07-10T12:24:29Z"),
            ("Jul 10, 2025, 12:24:29\u{202f}AM", "2025-07-10T00:24:29Z"),
            ("Mar 1, 2026 9:05:00\u{202f}PM", "2026-03-01T21:05:00Z"),
            ("Apr 12, 2021 18:58:30 PM", "2021-04-12T18:58:30Z"),
            ("Sat, 05 Jun 2016 15:10:09 GMT", "2016-06-05T15:10:09Z"),
            ("September 2, 2026, 1:00 AM", "2026-09-02T01:00:00Z"),
            ("2126-07-30T00:00:00Z", "2126-07-30T00:00:00Z"),
            ("2023-07-10 12:24:29.000", "2023-07-10T12:24:29Z"),
        ] {
            assert_eq!(parse(text), Time::parse(moment), "{text}");
        }
    }

    #[test]
    fn what_cannot_be_understood_is_no_date() {
        for text in [
            "",
            "null",
            "-",
            "Jul 32, 2021, 11:53:36 PM",
            "Foo 1, 2021 1:00:00 AM",
            "Jul 29, 21, 11:53:36 PM",
            "Jul 29, 2021, 11:53:36 PM PST",
            "29 2021 11:53:36",
            "Jul 29, 2021",
            "Jul 1, 2021 1:2:3:4:5",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_number_is_seconds_or_milliseconds() {
        let read = |json: &str| read(super::super::json::Object::read(json).unwrap().get("d").unwrap());
        let moment = Time::parse("2026-08-01T00:00:00Z");
        assert_eq!(read(r#"{"d":1785542400}"#), moment);
        assert_eq!(read(r#"{"d":1.7855424E9}"#), moment);
        assert_eq!(read(r#"{"d":1785542400000}"#), moment);
        assert_eq!(read(r#"{"d":-1}"#), None);
        assert_eq!(read(r#"{"d":{}}"#), None);
    }

    proptest! {
        #[test]
        fn no_text_breaks_it(text in "[A-Za-z0-9:, \u{202f}]{0,40}") {
            let _ = parse(&text);
        }

        #[test]
        fn what_kms_writes_is_read_back(seconds in 0i64..4_000_000_000) {
            let time = Time::from_millis(seconds * 1_000);
            let text = time.to_string();
            let (hour, month) = (text[11..13].parse::<u8>().unwrap(), text[5..7].parse::<usize>().unwrap());
            let names = ["Jan","Feb","Mar","Apr","May","Jun","Jul","Aug","Sep","Oct","Nov","Dec"];
            let half = if hour < 12 { "AM" } else { "PM" };
            let spoken = format!(
                "{} {}, {}, {}{} {half}",
                names[month - 1], &text[8..10], &text[..4], (hour + 11) % 12 + 1, &text[13..19]
            );
            prop_assert_eq!(parse(&spoken), Some(time), "{}", spoken);
        }
    }
}
