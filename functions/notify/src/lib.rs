//! Tells people: the only holder of `sns:Publish`.
//!
//! A notice is leased before it is published and marked done after. A crash between the two, or a lease that runs
//! out, is the only window in which it is published again, with the same id and text. What is told together with others
//! ([`keytrail_engine::incident`]) is leased and ended together.

mod together;

use keytrail_aws::stream::{StreamEvent, StreamResponse, each_item};
use keytrail_aws::telemetry::Count;
use keytrail_engine::notice::{Notice, Outcome};
use keytrail_engine::render;
use keytrail_engine::time::{Span, Time};
use keytrail_ledger::capability::{Clock, PublishError, Publisher};
use keytrail_ledger::{Body, Commit, ItemId, Ledger, LedgerError, Slots, State, StoredItem};
use together::Turn;

/// What notify works with.
pub struct Notify<L, P, C> {
    /// The ledger.
    pub ledger: L,
    /// The topic.
    pub publisher: P,
    /// The time.
    pub clock: C,
}

/// For how long a notice is one publisher's own. Longer than any invocation lives.
pub const LEASE: Span = Span::seconds(90);

/// How often it is written down that a notice is told, where another transaction is in the way.
const TRIES: usize = 8;

/// How soon a notice is tried again after SNS asked for a pause.
const AGAIN: Span = Span::seconds(30);

/// How soon a notice is tried again that SNS refuses: somebody has to repair the topic, its key or the role.
const AGAIN_WHEN_REFUSED: Span = Span::minutes(5);

/// What became of a notice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// There is nothing to do: it is no notice, is gone, is told, or is another publisher's for now.
    Nothing,
    /// It was published.
    Told,
    /// It waits until then.
    Waits(Time),
}

impl<L: Ledger + Slots, P: Publisher, C: Clock> Notify<L, P, C> {
    /// Publishes every notice that a batch of the table's stream tells of.
    /// Says where the stream goes on, and what was counted.
    pub async fn stream(&self, event: &StreamEvent) -> (StreamResponse, Vec<Count>) {
        let (response, answers) = each_item(event, async |id| self.handle(id).await).await;
        (response, counts(&answers))
    }

    /// Publishes one notice of the outbox.
    ///
    /// # Errors
    /// Those of the ledger; whoever asked asks again.
    pub async fn handle(&self, id: &ItemId) -> Result<Answer, LedgerError> {
        let now = self.clock.now();
        let Some(stored) = self.read(id).await? else { return Ok(Answer::Nothing) };
        let Body::Notice(notice) = &stored.item.body else { return Ok(Answer::Nothing) };
        match stored.item.state {
            State::Pending => {}
            State::Waiting { due } if due <= now => {}
            State::Waiting { due } => return Ok(Answer::Waits(due)),
            _ => return Ok(Answer::Nothing),
        }
        match self.turn(notice, now).await? {
            Turn::Alone => self.alone(&stored, notice, now).await,
            Turn::Waits(due) => {
                self.move_on(&stored, State::Waiting { due }, None).await?;
                Ok(Answer::Waits(due))
            }
            Turn::Together(group) => self.together(&group, now).await,
        }
    }

    async fn alone(&self, stored: &StoredItem, notice: &Notice, now: Time) -> Result<Answer, LedgerError> {
        let until = now + LEASE;
        if !self.move_on(stored, State::Waiting { due: until }, None).await? || self.clock.now() >= until {
            return Ok(Answer::Nothing);
        }
        // The lease made a version of its own, by which the end is written: who came after it has another.
        let leased = StoredItem { version: stored.version.next(), item: stored.item.clone() };
        match self.publisher.publish(&render::message(notice)).await {
            Ok(()) => self.end(&leased, notice).await,
            Err(error) => self.postpone(&leased, notice, &error).await,
        }
    }

    async fn read(&self, id: &ItemId) -> Result<Option<StoredItem>, LedgerError> {
        Ok(self.ledger.items(std::slice::from_ref(id)).await?.into_iter().next())
    }

    async fn end(&self, leased: &StoredItem, notice: &Notice) -> Result<Answer, LedgerError> {
        for _ in 0..TRIES {
            if self.move_on(leased, State::Done, None).await? {
                break;
            }
            // DynamoDB refuses a transaction that meets another one, though it would change nothing of the item: while
            // the lease is ours it is for us to say that the notice is told, or somebody would tell it again.
            let now = self.read(&leased.item.id()).await?;
            if now.is_none_or(|now| now.version != leased.version) {
                break;
            }
        }
        tracing::info!(notice = %notice.id, "told");
        Ok(Answer::Told)
    }

    async fn postpone(
        &self,
        leased: &StoredItem,
        notice: &Notice,
        error: &PublishError,
    ) -> Result<Answer, LedgerError> {
        let (pause, refused) = match error {
            PublishError::Later { .. } => (AGAIN, None),
            // Left in the ledger, where a person who waits for the notice looks.
            PublishError::Refused { code, .. } => {
                (AGAIN_WHEN_REFUSED, Some(Outcome::Failed { code: code.clone() }))
            }
        };
        let due = self.clock.now() + pause;
        tracing::error!(notice = %notice.id, error = %error, due = %due, "could not be told; it will be tried again");
        self.move_on(leased, State::Waiting { due }, refused).await?;
        Ok(Answer::Waits(due))
    }

    /// Moves the item on; false if another publisher was faster.
    async fn move_on(
        &self,
        stored: &StoredItem,
        state: State,
        outcome: Option<Outcome>,
    ) -> Result<bool, LedgerError> {
        let mut commit = Commit::at(self.clock.now());
        commit.changes.push(stored.to(state, outcome));
        match self.ledger.commit(&commit).await {
            Ok(_) => Ok(true),
            Err(LedgerError::Conflict { .. }) => Ok(false),
            Err(error) => Err(error),
        }
    }
}

fn counts(answers: &[Answer]) -> Vec<Count> {
    let count = |is: fn(&Answer) -> bool| answers.iter().filter(|answer| is(answer)).count() as u64;
    vec![
        ("NoticesTold", count(|it| matches!(it, Answer::Told))),
        ("NoticesPutOff", count(|it| matches!(it, Answer::Waits(_)))),
    ]
}
