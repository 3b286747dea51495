//! Calls of services that speak AWS JSON 1.1, without an SDK of their own.
//!
//! Of Systems Manager, CloudWatch Logs, CloudTrail and KMS Keytrail needs a handful of calls that read. Their SDKs are among
//! the largest there are; the protocol is a POST of a JSON object with the call's name in a header. Everything that is hard
//! about a call (signing, retries, timeouts, the connection) is done by the parts that the SDKs themselves are made of.
//! `docs/adr/0004-json-calls.md` has the reasons and figures.
//!
//! Source: <https://smithy.io/2.0/aws/protocols/aws-json-1_1-protocol.html>

use aws_runtime::auth::sigv4::{SCHEME_ID, SigV4AuthScheme};
use aws_runtime::auth::{SigV4OperationSigningConfig, SigningOptions};
use aws_runtime::retries::classifiers::AwsErrorCodeClassifier;
use aws_smithy_runtime::client::orchestrator::operation::{Operation, OperationBuilder};
use aws_smithy_runtime::client::retries::classifiers::{HttpStatusCodeClassifier, TransientErrorClassifier};
use aws_smithy_runtime_api::client::auth::static_resolver::StaticAuthSchemeOptionResolver;
use aws_smithy_runtime_api::client::auth::{
    AuthSchemeOptionResolverParams, SharedAuthScheme, SharedAuthSchemeOptionResolver,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse, OrchestratorError};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponentsBuilder;
use aws_smithy_runtime_api::client::runtime_plugin::StaticRuntimePlugin;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::config_bag::{FrozenLayer, Layer};
use aws_smithy_types::error::ErrorMetadata;
use aws_types::region::SigningRegion;
use aws_types::{SdkConfig, SigningName};
use keytrail_ledger::BoxError;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::{Failure, FailureKind};

/// A service that speaks AWS JSON 1.1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct JsonService {
    /// The name that requests are signed for, which is also the first part of the service's host name.
    pub name: &'static str,
    /// What stands before the call's name in `X-Amz-Target`.
    pub target: &'static str,
    /// The suffix of `AWS_ENDPOINT_URL_…`.
    pub endpoint: &'static str,
}

/// Systems Manager. Source: <https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParameter.html>
pub const SSM: JsonService = JsonService { name: "ssm", target: "AmazonSSM", endpoint: "SSM" };
/// CloudWatch Logs. Source: <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DescribeLogGroups.html>
pub const LOGS: JsonService =
    JsonService { name: "logs", target: "Logs_20140328", endpoint: "CLOUDWATCH_LOGS" };
/// CloudTrail. Source: <https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_DescribeTrails.html>
pub const CLOUDTRAIL: JsonService = JsonService {
    name: "cloudtrail",
    target: "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101",
    endpoint: "CLOUDTRAIL",
};
/// EventBridge. Source: <https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_DescribeRule.html>
pub const EVENTS: JsonService = JsonService { name: "events", target: "AWSEvents", endpoint: "EVENTBRIDGE" };
/// KMS. Source: <https://docs.aws.amazon.com/kms/latest/APIReference/API_DescribeKey.html>
pub const KMS: JsonService = JsonService { name: "kms", target: "TrentService", endpoint: "KMS" };

/// A call: its name, and its parameters as JSON.
#[derive(Debug)]
struct Call {
    target: String,
    parameters: Vec<u8>,
}

/// A client of one service.
#[derive(Clone, Debug)]
pub struct JsonClient {
    service: JsonService,
    operation: Operation<Call, Vec<u8>, ErrorMetadata>,
}

impl JsonClient {
    /// A client with the region, credentials, retries, timeouts and connections of `shared`, at `endpoint` or at AWS.
    pub(crate) fn new(shared: &SdkConfig, service: JsonService, endpoint: Option<String>) -> Self {
        let operation = operation(shared, service.name, endpoint, "JsonCall");
        Self { service, operation: operation.serializer(request).deserializer(answer).build() }
    }

