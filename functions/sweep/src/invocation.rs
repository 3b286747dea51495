//! One invocation: the scheduler's call, or messages of sweep's own queue.

use keytrail_aws::queue::{self, BatchResponse, QueueMessage, batch_response};
use keytrail_aws::telemetry::Count;
use keytrail_engine::time::{Span, Time};
use keytrail_ledger::capability::{Clock, Inventory, PolicySource, UnitQueue};
use keytrail_ledger::{Ledger, Slots};
use serde_json::value::RawValue;

use crate::{CallError, Called, Delivery, Home, MessageError, Taken};

/// Before its end an invocation begins no other page: a call of AWS takes at most 12 seconds with its retries, and so does one
/// of the ledger.
const MARGIN: Span = Span::seconds(30);

/// Why an invocation as a whole failed. Lambda then repeats it, or the next tick does.
#[derive(Debug, thiserror::Error)]
pub enum InvocationError {
    /// The payload says that it is a batch of SQS, and has another form.
    #[error("the batch is not as SQS makes it: {0}")]
    NoBatch(#[source] serde_json::Error),
    /// Lambda says where the function is, in a way that can't be understood.
    #[error("the ARN of the function can't be read, which says what account and region are swept")]
    Nowhere,
    /// The scheduler's call came to nothing.
    #[error(transparent)]
    Call(#[from] CallError),
}

impl<L, I, P, C, Q> Delivery<L, I, P, C, Q>
where
    L: Ledger + Slots,
    I: Inventory,
    P: PolicySource,
    C: Clock,
    Q: UnitQueue,
{
    /// Does what an invocation asks for, which is cut off at `deadline` (epoch milliseconds). Says which messages the queue is to deliver again, and what was counted.
    ///
    /// # Errors
    /// Where no single message can be given back.
    pub async fn invocation(
        &self,
        payload: &RawValue,
        function_arn: &str,
        deadline: u64,
    ) -> Result<(BatchResponse, Vec<Count>), InvocationError> {
        let until = Time::from_millis(i64::try_from(deadline).unwrap_or_default()) - MARGIN;
        let home = Home::of_function(function_arn).ok_or(InvocationError::Nowhere)?;
        match queue::delivery(payload).map_err(InvocationError::NoBatch)? {
            queue::Delivery::Batch(messages) => Ok(self.messages(&messages, &home, until).await),
            queue::Delivery::Direct(text) => {
                let counts = match self.call(&text, &home).await? {
                    Called::Ticked(tick) => vec![
                        ("Heartbeat", 1),
                        ("ItemsDriven", tick.driven as u64),
                        ("ItemsDamaged", tick.damaged as u64),
                        ("PolicyBroken", tick.policy_broken.into()),
                        ("LedgerPaused", tick.paused.into()),
                    ],
                    Called::AskedFor { units } => vec![("UnitsAskedFor", units as u64)],
                };
                Ok((batch_response([]), counts))
            }
        }
    }

    async fn messages(
        &self,
        messages: &[QueueMessage],
        home: &Home,
        until: Time,
    ) -> (BatchResponse, Vec<Count>) {
        let (mut whole, mut paused, mut failed) = (0, 0, Vec::new());
        for (index, message) in messages.iter().enumerate() {
            // Each reads one page at least, for which there is no time left.
            if index > 0 && self.sweep.clock.now() >= until {
                failed.push(message.id.clone());
                continue;
            }
            match self.message(&message.body, home, until).await {
                Ok(Taken::Whole) => whole += 1,
                Ok(Taken::Paused) => paused += 1,
                Ok(Taken::Continued) => {}
                Err(error) => {
                    say(&error, &message.id);
                    failed.push(message.id.clone());
                }
            }
        }
        let counts =
            vec![("UnitsWhole", whole), ("UnitsPaused", paused), ("UnitsFailed", failed.len() as u64)];
        (batch_response(failed), counts)
    }
}

fn say(error: &MessageError, message: &str) {
    tracing::error!(
        message_id = message,
        error = error as &dyn std::error::Error,
        "a unit goes back to the queue"
    );
}
