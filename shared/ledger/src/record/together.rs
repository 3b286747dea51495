//! Several futures at once, without a runtime.

use std::future::poll_fn;
use std::pin::Pin;
use std::task::Poll;

/// How many are under way at once.
const AT_ONCE: usize = 16;

/// Runs futures at once, a few at a time, and gives their answers in the order of the futures.
///
/// Every wake polls all that are under way: fine for a few, which is what it is for.
pub(crate) async fn together<F: Future>(work: Vec<F>) -> Vec<F::Output> {
    let mut answers: Vec<Option<F::Output>> = work.iter().map(|_| None).collect();
    let mut waiting = work.into_iter().enumerate();
    let mut running: Vec<(usize, Pin<Box<F>>)> = Vec::new();
    poll_fn(|context| {
        loop {
            let room = AT_ONCE.saturating_sub(running.len());
            let fresh: Vec<_> =
                waiting.by_ref().take(room).map(|(index, work)| (index, Box::pin(work))).collect();
            running.extend(fresh);
            let before = running.len();
            running.retain_mut(|(index, work)| match work.as_mut().poll(context) {
                Poll::Pending => true,
                Poll::Ready(answer) => {
                    if let Some(place) = answers.get_mut(*index) {
                        *place = Some(answer);
                    }
                    false
                }
            });
            if running.len() == before {
                return if running.is_empty() { Poll::Ready(()) } else { Poll::Pending };
            }
        }
    })
    .await;
    answers.into_iter().flatten().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::task::{Context, Waker};

    /// Is ready after so many polls, and wakes itself meanwhile.
    fn after(polls: usize) -> impl Future<Output = usize> {
        let mut left = polls;
        poll_fn(move |context| {
            context.waker().wake_by_ref();
            match left.checked_sub(1) {
                Some(fewer) => {
                    left = fewer;
                    Poll::Pending
                }
                None => Poll::Ready(polls),
            }
        })
    }

    #[test]
    fn answers_come_in_the_order_of_the_futures() {
        for count in [0, 1, AT_ONCE, AT_ONCE + 1, 5 * AT_ONCE] {
            let polls: Vec<usize> = (0..count).map(|n| (n * 7) % 5).collect();
            let mut all = Box::pin(together(polls.iter().map(|polls| after(*polls)).collect()));
            let mut context = Context::from_waker(Waker::noop());
            let answers = (0..1_000).find_map(|_| match all.as_mut().poll(&mut context) {
                Poll::Ready(answers) => Some(answers),
                Poll::Pending => None,
            });
            assert_eq!(answers, Some(polls));
        }
    }
}
