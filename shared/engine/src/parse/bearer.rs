//! Uses of bearer tokens.
//!
//! No record of `CallWithBearerToken` is public, and none of any bearer call with a credential id. What is public is the
//! flag `callWithBearerToken`, in `additionalEventData` (bedrock-runtime) or `requestParameters` (bedrock-mantle,
//! <https://docs.aws.amazon.com/bedrock/latest/userguide/logging-cloudtrail-mantle.html>).

use super::caller::Sort;
use super::json::{Object, Raw};
use super::record::{Record, Told};
use super::settings::{IdPath, ParseSettings};
use super::shape::Gap;
use super::{logs, names};
use crate::event::{BearerCall, Token, What};
use crate::ids::{ArnParts, CredentialId, LogGroupName};
use crate::services::ApiKeyService;

const FLAG: &str = "callWithBearerToken";
const AUTHORIZATION: &str = "AWS::Logs::LogGroupAuthorization";

/// More elements of an array on the way of an id path are not tried.
const TRIED: usize = 16;

/// Whether the record carries the bearer flag.
pub(super) fn is_flagged(record: &Object<'_>) -> bool {
    let said = |part: &str| record.object(part).get(FLAG).and_then(Raw::flag) == Some(true);
    said("additionalEventData") || said("requestParameters")
}

pub(super) fn read(
    record: &Record<'_>,
    service: &ApiKeyService,
    settings: &ParseSettings,
) -> Result<Told, Gap> {
    let (additional, request) = (record.additional(), record.request());
    let key = key(record, &additional, &request, settings);
    let said = additional.text("bearerTokenType").or_else(|| request.text("bearerTokenType"));
    let token = token(record.sort, key.is_some(), said.as_deref());
    let user = record.caller.user.clone();
    // A long-term token of nobody can't be counted for anybody, and must not be lost either.
    if token == Token::LongTerm && user.is_none() && key.is_none() {
        return Err(Gap::Target);
    }
    let call = BearerCall {
        service: service.name.into(),
        user: user.filter(|_| token == Token::LongTerm),
        key: key.filter(|_| token == Token::LongTerm),
        token,
        log_group: log_group(record, &additional, &request),
        denied: record.failure.clone(),
    };
    Ok(What::BearerCall(call).into())
}

/// `SHORT_TERM` is short-term. Else a credential's id or an IAM user makes it long-term, and any other caller short-term:
/// API keys are IAM users' alone. Where nothing tells, long-term is the reading that is not silently dropped.
fn token(sort: Sort, has_key: bool, said: Option<&str>) -> Token {
    let is_short = said.is_some_and(|said| said.eq_ignore_ascii_case("SHORT_TERM"));
    match sort {
        _ if is_short => Token::ShortTerm,
        _ if has_key => Token::LongTerm,
        Sort::User | Sort::Unsaid => Token::LongTerm,
        Sort::Other => Token::ShortTerm,
    }
}

/// The credential's id. Everything that doesn't begin with `ACCA` is another credential's: `credentialId` also serves
/// IAM Identity Center
/// (<https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-user-identity.html>).
fn key(
    record: &Record<'_>,
    additional: &Object<'_>,
    request: &Object<'_>,
    settings: &ParseSettings,
) -> Option<CredentialId> {
    const ID: &str = "serviceSpecificCredentialId";
    let identity = &record.identity;
    let places = [(identity, "credentialId"), (identity, "accessKeyId"), (additional, ID), (request, ID)];
    let known = places.iter().find_map(|(object, name)| names::credential_id(&object.text(name)?));
    known.or_else(|| settings.id_paths.iter().find_map(|path| at_path(record.top(), path)))
}

fn at_path(top: &Object<'_>, path: &IdPath) -> Option<CredentialId> {
    let (first, rest) = path.steps().split_first()?;
    follow(top.get(first)?, rest)
}

fn follow(value: Raw<'_>, steps: &[Box<str>]) -> Option<CredentialId> {
    let items = value.items();
    if !items.is_empty() {
        // One level of an array at a time, so that the depth is the path's and not the record's.
        return items
            .into_iter()
            .take(TRIED)
            .filter(|item| item.items().is_empty())
            .find_map(|item| follow(item, steps));
    }
    match steps.split_first() {
        Some((step, rest)) => follow(value.object().get(step)?, rest),
        None => names::credential_id(&value.text()?),
    }
}

