//! Notices that are told with others: an incident's, or a day's.

use keytrail_engine::incident::{Group, Take, When, digest, when};
use keytrail_engine::notice::{News, Notice};
use keytrail_engine::render::{Several, together};
use keytrail_engine::time::Time;
use keytrail_ledger::capability::{Clock, Publisher};
use keytrail_ledger::{Body, Commit, ItemId, Ledger, LedgerError, Slots, State, StoredItem, read_slot};

use crate::{AGAIN, Answer, LEASE, Notify, TRIES};

/// Notices of one message. Each is one write of a transaction, and DynamoDB takes a hundred.
const IN_ONE: usize = 80;

/// Whose turn it is.
pub(crate) enum Turn {
    /// The notice is told by itself, now.
    Alone,
    /// It waits until then.
    Waits(Time),
    /// It is told with the others of its group, now.
    Together(Due),
}

/// What is told together.
pub(crate) struct Due {
    slot: String,
    ids: Vec<Box<str>>,
    are: Several,
}

impl<L: Ledger + Slots, P: Publisher, C: Clock> Notify<L, P, C> {
    /// Enters a notice into its group, if it belongs to one, and says whose turn it is.
    pub(crate) async fn turn(&self, notice: &Notice, now: Time) -> Result<Turn, LedgerError> {
        match when(notice) {
            When::AtOnce => Ok(Turn::Alone),
            When::InDigest { digest, at } => self.in_digest(notice, digest, at, now).await,
            When::WithIncident { incident, opens } => {
                let severity = match &notice.news {
                    News::Found { finding, .. } | News::Withdrawn { finding } => finding.severity,
                    _ => return Ok(Turn::Alone),
                };
                let first = None;
                let take = self.take(&incident, first, notice, (severity, opens), now).await?;
                let Some(take) = take else { return Ok(Turn::Alone) };
                match (take, digest(notice.at)) {
                    (Take::NoGroup, When::InDigest { digest, at }) => {
                        self.in_digest(notice, digest, at, now).await
                    }
                    (take, _) => Ok(turn(take, incident, Several::Incident)),
                }
            }
        }
    }

    async fn in_digest(
        &self,
        notice: &Notice,
        slot: String,
        at: Time,
        now: Time,
    ) -> Result<Turn, LedgerError> {
        let severity = keytrail_engine::finding::Severity::Info;
        let first = Some(Group::ending(at));
        let take = self.take(&slot, first, notice, (severity, false), now).await?;
        Ok(take.map_or(Turn::Alone, |take| turn(take, slot, Several::Digest)))
    }

    /// What becomes of a notice in a group; `None` if others were faster each time: then it is told alone rather than not.
    async fn take(
        &self,
        slot: &str,
        first: Option<Group>,
        notice: &Notice,
        (severity, opens): (keytrail_engine::finding::Severity, bool),
        now: Time,
    ) -> Result<Option<Take>, LedgerError> {
        for _ in 0..TRIES {
            let read = read_slot::<Group>(&self.ledger, slot).await?;
            let (group, version) = match read {
                Some((group, version)) => (Some(group), Some(version)),
                None => (first.clone(), None),
            };
            let (after, take) = Group::take(group.as_ref(), &notice.id, severity, opens, now);
            let Some(after) = after else { return Ok(Some(take)) };
            match self.ledger.set_slot(slot, &value(&after), version).await {
                Ok(()) => return Ok(Some(take)),
                Err(LedgerError::Conflict { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(None)
    }

    /// Tells what waited for the end of a group, as one message.
    pub(crate) async fn together(&self, due: &Due, now: Time) -> Result<Answer, LedgerError> {
        let ids: Vec<ItemId> = due.ids.iter().take(IN_ONE).map(|id| ItemId::notice(id)).collect();
        let mut stored = self.ledger.items(&ids).await?;
        stored.retain(|it| it.item.due().is_some_and(|due| due <= now));
        stored.sort_by_key(|it| it.item.id());
        let until = now + LEASE;
        if stored.is_empty()
            || !self.all_to(&stored, State::Waiting { due: until }).await?
            || self.clock.now() >= until
        {
            return Ok(Answer::Nothing);
        }
        for it in &mut stored {
            it.version = it.version.next();
        }
        let notices: Vec<Notice> = stored.iter().filter_map(|it| notice(it).cloned()).collect();
        let Some(message) = together(&notices, due.are, now) else { return Ok(Answer::Nothing) };
        if let Err(error) = self.publisher.publish(&message).await {
            let due = self.clock.now() + AGAIN;
            tracing::error!(message = %message.id, error = %error, due = %due, "could not be told; it will be tried again");
            self.all_to(&stored, State::Waiting { due }).await?;
            return Ok(Answer::Waits(due));
        }
        for _ in 0..TRIES {
            if self.all_to(&stored, State::Done).await? {
                break;
            }
        }
        tracing::info!(message = %message.id, notices = notices.len(), "told together");
        self.forget(due, &notices).await?;
        Ok(Answer::Told)
    }

    /// Takes what was told out of its group. Left in, it would only be looked at again.
    async fn forget(&self, due: &Due, notices: &[Notice]) -> Result<(), LedgerError> {
        let Some((group, version)) = read_slot::<Group>(&self.ledger, &due.slot).await? else {
            return Ok(());
        };
        let told: Vec<Box<str>> = notices.iter().map(|it| it.id.clone()).collect();
        match self.ledger.set_slot(&due.slot, &value(&group.without(&told)), Some(version)).await {
            Ok(()) | Err(LedgerError::Conflict { .. }) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Moves all of them on, or none; false if another publisher was faster with one.
    async fn all_to(&self, stored: &[StoredItem], state: State) -> Result<bool, LedgerError> {
        let mut commit = Commit::at(self.clock.now());
        commit.changes.extend(stored.iter().map(|it| it.to(state, None)));
        match self.ledger.commit(&commit).await {
            Ok(_) => Ok(true),
            Err(LedgerError::Conflict { .. }) => Ok(false),
            Err(error) => Err(error),
        }
    }
}

fn turn(take: Take, slot: String, are: Several) -> Turn {
    match take {
        Take::Page | Take::NoGroup => Turn::Alone,
        Take::Wait { until } => Turn::Waits(until),
        Take::Together(ids) => Turn::Together(Due { slot, ids, are }),
    }
}

fn notice(stored: &StoredItem) -> Option<&Notice> {
    match &stored.item.body {
        Body::Notice(notice) => Some(notice),
        _ => None,
    }
}

fn value(group: &Group) -> serde_json::Value {
    serde_json::to_value(group).unwrap_or_default()
}
