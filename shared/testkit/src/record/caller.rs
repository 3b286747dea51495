//! Who calls.

use serde_json::{Value, json};

/// A caller, as `userIdentity` shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Caller {
    /// An IAM user with an access key.
    User(String),
    /// An IAM user without any access key in the record, as one with a bearer token may look.
    BearerUser(String),
    /// A session of an IAM role.
    Role(String),
    /// An AWS service that calls for itself: `{type, invokedBy}` and nothing else.
    Service(String),
    /// AWS itself, in an `AwsServiceEvent`: `{accountId, invokedBy}` without a type.
    Aws,
}

impl Caller {
    /// An IAM user with an access key.
    pub fn user(name: &str) -> Self {
        Self::User(name.to_owned())
    }

    /// A session of the role `name`.
    pub fn role(name: &str) -> Self {
        Self::Role(name.to_owned())
    }

    /// The `userIdentity` within `account`.
    pub fn identity(&self, account: &str) -> Value {
        match self {
            Self::User(name) => {
                let mut identity = user(account, name);
                identity["accessKeyId"] = "AKIAIOSFODNN7EXAMPLE".into();
                identity
            }
            Self::BearerUser(name) => user(account, name),
            Self::Role(name) => json!({
                "type": "AssumedRole",
                "principalId": format!("AROAEXAMPLEROLE00001:{name}"),
                "arn": format!("arn:aws:sts::{account}:assumed-role/{name}/{name}"),
                "accountId": account,
                "accessKeyId": "ASIAIOSFODNN7EXAMPLE",
                "sessionContext": {
                    "sessionIssuer": {
                        "type": "Role",
                        "principalId": "AROAEXAMPLEROLE00001",
                        "arn": format!("arn:aws:iam::{account}:role/{name}"),
                        "accountId": account,
                        "userName": name,
                    },
                    "attributes": { "creationDate": "2026-11-01T06:00:00Z", "mfaAuthenticated": "false" },
                },
            }),
            Self::Service(name) => json!({ "type": "AWSService", "invokedBy": name }),
            Self::Aws => json!({ "accountId": account, "invokedBy": "AWS Internal" }),
        }
    }
}

fn user(account: &str, name: &str) -> Value {
    json!({
        "type": "IAMUser",
        "principalId": "AIDAEXAMPLEUSER00001",
        "arn": format!("arn:aws:iam::{account}:user/{name}"),
        "accountId": account,
        "userName": name,
    })
}
