//! What a person asks Keytrail to do about an API key: `hold`, `release`, `exempt`, `compromised`, `cleared`, `expected`, `replace`,
//! `deactivate`, `reactivate`, `delete`.

use clap::Args;
use keytrail_engine::time::{Span, Time};

use super::ImpactFormat;
use super::place::{Place, PolicyPlace, Sure};

/// What every request has.
#[derive(Debug, Args)]
pub struct Ask {
    /// The API key's id, such as ACCAEXAMPLEGATEWAY01
    #[arg(value_name = "ID", value_parser = credential)]
    pub key: String,
    /// Why: stands in the record and in every message about it
    #[arg(long, value_name = "TEXT", value_parser = why)]
    pub why: String,
    /// Where.
    #[command(flatten)]
    pub place: Place,
    /// By what policy it is decided.
    #[command(flatten)]
    pub policy: PolicyPlace,
    /// The account of the key, where it isn't the caller's
    #[arg(long, value_name = "ACCOUNT", value_parser = account)]
    pub account: Option<String>,
    /// A name for this request: the same again is the same request, and changes nothing
    #[arg(long, value_name = "ID", value_parser = request_id)]
    pub request_id: Option<String>,
    /// Whether to ask.
    #[command(flatten)]
    pub sure: Sure,
    /// How to show it
    #[arg(long, value_enum, default_value_t = ImpactFormat::Text)]
    pub format: ImpactFormat,
}

/// How long something lasts.
#[derive(Clone, Copy, Debug, Default, Args)]
pub struct Lasts {
    /// For how long, such as 30d or 12h
    #[arg(long = "for", value_name = "TIME", value_parser = span, conflicts_with = "until")]
    pub span: Option<Span>,
    /// Until when, such as 2026-12-01T00:00:00Z
    #[arg(long, value_name = "TIME", value_parser = super::time)]
    pub until: Option<Time>,
}

/// `hold`.
#[derive(Debug, Args)]
pub struct Hold {
    /// What every request has.
    #[command(flatten)]
    pub ask: Ask,
    /// How long it lasts.
    #[command(flatten)]
    pub lasts: Lasts,
}

/// `exempt`.
#[derive(Debug, Args)]
pub struct Exempt {
    /// What every request has.
    #[command(flatten)]
    pub ask: Ask,
    /// How long it lasts.
    #[command(flatten)]
    pub lasts: Lasts,
}

/// `replace`.
#[derive(Debug, Args)]
pub struct Replace {
    /// What every request has.
    #[command(flatten)]
    pub ask: Ask,
    /// The API key that takes its place, of the same account and service
    #[arg(long, value_name = "ID", value_parser = credential)]
    pub by: String,
}

/// `expected`.
#[derive(Debug, Args)]
pub struct Expected {
    /// The finding's id, as pages and `keytrail findings` show it
    #[arg(value_name = "FINDING", value_parser = finding)]
    pub finding: String,
    /// Why: stands in the record
    #[arg(long, value_name = "TEXT", value_parser = why)]
    pub why: String,
    /// Take it back: what was expected is found again
    #[arg(long)]
    pub not: bool,
    /// Where.
    #[command(flatten)]
    pub place: Place,
    /// By what policy it is judged.
    #[command(flatten)]
    pub policy: PolicyPlace,
    /// Whether to ask.
    #[command(flatten)]
    pub sure: Sure,
    /// How to show it
    #[arg(long, value_enum, default_value_t = ImpactFormat::Text)]
    pub format: ImpactFormat,
}

fn finding(text: &str) -> Result<String, String> {
    let fits = text.len() == 32 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    if fits {
        Ok(text.to_owned())
    } else {
        Err("a finding's id has 32 digits and letters from a to f".to_owned())
    }
}

/// A reason is a sentence, as [`keytrail_engine::event::What::Requested`] keeps it.
const LONGEST_REASON: usize = 512;

pub(super) fn why(text: &str) -> Result<String, String> {
    let text = text.trim();
    match text.chars().count() {
        0 => Err("a reason is needed: it stands in the record".to_owned()),
        length if length > LONGEST_REASON => {
            Err(format!("a reason has at most {LONGEST_REASON} characters, this one {length}"))
        }
        _ => Ok(text.to_owned()),
    }
}

/// Source: <https://docs.aws.amazon.com/IAM/latest/APIReference/API_ServiceSpecificCredential.html>
pub(super) fn credential(text: &str) -> Result<String, String> {
    let fits = (20..=128).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if fits {
        return Ok(text.to_owned());
    }
    Err("a credential's id has 20 to 128 letters and digits; `keytrail keys` lists them".to_owned())
}

fn account(text: &str) -> Result<String, String> {
    let fits = text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit());
    if fits { Ok(text.to_owned()) } else { Err("an account is twelve digits".to_owned()) }
}

fn request_id(text: &str) -> Result<String, String> {
    let fits = (1..=64).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic());
    if fits { Ok(text.to_owned()) } else { Err("a request's id has 1 to 64 visible characters".to_owned()) }
}

fn span(text: &str) -> Result<Span, String> {
    let wrong = || "a time like 30d or 12h, at most 366d".to_owned();
    let unit = text.chars().last().ok_or_else(wrong)?;
    let number: i64 = text.strip_suffix(unit).and_then(|digits| digits.parse().ok()).ok_or_else(wrong)?;
    let hours = match unit {
        'd' => number.checked_mul(24),
        'h' => Some(number),
        _ => None,
    };
    let hours = hours.filter(|hours| (1..=366 * 24).contains(hours)).ok_or_else(wrong)?;
    Ok(Span::hours(hours))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_wrongly_is_refused() {
        assert_eq!(span("30d"), Ok(Span::days(30)));
        assert_eq!(span("12h"), Ok(Span::hours(12)));
        for wrong in [
            "",
            "d",
            "30",
            "0d",
            "-1d",
            "367d",
            "30m",
            "99999999999999999999d",
            "9223372036854775807d",
            "30é",
        ] {
            assert!(span(wrong).is_err(), "{wrong}");
        }
        for wrong in ["", "ACCA1", "ACCAEXAMPLEGATEWAY0/", &"A".repeat(129)] {
            assert!(credential(wrong).is_err(), "{wrong}");
        }
        assert!(why(" \n").is_err() && why(&"é".repeat(513)).is_err());
        assert_eq!(why(&"é".repeat(512)).unwrap().chars().count(), 512);
        for wrong in ["", "11112222333", "11112222333x", "1111222233334"] {
            assert!(account(wrong).is_err(), "{wrong}");
        }
        for wrong in ["", "a b", "a\u{1b}", &"a".repeat(65)] {
            assert!(request_id(wrong).is_err(), "{wrong:?}");
        }
    }
}
