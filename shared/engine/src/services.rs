//! The services that have API keys. A new one is one row here.

/// What Keytrail knows of one API-key service.
///
/// Sources: <https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_api_keys_for_aws_services.html>;
/// <https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_HTTP_Endpoints_BearerTokenAuth.html>;
/// <https://docs.aws.amazon.com/bedrock/latest/userguide/logging-cloudtrail-mantle.html>.
#[derive(Debug, PartialEq, Eq)]
pub struct ApiKeyService {
    /// The `ServiceName` of `CreateServiceSpecificCredential`.
    pub name: &'static str,
    /// The action whose denial stops every bearer call, one for each plane of the service.
    pub deny_actions: &'static [&'static str],
    /// The `eventSource` values under which bearer calls are recorded.
    pub event_sources: &'static [&'static str],
    /// The `eventName` that is a bearer call by itself; other events count only with the bearer flag.
    pub bearer_event: Option<&'static str>,
}

/// Every API-key service. CodeCommit and Keyspaces use the same IAM calls, but their credentials are user names and
/// passwords: they are none of ours and never touched.
pub const API_KEY_SERVICES: &[ApiKeyService] = &[
    ApiKeyService {
        name: "logs.amazonaws.com",
        deny_actions: &["logs:CallWithBearerToken"],
        event_sources: &["logs.amazonaws.com"],
        bearer_event: Some("CallWithBearerToken"),
    },
    ApiKeyService {
        name: "cloudwatch.amazonaws.com",
        deny_actions: &["cloudwatch:CallWithBearerToken"],
        event_sources: &["monitoring.amazonaws.com", "cloudwatch.amazonaws.com"],
        bearer_event: Some("CallWithBearerToken"),
    },
    ApiKeyService {
        name: "xray.amazonaws.com",
        deny_actions: &["xray:CallWithBearerToken"],
        event_sources: &["xray.amazonaws.com"],
        bearer_event: Some("CallWithBearerToken"),
    },
    ApiKeyService {
        name: "bedrock.amazonaws.com",
        deny_actions: &["bedrock:CallWithBearerToken", "bedrock-mantle:CallWithBearerToken"],
        event_sources: &[
            "bedrock.amazonaws.com",
            "bedrock-runtime.amazonaws.com",
            "bedrock-mantle.amazonaws.com",
        ],
        bearer_event: Some("CallWithBearerToken"),
    },
    ApiKeyService {
        name: "aws-external-anthropic.amazonaws.com",
        deny_actions: &["aws-external-anthropic:CallWithBearerToken"],
        event_sources: &["aws-external-anthropic.amazonaws.com"],
        bearer_event: Some("CallWithBearerToken"),
    },
];

impl ApiKeyService {
    /// The prefixes of its actions, by which IAM's reports name a service: `logs`.
    pub fn namespaces(&self) -> impl Iterator<Item = &'static str> {
        self.deny_actions.iter().filter_map(|action| action.split(':').next())
    }
}

/// The row of an API-key service by its `ServiceName`.
pub fn by_name(name: &str) -> Option<&'static ApiKeyService> {
    API_KEY_SERVICES.iter().find(|service| service.name == name)
}

/// The row of the API-key service that records under an `eventSource`.
pub fn by_event_source(source: &str) -> Option<&'static ApiKeyService> {
    API_KEY_SERVICES.iter().find(|service| service.event_sources.contains(&source))
}
