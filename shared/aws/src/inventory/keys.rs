//! IAM's API keys and users.
//!
//! The SDK has no paginator for service-specific credentials: pages are turned by hand.
//!
//! Sources: <https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListServiceSpecificCredentials.html>,
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListUsers.html>

use aws_sdk_iam::Client;
use aws_sdk_iam::primitives::DateTime;
use aws_sdk_iam::types::ServiceSpecificCredentialMetadata;
use keytrail_engine::event::{ApiKeySeen, Expiry, Status, UserSeen};
use keytrail_engine::ids::{CredentialId, ServiceName, UserName};
use keytrail_engine::time::Time;
use keytrail_ledger::capability::{InventoryError, KeyPage};

use super::{next_place, stopped};
use crate::{Failure, FailureKind, iam};

/// Users of a page: each is a call of its own, and an invocation stops between pages only.
const USERS: i32 = 25;

/// A user has two keys for a service at most; IAM may show one to a page. Who gets more pages is led round in circles.
const PAGES_OF_A_USER: usize = 10;

/// The code of a service without such credentials.
const NOT_SUPPORTED: &str = "NotSupportedService";

pub(super) async fn of_all_users(
    client: &Client,
    service: &ServiceName,
    after: Option<&str>,
) -> Result<KeyPage, InventoryError> {
    let call = client.list_service_specific_credentials().all_users(true).service_name(service.as_str());
    let page = call.set_marker(after.map(str::to_owned)).send().await;
    let page = page.map_err(|error| refused_for_all(Failure::of(error), after))?;
    let next = next_place(after, page.is_truncated(), page.marker())?;
    Ok(KeyPage { keys: seen(service, page.service_specific_credentials()), next })
}

pub(super) async fn of_user(
    client: &Client,
    service: &ServiceName,
    user: &UserName,
) -> Result<Vec<ApiKeySeen>, InventoryError> {
    let mut keys = Vec::new();
    let mut after: Option<Box<str>> = None;
    for _ in 0..PAGES_OF_A_USER {
        let call = client.list_service_specific_credentials().service_name(service.as_str());
        let call = call.user_name(user.as_str()).set_marker(after.as_deref().map(str::to_owned));
        let page = match call.send().await.map_err(Failure::of) {
            // Deleted since the users were listed.
            Err(failure) if failure.kind == FailureKind::NoSuchEntity => return Ok(Vec::new()),
            page => page.map_err(unsupported)?,
        };
        keys.extend(seen(service, page.service_specific_credentials()));
        after = next_place(after.as_deref(), page.is_truncated(), page.marker())?;
        if after.is_none() {
            return Ok(keys);
        }
    }
    next_place(None, true, None).map(|_| keys)
}

pub(super) async fn users(
    client: &Client,
    after: Option<&str>,
) -> Result<(Vec<UserName>, Option<Box<str>>), InventoryError> {
    let call = client.list_users().max_items(USERS).set_marker(after.map(str::to_owned));
    let page = call.send().await.map_err(|error| stopped(Failure::of(error)))?;
    let next = next_place(after, page.is_truncated(), page.marker())?;
    Ok((page.users().iter().map(|user| UserName::new(user.user_name())).collect(), next))
}

/// A user's path and tags. One user who may not be looked at is that user's alone, and stops no listing.
pub(super) async fn user_seen(client: &Client, user: &UserName) -> Result<Option<UserSeen>, InventoryError> {
    let failure = match iam::user(client, user.as_str()).await {
        Ok(seen) => return Ok(Some(seen)),
        Err(failure) => failure,
    };
    match failure.kind {
        FailureKind::Later | FailureKind::Unreachable => Err(stopped(failure)),
        FailureKind::NoSuchEntity => Ok(None),
        FailureKind::AccessDenied | FailureKind::LimitExceeded | FailureKind::Refused => {
            tracing::warn!(user = %user, code = %failure.code, "the user may not be looked at");
            Ok(Some(UserSeen::Unreadable))
        }
    }
}

/// What a refusal of `AllUsers` means. Whether a role that may list each user may list all at once isn't documented, nor
/// how a partition answers that doesn't know the parameter. A place in the listing that is refused is something else.
fn refused_for_all(failure: Failure, after: Option<&str>) -> InventoryError {
    let is_parameter = matches!(&*failure.code, "ValidationError" | "InvalidInput" | "InvalidParameterValue");
    if failure.kind == FailureKind::AccessDenied || (is_parameter && after.is_none()) {
        return InventoryError::AllUsersRefused { source: failure.source };
    }
    unsupported(failure)
}

fn unsupported(failure: Failure) -> InventoryError {
    match &*failure.code {
        NOT_SUPPORTED => InventoryError::NotSupportedService,
        _ => stopped(failure),
    }
}

/// The keys of a page. Passwords of other services, which the same call lists, are none, whoever asked for what.
fn seen(service: &ServiceName, listed: &[ServiceSpecificCredentialMetadata]) -> Vec<ApiKeySeen> {
    let (ours, others): (Vec<_>, Vec<_>) =
        listed.iter().partition(|key| key.service_name() == service.as_str() && is_id(key));
    if !others.is_empty() {
        tracing::warn!(service = %service, count = others.len(), "the listing shows what is no API key of the service");
    }
    ours.into_iter().map(key_seen).collect()
}

