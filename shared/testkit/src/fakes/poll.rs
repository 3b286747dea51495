//! Polling futures by hand.

use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};

use crate::random::Random;

/// More polls than any test needs: whoever gets there hangs.
const ENDLESS: usize = 10_000_000;

/// Polls a future to its end.
///
/// # Panics
/// If it has no end.
pub fn run<F: Future>(future: F) -> F::Output {
    crash_after(ENDLESS, future).expect("the future has no end")
}

/// Polls a future at most `polls` times and then drops it, as a crash would; `None` if that was not enough. Over the
/// fakes each poll goes one point further, so that trying 0, 1, 2, … stops once at every point.
pub fn crash_after<F: Future>(polls: usize, future: F) -> Option<F::Output> {
    let mut future = pin!(future);
    let mut context = Context::from_waker(Waker::noop());
    for _ in 0..polls {
        if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
            return Some(output);
        }
    }
    None
}

/// Polls futures by turns, in an order that the seed draws, until all have ended; what they came to, in their order.
///
/// # Panics
/// If they have no end.
pub fn together<F: Future>(seed: u64, futures: impl IntoIterator<Item = F>) -> Vec<F::Output> {
    let mut random = Random::new(seed);
    let mut context = Context::from_waker(Waker::noop());
    let mut waiting: Vec<(usize, Pin<Box<F>>)> = futures.into_iter().map(Box::pin).enumerate().collect();
    let mut ended = Vec::with_capacity(waiting.len());
    for _ in 0..ENDLESS {
        if waiting.is_empty() {
            ended.sort_by_key(|(place, _)| *place);
            return ended.into_iter().map(|(_, output)| output).collect();
        }
        let turn = random.below(waiting.len() as u64) as usize;
        let (place, future) = &mut waiting[turn];
        if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
            ended.push((*place, output));
            drop(waiting.swap_remove(turn));
        }
    }
    panic!("{} futures have no end", waiting.len());
}
