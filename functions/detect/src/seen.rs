//! What a batch of events told, in numbers: for people who look at a dashboard, and for nothing else.

use keytrail_engine::event::{Event, What};
use keytrail_engine::time::{Span, Time};

/// Numbers about a batch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    /// Bearer calls.
    pub calls: usize,
    /// Those of them that AWS refused.
    pub calls_denied: usize,
    /// How long ago the earliest event happened. `None` where no event has a time.
    pub lag: Option<Span>,
}

impl Seen {
    /// Counts.
    pub(crate) fn of(events: &[Event], now: Time) -> Self {
        let calls = || {
            events.iter().filter_map(|event| match &event.what {
                What::BearerCall(call) => Some(call),
                _ => None,
            })
        };
        Self {
            calls: calls().count(),
            calls_denied: calls().filter(|call| call.denied.is_some()).count(),
            lag: events.iter().filter_map(|event| event.time).min().map(|earliest| now.since(earliest)),
        }
    }
}
