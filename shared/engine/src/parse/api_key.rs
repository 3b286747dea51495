//! The life of an API key: IAM's `…ServiceSpecificCredential`.
//!
//! No complete record of these calls is public. The names of the fields follow
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_ServiceSpecificCredential.html> in CloudTrail's lower camel
//! case; that the response is wrapped in `serviceSpecificCredential` is what a published detection reads
//! (<https://docs.datadoghq.com/security/default_rules/def-000-l7a/>).
//!
//! `servicePassword`, `serviceCredentialSecret` and the like are never read.

use super::json::Object;
use super::record::{Reading, Record};
use super::shape::Gap;
use super::text::clean;
use super::{dates, iam, names};
use crate::event::{ApiKeySeen, Expiry, NEVER, Status, What};
use crate::ids::{CredentialId, ServiceName, UserName};
use crate::services;
use crate::subject::SubjectId;
use crate::time::{Span, Time};

pub(super) const NAMES: &[&str] = &[
    "CreateServiceSpecificCredential",
    "DeleteServiceSpecificCredential",
    "ResetServiceSpecificCredential",
    "UpdateServiceSpecificCredential",
];

/// Services whose service-specific credentials are a user name and a password.
///
/// Source: <https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_service-specific-creds.html>
const PASSWORD_SERVICES: [&str; 2] = ["codecommit.amazonaws.com", "cassandra.amazonaws.com"];

pub(super) fn read(record: &Record<'_>) -> Reading {
    let (request, response) = (record.request(), record.response());
    let wrapped = response.object("serviceSpecificCredential");
    let seen = if wrapped.is_empty() { response } else { wrapped };
    let service = match service(&seen, &request) {
        Service::Passwords => return Ok(Vec::new()),
        Service::Unheard => return Err(Gap::Service),
        Service::Unsaid => None,
        Service::ApiKeys(service) => Some(service),
    };
    let key = credential(&seen).or_else(|| credential(&request));
    if let Some(code) = &record.failure {
        return Ok(vec![record.attempt(code, target(record, &request, key))]);
    }
    let key = key.ok_or(Gap::Target)?;
    let user = iam::user(record, &seen, &request);
    let what = match &*record.name {
        "CreateServiceSpecificCredential" => {
            let service = Some(service.ok_or(Gap::Service)?);
            What::ApiKeyCreated(created(record, key, user, service, &seen, &request))
        }
        "ResetServiceSpecificCredential" => What::ApiKeyReset(reset(key, user, service, &seen)),
        "UpdateServiceSpecificCredential" => {
            let status = status(&request).or_else(|| status(&seen)).ok_or(Gap::Value)?;
            What::ApiKeyStatusChanged { key, user, status }
        }
        _ => What::ApiKeyDeleted { key, user },
    };
    Ok(vec![what.into()])
}

/// Whose credential it is.
enum Service {
    ApiKeys(ServiceName),
    Passwords,
    /// A service in neither list: perhaps a new one with API keys.
    Unheard,
    Unsaid,
}

fn service(seen: &Object<'_>, request: &Object<'_>) -> Service {
    let Some(name) = seen.text("serviceName").or_else(|| request.text("serviceName")) else {
        return Service::Unsaid;
    };
    match services::by_name(&name) {
        Some(row) => Service::ApiKeys(row.name.into()),
        None if PASSWORD_SERVICES.contains(&&*name) => Service::Passwords,
        None => Service::Unheard,
    }
}

fn credential(object: &Object<'_>) -> Option<CredentialId> {
    names::credential_id(&object.text("serviceSpecificCredentialId")?)
}

fn target(record: &Record<'_>, request: &Object<'_>, key: Option<CredentialId>) -> Option<SubjectId> {
    match key {
        Some(key) => {
            let place = &record.place;
            Some(SubjectId::api_key(place.partition.clone(), place.account.clone(), &key))
        }
        None => iam::failed_on(record, request),
    }
}

fn status(object: &Object<'_>) -> Option<Status> {
    Status::from_word(&object.text("status")?)
}

fn created(
    record: &Record<'_>,
    key: CredentialId,
    user: Option<UserName>,
    service: Option<ServiceName>,
    seen: &Object<'_>,
    request: &Object<'_>,
) -> ApiKeySeen {
    let created = seen.get("createDate").and_then(dates::read).or(record.time);
    let expires = match (date(seen, created), request.get("credentialAgeDays")) {
        (Some(expiry), _) => Some(expiry),
        (None, Some(days)) => days.whole().filter(|days| *days > 0).and_then(|days| after(created, days)),
        // "If not specified, the credential will not expire": silence is an answer, but an unreadable date is none.
        (None, None) => seen.get("expirationDate").is_none().then_some(Expiry::Never),
    };
    ApiKeySeen { key, user, service, status: status(seen), created, expires, alias: alias(seen) }
}

