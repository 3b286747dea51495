//! What AWS puts between the functions: a queue with visibility, and a stream with shards and retries.

use std::collections::VecDeque;

use keytrail_detect::Message;
use keytrail_engine::time::{Span, Time};
use keytrail_ledger::{ItemId, ItemKind, State};
use keytrail_testkit::fakes::{MemoryLedger, Streamed};
use keytrail_testkit::random::Random;

/// How long a message that was taken is shown to nobody else.
const VISIBILITY: Span = Span::minutes(3);

/// More deliveries than any message may need.
const TOO_MANY: usize = 500;

struct Queued {
    message: Message,
    visible: Time,
    deliveries: usize,
}

/// A standard queue of SQS: every message at least once, in any order.
#[derive(Default)]
pub(crate) struct Queue {
    messages: Vec<Queued>,
    sent: usize,
}

impl Queue {
    pub(crate) fn send(&mut self, body: String, now: Time) {
        self.sent += 1;
        let message = Message { id: format!("message-{}", self.sent), body };
        self.messages.push(Queued { message, visible: now, deliveries: 0 });
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.messages.is_empty()
    }

    /// When the next message can be taken.
    pub(crate) fn next(&self) -> Option<Time> {
        self.messages.iter().map(|it| it.visible).min()
    }

    /// Takes some of the messages that are visible.
    pub(crate) fn take(&mut self, now: Time, random: &mut Random) -> Vec<Message> {
        let most = 1 + random.below(10) as usize;
        let mut visible: Vec<&mut Queued> = self.messages.iter_mut().filter(|it| it.visible <= now).collect();
        random.shuffle(&mut visible);
        let taken = visible.into_iter().take(most).map(|it| {
            it.visible = now + VISIBILITY;
            it.deliveries += 1;
            assert!(it.deliveries < TOO_MANY, "{} is delivered for ever", it.message.body);
            it.message.clone()
        });
        taken.collect()
    }

    /// Deletes what was taken, save for what came back, and now and then a message that SQS forgets to delete.
    pub(crate) fn settle(&mut self, taken: &[String], failed: &[String], now: Time, random: &mut Random) {
        for message in &mut self.messages {
            if failed.contains(&message.message.id) {
                message.visible = now + Span::seconds(30);
            }
        }
        self.messages.retain(|it| {
            !taken.contains(&it.message.id) || failed.contains(&it.message.id) || random.below(40) == 0
        });
    }
}

/// How often a shard's reader tries a record before it leaves it to sweep.
const ATTEMPTS: usize = 4;

/// One shard of the ledger's stream, for one reader.
#[derive(Default)]
struct Shard {
    waiting: VecDeque<ItemId>,
    attempts: usize,
    not_before: Time,
    busy: bool,
}

/// The ledger's stream as one of its two readers sees it.
pub(crate) struct Stream {
    kind: ItemKind,
    read: usize,
    shards: [Shard; 2],
}

impl Stream {
    pub(crate) fn of(kind: ItemKind) -> Self {
        Self { kind, read: 0, shards: Default::default() }
    }

    /// Reads on. The reader's filter lets through what is pending anew.
    pub(crate) fn read_on(&mut self, ledger: &MemoryLedger) {
        let new: Vec<Streamed> = ledger.stream(self.read);
        self.read += new.len();
        for record in new {
            if record.item.kind == self.kind && record.state == State::Pending {
                let shard = usize::from(record.item.name.as_bytes()[0] & 1);
                self.shards[shard].waiting.push_back(record.item);
            }
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.shards.iter().all(|shard| shard.waiting.is_empty())
    }

    pub(crate) fn next(&self) -> Option<Time> {
        let waiting = self.shards.iter().filter(|shard| !shard.waiting.is_empty());
        waiting.map(|shard| shard.not_before).min()
    }

    /// Takes the next record of a shard that nobody is at.
    pub(crate) fn take(&mut self, now: Time) -> Option<(usize, ItemId)> {
        let free = |shard: &Shard| !shard.busy && shard.not_before <= now && !shard.waiting.is_empty();
        let number = self.shards.iter().position(free)?;
        let shard = &mut self.shards[number];
        shard.busy = true;
        Some((number, shard.waiting.front()?.clone()))
    }

    /// Goes on after the record that was taken, or tries it again; now and then Lambda delivers it twice.
    pub(crate) fn settle(&mut self, shard: usize, done: bool, now: Time, random: &mut Random) {
        let shard = &mut self.shards[shard];
        shard.busy = false;
        shard.attempts += 1;
        if (done && random.below(20) > 0) || shard.attempts >= ATTEMPTS {
            shard.attempts = 0;
            shard.waiting.pop_front();
        } else {
            shard.not_before = now + Span::seconds(1);
        }
    }
}
