//! The Lambda function `detect`: wiring, and nothing else.

// The SDK's futures are nested deeper than the compiler looks by itself.
#![recursion_limit = "256"]

use std::process::ExitCode;

use keytrail_aws::{Function, SystemClock, telemetry};
use keytrail_detect::Detect;
use keytrail_engine::time::Span;
use keytrail_ledger::capability::Clock;
use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use serde_json::value::RawValue;

/// A change of the policy is heard within this time. What is done about a finding is decided again by respond.
const POLICY_AGE: Span = Span::seconds(60);

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    telemetry::exit_code(&start().await)
}

async fn start() -> Result<(), Error> {
    let function = Function::start()?;
    let policies = function.policies(POLICY_AGE).await?;
    let detect = Detect { ledger: function.ledger()?, policies, clock: SystemClock };
    let (detect, metrics) = (&detect, &function.metrics);
    run(service_fn(move |event: LambdaEvent<Box<RawValue>>| async move {
        let (response, counted) = detect.invocation(&event.payload).await?;
        metrics.count(&counted.counts, SystemClock.now());
        let fired = counted.fired.iter().map(|(rule, count)| (&**rule, *count));
        metrics.count_by("FindingsFired", "Rule", fired, SystemClock.now());
        Ok::<_, Error>(response)
    }))
    .await
}
