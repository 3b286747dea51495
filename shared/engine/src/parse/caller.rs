//! Who called: `userIdentity`, `sourceIPAddress`, `userAgent`.

use std::net::IpAddr;

use super::json::Object;
use super::names;
use super::text::{clean, cut};
use crate::event::Caller;
use crate::ids::{Agent, ArnParts, Network, Principal};
use crate::network::site_of;

/// Whether a caller is an IAM user, which only a long-term token's caller is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sort {
    /// An IAM user.
    User,
    /// A role, a service, the root user, …
    Other,
    /// The record doesn't say.
    Unsaid,
}

/// Reads the caller of a record; `identity` is its `userIdentity`.
pub(super) fn read(record: &Object<'_>, identity: &Object<'_>) -> (Caller, Sort) {
    let (arn, named) = (identity.text("arn"), identity.text("type"));
    let invoked_by = identity.text("invokedBy");
    let user_of_arn = || names::user_of_arn(arn.as_deref()?);
    let sort = match named.as_deref() {
        Some("IAMUser") => Sort::User,
        Some("Unknown") | None if user_of_arn().is_some() => Sort::User,
        Some("Unknown") | None if arn.is_none() && invoked_by.is_none() => Sort::Unsaid,
        _ => Sort::Other,
    };
    let user_name = identity.text("userName");
    let user = if sort == Sort::User {
        user_name.as_deref().and_then(names::user_name).or_else(user_of_arn)
    } else {
        None
    };
    let source = record.text("sourceIPAddress");
    let address = source.as_deref().and_then(address);
    let host = source.as_deref().filter(|_| address.is_none()).and_then(host);
    let account = identity.text("accountId").and_then(|id| names::account(&id));
    let account = account.or_else(|| names::account(ArnParts::parse(arn.as_deref()?)?.account));
    let is_service = invoked_by.is_some() || host.is_some() || named.as_deref() == Some("AWSService");
    let principal = arn
        .or(invoked_by)
        .or_else(|| identity.object("sessionContext").object("sessionIssuer").text("arn"))
        .or(user_name)
        .or_else(|| identity.text("principalId"))
        .or(named);
    let caller = Caller {
        principal: principal.map(|text| Principal::new(clean(&text, 512))),
        account,
        user,
        service: is_service,
        address,
        network: address.map(site_of).or(host),
        agent: record.text("userAgent").and_then(|agent| self::agent(&agent)),
    };
    (caller, sort)
}

/// The first address in `sourceIPAddress`: some records have two with a comma.
fn address(source: &str) -> Option<IpAddr> {
    let first = cut(source, 256).split(',').find_map(|part| part.trim().parse::<IpAddr>().ok())?;
    Some(first.to_canonical())
}

/// A service's own name in place of an address: `delivery.logs.amazonaws.com`, `AWS Internal`, `aws.internal`.
fn host(source: &str) -> Option<Network> {
    let source = source.trim();
    if source.eq_ignore_ascii_case("aws internal") || source.eq_ignore_ascii_case("aws.internal") {
        return Some(Network::new("AWS Internal"));
    }
    let right = source.len() <= 128
        && source.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'.')
        && [".amazonaws.com", ".amazonaws.com.cn", ".aws"].iter().any(|end| source.ends_with(end));
    right.then(|| Network::new(source.to_ascii_lowercase()))
}

