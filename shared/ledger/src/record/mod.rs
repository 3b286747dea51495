//! From events to what the ledger holds: fold, judge, decide, commit. The same for every ledger, and for whoever has
//! events: a function with a queue's batch, or the command line.
//!
//! **Nothing is lost.** A document and the items that follow from it are one transaction, or, where they are too many
//! for one, the items go first: whoever finds the document unchanged can rely on the items being there. An event that
//! is delivered again changes nothing.
//!
//! **Nothing is missed between two writers.** Every write names the version that was read; on a conflict the documents
//! are loaded and folded again. Documents that are judged together but written apart are
//! [coupled](keytrail_engine::needs::coupled).

mod conclusion;
mod fold;
mod group;
mod plan;
mod surroundings;
mod together;

use keytrail_engine::action::{Action, Withheld};
use keytrail_engine::decide::Circumstances;
use keytrail_engine::event::Event;
use keytrail_engine::finding::Finding;
use keytrail_engine::judge::{judge, judge_all};
use keytrail_engine::policy::Policy;
use keytrail_engine::subject::{DocumentId, SubjectId};
use keytrail_engine::time::{Span, Time};
use keytrail_engine::world::World;

use crate::commit::Stored;
use crate::error::{LedgerError, Next};
use crate::item::{ItemId, ItemKind};
use crate::ledger::{Damaged, Ledger};
use conclusion::{Conclusion, Known};
use fold::ByDocument;
use group::Group;
use surroundings::Surroundings;

pub(crate) use together::together;

/// How long a usage subject's hours are kept: what is asked of them reaches back ninety days, and some of them are
/// recorded late.
pub const HOURS_ARE_KEPT: Span = Span::days(100);

/// How often a group of documents is loaded and folded again because others were faster.
const ATTEMPTS: usize = 10;

/// Under which policy, at which moment and in what circumstances something is judged.
#[derive(Clone, Copy, Debug)]
pub struct Judging<'a> {
    /// The operator's settings.
    pub policy: &'a Policy,
    /// The moment.
    pub now: Time,
    /// The circumstances.
    pub circumstances: Circumstances,
}

/// What came of recording.
#[derive(Debug, Default)]
pub struct Recorded {
    /// Documents that were written.
    pub written: usize,
    /// Hours that had aged out before their events came: not written.
    pub aged_out: usize,
    /// Findings that fired, for the first time or again.
    pub fired: Vec<Finding>,
    /// Findings that stand no longer.
    pub withdrawn: Vec<Finding>,
    /// Actions that were put into the outbox.
    pub actions: Vec<Action>,
    /// Actions that are held back.
    pub withheld: Vec<Withheld>,
    /// What could not be recorded. Everything else was.
    pub failed: Vec<Failed>,
}

/// What could not be recorded.
#[derive(Debug)]
pub struct Failed {
    /// The events, by their index in what was given. All of an event counts as failed if part of it did; recording it
    /// again repeats nothing.
    pub events: Vec<usize>,
    /// Why, and (see [`LedgerError::next`]) what to do about it.
    pub error: LedgerError,
}

impl Recorded {
    fn add(&mut self, other: Self) {
        self.written += other.written;
        self.aged_out += other.aged_out;
        self.fired.extend(other.fired);
        self.withdrawn.extend(other.withdrawn);
        self.actions.extend(other.actions);
        self.withheld.extend(other.withheld);
        self.failed.extend(other.failed);
    }
}

/// Records events: all of them, or says which it could not.
pub async fn record<L: Ledger>(ledger: &L, events: &[Event], judging: Judging<'_>) -> Recorded {
    let (mut wanted, aged_out) = fold::by_document(events, judging.now);
    let mut recorded = Recorded { aged_out, ..Recorded::default() };
    let (stored, faults) = match load(ledger, &wanted, judging.now).await {
        Ok(loaded) => loaded,
        Err(error) => {
            recorded.failed.push(Failed { events: (0..events.len()).collect(), error });
            return recorded;
        }
    };
    for (id, error) in faults {
        let touching = wanted.remove(&id).unwrap_or_default();
        recorded.failed.push(Failed { events: touching.iter().map(|(index, _)| *index).collect(), error });
    }
    let groups = group::partition(fold::fold(&wanted, stored));
    let work = groups.into_iter().map(|group| record_group(ledger, group, &wanted, judging)).collect();
    for outcome in together(work).await {
        recorded.add(outcome);
    }
    recorded
}

/// Judges a subject again without anything having happened: for rules that go by the clock, and as the daily remedy
/// for whatever was missed.
///
/// # Errors
///
/// See [`LedgerError`].
pub async fn judge_again<L: Ledger>(
    ledger: &L,
    subject: &SubjectId,
    judging: Judging<'_>,
) -> Result<Recorded, LedgerError> {
    let group = Group::of(subject.clone());
    let mut attempt = 0;
    loop {
        attempt += 1;
        match commit_group(ledger, &group, judging, true).await {
            Err(halted) if halted.error.next() == Next::Reload && attempt < ATTEMPTS => {}
            outcome => return outcome.map_err(|halted| halted.error),
        }
    }
}

