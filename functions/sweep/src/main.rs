//! The Lambda function `sweep`: wiring, and nothing else.

// The SDK's futures are nested deeper than the compiler looks by itself.
#![recursion_limit = "256"]

use std::process::ExitCode;

use keytrail_aws::{AwsInventory, Function, SqsUnitQueue, SystemClock, telemetry};
use keytrail_engine::time::Span;
use keytrail_ledger::capability::Clock;
use keytrail_sweep::{Delivery, Sweep};
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
    let (ledger, policies) = (function.ledger()?, function.policies(POLICY_AGE).await?);
    let members = function.members()?;
    let reaches_members = members.is_some();
    let inventory = AwsInventory::new(&function.aws).with_members(members);
    let sweep = Sweep { ledger, inventory, policies, clock: SystemClock };
    let queue = SqsUnitQueue::new(&function.aws, &function.environment.sweep_queue()?);
    let delivery = Delivery { sweep, queue, regions: function.environment.sweep_regions()?, reaches_members };
    let (delivery, metrics) = (&delivery, &function.metrics);
    run(service_fn(move |event: LambdaEvent<Box<RawValue>>| async move {
        let (arn, deadline) = (&event.context.invoked_function_arn, event.context.deadline);
        let (response, counts) = delivery.invocation(&event.payload, arn, deadline).await?;
        metrics.count(&counts, SystemClock.now());
        Ok::<_, Error>(response)
    }))
    .await
}
