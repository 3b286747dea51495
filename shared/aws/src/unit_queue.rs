//! Sweep's own queue.

use aws_sdk_sqs::Client;
use aws_sdk_sqs::types::SendMessageBatchRequestEntry;
use keytrail_engine::time::Span;
use keytrail_ledger::capability::{QueueError, UnitQueue};

use crate::{AwsConfig, Failure};

/// The most messages of one call.
///
/// Source: <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessageBatch.html>
const TOGETHER: usize = 10;

/// A queue of SQS.
#[derive(Clone, Debug)]
pub struct SqsUnitQueue {
    client: Client,
    url: Box<str>,
}

impl SqsUnitQueue {
    /// The queue at a URL.
    pub fn new(config: &AwsConfig, url: &str) -> Self {
        Self { client: config.sqs(), url: url.into() }
    }
}

impl UnitQueue for SqsUnitQueue {
    async fn send(&self, bodies: &[String], pause: Span) -> Result<(), QueueError> {
        let seconds = i32::try_from(pause.millis() / 1_000).unwrap_or(i32::MAX);
        for bodies in bodies.chunks(TOGETHER) {
            let entries = bodies.iter().enumerate().map(|(index, body)| {
                let entry = SendMessageBatchRequestEntry::builder().id(index.to_string()).message_body(body);
                entry.delay_seconds(seconds).build()
            });
            let entries = entries
                .collect::<Result<Vec<_>, _>>()
                .map_err(|error| QueueError { code: "ConstructionFailure".into(), source: error.into() })?;
            let call = self.client.send_message_batch().queue_url(&*self.url).set_entries(Some(entries));
            let sent = call.send().await.map_err(|error| {
                let failure = Failure::of(error);
                QueueError { code: failure.code, source: failure.source }
            })?;
            // A call may be answered with success and still have sent some only.
            if let Some(failed) = sent.failed().first() {
                let words = failed.message().unwrap_or_default().to_owned();
                return Err(QueueError { code: failed.code().into(), source: words.into() });
            }
        }
        Ok(())
    }
}
