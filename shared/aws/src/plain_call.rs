//! Calls of services that speak neither AWS JSON nor have an SDK here: a form that is posted (AWS Query) or a `GET` (REST).
//!
//! STS, CloudFormation and EC2 answer a form with XML, Lambda and the scheduler a `GET` with JSON. Keytrail needs one or two
//! reads of each; signing, retries, timeouts and the connection are those of [`crate::json_call`].
//!
//! Sources: <https://smithy.io/2.0/aws/protocols/aws-query-protocol.html>,
//! <https://smithy.io/2.0/aws/protocols/aws-restjson1-protocol.html>

use aws_smithy_runtime::client::orchestrator::operation::Operation;
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse, OrchestratorError};
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::date_time::{DateTime, Format};
use aws_smithy_types::error::ErrorMetadata;
use aws_types::SdkConfig;
use keytrail_engine::time::Time;
use keytrail_ledger::BoxError;
use serde::de::DeserializeOwned;

use crate::json_call::{operation, refusal};
use crate::{Failure, FailureKind};

/// What is asked for.
#[derive(Clone, Debug)]
enum Request {
    Form(String),
    Get(String),
}

/// What was answered.
#[derive(Clone, Debug)]
pub(crate) struct Plain {
    /// The text.
    pub(crate) body: String,
    /// What the service's clock said.
    pub(crate) date: Option<Time>,
}

impl Plain {
    /// The text as JSON.
    pub(crate) fn json<T: DeserializeOwned>(&self) -> Result<T, Failure> {
        serde_json::from_str(&self.body).map_err(|error| Failure {
            kind: FailureKind::Refused,
            code: "UnreadableAnswer".into(),
            source: Box::new(error),
        })
    }
}

/// A client of one service.
#[derive(Clone, Debug)]
pub(crate) struct PlainClient {
    operation: Operation<Request, Plain, ErrorMetadata>,
}

impl PlainClient {
    /// A client with the region, credentials, retries, timeouts and connections of `shared`, at `endpoint` or at AWS.
    pub(crate) fn new(shared: &SdkConfig, service: &'static str, endpoint: Option<String>) -> Self {
        let operation = operation(shared, service, endpoint, "PlainCall");
        Self { operation: operation.serializer(request).deserializer(answer).build() }
    }

    /// Posts a form: `Action=…&Version=…`, encoded already.
    pub(crate) async fn form(&self, form: impl Into<String> + Send) -> Result<Plain, Failure> {
        self.operation.invoke(Request::Form(form.into())).await.map_err(Failure::of)
    }

    /// Gets a path with its query, encoded already.
    pub(crate) async fn get(&self, path: String) -> Result<Plain, Failure> {
        self.operation.invoke(Request::Get(path)).await.map_err(Failure::of)
    }
}

fn request(asked: Request) -> Result<HttpRequest, BoxError> {
    let mut request = match asked {
        Request::Form(form) => {
            let mut request = HttpRequest::new(SdkBody::from(form));
            request.set_method("POST")?;
            request.headers_mut().try_insert("content-type", "application/x-www-form-urlencoded")?;
            request
        }
        Request::Get(path) => {
            let mut request = HttpRequest::new(SdkBody::empty());
            request.set_method("GET")?;
            request.set_uri(path)?;
            request
        }
    };
    request.headers_mut().try_insert("user-agent", concat!("keytrail/", env!("CARGO_PKG_VERSION")))?;
    Ok(request)
}

fn answer(response: &HttpResponse) -> Result<Plain, OrchestratorError<ErrorMetadata>> {
    let bytes = response.body().bytes().unwrap_or_default();
    let body = String::from_utf8_lossy(bytes).into_owned();
    if response.status().is_success() {
        let date = response.headers().get("date").and_then(read_date);
        return Ok(Plain { body, date });
    }
    let Some(code) = element(&body, "Code") else {
        return Err(OrchestratorError::operation(refusal(response.headers().get("x-amzn-errortype"), bytes)));
    };
    let mut error = ErrorMetadata::builder().code(code);
    if let Some(message) = element(&body, "Message") {
        error = error.message(message);
    }
    Err(OrchestratorError::operation(error.build()))
}

fn read_date(text: &str) -> Option<Time> {
    let date = DateTime::from_str(text, Format::HttpDate).ok()?;
    date.to_millis().ok().map(Time::from_millis)
}

/// The text of the first element of a name. The texts that are read hold nothing that XML escapes: names, ids and ARNs.
pub(crate) fn element<'a>(xml: &'a str, name: &str) -> Option<&'a str> {
    let (_, rest) = xml.split_once(&format!("<{name}>"))?;
    let (text, _) = rest.split_once(&format!("</{name}>"))?;
    (!text.contains(['<', '&'])).then_some(text.trim())
}

/// The parts of a list: what stands in each of its elements of a name, which hold none of the same name.
pub(crate) fn elements<'a>(xml: &'a str, name: &str) -> Vec<&'a str> {
    let (open, close) = (format!("<{name}>"), format!("</{name}>"));
    xml.split(open.as_str())
        .skip(1)
        .filter_map(|rest| rest.split_once(close.as_str()))
        .map(|(it, _)| it)
        .collect()
}

/// A text as it stands in a path or a query.
///
/// Source: <https://www.rfc-editor.org/rfc/rfc3986#section-2.3>
pub(crate) fn encoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

/// The text behind what [`encoded`] and its like write. IAM hands out policies like that.
pub(crate) fn decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        if *first == b'%' {
            let (digits, after) = after.split_at_checked(2)?;
            bytes.push(u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?);
            rest = after;
        } else {
            bytes.push(*first);
            rest = after;
        }
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_has_its_parts_and_a_part_its_texts() {
        let xml = "<A><member><X>1</X><Y>a:b/c</Y></member><member><X>2</X></member></A>";
        let parts = elements(xml, "member");
        assert_eq!(parts.len(), 2);
        assert_eq!(element(parts[0], "Y"), Some("a:b/c"));
        assert_eq!(element(parts[1], "Y"), None);
        for broken in ["", "<member>", "<html>", "<member><X>"] {
            assert!(elements(broken, "member").is_empty(), "{broken}");
        }
    }

    #[test]
    fn what_is_encoded_is_decoded() {
        for text in ["", "keytrail-Detect-1a2B", "a b/ü%+&", "{\"a\": [1]}"] {
            assert_eq!(decoded(&encoded(text)).as_deref(), Some(text));
        }
        for broken in ["%", "%4", "%zz", "%ff"] {
            assert_eq!(decoded(broken), None, "{broken}");
        }
    }

    #[test]
    fn a_date_is_a_moment() {
        assert_eq!(read_date("Sat, 01 Aug 2026 06:00:00 GMT"), Time::parse("2026-08-01T06:00:00Z"));
        assert_eq!(read_date("yesterday"), None);
    }
}
