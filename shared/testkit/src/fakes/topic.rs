//! A topic that keeps what is published.

use std::sync::{Arc, Mutex, PoisonError};

use keytrail_ledger::capability::{Message, PublishError, Publisher};

use super::wire::{Mishap, Wire};

/// A topic that keeps what is published.
#[derive(Clone, Debug, Default)]
pub struct FakeTopic {
    wire: Wire,
    published: Arc<Mutex<Vec<Message>>>,
}

impl FakeTopic {
    /// An empty topic at the end of a wire.
    pub fn new(wire: Wire) -> Self {
        Self { wire, published: Arc::default() }
    }

    /// What was published, in this order.
    pub fn published(&self) -> Vec<Message> {
        self.published.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Publisher for FakeTopic {
    async fn publish(&self, message: &Message) -> Result<(), PublishError> {
        let mishap = self.wire.begin("sns", "publish", &message.id).await;
        match mishap {
            Some(Mishap::Throttled) => return Err(PublishError::Later { source: "throttled".into() }),
            Some(Mishap::Unreachable) => return Err(PublishError::Later { source: "unreachable".into() }),
            Some(Mishap::Refused(code)) => {
                return Err(PublishError::Refused { code: code.into(), source: code.into() });
            }
            Some(Mishap::AnswerLost) | None => {}
        }
        self.published.lock().unwrap_or_else(PoisonError::into_inner).push(message.clone());
        self.wire.end().await;
        match mishap {
            Some(_) => Err(PublishError::Later { source: "the answer was lost".into() }),
            None => Ok(()),
        }
    }
}