/// A reset doesn't set an expiry, so that the absence of one says nothing.
fn reset(
    key: CredentialId,
    user: Option<UserName>,
    service: Option<ServiceName>,
    seen: &Object<'_>,
) -> ApiKeySeen {
    let created = seen.get("createDate").and_then(dates::read);
    let expires = date(seen, created);
    ApiKeySeen { key, user, service, status: status(seen), created, expires, alias: alias(seen) }
}

fn date(seen: &Object<'_>, created: Option<Time>) -> Option<Expiry> {
    let date = dates::read(seen.get("expirationDate")?)?;
    Some(Expiry::of(date, created))
}

fn after(created: Option<Time>, days: u32) -> Option<Expiry> {
    let life = Span::days(i64::from(days));
    if life >= NEVER {
        return Some(Expiry::Never);
    }
    Some(Expiry::At(created? + life))
}

/// The public part of the token. A token is alias, colon, secret: what follows a colon is never kept.
fn alias(seen: &Object<'_>) -> Option<Box<str>> {
    let alias = seen.text("serviceCredentialAlias")?;
    let public = alias.split(':').next().unwrap_or_default();
    Some(clean(public, 128)).filter(|alias| !alias.is_empty())
}

#[cfg(test)]
mod tests {
    use super::super::testing::{Case, events, gap, ignored};
    use super::*;

    const ID: &str = "ACCA1234EXAMPLE1234";

    fn create(request: &str, response: &str) -> Case {
        Case::iam("CreateServiceSpecificCredential").request(request).response(response)
    }

    fn seen(case: &Case) -> ApiKeySeen {
        match &events(case)[..] {
            [event] => match &event.what {
                What::ApiKeyCreated(seen) | What::ApiKeyReset(seen) => seen.clone(),
                other => panic!("{other:?}"),
            },
            other => panic!("{other:?}"),
        }
    }

    const REQUEST: &str =
        r#"{"userName":"sender","serviceName":"logs.amazonaws.com","credentialAgeDays":30}"#;

