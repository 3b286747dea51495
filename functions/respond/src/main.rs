//! The Lambda function `respond`: wiring, and nothing else.

// The SDK's futures are nested deeper than the compiler looks by itself.
#![recursion_limit = "256"]

use std::process::ExitCode;

use keytrail_aws::actions::IamAdmin;
use keytrail_aws::dynamo::DynamoLedger;
use keytrail_aws::policy::{Origin, Policies};
use keytrail_aws::settings::Environment;
use keytrail_aws::stream::StreamEvent;
use keytrail_aws::telemetry::{self, Metrics};
use keytrail_aws::{AwsConfig, SystemClock};
use keytrail_engine::time::Span;
use keytrail_ledger::capability::Clock;
use keytrail_respond::Respond;
use lambda_runtime::{Error, LambdaEvent, run, service_fn};

/// The policy is read again before every action.
const POLICY_AGE: Span = Span::seconds(0);

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    telemetry::exit_code(&start().await)
}

async fn start() -> Result<(), Error> {
    let environment = Environment::of_process();
    telemetry::start_log(environment.log()?);
    let (aws, metrics) = (AwsConfig::from_env()?, Metrics::of(&environment.function_name()));
    let deny_policy = environment.deny_policy()?;
    let respond = Respond {
        ledger: DynamoLedger::new(aws.dynamodb(), &environment.table()?),
        admin: IamAdmin::new(aws.iam(), deny_policy.policy),
        account: deny_policy.account,
        policies: Policies::start(Origin::of(environment.policy(), &aws), POLICY_AGE, SystemClock).await?,
        clock: SystemClock,
    };
    let (respond, metrics) = (&respond, &metrics);
    run(service_fn(move |event: LambdaEvent<StreamEvent>| async move {
        let (response, counts) = respond.stream(&event.payload).await;
        metrics.count(&counts, SystemClock.now());
        Ok::<_, Error>(response)
    }))
    .await
}
