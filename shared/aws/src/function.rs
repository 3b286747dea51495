//! What every function begins with: its environment, its log, AWS, and the ledger.

use keytrail_engine::time::Span;

use crate::dynamo::DynamoLedger;
use crate::policy::{Origin, Policies, PolicyError};
use crate::settings::Environment;
use crate::telemetry::{self, Metrics};
use crate::{AwsConfig, ConfigError, Members, SystemClock};

/// What every function begins with.
#[derive(Debug)]
pub struct Function {
    /// What it is told by its environment.
    pub environment: Environment<fn(&str) -> Option<String>>,
    /// AWS, as its role may use it.
    pub aws: AwsConfig,
    /// Its metrics.
    pub metrics: Metrics,
}

impl Function {
    /// Reads the environment of the process, and begins the log.
    ///
    /// # Errors
    /// [`ConfigError`] names the variable that is missing or can't be used.
    pub fn start() -> Result<Self, ConfigError> {
        let environment = Environment::of_process();
        telemetry::start_log(environment.log()?);
        let metrics = Metrics::of(&environment.function_name());
        Ok(Self { environment, aws: AwsConfig::from_env()?, metrics })
    }

    /// The ledger.
    ///
    /// # Errors
    /// [`ConfigError`] where no table is named.
    pub fn ledger(&self) -> Result<DynamoLedger, ConfigError> {
        Ok(DynamoLedger::new(self.aws.dynamodb(), &self.environment.table()?))
    }

    /// Other accounts, if they were told whom to let in.
    ///
    /// # Errors
    /// [`ConfigError`] where what they were told is no external id.
    pub fn members(&self) -> Result<Option<Members>, ConfigError> {
        Ok(self.environment.external_id()?.map(|external_id| Members::new(&self.aws, &external_id)))
    }

    /// The operator's policy, read again when it is older than `max_age`.
    ///
    /// # Errors
    /// [`PolicyError`] where none is good.
    pub async fn policies(&self, max_age: Span) -> Result<Policies<SystemClock>, PolicyError> {
        Policies::start(Origin::of(self.environment.policy(), &self.aws), max_age, SystemClock).await
    }
}