    /// Calls, and reads the answer. An answer that can't be read is a [`FailureKind::Refused`].
    ///
    /// # Errors
    ///
    /// [`Failure`], as of any call.
    pub async fn call<I, O>(&self, name: &str, parameters: &I) -> Result<O, Failure>
    where
        I: Serialize + Sync,
        O: DeserializeOwned,
    {
        let unreadable = |code: &str, source: serde_json::Error| Failure {
            kind: FailureKind::Refused,
            code: code.into(),
            source: Box::new(source),
        };
        let parameters =
            serde_json::to_vec(parameters).map_err(|error| unreadable("UnwritableParameters", error))?;
        let call = Call { target: format!("{}.{name}", self.service.target), parameters };
        let answer = self.operation.invoke(call).await.map_err(Failure::of)?;
        // A call that returns nothing may answer with nothing.
        let answer = if answer.is_empty() { b"{}".as_slice() } else { &answer };
        serde_json::from_slice(answer).map_err(|error| unreadable("UnreadableAnswer", error))
    }
}

/// What every call of a service has in common: where it goes, how it is signed, how long it may take, when it is made again.
/// How it is written and read is missing yet.
pub(crate) fn operation(
    shared: &SdkConfig,
    service: &'static str,
    endpoint: Option<String>,
    name: &'static str,
) -> OperationBuilder {
    let region = shared.region().map_or("us-east-1", AsRef::as_ref);
    let endpoint = endpoint.unwrap_or_else(|| format!("https://{service}.{region}.{}", dns_suffix(region)));
    let mut operation = Operation::builder()
        .service_name(service)
        .operation_name(name)
        .endpoint_url(&endpoint)
        .with_connection_poisoning()
        .runtime_plugin(signing(shared, service))
        .retry_classifier(HttpStatusCodeClassifier::default())
        .retry_classifier(TransientErrorClassifier::<ErrorMetadata>::new())
        .retry_classifier(AwsErrorCodeClassifier::<ErrorMetadata>::new());
    if let Some(version) = shared.behavior_version() {
        operation = operation.behavior_version(version);
    }
    if let Some(client) = shared.http_client() {
        operation = operation.http_client(client);
    }
    if let Some(retries) = shared.retry_config() {
        operation = operation.standard_retry(retries);
    }
    if let Some(timeouts) = shared.timeout_config() {
        operation = operation.timeout_config(timeouts.clone());
    }
    operation
}

/// Signature version 4 with the credentials of `shared`.
fn signing(shared: &SdkConfig, service: &'static str) -> StaticRuntimePlugin {
    let mut parts = RuntimeComponentsBuilder::new("signing");
    parts.set_auth_scheme_option_resolver(Some(SharedAuthSchemeOptionResolver::new(
        StaticAuthSchemeOptionResolver::new(vec![SCHEME_ID]),
    )));
    parts.push_auth_scheme(SharedAuthScheme::new(SigV4AuthScheme::new()));
    if let Some(credentials) = shared.credentials_provider() {
        parts.set_identity_resolver(SCHEME_ID, credentials);
    }
    StaticRuntimePlugin::new().with_config(signing_config(shared, service)).with_runtime_components(parts)
}

fn signing_config(shared: &SdkConfig, service: &'static str) -> FrozenLayer {
    let mut layer = Layer::new("signing");
    layer.store_put(AuthSchemeOptionResolverParams::new(()));
    layer.store_put(SigningName::from_static(service));
    if let Some(region) = shared.region() {
        layer.store_put(region.clone());
        layer.store_put(SigningRegion::from(region.clone()));
    }
    layer.store_put(SigV4OperationSigningConfig {
        signing_options: SigningOptions::default(),
        ..SigV4OperationSigningConfig::default()
    });
    layer.freeze()
}

