//! The topic of pages, and copies to other channels.

use keytrail_ledger::capability::{Message, PublishError, Publisher};

use super::{ChatTopic, EventBus, SnsTopic};

/// Where a message goes.
#[derive(Clone, Debug)]
pub struct Channels {
    /// The topic of pages. What it takes is told, and what it doesn't is tried again.
    pub pages: SnsTopic,
    /// An event bus.
    pub bus: Option<EventBus>,
    /// A topic for chats.
    pub chat: Option<ChatTopic>,
}

impl Publisher for Channels {
    /// Pages come first and count alone: a copy that fails after the clients' own retries is logged and not sent again, or
    /// everybody would be paged again for it.
    async fn publish(&self, message: &Message) -> Result<(), PublishError> {
        self.pages.publish(message).await?;
        let copies = [
            (
                "event bus",
                match &self.bus {
                    Some(bus) => bus.put(message).await,
                    None => Ok(()),
                },
            ),
            (
                "chat topic",
                match &self.chat {
                    Some(chat) => chat.publish(message).await,
                    None => Ok(()),
                },
            ),
        ];
        for (channel, sent) in copies {
            if let Err(error) = sent {
                tracing::error!(message = %message.id, channel, error = %error, "a copy could not be sent");
            }
        }
        Ok(())
    }
}
