//! The line between Keytrail and the world: where calls are counted and spoilt.

use std::fmt;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

/// A call that went over the wire.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// `ledger`, `iam`, `kms`, `sns`, `sqs` or `inventory`.
    pub service: &'static str,
    /// The trait's function: `commit`, `set_status`, …
    pub operation: &'static str,
    /// Whom it is about: a user, an item, …; for the ledger the first of several.
    pub about: String,
}

/// What goes wrong with a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mishap {
    /// The service is busy; nothing happened.
    Throttled,
    /// Nothing happened, and nothing was answered.
    Unreachable,
    /// It happened, and the answer was lost.
    AnswerLost,
    /// The service refuses it with this error code; nothing happened.
    Refused(&'static str),
}

type Spoiler = Box<dyn FnMut(&Call) -> Option<Mishap> + Send>;

#[derive(Default)]
struct State {
    calls: Vec<Call>,
    spoiler: Option<Spoiler>,
}

/// The line between Keytrail and the world. Unspoilt at first.
#[derive(Clone, Default)]
pub struct Wire(Arc<Mutex<State>>);

impl fmt::Debug for Wire {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Wire").field("calls", &self.state().calls.len()).finish_non_exhaustive()
    }
}

impl Wire {
    /// Asks `spoiler` about every call from now on.
    pub fn spoil(&self, spoiler: impl FnMut(&Call) -> Option<Mishap> + Send + 'static) {
        self.state().spoiler = Some(Box::new(spoiler));
    }

    /// Spoils the next `times` calls of one operation.
    pub fn spoil_next(&self, operation: &'static str, mut times: usize, mishap: Mishap) {
        self.spoil(move |call| {
            let hit = times > 0 && call.operation == operation;
            times -= usize::from(hit);
            hit.then_some(mishap)
        });
    }

    /// Spoils nothing from now on.
    pub fn mend(&self) {
        self.state().spoiler = None;
    }

    /// All calls, the spoilt ones too.
    pub fn calls(&self) -> Vec<Call> {
        self.state().calls.clone()
    }

    /// Begins a call: a point at which a crash leaves no effect, and then what goes wrong with it.
    pub(super) async fn begin(
        &self,
        service: &'static str,
        operation: &'static str,
        about: impl fmt::Display,
    ) -> Option<Mishap> {
        Point::default().await;
        let call = Call { service, operation, about: about.to_string() };
        let mut state = self.state();
        let mishap = state.spoiler.as_mut().and_then(|spoiler| spoiler(&call));
        state.calls.push(call);
        mishap
    }

    /// Ends a call: a point at which a crash leaves the effect.
    pub(super) async fn end(&self) {
        Point::default().await;
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Pending once.
#[derive(Default)]
struct Point(bool);

impl Future for Point {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        if std::mem::replace(&mut self.0, true) {
            return Poll::Ready(());
        }
        context.waker().wake_by_ref();
        Poll::Pending
    }
}
