//! A queue that keeps what is sent.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use keytrail_engine::time::Span;
use keytrail_ledger::capability::{QueueError, UnitQueue};

use super::wire::{Mishap, Wire};

/// A queue that keeps what is sent.
#[derive(Clone, Debug, Default)]
pub struct FakeQueue {
    wire: Wire,
    messages: Arc<Mutex<VecDeque<(String, Span)>>>,
}

impl FakeQueue {
    /// An empty queue at the end of a wire.
    pub fn new(wire: Wire) -> Self {
        Self { wire, messages: Arc::default() }
    }

    /// Takes the message that was sent first, with its pause; `None` from an empty queue.
    pub fn take(&self) -> Option<(String, Span)> {
        self.lock().pop_front()
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<(String, Span)>> {
        self.messages.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl UnitQueue for FakeQueue {
    async fn send(&self, bodies: &[String], pause: Span) -> Result<(), QueueError> {
        let failed = |code: &str| Err(QueueError { code: code.into(), source: code.into() });
        let mishap = self.wire.begin("sqs", "send", bodies.len()).await;
        match mishap {
            Some(Mishap::Throttled) => return failed("Throttled"),
            Some(Mishap::Unreachable) => return failed("Unreachable"),
            Some(Mishap::Refused(code)) => return failed(code),
            Some(Mishap::AnswerLost) | None => {}
        }
        self.lock().extend(bodies.iter().map(|body| (body.clone(), pause)));
        self.wire.end().await;
        if mishap.is_some() { failed("AnswerLost") } else { Ok(()) }
    }
}
