//! Publishing to the topic. Only notify holds it.

use std::collections::BTreeMap;

use crate::error::BoxError;

/// A message for the topic, in every protocol's form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// The notice's id: a repeat carries the same.
    pub id: Box<str>,
    /// The subject of an email: at most 100 printable ASCII characters, without line breaks.
    ///
    /// Source: <https://docs.aws.amazon.com/sns/latest/api/API_Publish.html>
    pub subject: String,
    /// The text of an email, and of every protocol that has no form of its own.
    pub text: String,
    /// The text of an SMS.
    pub short: String,
    /// The JSON for queues, functions and https endpoints.
    pub json: String,
    /// Attributes for subscription filters: severity, rule, kind, account, region.
    pub attributes: BTreeMap<&'static str, String>,
}

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
