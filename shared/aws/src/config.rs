//! The clients of AWS services: region, credentials and endpoints from the environment, read once; timeouts and
//! retries stated here and not left to a default that may change.

use std::time::Duration;

use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_sdk_dynamodb::config::{AppName, BehaviorVersion, Region};
use aws_smithy_types::retry::RetryConfig;
use aws_smithy_types::timeout::TimeoutConfig;
use aws_types::SdkConfig;
use keytrail_engine::time::Time;

use crate::caller::{self, CallerIdentity};
use crate::json_call::{self, JsonClient, JsonService};
use crate::plain_call::PlainClient;
use crate::{Failure, tls};

/// One of a few tries that fit into a function's thirty seconds, with the rest of its work.
const ATTEMPT: Duration = Duration::from_secs(5);
/// All tries of a call together, pauses included. After that the caller's queue is the better place to wait.
const OPERATION: Duration = Duration::from_secs(12);
const CONNECT: Duration = Duration::from_secs(2);
/// Enough for a lost connection or one busy moment; a service that stays busy is the caller's to wait for.
const ATTEMPTS: u32 = 3;
const FIRST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// The suffixes of `AWS_ENDPOINT_URL_…` for the services that Keytrail calls.
///
/// Source: <https://docs.aws.amazon.com/sdkref/latest/guide/ss-endpoints-table.html>
const SERVICES: [&str; 14] = [
    CLOUDFORMATION,
    DYNAMODB,
    EC2,
    IAM,
    LAMBDA,
    SCHEDULER,
    SNS,
    SQS,
    STS,
    json_call::CLOUDTRAIL.endpoint,
    json_call::EVENTS.endpoint,
    json_call::KMS.endpoint,
    json_call::LOGS.endpoint,
    json_call::SSM.endpoint,
];
const CLOUDFORMATION: &str = "CLOUDFORMATION";
const DYNAMODB: &str = "DYNAMODB";
const EC2: &str = "EC2";
const IAM: &str = "IAM";
const LAMBDA: &str = "LAMBDA";
const SCHEDULER: &str = "SCHEDULER";
const SNS: &str = "SNS";
const SQS: &str = "SQS";
const STS: &str = "STS";

/// Why no client can be made.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// A variable is missing or empty.
    #[error("the environment variable {name} is missing: {wanted}")]
    Missing {
        /// Its name.
        name: &'static str,
        /// What a good value is.
        wanted: &'static str,
    },
    /// A variable's value can't be used. The value itself is not repeated: it may be a secret in the wrong place.
    #[error("the environment variable {name} can't be used: {wanted}")]
    Unusable {
        /// Its name.
        name: String,
        /// What a good value is.
        wanted: &'static str,
    },
}

/// What every client is made from.
#[derive(Clone, Debug)]
pub struct AwsConfig {
    shared: SdkConfig,
    endpoints: Vec<(&'static str, String)>,
}

impl AwsConfig {
    /// Reads the environment of the process.
    ///
    /// | variable | |
    /// |---|---|
    /// | `AWS_REGION` | `us-east-1`; Lambda sets it |
    /// | `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY` | Lambda sets them; `aws configure export-credentials --format env` prints yours |
    /// | `AWS_SESSION_TOKEN` | the same, for credentials of a role |
    /// | `AWS_ENDPOINT_URL` | another place than AWS, such as an emulator |
    /// | `AWS_ENDPOINT_URL_DYNAMODB`, `…_IAM`, `…_SNS`, `…_SQS`, `…_STS`, `…_SSM`, `…_CLOUDWATCH_LOGS`, `…_CLOUDTRAIL`, `…_KMS`, `…_EC2` | the same, for one service; `keytrail doctor` also asks `…_CLOUDFORMATION`, `…_EVENTBRIDGE`, `…_LAMBDA`, `…_SCHEDULER` |
    ///
    /// # Errors
    ///
    /// [`ConfigError`] names the variable that is missing or can't be used.
    pub fn from_env() -> Result<Self, ConfigError> {
        Self::read(|name| std::env::var(name).ok())
    }

