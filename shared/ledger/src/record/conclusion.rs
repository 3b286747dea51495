//! What follows from standing findings, given what the ledger knows already. Pure.

use std::collections::{BTreeMap, BTreeSet};

use keytrail_engine::action::{Action, Reason, Withheld};
use keytrail_engine::decide::{Decision, decide, mode};
use keytrail_engine::finding::{Finding, Severity};
use keytrail_engine::ids::UserName;
use keytrail_engine::incident::WINDOW;
use keytrail_engine::notice::{Notice, Outcome};
use keytrail_engine::owner::{owner, user_of};
use keytrail_engine::policy::Mode;
use keytrail_engine::subject::SubjectId;
use keytrail_engine::time::Time;
use keytrail_engine::world::World;

use super::{Judging, Recorded};
use crate::commit::Commit;
use crate::item::{Body, Change, Item, ItemId, State, StoredItem};

/// Findings, and some actions, that the ledger holds.
#[derive(Debug, Default)]
pub(super) struct Known {
    items: BTreeMap<ItemId, StoredItem>,
}

impl Known {
    pub(super) fn add(&mut self, item: StoredItem) {
        self.items.insert(item.item.id(), item);
    }

    /// The actions that standing findings ask for which have fired before.
    pub(super) fn actions_of(&self, standing: &[Finding]) -> Vec<ItemId> {
        let again = standing.iter().filter(|finding| self.items.contains_key(&ItemId::finding(&finding.id)));
        let actions = again.filter_map(|it| Some(Action::id_of(&it.id, it.remedy.as_ref()?)));
        actions.map(|id| ItemId::action(&id)).collect()
    }
}

/// What is to be written besides documents.
#[derive(Debug, Default)]
pub(super) struct Conclusion {
    /// Items to create.
    pub(super) items: Vec<Item>,
    /// Items to move on.
    pub(super) changes: Vec<Change>,
    /// The findings among those.
    moved: BTreeMap<ItemId, Finding>,
    /// The findings that stand.
    standing: BTreeSet<ItemId>,
}

impl Conclusion {
    /// Draws conclusions from standing findings.
    pub(super) fn draw(
        &mut self,
        standing: Vec<Finding>,
        world: &World,
        judging: Judging<'_>,
        known: &Known,
    ) {
        for finding in standing {
            let id = ItemId::finding(&finding.id);
            if !self.standing.insert(id.clone()) {
                continue;
            }
            match known.items.get(&id) {
                None => self.fire(finding, world, judging),
                Some(withdrawn) if withdrawn.item.state == State::Withdrawn => {
                    self.changes.push(withdrawn.to(State::Fired, None));
                    self.act_again(&finding, world, judging, known);
                    self.moved.insert(id, finding);
                }
                Some(fired) if asks_anew(fired, &finding) => {
                    self.act_late(&finding, world, judging, known);
                }
                Some(_) => self.decide_again(&finding, world, judging, known),
            }
        }
    }

    /// Withdraws every known finding that does not stand. What was told within the hour is taken back.
    pub(super) fn withdraw_the_rest(&mut self, world: &World, judging: Judging<'_>, known: &Known) {
        let Judging { policy, now, circumstances } = judging;
        for (id, stored) in &known.items {
            let Body::Finding(finding) = &stored.item.body else { continue };
            if stored.item.state == State::Fired && !self.standing.contains(id) {
                self.changes.push(stored.to(State::Withdrawn, None));
                self.moved.insert(id.clone(), finding.clone());
                let told = mode(finding, world, policy, now) != Mode::Observe
                    && !circumstances.replay
                    && finding.severity >= Severity::Medium
                    && !policy.correlation.is_signal(&finding.rule, finding.severity);
                if told && now < stored.item.created + WINDOW {
                    let subject = &finding.subject;
                    let user = user_of(subject, world).map(|user| UserName::new(&user));
                    let notice = Notice::withdrawn(now, finding.clone());
                    let notice = notice.of_owner(owner(subject, world, policy)).of_user(user);
                    self.items.push(Item::notice(subject.clone(), notice, now));
                }
            }
        }
    }

