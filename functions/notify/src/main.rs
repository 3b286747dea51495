//! The Lambda function `notify`: wiring, and nothing else.

// The SDK's futures are nested deeper than the compiler looks by itself.
#![recursion_limit = "256"]

use std::process::ExitCode;

use keytrail_aws::channels::{Channels, ChatTopic, EventBus, SnsTopic};
use keytrail_aws::json_call::EVENTS;
use keytrail_aws::stream::StreamEvent;
use keytrail_aws::{Function, SystemClock, telemetry};
use keytrail_ledger::capability::Clock;
use keytrail_notify::Notify;
use lambda_runtime::{Error, LambdaEvent, run, service_fn};

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    telemetry::exit_code(&start().await)
}

async fn start() -> Result<(), Error> {
    let function = Function::start()?;
    let (aws, told) = (&function.aws, &function.environment);
    let publisher = Channels {
        pages: SnsTopic::new(aws.sns(), &told.topic()?),
        bus: told.event_bus()?.map(|arn| EventBus::new(aws.json(EVENTS), &arn)),
        chat: told.chat_topic()?.map(|arn| ChatTopic::new(aws.sns(), &arn)),
    };
    let notify = Notify { ledger: function.ledger()?, publisher, clock: SystemClock };
    let (notify, metrics) = (&notify, &function.metrics);
    run(service_fn(move |event: LambdaEvent<StreamEvent>| async move {
        let (response, counts) = notify.stream(&event.payload).await;
        metrics.count(&counts, SystemClock.now());
        Ok::<_, Error>(response)
    }))
    .await
}
