//! The Lambda function `notify`: wiring, and nothing else.

// The SDK's futures are nested deeper than the compiler looks by itself.
#![recursion_limit = "256"]

use std::process::ExitCode;

use keytrail_aws::channels::SnsTopic;
use keytrail_aws::dynamo::DynamoLedger;
use keytrail_aws::settings::Environment;
use keytrail_aws::stream::StreamEvent;
use keytrail_aws::telemetry::{self, Metrics};
use keytrail_aws::{AwsConfig, SystemClock};
use keytrail_ledger::capability::Clock;
use keytrail_notify::Notify;
use lambda_runtime::{Error, LambdaEvent, run, service_fn};

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    telemetry::exit_code(&start().await)
}

async fn start() -> Result<(), Error> {
    let environment = Environment::of_process();
    telemetry::start_log(environment.log()?);
    let (aws, metrics) = (AwsConfig::from_env()?, Metrics::of(&environment.function_name()));
    let notify = Notify {
        ledger: DynamoLedger::new(aws.dynamodb(), &environment.table()?),
        publisher: SnsTopic::new(aws.sns(), &environment.topic()?),
        clock: SystemClock,
    };
    let (notify, metrics) = (&notify, &metrics);
    run(service_fn(move |event: LambdaEvent<StreamEvent>| async move {
        let (response, counts) = notify.stream(&event.payload).await;
        metrics.count(&counts, SystemClock.now());
        Ok::<_, Error>(response)
    }))
    .await
}
