//! IAM users, and the powers that somebody may give to an API key's user.

use serde_json::json;

use super::{ACCOUNT, REGION, Record, iam_date};

/// An IAM user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    account: String,
    name: String,
}

impl User {
    /// The user `name` of the default account.
    pub fn new(name: &str) -> Self {
        Self { account: ACCOUNT.to_owned(), name: name.to_owned() }
    }

    /// In another account.
    pub fn in_account(self, account: &str) -> Self {
        Self { account: account.to_owned(), ..self }
    }

    /// `CreateUser`.
    pub fn create(&self, at: &str) -> Record {
        self.call("CreateUser", at).with(
            "/responseElements/user",
            json!({
                "path": "/",
                "userName": self.name,
                "userId": "AIDAEXAMPLEUSER00001",
                "arn": format!("arn:aws:iam::{}:user/{}", self.account, self.name),
                "createDate": iam_date(at),
            }),
        )
    }

    /// `DeleteUser`.
    pub fn delete(&self, at: &str) -> Record {
        self.call("DeleteUser", at)
    }

    /// `TagUser` with one tag.
    pub fn tag(&self, key: &str, value: &str, at: &str) -> Record {
        self.call("TagUser", at).with("/requestParameters/tags", json!([{ "key": key, "value": value }]))
    }

    /// `UntagUser` of one tag.
    pub fn untag(&self, key: &str, at: &str) -> Record {
        self.call("UntagUser", at).with("/requestParameters/tagKeys", json!([key]))
    }

    /// `CreateAccessKey`.
    pub fn create_access_key(&self, id: &str, at: &str) -> Record {
        self.call("CreateAccessKey", at).with(
            "/responseElements/accessKey",
            json!({
                "accessKeyId": id,
                "status": "Active",
                "userName": self.name,
                "createDate": iam_date(at),
            }),
        )
    }

    /// `CreateLoginProfile`.
    pub fn create_login_profile(&self, at: &str) -> Record {
        self.call("CreateLoginProfile", at).with("/requestParameters/passwordResetRequired", false).with(
            "/responseElements/loginProfile",
            json!({
                "passwordResetRequired": false,
                "userName": self.name,
                "createDate": iam_date(at),
            }),
        )
    }

    /// `AttachUserPolicy`.
    pub fn attach_policy(&self, arn: &str, at: &str) -> Record {
        self.call("AttachUserPolicy", at).with("/requestParameters/policyArn", arn)
    }

    /// `DetachUserPolicy`.
    pub fn detach_policy(&self, arn: &str, at: &str) -> Record {
        self.call("DetachUserPolicy", at).with("/requestParameters/policyArn", arn)
    }

    /// `AttachUserPolicy` with the policy by which AWS quarantines a user whose credentials it found in public.
    pub fn quarantine(&self, at: &str) -> Record {
        self.attach_policy("arn:aws:iam::aws:policy/AWSCompromisedKeyQuarantineV4", at)
    }

    /// `PutUserPolicy`.
    pub fn put_policy(&self, policy: &str, document: &str, at: &str) -> Record {
        self.call("PutUserPolicy", at)
            .with("/requestParameters/policyName", policy)
            .with("/requestParameters/policyDocument", document)
    }

    /// `AddUserToGroup`.
    pub fn add_to_group(&self, group: &str, at: &str) -> Record {
        self.call("AddUserToGroup", at).with("/requestParameters/groupName", group)
    }

    fn call(&self, name: &str, at: &str) -> Record {
        Record::new("iam.amazonaws.com", name, at)
            .placed(&self.account, REGION)
            .with("/requestParameters/userName", self.name.as_str())
    }
}
