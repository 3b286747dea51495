//! One invocation: a batch of the control queue or the usage queue, or one envelope from whoever invokes the function.

use std::collections::BTreeMap;

use keytrail_aws::queue::{BatchResponse, Delivery, batch_response, delivery};
use keytrail_aws::telemetry::Count;
use keytrail_ledger::capability::{Clock, PolicySource};
use keytrail_ledger::{Ledger, Slots};
use serde_json::value::RawValue;

use crate::{Detect, Handled, Message};

/// Why an invocation as a whole failed. Lambda then repeats it.
#[derive(Debug, thiserror::Error)]
pub enum InvocationError {
    /// The payload says that it is a batch of SQS, and has another form.
    #[error("the batch is not as SQS makes it: {0}")]
    NoBatch(#[source] serde_json::Error),
    /// One event, and it could not be recorded. The log says why.
    #[error("the event could not be recorded; the log says why")]
    NotRecorded,
}

impl<L, P, C> Detect<L, P, C>
where
    L: Ledger + Slots,
    P: PolicySource,
    C: Clock,
{
    /// Takes in what an invocation brings. Says what the queue is to do, and what was counted.
    ///
    /// # Errors
    /// Where no single message can be given back.
    pub async fn invocation(&self, payload: &RawValue) -> Result<(BatchResponse, Counted), InvocationError> {
        let (messages, direct) = match delivery(payload).map_err(InvocationError::NoBatch)? {
            Delivery::Batch(batch) => {
                (batch.into_iter().map(|it| Message { id: it.id, body: it.body }).collect(), false)
            }
            Delivery::Direct(body) => (vec![Message { id: String::new(), body }], true),
        };
        let handled = self.handle(&messages).await;
        if direct && !handled.failed.is_empty() {
            return Err(InvocationError::NotRecorded);
        }
        let counted = Counted::of(messages.len(), &handled);
        Ok((batch_response(handled.failed), counted))
    }
}

/// What was counted in an invocation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counted {
    /// By the metric's name.
    pub counts: Vec<Count>,
    /// Findings that fired, by rule.
    pub fired: BTreeMap<Box<str>, u64>,
}

impl Counted {
    fn of(messages: usize, handled: &Handled) -> Self {
        let counted = [
            ("Messages", messages),
            ("MessagesGivenBack", handled.failed.len()),
            ("RecordsUnderstood", handled.understood),
            ("RecordsIgnored", handled.ignored),
            ("RecordsUnresolved", handled.unresolved),
            ("TextsParked", handled.parked),
            ("Calls", handled.seen.calls),
            ("CallsDenied", handled.seen.calls_denied),
            ("ActionsDecided", handled.recorded.actions.len()),
        ];
        let mut counts: Vec<Count> = counted.into_iter().map(|(name, count)| (name, count as u64)).collect();
        // A clock that is behind the record's makes no lag.
        counts.extend(
            handled.seen.lag.map(|lag| ("LagMilliseconds", u64::try_from(lag.millis()).unwrap_or(0))),
        );
        let mut fired = BTreeMap::new();
        for finding in &handled.recorded.fired {
            *fired.entry(finding.rule.clone()).or_default() += 1;
        }
        Self { counts, fired }
    }
}