/// Judges a whole world and brings the ledger's findings and actions into line with it. For a replay, whose world is
/// in memory and whose documents are in the ledger already; nobody else may write to the ledger meanwhile.
///
/// # Errors
///
/// See [`LedgerError`]. The same again completes the work.
pub async fn conclude<L: Ledger>(
    ledger: &L,
    world: &World,
    judging: Judging<'_>,
) -> Result<Recorded, LedgerError> {
    let mut known = Known::default();
    for kind in [ItemKind::Finding, ItemKind::Action] {
        let mut after = None;
        loop {
            let page = ledger.items_of_kind(kind, after.as_ref(), 1_000).await?;
            // What fired already isn't known without all of them.
            if let Some(Damaged { what, why }) = page.damaged.into_iter().next() {
                return Err(LedgerError::Corrupt { what, source: String::from(why).into() });
            }
            page.entries.into_iter().for_each(|item| known.add(item));
            match page.next {
                Some(next) => after = Some(next),
                None => break,
            }
        }
    }
    let mut conclusion = Conclusion::default();
    conclusion.draw(judge_all(world, judging.policy, judging.now), world, judging, &known);
    conclusion.withdraw_the_rest(world, judging, &known);
    let mut recorded = Recorded::default();
    for commit in plan::items_alone(judging.now, &conclusion) {
        let created = ledger.commit(&commit).await?.created;
        recorded.add(conclusion.came_true(&commit, &created));
    }
    Ok(recorded)
}

/// What was loaded, and what of it the ledger refuses.
type Loaded = (Vec<Stored>, Vec<(DocumentId, LedgerError)>);

/// The documents that events touch. If the ledger refuses one of many, the others are loaded without it.
async fn load<L: Ledger>(ledger: &L, wanted: &ByDocument<'_>, now: Time) -> Result<Loaded, LedgerError> {
    let ids: Vec<DocumentId> = wanted.keys().cloned().collect();
    match ledger.load(&ids, now).await {
        Err(error) if error.next() == Next::Refuse => {}
        loaded => return Ok((loaded?, Vec::new())),
    }
    let (mut stored, mut faults) = (Vec::new(), Vec::new());
    for id in ids {
        match ledger.load(std::slice::from_ref(&id), now).await {
            Ok(found) => stored.extend(found),
            Err(error) if error.next() == Next::Refuse => faults.push((id, error)),
            Err(error) => return Err(error),
        }
    }
    Ok((stored, faults))
}

/// Records what a group of documents learns, as often as others are faster.
async fn record_group<L: Ledger>(
    ledger: &L,
    mut group: Group,
    wanted: &ByDocument<'_>,
    judging: Judging<'_>,
) -> Recorded {
    let touched: Vec<DocumentId> = group.changed.keys().cloned().collect();
    let mut recorded = Recorded::default();
    // Once some of it is committed, a finding may have fired that no longer stands: all is judged anew.
    let mut whole = false;
    for attempt in 1.. {
        let error = match commit_group(ledger, &group, judging, whole).await {
            Ok(outcome) => {
                recorded.add(outcome);
                return recorded;
            }
            Err(halted) => {
                whole |= halted.came_true.written > 0 || !halted.came_true.fired.is_empty();
                recorded.add(halted.came_true);
                halted.error
            }
        };
        let error = match error.next() {
            Next::Reload if attempt < ATTEMPTS => match ledger.load(&touched, judging.now).await {
                Ok(stored) => {
                    let mut again = Group::again(fold::fold_these(wanted, &touched, stored));
                    if whole {
                        again.judge_also(&group);
                    }
                    group = again;
                    continue;
                }
                Err(error) => error,
            },
            _ => error,
        };
        recorded.failed.push(Failed { events: fold::events_of(wanted, &touched), error });
        break;
    }
    recorded
}

/// What came true before an error.
struct Halted {
    came_true: Recorded,
    error: LedgerError,
}

impl From<LedgerError> for Halted {
    fn from(error: LedgerError) -> Self {
        Self { came_true: Recorded::default(), error }
    }
}

/// Judges and commits a group of changed documents.
async fn commit_group<L: Ledger>(
    ledger: &L,
    group: &Group,
    judging: Judging<'_>,
    whole: bool,
) -> Result<Recorded, Halted> {
    let mut around = Surroundings::load(ledger, group, whole, judging).await?;
    let mut conclusion = Conclusion::default();
    for subject in &group.judged {
        let Some(document) = around.world.get(&DocumentId::main(subject.clone())) else { continue };
        let standing = judge(document, &around.world, judging.policy, judging.now);
        let partial = around.partial.contains(subject);
        let known = known(ledger, subject, &standing, partial).await?;
        let marks: Vec<_> = standing.iter().filter_map(|finding| finding.mark).collect();
        conclusion.draw(standing, &around.world, judging, &known);
        if !partial {
            conclusion.withdraw_the_rest(&around.world, judging, &known);
        }
        // A replay tells nobody anything.
        if !judging.circumstances.replay {
            around.mark(&DocumentId::main(subject.clone()), &marks);
        }
    }
    let mut recorded = Recorded::default();
    for commit in plan::commits(judging.now, group, &around, &conclusion) {
        match ledger.commit(&commit).await {
            Ok(committed) => recorded.add(conclusion.came_true(&commit, &committed.created)),
            Err(error) => return Err(Halted { came_true: recorded, error }),
        }
    }
    Ok(recorded)
}

/// What the ledger holds of a subject's findings: all of them, or, for findings that can only become more, those that
/// stand.
async fn known<L: Ledger>(
    ledger: &L,
    subject: &SubjectId,
    standing: &[Finding],
    partial: bool,
) -> Result<Known, LedgerError> {
    let mut known = Known::default();
    let findings = if partial {
        let ids: Vec<ItemId> = standing.iter().map(|finding| ItemId::finding(&finding.id)).collect();
        if ids.is_empty() { Vec::new() } else { ledger.items(&ids).await? }
    } else {
        ledger.items_about(subject, ItemKind::Finding).await?
    };
    findings.into_iter().for_each(|item| known.add(item));
    let again = known.actions_of(standing);
    if !again.is_empty() {
        ledger.items(&again).await?.into_iter().for_each(|item| known.add(item));
    }
    Ok(known)
}