fn request(call: Call) -> Result<HttpRequest, BoxError> {
    let mut request = HttpRequest::new(SdkBody::from(call.parameters));
    request.set_method("POST")?;
    let headers = request.headers_mut();
    headers.try_insert("content-type", "application/x-amz-json-1.1")?;
    headers.try_insert("x-amz-target", call.target)?;
    headers.try_insert("user-agent", concat!("keytrail/", env!("CARGO_PKG_VERSION")))?;
    Ok(request)
}

fn answer(response: &HttpResponse) -> Result<Vec<u8>, OrchestratorError<ErrorMetadata>> {
    let body = response.body().bytes().unwrap_or_default();
    if response.status().is_success() {
        return Ok(body.to_vec());
    }
    Err(OrchestratorError::operation(refusal(response.headers().get("x-amzn-errortype"), body)))
}

/// What an answer that is no success says. One that says nothing readable has its status all the same.
pub(crate) fn refusal(header: Option<&str>, body: &[u8]) -> ErrorMetadata {
    let said: serde_json::Value = serde_json::from_slice(body).unwrap_or_default();
    let text = |names: &[&str]| names.iter().find_map(|name| said.get(name).and_then(|text| text.as_str()));
    let mut error = ErrorMetadata::builder();
    if let Some(code) = header.or_else(|| text(&["__type", "code"])) {
        error = error.code(plain_code(code));
    }
    if let Some(message) = text(&["message", "Message", "errorMessage"]) {
        error = error.message(message);
    }
    error.build()
}

/// A code without the name space before it and the address behind it.
fn plain_code(code: &str) -> &str {
    let code = code.split(':').next().unwrap_or(code);
    code.rsplit('#').next().unwrap_or(code)
}

/// What the host names of a region end with.
///
/// Source: `partitions.json`, which every SDK carries.
fn dns_suffix(region: &str) -> &'static str {
    const PREFIXES: [(&str, &str); 6] = [
        ("cn-", "amazonaws.com.cn"),
        ("us-iso-", "c2s.ic.gov"),
        ("us-isob-", "sc2s.sgov.gov"),
        ("us-isof-", "csp.hci.ic.gov"),
        ("eu-isoe-", "cloud.adc-e.uk"),
        ("eusc-", "amazonaws.eu"),
    ];
    let found = PREFIXES.iter().find(|(prefix, _)| region.starts_with(prefix));
    found.map_or("amazonaws.com", |(_, suffix)| suffix)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_found_wherever_a_service_puts_it() {
        let said = |header, body: &str| {
            let error = refusal(header, body.as_bytes());
            (error.code().map(str::to_owned), error.message().map(str::to_owned))
        };
        let found = |code: &str, message: &str| (Some(code.to_owned()), Some(message.to_owned()));
        assert_eq!(
            said(None, r#"{"__type":"ParameterNotFound","message":"no"}"#),
            found("ParameterNotFound", "no")
        );
        assert_eq!(
            said(None, r#"{"__type":"com.amazonaws.kms#NotFoundException:http://x","Message":"no"}"#),
            found("NotFoundException", "no")
        );
        assert_eq!(
            said(Some("AccessDeniedException:"), r#"{"message":"no"}"#),
            found("AccessDeniedException", "no")
        );
        for body in ["", "<html>", "[]", "\"x\"", "{\"__type\":7}"] {
            assert_eq!(said(None, body), (None, None), "{body}");
        }
    }

    #[test]
    fn hosts_end_as_the_sdks_end_them() {
        use aws_sdk_sqs::config::endpoint::{DefaultResolver, Params, ResolveEndpoint};
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        for region in [
            "eu-central-1",
            "cn-north-1",
            "us-gov-west-1",
            "us-iso-east-1",
            "us-isob-east-1",
            "us-isof-south-1",
            "eu-isoe-west-1",
            "eusc-de-east-1",
        ] {
            let parameters = Params::builder().region(region).build().unwrap();
            let endpoint = runtime.block_on(DefaultResolver::new().resolve_endpoint(&parameters)).unwrap();
            assert_eq!(endpoint.url(), format!("https://sqs.{region}.{}", dns_suffix(region)));
        }
    }
}
