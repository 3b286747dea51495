//! Numbers, times and lines as people read them.

use keytrail_engine::parse::Gap;
use keytrail_engine::time::{Span, Time};

/// `1,234,567`.
pub fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// `1 record`, `2 records`.
pub fn plural(number: u64, one: &str, many: &str) -> String {
    format!("{} {}", thousands(number), if number == 1 { one } else { many })
}

/// `2026-11-03 14:12`, in UTC.
pub(super) fn minute(time: Time) -> String {
    let text = time.to_string();
    match (text.get(..10), text.get(11..16)) {
        (Some(date), Some(clock)) => format!("{date} {clock}"),
        _ => text,
    }
}

/// `2026-11-03`, in UTC.
pub(super) fn day(time: Time) -> String {
    let text = time.to_string();
    text.get(..10).map_or(text.clone(), str::to_owned)
}

/// `3d`, `5h`, `12m`: the largest unit alone, for columns.
pub(super) fn short(span: Span) -> String {
    let text = span.to_string();
    text.split_once(' ').map_or(text.clone(), |(largest, _)| largest.to_owned())
}

/// What an unresolved record lacks.
pub(super) const fn lacks(gap: Gap) -> &'static str {
    match gap {
        Gap::Account => "it names no account",
        Gap::Region => "it names no region",
        Gap::Target => "it names no subject: no credential, user, log target, KMS key or trail",
        Gap::KmsKey => "it names no KMS key where one is given",
        Gap::Value => "it does not say what its subject became",
        Gap::Service => "it is not known whether that service's credentials are API keys",
    }
}

/// Text broken at blanks into lines of at most `width` columns, each after `indent`; nothing that is longer is cut.
pub(super) fn wrapped(text: &str, width: usize, indent: &str) -> String {
    let options = textwrap::Options::new(width)
        .initial_indent(indent)
        .subsequent_indent(indent)
        .break_words(false)
        .word_separator(textwrap::WordSeparator::AsciiSpace)
        .word_splitter(textwrap::WordSplitter::NoHyphenation);
    textwrap::fill(text, options)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_times_read_easily() {
        for (number, text) in [(0, "0"), (999, "999"), (1_000, "1,000"), (1_234_567, "1,234,567")] {
            assert_eq!(thousands(number), text);
        }
        assert_eq!(minute(Time::parse("2026-11-03T14:12:59Z").unwrap()), "2026-11-03 14:12");
        assert_eq!(short(Span::hours(76)), "3d");
        assert_eq!(plural(1, "file", "files"), "1 file");
    }
}
