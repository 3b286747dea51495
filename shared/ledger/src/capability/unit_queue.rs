//! The queue through which sweep asks itself for work. Only sweep holds it.

use keytrail_engine::time::Span;

use crate::error::BoxError;

/// Why messages could not be sent. Some of them may have been; whoever gave the work gives it again.
#[derive(Debug, thiserror::Error)]
#[error("the queue doesn't take a message: {code}")]
pub struct QueueError {
    /// The queue's error code; hostile text.
    pub code: Box<str>,
    /// The queue's words.
    #[source]
    pub source: BoxError,
}

/// Sends messages to sweep's own queue.
pub trait UnitQueue: Send + Sync {
    /// Sends messages, any number, each delivered at least once and not before the pause is over (at most 15 minutes,
    /// in whole seconds).
    fn send(&self, bodies: &[String], pause: Span) -> impl Future<Output = Result<(), QueueError>> + Send;
}
