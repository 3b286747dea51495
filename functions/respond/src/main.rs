//! The Lambda function `respond`: wiring, and nothing else.

// The SDK's futures are nested deeper than the compiler looks by itself.
#![recursion_limit = "256"]

use std::process::ExitCode;

use keytrail_aws::actions::IamAdmin;
use keytrail_aws::stream::StreamEvent;
use keytrail_aws::{Function, SystemClock, telemetry};
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
    let function = Function::start()?;
    let deny = function.environment.deny_policy()?;
    let admin = IamAdmin::new(function.aws.iam(), deny.policy);
    let (ledger, policies) = (function.ledger()?, function.policies(POLICY_AGE).await?);
    let respond = Respond {
        ledger,
        admin,
        account: deny.account,
        policies,
        clock: SystemClock,
        rescue_is_deployed: function.environment.rescue_is_deployed(),
    };
    let (respond, metrics) = (&respond, &function.metrics);
    run(service_fn(move |event: LambdaEvent<StreamEvent>| async move {
        let (response, counts) = respond.stream(&event.payload).await;
        metrics.count(&counts, SystemClock.now());
        Ok::<_, Error>(response)
    }))
    .await
}