/// Product and major version: `[aws-cli/2.13.0 Python/3]` is `aws-cli/2`, `AWS Internal` is itself.
fn agent(text: &str) -> Option<Agent> {
    let text = cut(text, 1_024).trim();
    let text = text.strip_prefix('[').unwrap_or(text);
    let text = text.strip_suffix(']').unwrap_or(text);
    let head = text.split(['(', ';', ',']).next().unwrap_or_default();
    let Some((product, rest)) = head.split_once('/') else {
        return Some(clean(head, 64)).filter(|name| !name.is_empty()).map(Agent::new);
    };
    let product = clean(product, 64);
    let digits = rest.trim_start_matches(['v', 'V']);
    let end = digits.bytes().take(6).take_while(u8::is_ascii_digit).count();
    let agent = match digits.get(..end) {
        Some("") | None => product,
        Some(major) => format!("{product}/{major}").into(),
    };
    (!agent.is_empty()).then(|| Agent::new(agent))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn caller(json: &str) -> (Caller, Sort) {
        let record = Object::read(json).unwrap();
        read(&record, &record.object("userIdentity"))
    }

    #[test]
    fn an_iam_user_is_one_however_the_record_says_it() {
        for json in [
            r#"{"userIdentity":{"type":"IAMUser","userName":"sender"}}"#,
            r#"{"userIdentity":{"type":"IAMUser","arn":"arn:aws:iam::111122223333:user/path/sender"}}"#,
            r#"{"userIdentity":{"arn":"arn:aws:iam::111122223333:user/sender","userName":null}}"#,
        ] {
            let (caller, sort) = caller(json);
            assert_eq!((caller.user.unwrap().as_str(), sort), ("sender", Sort::User), "{json}");
        }
    }

    #[test]
    fn every_other_caller_is_no_user() {
        for (json, sort) in [
            (r#"{}"#, Sort::Unsaid),
            (r#"{"userIdentity":null}"#, Sort::Unsaid),
            (r#"{"userIdentity":{}}"#, Sort::Unsaid),
            (r#"{"userIdentity":"sender"}"#, Sort::Unsaid),
            (r#"{"userIdentity":{"type":"AWSService","invokedBy":"logs.amazonaws.com"}}"#, Sort::Other),
            (r#"{"userIdentity":{"invokedBy":"AWS Internal","accountId":"111122223333"}}"#, Sort::Other),
            (
                r#"{"userIdentity":{"type":"Root","arn":"arn:aws:iam::111122223333:root","userName":"x"}}"#,
                Sort::Other,
            ),
            (r#"{"userIdentity":{"type":"AssumedRole","sessionContext":{"sessionIssuer":{}}}}"#, Sort::Other),
            (r#"{"userIdentity":{"type":"IdentityCenterUser"}}"#, Sort::Other),
            (r#"{"userIdentity":{"type":"Unknown"}}"#, Sort::Unsaid),
        ] {
            let (caller, found) = caller(json);
            assert_eq!((caller.user, found), (None, sort), "{json}");
        }
    }

    #[test]
    fn a_source_address_is_many_things() {
        for (source, address, network) in [
            ("192.0.2.10", Some("192.0.2.10"), Some("192.0.2.0/24")),
            ("198.51.100.7, 10.0.0.1", Some("198.51.100.7"), Some("198.51.100.0/24")),
            ("unknown, 10.0.0.1", Some("10.0.0.1"), Some("10.0.0.0/24")),
            ("2001:db8:1:2::3", Some("2001:db8:1:2::3"), Some("2001:db8:1::/48")),
            ("::ffff:192.0.2.10", Some("192.0.2.10"), Some("192.0.2.0/24")),
            ("delivery.logs.amazonaws.com", None, Some("delivery.logs.amazonaws.com")),
            ("AWS Internal", None, Some("AWS Internal")),
            ("aws.internal", None, Some("AWS Internal")),
            ("", None, None),
            ("-", None, None),
            ("=1+1.amazonaws.com", None, None),
        ] {
            let (caller, _) = caller(&format!(r#"{{"sourceIPAddress":"{source}"}}"#));
            assert_eq!(caller.address.map(|address| address.to_string()).as_deref(), address, "{source}");
            assert_eq!(caller.network.as_ref().map(Network::as_str), network, "{source}");
            assert_eq!(caller.service, address.is_none() && network.is_some(), "{source}");
        }
    }

    #[test]
    fn an_agent_is_product_and_major_version() {
        for (text, short) in [
            ("[aws-cli/2.13.0 Python/3.11.4 Linux/5]", "aws-cli/2"),
            ("aws-cli/2.13.0 Python/3.11.4", "aws-cli/2"),
            ("Mozilla/5.0 (Windows NT 10.0)", "Mozilla/5"),
            ("OpenTelemetry Collector Contrib/v0.98.0 (linux/amd64)", "OpenTelemetry Collector Contrib/0"),
            ("AWS Internal", "AWS Internal"),
            ("console.amazonaws.com", "console.amazonaws.com"),
            ("=HYPERLINK(\"http://evil/1\")", "=HYPERLINK"),
            ("a\u{1b}[2Jb/1", "a[2Jb/1"),
            ("curl/", "curl"),
            ("[S3Console/0.4, aws-internal/3]", "S3Console/0"),
        ] {
            assert_eq!(agent(text).unwrap().as_str(), short, "{text}");
        }
        assert_eq!(agent("[]"), None);
        let long = "é".repeat(5_000);
        assert!(agent(&long).unwrap().as_str().len() <= 64);
    }
}
