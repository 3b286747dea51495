//! Bearer calls: uses of an API key.
//!
//! Nobody has published a record of CloudWatch Logs' `CallWithBearerToken`. That it is a data event on
//! `AWS::Logs::LogGroupAuthorization` is documented
//! (<https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_HTTP_Endpoints_BearerTokenAuth.html>), the rest is
//! inferred. No public record of any service shows a credential id, so [`call`] has none.

use serde_json::{Value, json};

use super::{ACCOUNT, Caller, REGION, Record};

/// Where a bearer call might carry its credential id, in the order in which they are looked at.
pub const ID_PLACES: [&str; 5] = [
    "/userIdentity/credentialId",
    "/userIdentity/accessKeyId",
    "/additionalEventData/serviceSpecificCredentialId",
    "/requestParameters/serviceSpecificCredentialId",
    "/requestParameters/ServiceSpecificCredentialId",
];

/// A call to CloudWatch Logs by `user`'s API key for `group`, without a credential id: the normal case.
pub fn call(user: &str, group: &str, at: &str) -> Record {
    call_in(ACCOUNT, REGION, user, group, at)
}

/// [`call`] in another account and region.
pub fn call_in(account: &str, region: &str, user: &str, group: &str, at: &str) -> Record {
    data_event("logs.amazonaws.com", "CallWithBearerToken", at)
        .placed(account, region)
        .by(&Caller::BearerUser(user.to_owned()))
        .with(
            "/resources",
            json!([{
                "accountId": account,
                "type": "AWS::Logs::LogGroupAuthorization",
                "ARN": format!("arn:aws:logs:{region}:{account}:log-group:{group}"),
            }]),
        )
}

/// A call that CloudWatch Logs refused. It keeps its resource: the authorization itself is what is recorded.
pub fn refused(call: Record, code: &str) -> Record {
    call.failed(code, "User is not authorized to perform: logs:CallWithBearerToken")
}

/// A call with a short-term token, made by a session of `role`.
pub fn short_term(role: &str, group: &str, at: &str) -> Record {
    call(role, group, at)
        .by(&Caller::role(role))
        .with("/additionalEventData/callWithBearerToken", true)
        .with("/additionalEventData/bearerTokenType", "SHORT_TERM")
}

/// A call to the Bedrock runtime: a management event with the flag in `additionalEventData`, as detections published
/// for it read it.
pub fn bedrock(user: &str, at: &str) -> Record {
    Record::new("bedrock.amazonaws.com", "InvokeModel", at)
        .by(&Caller::BearerUser(user.to_owned()))
        .with("/requestParameters", json!({ "modelId": "anthropic.claude-opus-4-7" }))
        .with("/additionalEventData/callWithBearerToken", true)
        .with("/readOnly", true)
        .agent("Boto3/1.44.5")
}

/// A call to Bedrock's Mantle endpoint: a data event with the flag in `requestParameters`
/// (<https://docs.aws.amazon.com/bedrock/latest/userguide/logging-cloudtrail-mantle.html>).
pub fn mantle(user: &str, at: &str) -> Record {
    data_event("bedrock-mantle.amazonaws.com", "CreateInference", at)
        .by(&Caller::User(user.to_owned()))
        .with(
            "/requestParameters",
            json!({
                "model": "anthropic.claude-opus-4-7",
                "stream": true,
                "callWithBearerToken": true,
                "bearerTokenType": "ABSK",
            }),
        )
        .with(
            "/resources",
            json!([{
                "accountId": ACCOUNT,
                "type": "AWS::BedrockMantle::Project",
                "ARN": format!("arn:aws:bedrock-mantle:{REGION}:{ACCOUNT}:project/proj_abc123"),
            }]),
        )
}

/// A call to Claude Platform on AWS: the flag in `requestParameters`, and `LONG_TERM` beside it.
pub fn anthropic(user: &str, at: &str) -> Record {
    Record::new("aws-external-anthropic.amazonaws.com", "ListWorkspaces", at)
        .by(&Caller::BearerUser(user.to_owned()))
        .with("/requestParameters", json!({ "bearerTokenType": "LONG_TERM", "callWithBearerToken": true }))
        .with("/readOnly", true)
        .agent("python-httpx/0.28.1")
}

/// A call to CloudWatch's metrics endpoint: a data event on `AWS::CloudWatch::Dataset` that says `OTLP`
/// (<https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch-OTLP-MetricsBearerTokenAuth.html>).
pub fn metrics(user: &str, at: &str) -> Record {
    data_event("monitoring.amazonaws.com", "PutMetricData", at)
        .by(&Caller::BearerUser(user.to_owned()))
        .with("/additionalEventData", json!({ "protocol": "OTLP", "callWithBearerToken": true }))
        .with(
            "/resources",
            json!([{
                "accountId": ACCOUNT,
                "type": "AWS::CloudWatch::Dataset",
                "ARN": format!("arn:aws:cloudwatch:{REGION}:{ACCOUNT}:dataset/default"),
            }]),
        )
}

fn data_event(source: &str, name: &str, at: &str) -> Record {
    Record::new(source, name, at)
        .with("/managementEvent", false)
        .with("/eventCategory", "Data")
        .with("/requestParameters", Value::Null)
        .from("192.0.2.10")
        .agent("OpenTelemetry Collector Contrib/0.139.0 (linux/arm64)")
}
