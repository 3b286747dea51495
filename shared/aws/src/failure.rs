//! Why a call to AWS failed, by what its caller can do about it.
//!
//! The SDK has an error type for every call of every service; what a caller does next follows from the error's code, its
//! HTTP status, and from whether there was an answer at all. That is decided here, once.

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use keytrail_ledger::BoxError;

/// An error code is an identifier. A longer one is not AWS's.
const LONGEST_CODE: usize = 128;

/// Codes that ask for the same call again, later: throttles, and states that pass.
///
/// The last two are those of a function whose environment has outlived its credentials: the next environment has new ones.
///
/// Sources: `aws-runtime`'s retry classifier, <https://docs.aws.amazon.com/IAM/latest/APIReference/API_Operations.html>,
/// <https://docs.aws.amazon.com/general/latest/gr/api-retries.html>
const LATER: [&str; 27] = [
    "Throttling",
    "ThrottlingException",
    "ThrottlingError",
    "Throttled",
    "ThrottledException",
    "RequestThrottled",
    "RequestThrottledException",
    "TooManyRequestsException",
    "TooManyUpdates",
    "ProvisionedThroughputExceededException",
    "ProvisionedThroughputExceeded",
    "TransactionInProgressException",
    "RequestLimitExceeded",
    "BandwidthLimitExceeded",
    "LimitExceededException",
    "SlowDown",
    "PriorRequestNotComplete",
    "KMSThrottling",
    "KMSThrottlingException",
    "EntityTemporarilyUnmodifiable",
    "ConcurrentModification",
    "RequestTimeout",
    "RequestTimeoutException",
    "InternalError",
    "ServiceUnavailable",
    "ExpiredToken",
    "ExpiredTokenException",
];

/// Codes that say that the caller's role may not: IAM, SNS, KMS behind SNS, and the services that speak JSON.
const DENIED: [&str; 7] = [
    "AccessDenied",
    "AccessDeniedException",
    "AuthorizationError",
    "AuthorizationErrorException",
    "KMSAccessDenied",
    "KMSAccessDeniedException",
    "UnauthorizedOperation",
];

/// A call that failed.
#[derive(Debug, thiserror::Error)]
#[error("a call to AWS failed: {code}")]
pub struct Failure {
    /// What the caller can do about it.
    pub kind: FailureKind,
    /// AWS's error code, or `HTTP 413` where an answer has none. Text of another's making: not to be trusted.
    pub code: Box<str>,
    /// AWS's words, or what the way to AWS said.
    pub source: BoxError,
}

/// What a caller can do about a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FailureKind {
    /// Throttled, a fault of the service, or a state that passes: nothing was done; the same again, later.
    Later,
    /// No answer, or half of one: it may have been done or not.
    Unreachable,
    /// The caller's role may not. A person must act.
    AccessDenied,
    /// IAM knows no such user, key or policy (`NoSuchEntity`).
    NoSuchEntity,
    /// An IAM quota stands in the way (`LimitExceeded`). A person must act.
    LimitExceeded,
    /// Anything else: it would fail again.
    Refused,
}

impl Failure {
    /// What an error of an SDK's call means.
    pub fn of<E>(error: SdkError<E, HttpResponse>) -> Self
    where
        E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
    {
        match error {
            SdkError::ServiceError(answered) => {
                let status = answered.raw().status().as_u16();
                let code = code_of(answered.err().code(), status);
                Self { kind: kind_of(&code, status), code, source: Box::new(answered.into_err()) }
            }
            // It never left: what it was made from is wrong, and stays wrong.
            SdkError::ConstructionFailure(_) => {
                Self::told(FailureKind::Refused, "ConstructionFailure", &error)
            }
            SdkError::TimeoutError(_) => Self::told(FailureKind::Unreachable, "Timeout", &error),
            SdkError::ResponseError(_) => Self::told(FailureKind::Unreachable, "ResponseError", &error),
            _ => Self::told(FailureKind::Unreachable, "DispatchFailure", &error),
        }
    }

