//! The Lambda function `rescue`: wiring, and nothing else.

// The SDK's futures are nested deeper than the compiler looks by itself.
#![recursion_limit = "256"]

use std::process::ExitCode;

use keytrail_aws::actions::KmsAdmin;
use keytrail_aws::{Function, SystemClock, telemetry};
use keytrail_engine::time::Span;
use keytrail_ledger::capability::Clock;
use keytrail_rescue::Rescue;
use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use serde_json::Value;

/// The policy is read again before every action.
const POLICY_AGE: Span = Span::seconds(0);

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    telemetry::exit_code(&start().await)
}

async fn start() -> Result<(), Error> {
    let function = Function::start()?;
    let account = function.environment.account()?;
    let admin = KmsAdmin::new(function.aws.clone());
    let (ledger, policies) = (function.ledger()?, function.policies(POLICY_AGE).await?);
    let rescue = Rescue { ledger, admin, account, policies, clock: SystemClock };
    let (rescue, metrics) = (&rescue, &function.metrics);
    run(service_fn(move |event: LambdaEvent<Value>| async move {
        let counts = rescue.tick(event.context.deadline).await?;
        metrics.count(&counts, SystemClock.now());
        Ok::<_, Error>(())
    }))
    .await
}
