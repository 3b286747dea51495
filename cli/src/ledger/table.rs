//! The functions' ledger, in their DynamoDB table.

use anyhow::Context as _;
use keytrail_aws::dynamo::DynamoLedger;
use keytrail_aws::json_call::{JsonClient, JsonService};
use keytrail_aws::{AwsConfig, CallerIdentity};
use keytrail_engine::impact::Usage;
use keytrail_engine::subject::SubjectId;

use super::credentials;
use crate::args::place::Aws;

/// A table, and who asks for it. A runtime comes only with it: what works on files needs none.
pub(crate) struct Table {
    runtime: tokio::runtime::Runtime,
    aws: AwsConfig,
    name: String,
    /// The ledger.
    pub(crate) ledger: DynamoLedger,
}

impl Table {
    /// Makes the clients. Nothing is asked of AWS yet.
    pub(crate) fn open(name: &str, asked: &Aws) -> anyhow::Result<Self> {
        let aws = credentials::config(asked)?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let ledger = DynamoLedger::new(aws.dynamodb(), name);
        Ok(Self { runtime: runtime.context("cannot start")?, aws, name: name.into(), ledger })
    }

    /// Runs something to its end. An error says which table it was.
    pub(crate) fn run<T, E: Into<anyhow::Error>>(
        &self,
        future: impl Future<Output = Result<T, E>>,
    ) -> anyhow::Result<T> {
        let outcome = self.runtime.block_on(future).map_err(Into::into);
        outcome.with_context(|| format!("cannot use the {}", self.place()))
    }

    /// Whose credentials these are, as AWS sees it.
    pub(crate) fn caller(&self) -> anyhow::Result<CallerIdentity> {
        self.runtime.block_on(self.aws.caller()).context("STS does not say whose credentials these are")
    }

    /// When KMS says that a key was last used. That it doesn't say is an answer too.
    pub(crate) fn last_usage(&self, key: &SubjectId) -> Usage {
        match self.runtime.block_on(keytrail_aws::last_usage(&self.aws, key)) {
            Ok(told) => Usage::Told(told),
            Err(failure) => Usage::Refused { code: failure.code },
        }
    }

    /// A client of a service that speaks JSON.
    pub(crate) fn json(&self, service: JsonService) -> JsonClient {
        self.aws.json(service)
    }

    /// The table, as people find it.
    pub(crate) fn place(&self) -> String {
        format!("table {} in {}", self.name, self.aws.region())
    }
}