    fn fire(&mut self, finding: Finding, world: &World, judging: Judging<'_>) {
        let Judging { policy, now, circumstances } = judging;
        let decision = decide(&finding, world, policy, now, circumstances);
        let (will, withheld) = match decision {
            Decision::Nothing => (None, None),
            Decision::Act(action) => (Some(action), None),
            Decision::Withhold(withheld) => (None, Some(withheld)),
        };
        self.items.push(Item::finding(finding.clone(), now));
        self.items.extend(will.clone().map(|action| Item::action(action, State::Pending, now)));
        self.items.extend(withheld.clone().map(|withheld| held(withheld, now)));
        // A signal is told with the sum that it is part of, else every deployment would page.
        let is_signal = policy.correlation.is_signal(&finding.rule, finding.severity);
        if mode(&finding, world, policy, now) != Mode::Observe && !circumstances.replay && !is_signal {
            let subject = finding.subject.clone();
            let owner = owner(&subject, world, policy);
            let user = user_of(&subject, world).map(|user| UserName::new(&user));
            let notice = Notice::found(now, finding, will, withheld).of_owner(owner).of_user(user);
            self.items.push(Item::notice(subject, notice, now));
        }
    }

    /// An action that was held back because its finding no longer stood is taken up again.
    fn act_again(&mut self, finding: &Finding, world: &World, judging: Judging<'_>, known: &Known) {
        let Judging { policy, now, circumstances } = judging;
        let Decision::Act(action) = decide(finding, world, policy, now, circumstances) else { return };
        match known.items.get(&ItemId::action(&action.id)) {
            None => self.items.push(Item::action(action, State::Pending, now)),
            Some(stored) => {
                let because = Outcome::Withheld { reason: Reason::Withdrawn };
                if stored.item.state == State::Withheld && stored.item.outcome.as_ref() == Some(&because) {
                    self.changes.push(stored.to(State::Pending, None));
                }
            }
        }
    }

    /// What a finding asks for only now, since a late record said whose key it is. Its page went out without it.
    fn act_late(&mut self, finding: &Finding, world: &World, judging: Judging<'_>, known: &Known) {
        let Judging { policy, now, circumstances } = judging;
        let item = match decide(finding, world, policy, now, circumstances) {
            Decision::Nothing => return,
            Decision::Act(action) => Item::action(action, State::Pending, now),
            Decision::Withhold(withheld) => held(withheld, now),
        };
        if !known.items.contains_key(&item.id()) {
            self.items.push(item);
        }
    }

    /// What was held back for a reason that may pass (a budget, a hold, a mode) is decided anew; nothing is replayed.
    fn decide_again(&mut self, finding: &Finding, world: &World, judging: Judging<'_>, known: &Known) {
        let Judging { policy, now, circumstances } = judging;
        let Some(remedy) = &finding.remedy else { return };
        let id = ItemId::action(&Action::id_of(&finding.id, remedy));
        let Some(stored) = known.items.get(&id).filter(|it| it.item.state == State::Withheld) else { return };
        // What a replay found is history: it is listed to a person, who may ask for it.
        if stored.item.outcome == Some(Outcome::Withheld { reason: Reason::Replay }) {
            return;
        }
        let Body::Action(action) = &stored.item.body else { return };
        let wanted = matches!(decide(finding, world, policy, now, circumstances), Decision::Act(_));
        if wanted && now <= action.not_after {
            self.changes.push(stored.to(State::Pending, None));
        }
    }

    /// The subjects whose documents a commit of some of this rests on.
    pub(super) fn rests_on(&self, commit: &Commit) -> BTreeSet<SubjectId> {
        let of_items = commit.items.iter().map(|item| &item.subject);
        let of_changes = commit.changes.iter().filter_map(|change| self.moved.get(&change.item));
        of_items.chain(of_changes.map(|finding| &finding.subject)).cloned().collect()
    }

    /// What a commit of some of this came to; `created` are the items that were not there before.
    pub(super) fn came_true(&self, commit: &Commit, created: &[ItemId]) -> Recorded {
        let mut recorded = Recorded { written: commit.writes.len(), ..Recorded::default() };
        let created: BTreeSet<&ItemId> = created.iter().collect();
        for item in commit.items.iter().filter(|item| created.contains(&item.id())) {
            match (&item.body, &item.outcome) {
                (Body::Finding(finding), _) => recorded.fired.push(finding.clone()),
                (Body::Action(action), Some(Outcome::Withheld { reason })) => {
                    let withheld = Withheld { action: action.clone(), reason: reason.clone() };
                    recorded.withheld.push(withheld);
                }
                (Body::Action(action), _) => recorded.actions.push(action.clone()),
                (Body::Notice(_), _) => {}
            }
        }
        for change in &commit.changes {
            let Some(finding) = self.moved.get(&change.item) else { continue };
            let list =
                if change.state == State::Fired { &mut recorded.fired } else { &mut recorded.withdrawn };
            list.push(finding.clone());
        }
        recorded
    }
}