    #[test]
    fn a_created_key_is_told_with_everything_but_its_secret() {
        let seen = seen(&create(
            REQUEST,
            r#"{"serviceSpecificCredential":{"serviceSpecificCredentialId":"ACCA1234EXAMPLE1234","userName":"sender",
            "serviceName":"logs.amazonaws.com","status":"Active","createDate":"Aug 1, 2026 12:00:00 AM",
            "expirationDate":"Aug 31, 2026, 12:00:00 AM","serviceCredentialAlias":"sender-at-111122223333:s3cr3t",
            "serviceCredentialSecret":"s3cr3t","servicePassword":"s3cr3t"}}"#,
        ));
        assert_eq!(seen.key.as_str(), ID);
        assert_eq!(seen.user.unwrap().as_str(), "sender");
        assert_eq!(seen.service.unwrap().as_str(), "logs.amazonaws.com");
        assert_eq!((seen.status, seen.created), (Some(Status::Active), Time::parse("2026-08-01T00:00:00Z")));
        assert_eq!(seen.expires, Time::parse("2026-08-31T00:00:00Z").map(Expiry::At));
        assert_eq!(seen.alias.as_deref(), Some("sender-at-111122223333"));
    }

    #[test]
    fn expiry_is_read_in_every_encoding() {
        let at = |text| Time::parse(text).map(Expiry::At);
        for (age, response, expected) in [
            ("", r#""createDate":"2026-08-01T00:00:00Z""#, Some(Expiry::Never)),
            ("", r#""expirationDate":null"#, Some(Expiry::Never)),
            ("", r#""expirationDate":"Jul 8, 2126 12:00:00 AM""#, Some(Expiry::Never)),
            ("", r#""expirationDate":"2126-07-08T00:00:00Z""#, Some(Expiry::Never)),
            (r#","credentialAgeDays":36600"#, "", Some(Expiry::Never)),
            (r#","credentialAgeDays":90"#, "", at("2026-10-30T00:00:00Z")),
            (r#","credentialAgeDays":"90""#, r#""expirationDate":"soon""#, at("2026-10-30T00:00:00Z")),
            ("", r#""expirationDate":"soon""#, None),
            (r#","credentialAgeDays":"many""#, "", None),
            ("", r#""expirationDate":"Aug 2, 2026 12:00:00 AM""#, at("2026-08-02T00:00:00Z")),
        ] {
            let request = format!(r#"{{"userName":"sender","serviceName":"logs.amazonaws.com"{age}}}"#);
            let comma = if response.is_empty() { "" } else { "," };
            let response = format!(
                r#"{{"serviceSpecificCredential":{{"serviceSpecificCredentialId":"{ID}"{comma}{response}}}}}"#
            );
            assert_eq!(seen(&create(&request, &response)).expires, expected, "{age} {response}");
        }
    }

    #[test]
    fn the_response_may_lack_its_wrapper_and_keep_the_api_case() {
        let seen = seen(&create(
            "null",
            &format!(r#"{{"ServiceSpecificCredentialId":"{ID}","ServiceName":"xray.amazonaws.com"}}"#),
        ));
        assert_eq!(seen.service.unwrap().as_str(), "xray.amazonaws.com");
    }

    #[test]
    fn passwords_are_none_of_ours_and_new_services_are_shown() {
        for service in PASSWORD_SERVICES {
            let request = format!(r#"{{"userName":"dev","serviceName":"{service}"}}"#);
            let response =
                format!(r#"{{"serviceSpecificCredential":{{"serviceSpecificCredentialId":"{ID}"}}}}"#);
            assert!(ignored(&create(&request, &response)), "{service}");
            assert!(ignored(&create(&request, "null").error("LimitExceeded")), "{service}");
        }
        let new = create(
            r#"{"serviceName":"new.amazonaws.com"}"#,
            &format!(r#"{{"serviceSpecificCredentialId":"{ID}"}}"#),
        );
        assert_eq!(gap(&new), Gap::Service);
    }

    #[test]
    fn a_status_change_names_key_user_and_status() {
        let update = |request: &str| Case::iam("UpdateServiceSpecificCredential").request(request);
        let case = update(&format!(
            r#"{{"userName":"sender","serviceSpecificCredentialId":"{ID}","status":"Inactive"}}"#
        ));
        let expected = |user: &str| What::ApiKeyStatusChanged {
            key: ID.into(),
            user: Some(user.into()),
            status: Status::Inactive,
        };
        assert_eq!(events(&case)[0].what, expected("sender"));
        let own = update(&format!(r#"{{"serviceSpecificCredentialId":"{ID}","status":"Inactive"}}"#));
        assert_eq!(events(&own)[0].what, expected("admin"));
        assert_eq!(gap(&update(&format!(r#"{{"serviceSpecificCredentialId":"{ID}"}}"#))), Gap::Value);
        assert_eq!(
            gap(&update(&format!(r#"{{"serviceSpecificCredentialId":"{ID}","status":"Gone"}}"#))),
            Gap::Value
        );
        assert_eq!(gap(&update(r#"{"status":"Inactive"}"#)), Gap::Target);
    }

    #[test]
    fn reset_and_deletion_know_the_key_by_the_request() {
        let request = format!(r#"{{"userName":"sender","serviceSpecificCredentialId":"{ID}"}}"#);
        let reset = seen(&Case::iam("ResetServiceSpecificCredential").request(&request));
        assert_eq!((reset.key.as_str(), reset.expires, reset.service), (ID, None, None));
        let deleted = events(&Case::iam("DeleteServiceSpecificCredential").request(&request));
        assert_eq!(deleted[0].what, What::ApiKeyDeleted { key: ID.into(), user: Some("sender".into()) });
    }

    #[test]
    fn a_failed_call_is_an_attempt_on_what_it_names() {
        let on = |case: Case| match events(&case.error("AccessDenied")).remove(0).what {
            What::Attempt { on, code, .. } => {
                assert_eq!(&*code, "AccessDenied");
                on.map(|subject| subject.to_string())
            }
            other => panic!("{other:?}"),
        };
        let request = format!(r#"{{"userName":"sender","serviceSpecificCredentialId":"{ID}"}}"#);
        let key = format!("aws/111122223333/global/api-key/{ID}");
        assert_eq!(on(Case::iam("DeleteServiceSpecificCredential").request(&request)), Some(key));
        let user = "aws/111122223333/global/user/sender".to_owned();
        assert_eq!(on(Case::iam("CreateServiceSpecificCredential").request(REQUEST)), Some(user));
        assert_eq!(on(Case::iam("UpdateServiceSpecificCredential").request("null")), None);
    }
}