    /// Reads variables from wherever they come.
    ///
    /// # Errors
    ///
    /// As [`AwsConfig::from_env`].
    pub fn read(variable: impl Fn(&str) -> Option<String>) -> Result<Self, ConfigError> {
        let present = |name: &str| variable(name).filter(|value| !value.is_empty());
        let required = |name, wanted| present(name).ok_or(ConfigError::Missing { name, wanted });
        let region = required("AWS_REGION", "a region such as us-east-1")?;
        let key = required("AWS_ACCESS_KEY_ID", "the access key of a role or user")?;
        let secret = required("AWS_SECRET_ACCESS_KEY", "the secret of AWS_ACCESS_KEY_ID")?;
        let credentials = Credentials::new(key, secret, present("AWS_SESSION_TOKEN"), None, "environment");

        let mut endpoints = Vec::new();
        for service in SERVICES {
            let own = format!("AWS_ENDPOINT_URL_{service}");
            let name = if present(&own).is_some() { own } else { "AWS_ENDPOINT_URL".to_owned() };
            if let Some(url) = present(&name) {
                endpoints.push((service, endpoint(name, url)?));
            }
        }
        Ok(Self { shared: shared(region, credentials), endpoints })
    }

    /// The same credentials, endpoints and connections in another region.
    #[must_use]
    pub fn in_region(&self, region: &keytrail_engine::ids::Region) -> Self {
        let shared = self.shared.to_builder().region(Region::new(region.to_string())).build();
        Self { shared, endpoints: self.endpoints.clone() }
    }

    /// The same region, endpoints and connections with other credentials.
    pub(crate) fn with_credentials(&self, credentials: Credentials) -> Self {
        let provider = SharedCredentialsProvider::new(credentials);
        let shared = self.shared.to_builder().credentials_provider(provider).build();
        Self { shared, endpoints: self.endpoints.clone() }
    }

    /// A client of DynamoDB.
    pub fn dynamodb(&self) -> aws_sdk_dynamodb::Client {
        let mut config = aws_sdk_dynamodb::config::Builder::from(&self.shared);
        config.set_endpoint_url(self.endpoint(DYNAMODB));
        aws_sdk_dynamodb::Client::from_conf(config.build())
    }

    /// A client of IAM.
    pub fn iam(&self) -> aws_sdk_iam::Client {
        let mut config = aws_sdk_iam::config::Builder::from(&self.shared);
        config.set_endpoint_url(self.endpoint(IAM));
        aws_sdk_iam::Client::from_conf(config.build())
    }

    /// A client of SNS.
    pub fn sns(&self) -> aws_sdk_sns::Client {
        let mut config = aws_sdk_sns::config::Builder::from(&self.shared);
        config.set_endpoint_url(self.endpoint(SNS));
        aws_sdk_sns::Client::from_conf(config.build())
    }

    /// A client of SQS.
    pub fn sqs(&self) -> aws_sdk_sqs::Client {
        let mut config = aws_sdk_sqs::config::Builder::from(&self.shared);
        config.set_endpoint_url(self.endpoint(SQS));
        aws_sdk_sqs::Client::from_conf(config.build())
    }

    /// A client of a service that speaks JSON.
    pub fn json(&self, service: JsonService) -> JsonClient {
        JsonClient::new(&self.shared, service, self.endpoint(service.endpoint))
    }

    /// Asks AWS whose credentials these are.
    ///
    /// # Errors
    ///
    /// [`Failure`], as of any call.
    pub async fn caller(&self) -> Result<CallerIdentity, Failure> {
        caller::identity(&self.sts()).await
    }

    /// Asks AWS what time it is, to the second.
    ///
    /// # Errors
    ///
    /// [`Failure`], as of any call.
    pub async fn clock(&self) -> Result<Time, Failure> {
        caller::clock(&self.sts()).await
    }

    /// A client of STS.
    pub(crate) fn sts(&self) -> PlainClient {
        self.plain("sts", STS)
    }

    /// A client of CloudFormation.
    pub(crate) fn cloudformation(&self) -> PlainClient {
        self.plain("cloudformation", CLOUDFORMATION)
    }

