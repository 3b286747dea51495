//! Messages to a topic that Amazon Q Developer in chat applications reads, for Slack and Microsoft Teams.
//!
//! It is a topic of its own: what https endpoints of the topic of pages get is JSON of another form.

use aws_sdk_sns::Client;
use keytrail_ledger::capability::{Message, PublishError};

use crate::Failure;

/// A topic.
#[derive(Clone, Debug)]
pub struct ChatTopic {
    client: Client,
    arn: Box<str>,
}

impl ChatTopic {
    /// The topic of an ARN.
    pub fn new(client: Client, arn: &str) -> Self {
        Self { client, arn: arn.into() }
    }

    /// Publishes a message.
    ///
    /// # Errors
    /// [`PublishError`].
    pub async fn publish(&self, message: &Message) -> Result<(), PublishError> {
        let call = self.client.publish().topic_arn(&*self.arn).message(&message.chat);
        call.send().await.map(drop).map_err(|error| Failure::of(error).into())
    }
}