    /// A failure on the way: the SDK says what it was only in its error's sources.
    fn told(kind: FailureKind, code: &str, error: &(dyn std::error::Error + 'static)) -> Self {
        Self { kind, code: code.into(), source: Box::new(Told(words(error))) }
    }
}

/// What an error and everything behind it say, in one line.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Told(String);

fn words(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        text = format!("{text}: {error}");
        source = error.source();
    }
    text
}

fn code_of(code: Option<&str>, status: u16) -> Box<str> {
    match code {
        Some(code) if !code.is_empty() => code.chars().take(LONGEST_CODE).collect::<String>().into(),
        _ => format!("HTTP {status}").into(),
    }
}

fn kind_of(code: &str, status: u16) -> FailureKind {
    match code {
        code if LATER.contains(&code) => FailureKind::Later,
        code if DENIED.contains(&code) => FailureKind::AccessDenied,
        "NoSuchEntity" | "NoSuchEntityException" => FailureKind::NoSuchEntity,
        "LimitExceeded" => FailureKind::LimitExceeded,
        _ if status == 429 || status >= 500 => FailureKind::Later,
        _ => FailureKind::Refused,
    }
}

#[cfg(test)]
mod tests {
    use aws_smithy_runtime_api::client::result::ConnectorError;
    use aws_smithy_types::body::SdkBody;
    use aws_smithy_types::error::ErrorMetadata;

    use super::*;

    fn answer(status: u16) -> HttpResponse {
        HttpResponse::new(status.try_into().unwrap(), SdkBody::empty())
    }

    fn answered(status: u16, code: Option<&str>) -> Failure {
        let mut error = ErrorMetadata::builder().message("no");
        if let Some(code) = code {
            error = error.code(code);
        }
        Failure::of(SdkError::service_error(error.build(), answer(status)))
    }

    #[test]
    fn the_code_decides_and_then_the_status() {
        use FailureKind::{AccessDenied, Later, LimitExceeded, NoSuchEntity, Refused};
        for (status, code, kind) in [
            (400, Some("Throttling"), Later),
            (400, Some("ThrottlingException"), Later),
            (409, Some("EntityTemporarilyUnmodifiable"), Later),
            (409, Some("ConcurrentModification"), Later),
            (403, Some("ExpiredToken"), Later),
            (500, Some("ServiceFailure"), Later),
            (503, None, Later),
            (429, None, Later),
            (403, Some("AccessDenied"), AccessDenied),
            (400, Some("AccessDeniedException"), AccessDenied),
            (403, Some("AuthorizationError"), AccessDenied),
            (404, Some("NoSuchEntity"), NoSuchEntity),
            (409, Some("LimitExceeded"), LimitExceeded),
            // DynamoDB and CloudWatch Logs mean a rate by this one, IAM a quota by the one before.
            (400, Some("LimitExceededException"), Later),
            (404, Some("NotSupportedService"), Refused),
            (400, Some("ValidationError"), Refused),
            (413, None, Refused),
        ] {
            assert_eq!(answered(status, code).kind, kind, "{status} {code:?}");
        }
    }

    #[test]
    fn an_answer_without_a_code_is_told_by_its_status_and_a_long_one_is_cut() {
        assert_eq!(&*answered(413, None).code, "HTTP 413");
        assert_eq!(&*answered(413, Some("")).code, "HTTP 413");
        assert_eq!(answered(400, Some(&"é".repeat(1000))).code.chars().count(), LONGEST_CODE);
    }

    #[test]
    fn without_an_answer_it_may_have_been_done() {
        type Error = SdkError<ErrorMetadata, HttpResponse>;
        let lost = Error::dispatch_failure(ConnectorError::io("connection reset by peer".into()));
        let late = Error::timeout_error("5 s went by");
        let half = Error::response_error("unexpected end of file", answer(200));
        for (error, said) in
            [(lost, "connection reset by peer"), (late, "5 s went by"), (half, "unexpected end of file")]
        {
            let failure = Failure::of(error);
            assert_eq!(failure.kind, FailureKind::Unreachable);
            assert!(failure.source.to_string().contains(said), "{failure:?}");
        }
        let never = Failure::of(Error::construction_failure("user name is missing"));
        assert_eq!(never.kind, FailureKind::Refused);
    }
}