    /// A client of EC2.
    pub(crate) fn ec2(&self) -> PlainClient {
        self.plain("ec2", EC2)
    }

    /// A client of Lambda.
    pub(crate) fn lambda(&self) -> PlainClient {
        self.plain("lambda", LAMBDA)
    }

    /// A client of EventBridge's scheduler.
    pub(crate) fn scheduler(&self) -> PlainClient {
        self.plain("scheduler", SCHEDULER)
    }

    /// `service` is the name that requests are signed for, which is also the first part of the service's host name.
    fn plain(&self, service: &'static str, endpoint: &str) -> PlainClient {
        PlainClient::new(&self.shared, service, self.endpoint(endpoint))
    }

    /// The region.
    pub fn region(&self) -> &str {
        self.shared.region().map_or("", AsRef::as_ref)
    }

    fn endpoint(&self, service: &str) -> Option<String> {
        self.endpoints.iter().find(|(name, _)| *name == service).map(|(_, url)| url.clone())
    }
}

fn endpoint(name: String, url: String) -> Result<String, ConfigError> {
    if url.starts_with("https://") || url.starts_with("http://") {
        return Ok(url);
    }
    Err(ConfigError::Unusable { name, wanted: "a URL such as http://127.0.0.1:8000" })
}

fn shared(region: String, credentials: Credentials) -> SdkConfig {
    let retries = RetryConfig::standard()
        .with_max_attempts(ATTEMPTS)
        .with_initial_backoff(FIRST_PAUSE)
        .with_max_backoff(LONGEST_PAUSE);
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(CONNECT)
        .operation_attempt_timeout(ATTEMPT)
        .operation_timeout(OPERATION)
        .build();
    let mut config = SdkConfig::builder()
        .behavior_version(BehaviorVersion::v2026_01_12())
        .region(Region::new(region))
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .retry_config(retries)
        .timeout_config(timeouts)
        .http_client(tls::client());
    config.set_app_name(AppName::new("keytrail").ok());
    config.build()
}

#[cfg(test)]
mod tests {
    use super::*;

    const COMPLETE: [(&str, &str); 3] = [
        ("AWS_REGION", "eu-central-1"),
        ("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE"),
        ("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"),
    ];

    fn read(variables: &[(&str, &str)]) -> Result<AwsConfig, ConfigError> {
        AwsConfig::read(|name| {
            variables.iter().find(|(its, _)| *its == name).map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn a_missing_variable_is_named() {
        for (missing, _) in COMPLETE {
            for value in [None, Some("")] {
                let rest = COMPLETE.into_iter().filter(|(name, _)| *name != missing);
                let variables: Vec<_> = rest.chain(value.map(|value| (missing, value))).collect();
                let error = read(&variables).unwrap_err().to_string();
                assert!(error.contains(missing), "{error}");
            }
        }
    }

    #[test]
    fn a_service_has_its_own_endpoint_before_the_common_one_and_no_secret_is_shown() {
        let common = ("AWS_ENDPOINT_URL", "http://127.0.0.1:1");
        let own = ("AWS_ENDPOINT_URL_DYNAMODB", "http://127.0.0.1:2");
        let config = read(&[&COMPLETE[..], &[common, own]].concat()).unwrap();
        assert_eq!(config.endpoint(DYNAMODB).as_deref(), Some("http://127.0.0.1:2"));
        assert_eq!(config.endpoint(IAM).as_deref(), Some("http://127.0.0.1:1"));
        assert_eq!(read(&COMPLETE).unwrap().endpoint(IAM), None);
        assert!(!format!("{config:?}").contains("wJalrX"));
    }

    #[test]
    fn an_endpoint_that_is_no_url_is_refused_by_name() {
        let wrong = ("AWS_ENDPOINT_URL_SNS", "wJalrXUtnFEMI");
        let error = read(&[&COMPLETE[..], &[wrong]].concat()).unwrap_err().to_string();
        assert!(error.contains("AWS_ENDPOINT_URL_SNS") && !error.contains("wJalrX"), "{error}");
    }
}