fn log_group(record: &Record<'_>, additional: &Object<'_>, request: &Object<'_>) -> Option<LogGroupName> {
    let resources = record.resources();
    let of = |sort: Option<&str>| {
        let mut fitting = resources.iter().filter(|(said, _)| said.as_deref() == sort);
        fitting.find_map(|(_, arn)| logs::log_group_of(&ArnParts::parse(arn)?))
    };
    let named = |object: &Object<'_>| {
        let text = ["logGroupName", "logGroupIdentifier", "logGroupArn"]
            .iter()
            .find_map(|name| object.text(name))?;
        match ArnParts::parse(&text) {
            Some(arn) => logs::log_group_of(&arn),
            None => names::log_group(&text),
        }
    };
    of(Some(AUTHORIZATION))
        .or_else(|| of(None))
        .or_else(|| of(Some("AWS::Logs::LogGroup")))
        .or_else(|| named(request))
        .or_else(|| named(additional))
}

#[cfg(test)]
mod tests {
    use super::super::testing::{Case, events, events_with, gap, ignored};
    use super::*;

    const KEY: &str = "ACCA1234EXAMPLE1234";

    fn call() -> Case {
        Case::new("logs.amazonaws.com", "CallWithBearerToken")
            .caller(r#"{"type":"IAMUser","userName":"sender"}"#)
    }

    fn read(case: &Case) -> BearerCall {
        match events(case).remove(0).what {
            What::BearerCall(call) => call,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_call_without_an_id_is_the_users() {
        let call = read(&call());
        assert_eq!((call.user.unwrap().as_str(), call.key, call.token), ("sender", None, Token::LongTerm));
        assert_eq!((call.service.as_str(), call.denied), ("logs.amazonaws.com", None));
    }

    #[test]
    fn an_id_is_found_wherever_it_may_be() {
        for case in [
            call().caller(&format!(r#"{{"type":"IAMUser","userName":"sender","credentialId":"{KEY}"}}"#)),
            call().caller(&format!(r#"{{"type":"IAMUser","userName":"sender","accessKeyId":"{KEY}"}}"#)),
            call().caller(&format!(
                r#"{{"type":"IAMUser","userName":"sender","credentialId":"abc","accessKeyId":"{KEY}"}}"#
            )),
            call().additional(&format!(r#"{{"serviceSpecificCredentialId":"{KEY}"}}"#)),
            call().additional(&format!(r#"{{"ServiceSpecificCredentialId":"{KEY}"}}"#)),
            call().request(&format!(r#"{{"serviceSpecificCredentialId":"{KEY}"}}"#)),
        ] {
            assert_eq!(read(&case).key.unwrap().as_str(), KEY);
        }
    }

    #[test]
    fn other_credentials_are_no_api_keys() {
        for id in ["AKIAIOSFODNN7EXAMPLE", "ABSKc2VjcmV0", "0000-1111", ""] {
            let caller =
                format!(r#"{{"type":"IAMUser","userName":"s","credentialId":"{id}","accessKeyId":"{id}"}}"#);
            assert_eq!(read(&call().caller(&caller)).key, None, "{id}");
        }
    }

    #[test]
    fn a_configured_path_needs_no_release() {
        let settings = |path: &str| ParseSettings {
            id_paths: vec![IdPath::parse(path).unwrap()],
            ..ParseSettings::default()
        };
        let record = call().additional(&format!(
            r#"{{"token":{{"ids":[{{"id":"x"}},{{"id":"{KEY}"}}],"secret":"ABSKs3cr3t"}}}}"#
        ));
        for (path, found) in [
            ("additionalEventData.token.ids.id", true),
            ("additionalEventData.token.id", false),
            ("additionalEventData.token.secret", false),
            ("nowhere", false),
        ] {
            let What::BearerCall(call) = events_with(&record, &settings(path)).remove(0).what else {
                panic!()
            };
            assert_eq!(call.key.is_some(), found, "{path}");
        }
    }

    #[test]
    fn a_short_term_token_is_nobodys_api_key() {
        let role = r#"{"type":"AssumedRole","arn":"arn:aws:sts::111122223333:assumed-role/r/s"}"#;
        for case in [
            call().request(r#"{"bearerTokenType":"SHORT_TERM"}"#),
            call().additional(r#"{"bearerTokenType":"short_term"}"#),
            call().caller(role),
            call().caller(r#"{"type":"AWSService","invokedBy":"logs.amazonaws.com"}"#),
        ] {
            let call = read(&case);
            assert_eq!((call.token, call.user, call.key), (Token::ShortTerm, None, None));
        }
        let with_id = call().caller(&format!(r#"{{"type":"AssumedRole","credentialId":"{KEY}"}}"#));
        assert_eq!(read(&with_id).token, Token::LongTerm);
        let long = call().request(r#"{"bearerTokenType":"LONG_TERM"}"#);
        assert_eq!(read(&long).token, Token::LongTerm);
    }

    #[test]
    fn a_call_of_nobody_is_shown() {
        for caller in ["null", "{}", r#"{"type":"Unknown"}"#, r#"{"type":"IAMUser"}"#] {
            assert_eq!(gap(&call().caller(caller)), Gap::Target, "{caller}");
        }
    }

    #[test]
    fn a_refused_call_is_a_denied_one() {
        assert_eq!(
            read(&call().error("AccessDeniedException")).denied.as_deref(),
            Some("AccessDeniedException")
        );
    }

    #[test]
    fn the_log_group_is_found_in_resources_or_parameters() {
        let arn = "arn:aws:logs:us-east-1:111122223333:log-group:/app";
        for case in [
            call().resources(&format!(r#"[{{"type":"AWS::Logs::LogGroupAuthorization","ARN":"{arn}"}}]"#)),
            call().resources(&format!(r#"[{{"ARN":"arn:aws:s3:::b"}},{{"arn":"{arn}:*"}}]"#)),
            call().request(r#"{"logGroupName":"/app"}"#),
            call().request(&format!(r#"{{"logGroupIdentifier":"{arn}"}}"#)),
            call().additional(r#"{"logGroupName":"/app"}"#),
        ] {
            assert_eq!(read(&case).log_group.unwrap().as_str(), "/app");
        }
        assert_eq!(read(&call().request(r#"{"logGroupName":"<b>"}"#)).log_group, None);
    }

    #[test]
    fn another_services_event_counts_by_its_flag_alone() {
        let user = r#"{"type":"IAMUser","userName":"sender"}"#;
        let event = |source: &str, name: &str| Case::new(source, name).caller(user);
        for flag in ["true", "\"true\""] {
            let flag = format!(r#"{{"callWithBearerToken":{flag}}}"#);
            for (source, service) in [
                ("bedrock-mantle.amazonaws.com", "bedrock.amazonaws.com"),
                ("bedrock-runtime.amazonaws.com", "bedrock.amazonaws.com"),
                ("monitoring.amazonaws.com", "cloudwatch.amazonaws.com"),
                ("logs.amazonaws.com", "logs.amazonaws.com"),
            ] {
                assert_eq!(read(&event(source, "ListThings").request(&flag)).service.as_str(), service);
                assert_eq!(read(&event(source, "PutThing").additional(&flag)).service.as_str(), service);
            }
        }
        for none in
            ["{}", "null", r#"{"callWithBearerToken":false}"#, r#"{"callWithBearerToken":"no"}"#, "\"\""]
        {
            assert!(ignored(&event("bedrock-runtime.amazonaws.com", "Converse").request(none)), "{none}");
        }
        assert!(ignored(&event("s3.amazonaws.com", "GetObject").request(r#"{"callWithBearerToken":true}"#)));
    }

    #[test]
    fn a_change_made_with_a_bearer_token_is_both() {
        let case = Case::new("logs.amazonaws.com", "DeleteLogGroup")
            .caller(r#"{"type":"IAMUser","userName":"sender"}"#)
            .request(r#"{"logGroupName":"/app","callWithBearerToken":true}"#);
        let events = events(&case);
        assert!(matches!(events[0].what, What::LogGroupDeleted { .. }));
        assert!(matches!(events[1].what, What::BearerCall(_)));
    }
}