/// Whether a finding asks for something that it didn't ask for when it fired.
fn asks_anew(fired: &StoredItem, finding: &Finding) -> bool {
    let Body::Finding(before) = &fired.item.body else { return false };
    finding.remedy.is_some() && finding.remedy != before.remedy
}

/// The item of an action that is held back: for good, or until the reason has passed.
fn held(withheld: Withheld, now: Time) -> Item {
    let Withheld { action, reason } = withheld;
    let state = reason.looked_at_again(now).map_or(State::Withheld, |due| State::Waiting { due });
    Item::action(action, state, now).with(Outcome::Withheld { reason })
}

#[cfg(test)]
mod tests {
    use super::*;
    use keytrail_engine::action::ActionKind;
    use keytrail_engine::decide::Circumstances;
    use keytrail_engine::document::Document;
    use keytrail_engine::finding::FindingId;
    use keytrail_engine::policy::Policy;
    use keytrail_engine::subject::DocumentId;
    use keytrail_engine::time::Span;

    const NOW: Time = Time::from_millis(1_785_542_400_000);

    fn key() -> SubjectId {
        SubjectId::kms_key("aws".into(), "111122223333".into(), "us-east-1".into(), &"k".into())
    }

    fn finding(settles: Option<Time>) -> Finding {
        Finding {
            id: FindingId::of("r", &key(), "1"),
            rule: "r".into(),
            severity: Severity::High,
            subject: key(),
            what: "what".into(),
            why: "why".into(),
            since: Some(NOW),
            settles,
            evidence: Vec::new(),
            next: Vec::new(),
            remedy: Some(ActionKind::RescueKmsKey { key: key() }),
            objection: None,
            deadline: None,
            mark: None,
        }
    }

    fn drawn(settles: Option<Time>, mode: Mode, circumstances: Circumstances) -> Vec<Item> {
        let policy = Policy { mode, enrolled_accounts: [key().account].into(), ..Policy::default() };
        let mut world = World::default();
        world.add(Document::empty(&DocumentId::main(key())).unwrap());
        let mut conclusion = Conclusion::default();
        let judging = Judging { policy: &policy, now: NOW, circumstances };
        conclusion.draw(vec![finding(settles)], &world, judging, &Known::default());
        conclusion.items
    }

    fn told(items: &[Item]) -> String {
        let words = items.iter().map(|item| format!("{} {}", item.id().kind.word(), item.state.word()));
        words.collect::<Vec<_>>().join(", ")
    }

    #[test]
    fn mode_and_circumstances_say_what_leaves() {
        let replay = Circumstances { replay: true, ..Circumstances::default() };
        let paused = Circumstances { ledger_paused: true, ..Circumstances::default() };
        let broken = Circumstances { policy_broken: true, ..Circumstances::default() };
        for (mode, circumstances, expected) in [
            (Mode::Observe, Circumstances::default(), "finding fired, action withheld"),
            (Mode::Alert, Circumstances::default(), "finding fired, action withheld, notice pending"),
            (Mode::Enforce, Circumstances::default(), "finding fired, action pending, notice pending"),
            (Mode::Enforce, replay, "finding fired, action withheld"),
            (Mode::Enforce, paused, "finding fired, action waiting, notice pending"),
            (Mode::Enforce, broken, "finding fired, action waiting, notice pending"),
            (Mode::Alert, broken, "finding fired, action withheld, notice pending"),
            (Mode::Observe, paused, "finding fired, action withheld"),
        ] {
            assert_eq!(told(&drawn(None, mode, circumstances)), expected, "{mode:?} {circumstances:?}");
        }
    }

    #[test]
    fn an_action_that_has_to_settle_waits_until_then() {
        let until = NOW + Span::hours(1);
        let items = drawn(Some(until), Mode::Enforce, Circumstances::default());
        assert_eq!(told(&items), "finding fired, action waiting, notice pending");
        assert_eq!(items[1].due(), Some(until));
        assert_eq!(items[1].outcome, Some(Outcome::Withheld { reason: Reason::NotSettled { until } }));
    }
}
