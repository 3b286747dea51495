//! Whether a request makes sense for the key as it stands. Nothing rests on this: it spares a person a request that would
//! only be held back.

use keytrail_engine::document::{ApiKey, Standing};
use keytrail_engine::event::{Request, Status};
use keytrail_engine::services;
use keytrail_engine::time::Time;

/// What speaks against it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fit {
    /// Nothing.
    Fits,
    /// It is so already.
    NothingLeft(&'static str),
    /// It can't be.
    Refused(&'static str),
}

pub(super) fn fit(key: &ApiKey, request: &Request, now: Time) -> Fit {
    let standing = key.standing(now);
    let acts =
        matches!(request, Request::Deactivate | Request::Reactivate | Request::Delete | Request::Compromised);
    if acts && key.service.value().is_some_and(|service| services::by_name(service.as_str()).is_none()) {
        return Fit::Refused("Keytrail never touches the credentials of its service");
    }
    match (request, standing) {
        (Request::Delete, Standing::Deleted) => Fit::NothingLeft("it is deleted already"),
        (_, Standing::Deleted) => Fit::Refused("it is deleted, for ever"),
        (Request::Deactivate, Standing::Is(Status::Inactive)) => Fit::NothingLeft("it is inactive already"),
        (Request::Deactivate, Standing::Is(Status::Expired)) => {
            Fit::NothingLeft("it has expired: it doesn't work")
        }
        (Request::Reactivate, Standing::Is(Status::Active)) => {
            Fit::NothingLeft("it is active already; `keytrail hold` keeps it from being retired")
        }
        (Request::Reactivate, Standing::Is(Status::Expired)) => {
            Fit::Refused("it has expired, and IAM brings back no expired key: make another one")
        }
        (Request::Delete, Standing::Is(Status::Active) | Standing::Unknown) => {
            Fit::Refused("only an inactive key is deleted: `keytrail deactivate` it first")
        }
        (Request::Release, _) if key.course.held(now).is_none() => Fit::NothingLeft("nothing holds it"),
        _ => Fit::Fits,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use keytrail_engine::time::Span;

    #[test]
    fn what_nobody_knows_of_a_key_refuses_only_its_deletion() {
        let (key, now) = (ApiKey::default(), Time::from_millis(0));
        for request in [
            Request::Deactivate,
            Request::Reactivate,
            Request::Hold { until: now + Span::days(1) },
            Request::Exempt { until: now + Span::days(1) },
            Request::Compromised,
            Request::Cleared,
        ] {
            assert_eq!(fit(&key, &request, now), Fit::Fits, "{request:?}");
        }
        assert!(matches!(fit(&key, &Request::Delete, now), Fit::Refused(_)));
        assert!(matches!(fit(&key, &Request::Release, now), Fit::NothingLeft(_)));
    }
}
