//! Log groups and the stored query results: associations, retention, bearer authentication.
//!
//! Nobody has published these records but `CreateLogGroup`. CloudWatch Logs copies its requests as they are; their
//! fields are those of <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_Operations.html>.

use serde_json::{Value, json};

use super::{ACCOUNT, KmsKey, REGION, Record};

/// A log group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogGroup {
    account: String,
    region: String,
    name: String,
}

/// By which of its parameters `AssociateKmsKey` names the log target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AssociateBy {
    /// `logGroupName`.
    LogGroupName,
    /// `resourceIdentifier` with the log group's ARN.
    ResourceIdentifier,
    /// `resourceIdentifier` with `query-result:*`: the query results of the account and region.
    QueryResults,
}

impl LogGroup {
    /// The log group `name` in the default account and region.
    pub fn new(name: &str) -> Self {
        Self { account: ACCOUNT.to_owned(), region: REGION.to_owned(), name: name.to_owned() }
    }

    /// In another account and region.
    pub fn placed(self, account: &str, region: &str) -> Self {
        Self { account: account.to_owned(), region: region.to_owned(), ..self }
    }

    /// The log group's ARN.
    pub fn arn(&self) -> String {
        format!("arn:aws:logs:{}:{}:log-group:{}", self.region, self.account, self.name)
    }

    /// `CreateLogGroup`, with a KMS key or without.
    pub fn create(&self, key: Option<&KmsKey>, at: &str) -> Record {
        let record = self.named("CreateLogGroup", at);
        match key {
            Some(key) => record.with("/requestParameters/kmsKeyId", key.arn()),
            None => record,
        }
    }

    /// `DeleteLogGroup`.
    pub fn delete(&self, at: &str) -> Record {
        self.named("DeleteLogGroup", at)
    }

    /// `AssociateKmsKey`.
    pub fn associate(&self, by: AssociateBy, key: &KmsKey, at: &str) -> Record {
        self.call("AssociateKmsKey", at)
            .with("/requestParameters", self.target(by))
            .with("/requestParameters/kmsKeyId", key.arn())
    }

    /// `DisassociateKmsKey`, which doesn't say from which KMS key.
    pub fn disassociate(&self, by: AssociateBy, at: &str) -> Record {
        self.call("DisassociateKmsKey", at).with("/requestParameters", self.target(by))
    }

    /// `PutRetentionPolicy`.
    pub fn put_retention(&self, days: u32, at: &str) -> Record {
        self.named("PutRetentionPolicy", at).with("/requestParameters/retentionInDays", days)
    }

    /// `DeleteRetentionPolicy`: events are kept for ever.
    pub fn delete_retention(&self, at: &str) -> Record {
        self.named("DeleteRetentionPolicy", at)
    }

    /// `PutBearerTokenAuthentication`.
    pub fn put_bearer_token_authentication(&self, enabled: bool, at: &str) -> Record {
        self.call("PutBearerTokenAuthentication", at).with(
            "/requestParameters",
            json!({ "logGroupIdentifier": self.name, "bearerTokenAuthenticationEnabled": enabled }),
        )
    }

    fn target(&self, by: AssociateBy) -> Value {
        match by {
            AssociateBy::LogGroupName => json!({ "logGroupName": self.name }),
            AssociateBy::ResourceIdentifier => json!({ "resourceIdentifier": self.arn() }),
            AssociateBy::QueryResults => json!({
                "resourceIdentifier": format!("arn:aws:logs:{}:{}:query-result:*", self.region, self.account),
            }),
        }
    }

    fn named(&self, name: &str, at: &str) -> Record {
        self.call(name, at).with("/requestParameters/logGroupName", self.name.as_str())
    }

    fn call(&self, name: &str, at: &str) -> Record {
        Record::new("logs.amazonaws.com", name, at)
            .placed(&self.account, &self.region)
            .agent("aws-cli/2.27.41 md/command#logs")
            .with("/apiVersion", "20140328")
    }
}

/// `DisassociateKmsKey` of the query results in the default account and region.
pub fn disassociate_query_results(at: &str) -> Record {
    LogGroup::new("").disassociate(AssociateBy::QueryResults, at)
}
