//! Who may do what: roles, managed policies, KMS keys.
//!
//! Sources: <https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetRole.html>,
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetPolicyVersion.html>,
//! <https://docs.aws.amazon.com/kms/latest/APIReference/API_GetKeyPolicy.html>

use aws_sdk_iam::Client;
use keytrail_ledger::capability::{Answer, KeySeen, RoleSeen};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{policy_text, unread, without};
use crate::Failure;
use crate::json_call::JsonClient;
use crate::plain_call::decoded;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Described {
    key_metadata: Metadata,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Metadata {
    arn: Box<str>,
    key_state: Box<str>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Policy {
    policy: Box<str>,
}

/// A role by its name. Its policies come in one page: it may have ten attached, and a hundred in it are more than fit.
pub(super) async fn role(client: &Client, name: &str) -> Answer<RoleSeen> {
    let call = "iam:GetRole";
    let role = client.get_role().role_name(name).send().await;
    let role = role.map_err(|error| unread(call, Failure::of(error)))?;
    let role = role.role().ok_or_else(|| without(call, "role"))?;
    let trust = role.assume_role_policy_document().ok_or_else(|| without(call, "trust policy"))?;
    let inline = client.list_role_policies().role_name(name).send().await;
    let inline = inline.map_err(|error| unread("iam:ListRolePolicies", Failure::of(error)))?;
    let attached = client.list_attached_role_policies().role_name(name).send().await;
    let attached = attached.map_err(|error| unread("iam:ListAttachedRolePolicies", Failure::of(error)))?;
    Ok(RoleSeen {
        arn: role.arn().into(),
        trust: document(call, trust)?,
        inline: inline.policy_names().iter().map(|name| name.as_str().into()).collect(),
        attached: attached
            .attached_policies()
            .iter()
            .filter_map(|it| it.policy_arn())
            .map(Into::into)
            .collect(),
    })
}

/// What a managed policy says, by its ARN.
pub(super) async fn policy(client: &Client, arn: &str) -> Answer<Value> {
    let policy = client.get_policy().policy_arn(arn).send().await;
    let policy = policy.map_err(|error| unread("iam:GetPolicy", Failure::of(error)))?;
    let version = policy.policy().and_then(|policy| policy.default_version_id());
    let version = version.ok_or_else(|| without("iam:GetPolicy", "default version"))?;
    let call = "iam:GetPolicyVersion";
    let version = client.get_policy_version().policy_arn(arn).version_id(version).send().await;
    let version = version.map_err(|error| unread(call, Failure::of(error)))?;
    let text = version.policy_version().and_then(|version| version.document());
    document(call, text.ok_or_else(|| without(call, "document"))?)
}

/// IAM's documents are encoded as in a URL.
fn document(call: &str, text: &str) -> Answer<Value> {
    let text = decoded(text).ok_or_else(|| without(call, "readable policy"))?;
    policy_text(call, &text)
}

/// A KMS key by its id.
pub(super) async fn key(client: &JsonClient, id: &str) -> Answer<KeySeen> {
    let described: Described = client
        .call("DescribeKey", &json!({"KeyId": id}))
        .await
        .map_err(|failure| unread("kms:DescribeKey", failure))?;
    let call = "kms:GetKeyPolicy";
    let policy: Policy = client
        .call("GetKeyPolicy", &json!({"KeyId": id, "PolicyName": "default"}))
        .await
        .map_err(|failure| unread(call, failure))?;
    let Metadata { arn, key_state } = described.key_metadata;
    Ok(KeySeen { arn, state: key_state, policy: policy_text(call, &policy.policy)? })
}
