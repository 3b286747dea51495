//! Publishing to the topic. Only notify holds it.

use crate::error::BoxError;

pub use keytrail_engine::render::Message;

/// What can go wrong with publishing, by what the caller does next.
#[derive(Debug, thiserror::Error)]
pub enum PublishError {
    /// Throttled, unreachable or a fault of the service: the same again, later.
    #[error("SNS asks for a pause")]
    Later {
        /// SNS's words.
        #[source]
        source: BoxError,
    },
    /// SNS refuses the message or the caller: it would fail again until somebody repairs it.
    #[error("SNS refuses the message: {code}")]
    Refused {
        /// SNS's error code.
        code: Box<str>,
        /// SNS's words.
        #[source]
        source: BoxError,
    },
}

/// Publishes to the topic.
pub trait Publisher: Send + Sync {
    /// Publishes a message, once or (where the answer is lost) more than once.
    fn publish(&self, message: &Message) -> impl Future<Output = Result<(), PublishError>> + Send;
}
