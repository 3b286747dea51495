//! Who calls: the identity that AWS itself sees behind the credentials.
//!
//! STS speaks AWS Query only: a form is posted, XML comes back. Of its calls Keytrail needs one, which answers with three
//! short texts; signing, retries, timeouts and the connection are those of [`crate::json_call`].
//!
//! Source: <https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html>

use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse, OrchestratorError};
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::error::ErrorMetadata;
use aws_types::SdkConfig;
use keytrail_engine::ids::{AccountId, Arn};
use keytrail_ledger::BoxError;

use crate::json_call::operation;
use crate::{Failure, FailureKind};

/// The name that requests are signed for, which is also the first part of the service's host name.
const NAME: &str = "sts";
const FORM: &str = "Action=GetCallerIdentity&Version=2011-06-15";

/// Whose credentials these are, in AWS's words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallerIdentity {
    /// `arn:aws:sts::111122223333:assumed-role/operator/name`, or a user's ARN.
    pub arn: Arn,
    /// The account.
    pub account: AccountId,
}

/// Asks STS, which answers whatever the caller may do.
pub(crate) async fn identity(
    shared: &SdkConfig,
    endpoint: Option<String>,
) -> Result<CallerIdentity, Failure> {
    let operation = operation(shared, NAME, endpoint, "GetCallerIdentity");
    let operation = operation.serializer(request).deserializer(answer).build();
    let answer = operation.invoke(()).await.map_err(Failure::of)?;
    read(&answer).ok_or_else(|| Failure {
        kind: FailureKind::Refused,
        code: "UnreadableAnswer".into(),
        source: "STS's answer names no ARN and account".into(),
    })
}

fn request((): ()) -> Result<HttpRequest, BoxError> {
    let mut request = HttpRequest::new(SdkBody::from(FORM));
    request.set_method("POST")?;
    let headers = request.headers_mut();
    headers.try_insert("content-type", "application/x-www-form-urlencoded")?;
    headers.try_insert("user-agent", concat!("keytrail/", env!("CARGO_PKG_VERSION")))?;
    Ok(request)
}

fn answer(response: &HttpResponse) -> Result<String, OrchestratorError<ErrorMetadata>> {
    let body = String::from_utf8_lossy(response.body().bytes().unwrap_or_default()).into_owned();
    if response.status().is_success() {
        return Ok(body);
    }
    let mut error = ErrorMetadata::builder();
    if let Some(code) = element(&body, "Code") {
        error = error.code(code);
    }
    if let Some(message) = element(&body, "Message") {
        error = error.message(message);
    }
    Err(OrchestratorError::operation(error.build()))
}

fn read(answer: &str) -> Option<CallerIdentity> {
    let (arn, account) = (element(answer, "Arn")?, element(answer, "Account")?);
    let is_account = account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit());
    (is_account && arn.starts_with("arn:"))
        .then(|| CallerIdentity { arn: arn.into(), account: account.into() })
}

/// The text of the first element of a name. The three texts of an answer hold nothing that XML escapes: a user's name has
/// letters, digits and `_+=,.@-`.
fn element<'a>(xml: &'a str, name: &str) -> Option<&'a str> {
    let (_, rest) = xml.split_once(&format!("<{name}>"))?;
    let (text, _) = rest.split_once(&format!("</{name}>"))?;
    (!text.contains(['<', '&'])).then_some(text.trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_names_who_calls() {
        let xml = "<GetCallerIdentityResponse><GetCallerIdentityResult>\
                   <Arn>arn:aws:iam::111122223333:user/operator@example.com</Arn><UserId>AIDA</UserId>\
                   <Account>111122223333</Account></GetCallerIdentityResult></GetCallerIdentityResponse>";
        let caller = read(xml).unwrap();
        assert_eq!(caller.arn.as_str(), "arn:aws:iam::111122223333:user/operator@example.com");
        assert_eq!(caller.account.as_str(), "111122223333");
    }

    #[test]
    fn what_is_no_answer_names_nobody() {
        let with = |arn: &str, account: &str| read(&format!("<Arn>{arn}</Arn><Account>{account}</Account>"));
        for (arn, account) in [
            ("", "111122223333"),
            ("operator", "111122223333"),
            ("arn:aws:iam::1:user/a", "1"),
            ("arn:aws:iam::1:user/a", "11112222333x"),
            ("arn:aws:iam::1:user/&amp;", "111122223333"),
        ] {
            assert_eq!(with(arn, account), None, "{arn} {account}");
        }
        for xml in ["", "<html>", "<Arn>arn:aws:iam::1:user/a", "<Arn>arn:aws:iam::1:user/a</Arn>"] {
            assert_eq!(read(xml), None, "{xml}");
        }
    }
}
