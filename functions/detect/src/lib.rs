//! Takes in what happened: a batch of queue messages, each with an EventBridge envelope in its body.
//!
//! Only what failed for a reason that may pass goes back to the queue. What can never be read is parked with its
//! reason and acknowledged, so that it never loops; a record that is ours and says too little is kept by its shape.

mod invocation;
mod seen;

use keytrail_engine::decide::Circumstances;
use keytrail_engine::event::Event;
use keytrail_engine::parse::{Meaning, ParseSettings, Shape, meaning};
use keytrail_engine::read::{Limits, RawRecord, split};
use keytrail_engine::time::Time;
use keytrail_ledger::capability::{Clock, PolicySource};
use keytrail_ledger::{
    Judging, Ledger, LedgerError, Next, Recorded, Slots, keep_unresolved, park, paused, policy_here, record,
    unresolved_id,
};

pub use invocation::{Counted, InvocationError};
pub use seen::Seen;

/// What detect works with.
pub struct Detect<L, P, C> {
    /// The ledger.
    pub ledger: L,
    /// The operator's policy.
    pub policies: P,
    /// The time.
    pub clock: C,
}

/// One message of a batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// The queue's id of it, by which it is given back.
    pub id: String,
    /// Its body: an EventBridge envelope, or anything else that holds records.
    pub body: String,
}

/// What became of a batch.
#[derive(Debug, Default)]
pub struct Handled {
    /// The messages to deliver again, by their queue's ids, in the order of the batch.
    pub failed: Vec<String>,
    /// Records that were understood.
    pub understood: usize,
    /// Records that are none of ours, or only read.
    pub ignored: usize,
    /// Records that are ours and say too little.
    pub unresolved: usize,
    /// Texts that can never be read.
    pub parked: usize,
    /// What the records told, in numbers.
    pub seen: Seen,
    /// What came of recording.
    pub recorded: Recorded,
}

/// What one batch says, by message.
#[derive(Default)]
struct Batch {
    events: Vec<Event>,
    /// For each event the index of its message.
    message_of: Vec<usize>,
    unresolved: Vec<(usize, Shape, u64, Option<Time>)>,
    parked: Vec<(usize, String)>,
    ignored: usize,
    understood: usize,
}

impl<L, P, C> Detect<L, P, C>
where
    L: Ledger + Slots,
    P: PolicySource,
    C: Clock,
{
    /// Takes in a batch. Whatever happens, every message is accounted for: recorded, ignored, kept or given back.
    pub async fn handle(&self, messages: &[Message]) -> Handled {
        let now = self.clock.now();
        let in_force = self.policies.policy().await;
        if let Some(error) = &in_force.broken {
            tracing::error!(error = %error, "the policy can't be read: nothing is enforced");
        }
        let settings = in_force.policy.parse_settings();
        let mut batch = Batch::default();
        for (index, message) in messages.iter().enumerate() {
            batch.read(index, message, now, &settings);
        }
        let ledger_paused = match paused(&self.ledger).await {
            Ok(paused) => paused,
            Err(error) => return all_failed(messages, &error),
        };
        let policy = match policy_here(&self.ledger, in_force.policy, now).await {
            Ok(policy) => policy,
            Err(error) => return all_failed(messages, &error),
        };
        let circumstances =
            Circumstances { replay: false, ledger_paused, policy_broken: in_force.broken.is_some() };
        let judging = Judging { policy: &policy, now, circumstances };
        let recorded = record(&self.ledger, &batch.events, judging).await;
        self.account_for(messages, batch, recorded, now).await
    }

    async fn account_for(
        &self,
        messages: &[Message],
        batch: Batch,
        recorded: Recorded,
        now: Time,
    ) -> Handled {
        let mut again = vec![false; messages.len()];
        let mut give_back = |index: Option<&usize>| {
            if let Some(again) = index.and_then(|index| again.get_mut(*index)) {
                *again = true;
            }
        };
        let mut parked = batch.parked;
        for failed in &recorded.failed {
            tracing::error!(error = %failed.error, events = failed.events.len(), "could not be recorded");
            for event in &failed.events {
                let message = batch.message_of.get(*event);
                match failed.error.next() {
                    Next::Park => parked.extend(message.map(|message| (*message, failed.error.to_string()))),
                    Next::Reload | Next::BackOff | Next::Refuse => give_back(message),
                }
            }
        }
        parked.sort();
        parked.dedup();
        for (index, reason) in &parked {
            let Some(message) = messages.get(*index) else { continue };
            if let Err(error) = park(&self.ledger, &message.body, reason, now).await {
                tracing::error!(error = %error, "could not be parked");
                give_back(Some(index));
            }
        }
        for (index, shape, record, time) in &batch.unresolved {
            if let Err(error) = keep_unresolved(&self.ledger, shape, *record, *time).await {
                tracing::error!(error = %error, "an unresolved record could not be kept");
                give_back(Some(index));
            }
        }
        let failed = messages.iter().zip(&again).filter(|(_, again)| **again);
        Handled {
            failed: failed.map(|(message, _)| message.id.clone()).collect(),
            understood: batch.understood,
            ignored: batch.ignored,
            unresolved: batch.unresolved.len(),
            parked: parked.len(),
            seen: Seen::of(&batch.events, now),
            recorded,
        }
    }
}

impl Batch {
    fn read(&mut self, index: usize, message: &Message, now: Time, settings: &ParseSettings) {
        let (before, faults) = (self.count(), self.parked.len());
        split(message.body.as_bytes(), Limits::default(), &mut |item| match item {
            Ok(record) => self.take(index, &record, now, settings),
            Err(fault) => self.parked.push((index, fault.to_string())),
        });
        if self.count() == before && self.parked.len() == faults {
            self.parked.push((index, "it holds no record".to_owned()));
        }
    }

    fn count(&self) -> usize {
        self.understood + self.ignored + self.unresolved.len()
    }

    fn take(&mut self, index: usize, record: &RawRecord<'_>, now: Time, settings: &ParseSettings) {
        match meaning(record.json, record.envelope.as_ref(), Some(now), settings) {
            Meaning::Ignored => self.ignored += 1,
            Meaning::Broken(fault) => self.parked.push((index, format!("{fault:?}"))),
            Meaning::Unresolved(shape) => {
                let record = unresolved_id(record.json);
                self.unresolved.push((index, shape, record, Some(now)));
            }
            Meaning::Events(events) => {
                self.understood += 1;
                self.message_of.extend(events.iter().map(|_| index));
                self.events.extend(events);
            }
        }
    }
}

fn all_failed(messages: &[Message], error: &LedgerError) -> Handled {
    tracing::error!(error = %error, "the ledger can't be read: the whole batch goes back");
    Handled { failed: messages.iter().map(|message| message.id.clone()).collect(), ..Handled::default() }
}