/// 20 to 128 letters, digits and underscores.
fn is_id(key: &ServiceSpecificCredentialMetadata) -> bool {
    let id = key.service_specific_credential_id();
    (20..=128).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

fn key_seen(key: &ServiceSpecificCredentialMetadata) -> ApiKeySeen {
    let created = time(key.create_date());
    let expires = match key.expiration_date() {
        None => Some(Expiry::Never),
        Some(date) => time(date).map(|date| Expiry::of(date, created)),
    };
    ApiKeySeen {
        key: CredentialId::new(key.service_specific_credential_id()),
        user: Some(key.user_name()).filter(|user| !user.is_empty()).map(UserName::new),
        service: Some(ServiceName::new(key.service_name())),
        status: Status::from_word(key.status().as_str()),
        created,
        expires,
        alias: key.service_credential_alias().map(Into::into),
    }
}

/// A date; none for one that AWS leaves out, which the SDK makes the beginning of 1970.
fn time(date: &DateTime) -> Option<Time> {
    date.to_millis().ok().filter(|millis| *millis > 0).map(Time::from_millis)
}

#[cfg(test)]
mod tests {
    use aws_sdk_iam::types::StatusType;

    use super::*;

    const LOGS: &str = "logs.amazonaws.com";

    fn listed(
        service: &str,
        id: &str,
        status: &str,
        expires: Option<i64>,
    ) -> ServiceSpecificCredentialMetadata {
        ServiceSpecificCredentialMetadata::builder()
            .user_name("gateway")
            .status(StatusType::from(status))
            .service_user_name("")
            .service_name(service)
            .service_specific_credential_id(id)
            .create_date(DateTime::from_secs(1_785_542_400))
            .set_expiration_date(expires.map(DateTime::from_secs))
            .set_service_credential_alias(Some("gateway-at-111122223333".to_owned()))
            .build()
            .unwrap()
    }

    fn of(listed: &ServiceSpecificCredentialMetadata) -> Vec<ApiKeySeen> {
        seen(&LOGS.into(), std::slice::from_ref(listed))
    }

    #[test]
    fn a_key_is_read_with_all_that_the_listing_says() {
        let key = listed(LOGS, "ACCAEXAMPLEGATEWAY01", "Inactive", Some(1_793_318_400));
        let expected = ApiKeySeen {
            key: "ACCAEXAMPLEGATEWAY01".into(),
            user: Some("gateway".into()),
            service: Some(LOGS.into()),
            status: Some(Status::Inactive),
            created: Time::parse("2026-08-01T00:00:00Z"),
            expires: Time::parse("2026-10-30T00:00:00Z").map(Expiry::At),
            alias: Some("gateway-at-111122223333".into()),
        };
        assert_eq!(of(&key), [expected]);
    }

    #[test]
    fn no_date_and_a_far_one_are_never() {
        for expires in [None, Some(1_785_542_400 + 36_600 * 86_400)] {
            let key = listed(LOGS, "ACCAEXAMPLEGATEWAY01", "Active", expires);
            assert_eq!(of(&key)[0].expires, Some(Expiry::Never), "{expires:?}");
        }
    }

    #[test]
    fn a_status_that_nobody_knows_says_nothing() {
        let key = listed(LOGS, "ACCAEXAMPLEGATEWAY01", "Suspended\u{7}", None);
        assert_eq!(of(&key)[0].status, None);
    }

    #[test]
    fn what_is_no_key_of_the_service_is_passed_over() {
        for (service, id) in [
            ("codecommit.amazonaws.com", "ACCAEXAMPLEGATEWAY01"),
            (LOGS, ""),
            (LOGS, "ACCA"),
            (LOGS, "ACCAEXAMPLE/../WAY01x"),
            (LOGS, &"A".repeat(129)),
        ] {
            assert_eq!(of(&listed(service, id, "Active", None)), [], "{service} {id}");
        }
    }

    #[test]
    fn each_user_is_listed_where_all_at_once_are_refused_and_not_where_a_place_is() {
        use FailureKind::{AccessDenied, Later, Refused};
        let meaning = |kind, code: &str, after| {
            refused_for_all(Failure { kind, code: code.into(), source: "words".into() }, after)
        };
        for (kind, code, after) in [
            (AccessDenied, "AccessDenied", None),
            (AccessDenied, "AccessDenied", Some("a")),
            (Refused, "ValidationError", None),
        ] {
            let error = meaning(kind, code, after);
            assert!(matches!(error, InventoryError::AllUsersRefused { .. }), "{code} {after:?}: {error:?}");
        }
        assert!(matches!(meaning(Refused, "ValidationError", Some("a")), InventoryError::Refused { .. }));
        assert!(matches!(meaning(Refused, "InvalidClientTokenId", None), InventoryError::Refused { .. }));
        assert!(matches!(meaning(Later, "Throttling", None), InventoryError::Later { .. }));
        assert!(matches!(meaning(Refused, NOT_SUPPORTED, None), InventoryError::NotSupportedService));
    }
}
