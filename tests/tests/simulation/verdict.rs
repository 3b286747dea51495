//! What must hold once everything has come to rest.

use std::collections::{BTreeMap, BTreeSet};

use keytrail_engine::action::{Action, ActionKind, Reason};
use keytrail_engine::document::Document;
use keytrail_engine::event::{KmsKeyState, Status};
use keytrail_engine::finding::{Finding, FindingId};
use keytrail_engine::judge::judge_all;
use keytrail_engine::notice::{News, Outcome};
use keytrail_engine::subject::{DocumentId, Kind};
use keytrail_engine::time::Time;
use keytrail_engine::world::World as Memory;
use keytrail_ledger::capability::Message;
use keytrail_ledger::{Body, Item, ItemId, State};
use keytrail_notify::LEASE;
use keytrail_testkit::fakes::{IamWrite, Stage, events};
use serde_json::Value;

use super::invocation::{Ended, Work};
use super::story::{Happening, What};
use super::world::World;

/// How often what happened, over all seeds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) records: usize,
    pub(crate) invocations: usize,
    pub(crate) died: usize,
    pub(crate) mishaps: usize,
    pub(crate) findings: usize,
    pub(crate) actions_done: usize,
    pub(crate) actions_ended_otherwise: usize,
    pub(crate) notices: usize,
    /// Pages that were told again, each in a window of invariant 3.
    pub(crate) told_again: usize,
    /// Writes to IAM that changed nothing, since its answer was lost or its reads were old.
    pub(crate) written_again: usize,
}

impl Counts {
    pub(crate) fn add(&mut self, other: &Self) {
        self.records += other.records;
        self.invocations += other.invocations;
        self.died += other.died;
        self.mishaps += other.mishaps;
        self.findings += other.findings;
        self.actions_done += other.actions_done;
        self.actions_ended_otherwise += other.actions_ended_otherwise;
        self.notices += other.notices;
        self.told_again += other.told_again;
        self.written_again += other.written_again;
    }

    /// A simulation in which nothing goes wrong proves nothing.
    pub(crate) fn assert_that_it_was_hard(&self) {
        let least = [
            ("invocations that died", self.died, 1_000),
            ("mishaps", self.mishaps, 10_000),
            ("actions done", self.actions_done, 500),
            ("actions that ended otherwise", self.actions_ended_otherwise, 20),
            ("pages told again", self.told_again, 20),
            ("writes sent again", self.written_again, 5),
        ];
        for (what, times, least) in least {
            assert!(times >= least, "only {times} {what}: {self:#?}");
        }
    }
}

/// What an oracle remembers that saw the delivered records, each once and in order.
fn oracle(world: &World) -> Memory {
    let mut told: Vec<_> = world
        .delivered
        .iter()
        .flat_map(|body| events(&[serde_json::from_str(body).unwrap()], world.now()))
        .collect();
    told.sort_by_key(|event| event.time);
    let mut memory = Memory::default();
    told.iter().for_each(|event| memory.absorb(event));
    memory
}

/// Facts that listings say as well as records.
const LISTED: [&str; 8] = ["observed", "absences", "user", "service", "alias", "expires", "missing", "keys"];

fn facts(document: &Document, listed: bool) -> Value {
    let mut facts = serde_json::to_value(document).unwrap();
    if let Some(fields) = facts.get_mut("facts").and_then(Value::as_object_mut).filter(|_| listed) {
        for (_, kind) in fields.iter_mut() {
            if let Some(kind) = kind.as_object_mut() {
                kind.retain(|field, _| !LISTED.contains(&field.as_str()));
            }
        }
        fields.retain(|field, _| !LISTED.contains(&field.as_str()));
    }
    if let Some(fields) = facts.as_object_mut().filter(|_| listed) {
        fields.retain(|field, _| !LISTED.contains(&field.as_str()));
    }
    facts
}

/// Once the records are in: memory is what the oracle has.
pub(crate) fn after_the_records(world: &World) {
    let oracle = oracle(world);
    let held: BTreeMap<DocumentId, Document> =
        world.stage.ledger.documents().into_iter().map(|it| (it.document.id(), it.document)).collect();
    for document in oracle.documents() {
        // A listing adds a user's keys to what records say of the user.
        if world.lists_early && document.subject.kind == Kind::User {
            continue;
        }
        let stored = held.get(&document.id()).unwrap_or_else(|| panic!("lost: {:?}", document.id()));
        assert_eq!(
            facts(stored, world.lists_early),
            facts(document, world.lists_early),
            "{:?}",
            document.id()
        );
    }
    if !world.lists_early {
        assert_eq!(held.len(), oracle.documents().count(), "nothing was invented");
        assert_findings(world, &oracle);
    }
}

fn items(world: &World) -> Vec<Item> {
    world.stage.ledger.all_items().into_iter().map(|stored| stored.item).collect()
}

/// What stands has fired, and what fired and stands no longer is withdrawn.
fn assert_findings(world: &World, memory: &Memory) {
    let policy = Stage::policy_that_enforces();
    let standing: BTreeSet<FindingId> =
        judge_all(memory, &policy, world.now()).into_iter().map(|it| it.id).collect();
    let mut fired = BTreeMap::new();
    for item in items(world) {
        if let Body::Finding(finding) = item.body {
            fired.insert(finding.id.clone(), (finding, item.state));
        }
    }
    for finding in &standing {
        assert!(fired.contains_key(finding), "never fired: {finding:?}");
    }
    for (id, (finding, state)) in &fired {
        // A judgement about a user's hours and keys may wait for the daily pass, which is made later.
        let settled = finding.subject.kind != Kind::Usage || !world.lists_early;
        if settled && *state == State::Withdrawn {
            assert!(!standing.contains(id), "withdrawn, and it stands: {finding:?}");
        }
    }
}

/// At the very end, after two whole sweeps.
pub(crate) fn at_the_end(world: &World) -> Counts {
    let mut memory = Memory::default();
    for stored in world.stage.ledger.documents() {
        memory.add(stored.document);
    }
    assert_findings(world, &memory);
    assert_withdrawn(world, &memory);
    assert_inventory(world, &memory);
    let mut counts = Counts {
        records: world.delivered.len(),
        invocations: world.ended.len(),
        died: world.dead,
        mishaps: world.heard.lock().unwrap().mishaps,
        ..Counts::default()
    };
    assert_actions(world, &mut counts);
    assert_told(world, &mut counts);
    assert_only_what_was_reported(world, &mut counts);
    counts
}

/// The daily pass withdraws what stands no longer.
fn assert_withdrawn(world: &World, memory: &Memory) {
    let policy = Stage::policy_that_enforces();
    let standing: BTreeSet<FindingId> =
        judge_all(memory, &policy, world.now()).into_iter().map(|it| it.id).collect();
    for item in items(world) {
        if let (Body::Finding(finding), State::Fired) = (&item.body, item.state) {
            assert!(
                standing.contains(&finding.id),
                "it stands no longer, and was not withdrawn: {finding:?}"
            );
        }
    }
}

/// Memory shows what IAM has, also where CloudTrail dropped the record.
fn assert_inventory(world: &World, memory: &Memory) {
    for happening in &world.story {
        let What::CreateKey(user, key) = &happening.what else { continue };
        let subject = keytrail_engine::subject::SubjectId::api_key(
            "aws".into(),
            "111122223333".into(),
            &key.as_str().into(),
        );
        match world.stage.iam.status(&(*user).into(), &key.as_str().into()) {
            Some(status) => {
                let life = memory.api_key(&subject).unwrap_or_else(|| panic!("{key} is in IAM and unknown"));
                assert_eq!(life.observed.value().and_then(|seen| seen.status), Some(status), "{key}");
            }
            None => {
                let known = memory
                    .api_key(&subject)
                    .filter(|it| it.deleted.at().is_none() && it.user.value().is_some());
                assert!(
                    known.is_none_or(|it| it.absences.entries().count() > 0),
                    "{key} is gone, and nobody has noticed"
                );
            }
        }
    }
}

fn ends(invocations: &[Ended], id: &ItemId) -> bool {
    invocations.iter().any(|it| matches!(&it.work, Work::Respond { item, .. } if item == id) && it.clean)
}

/// Each action has one outcome, told once; what a standing finding asks for has been asked for.
fn assert_actions(world: &World, counts: &mut Counts) {
    let (mut actions, mut outcomes) = (BTreeMap::new(), BTreeMap::<Box<str>, usize>::new());
    for item in items(world) {
        match &item.body {
            Body::Action(action) => {
                actions.insert(action.id.clone(), (action.clone(), item.state, item.outcome.clone()));
            }
            Body::Notice(notice) => {
                if let News::Ended { action, .. } = &notice.news {
                    *outcomes.entry(action.id.clone()).or_default() += 1;
                }
            }
            Body::Finding(_) => {}
        }
    }
    for (id, (action, state, outcome)) in &actions {
        let outcome = outcome.as_ref().unwrap_or_else(|| panic!("no outcome: {action:?} is {state:?}"));
        match outcome {
            Outcome::Done { .. } => counts.actions_done += 1,
            _ => counts.actions_ended_otherwise += 1,
        }
        let told = outcomes.get(id).copied().unwrap_or_default();
        let by_respond = ends(&world.ended, &ItemId::action(id));
        // One that was held back before it left is told with its finding.
        // What a budget holds back is not told one by one.
        let budgeted = matches!(outcome, Outcome::Withheld { reason: Reason::BudgetSpent { .. } });
        assert!(budgeted || told >= usize::from(by_respond), "the end of {action:?} is told to nobody");
        assert!(told <= 2, "{action:?} is said to have ended {told} times");
        if told == 2 {
            assert!(
                matches!(outcome, Outcome::Done { .. } | Outcome::Withheld { .. }),
                "{action:?}: {outcome:?}"
            );
        }
    }
    let mut standing = 0;
    for item in items(world) {
        let (Body::Finding(finding), State::Fired) = (&item.body, item.state) else { continue };
        standing += 1;
        assert_wish_was_put(world, finding, &actions);
    }
    counts.findings += standing;
}

type Actions = BTreeMap<Box<str>, (Action, State, Option<Outcome>)>;

/// A finding that stands with a remedy has its action, and a reported key that IAM still has doesn't work any more.
fn assert_wish_was_put(world: &World, finding: &Finding, actions: &Actions) {
    let mut memory = Memory::default();
    for stored in world.stage.ledger.documents() {
        memory.add(stored.document);
    }
    let policy = Stage::policy_that_enforces();
    let Some(document) = memory.get(&DocumentId::main(finding.subject.clone())) else { return };
    let now = keytrail_engine::judge::judge(document, &memory, &policy, world.now());
    let Some(remedy) = now.iter().find(|it| it.id == finding.id).and_then(|it| it.remedy.clone()) else {
        return;
    };
    let id = Action::id_of(&finding.id, &remedy);
    let Some((action, _, outcome)) = actions.get(&id) else {
        panic!("nobody asked for {remedy:?} of {finding:?}")
    };
    let late =
        matches!(outcome, Some(Outcome::Withheld { reason: Reason::TooOld { .. } | Reason::Expired { .. } }));
    match &action.kind {
        ActionKind::DeactivateApiKey { key, user, .. } => {
            let status = world.stage.iam.status(user, key);
            // One of which CloudTrail dropped the creation may be found too late, and that is told.
            assert!(status != Some(Status::Active) || late, "{key} still works: {outcome:?}");
            assert!(!late || dropped(world, key.as_str()), "{key} was reported in time: {outcome:?}");
        }
        ActionKind::RescueKmsKey { key } => {
            let state = world.stage.kms.state_of(key);
            // While its finding stands, nobody has cancelled the deletion, so far as memory knows.
            assert!(
                late || state != Some(KmsKeyState::PendingDeletion),
                "{key} will be deleted: {outcome:?}"
            );
        }
        ActionKind::DenyBearerCalls { user } => {
            assert!(world.stage.iam.denied(user), "{user} is not denied: {outcome:?}");
        }
        _ => {}
    }
}

fn dropped(world: &World, key: &str) -> bool {
    world
        .story
        .iter()
        .any(|it| matches!(&it.what, What::CreateKey(_, id) if id == key) && it.arrives.is_empty())
}

/// Every notice is told; again only in a window, and in the same words.
fn assert_told(world: &World, counts: &mut Counts) {
    let heard = world.heard.lock().unwrap();
    let published = world.stage.topic.published();
    assert_eq!(published.len(), heard.published.len());
    let ended: BTreeMap<u64, &Ended> = world.ended.iter().map(|it| (it.number, it)).collect();
    for item in items(world) {
        let Body::Notice(notice) = &item.body else { continue };
        counts.notices += 1;
        assert_eq!(item.state, State::Done, "{notice:?}");
        let copies: Vec<_> = published.iter().filter(|it| it.id == notice.id).collect();
        // Or it was told with others.
        let together = published.iter().filter(|it| lists(it, &notice.id)).count();
        assert!(!copies.is_empty() || together > 0, "told to nobody: {notice:?}");
        assert!(copies.iter().all(|copy| *copy == copies[0]), "told in other words: {notice:?}");
        let mut by: Vec<_> = heard.published.iter().filter(|it| *it.notice == *notice.id).collect();
        by.pop();
        for earlier in by {
            counts.told_again += 1;
            let Some(invocation) = ended.get(&earlier.by) else { panic!("nobody published {notice:?}") };
            let outlived = invocation.ended.since(invocation.began) >= LEASE;
            assert!(
                earlier.unheard || !invocation.clean || outlived,
                "told again although {invocation:?} recorded it: {notice:?}"
            );
        }
    }
}

/// Whether a message of several notices lists one.
fn lists(message: &Message, id: &str) -> bool {
    let json: Value = serde_json::from_str(&message.json).unwrap();
    json["notices"].as_array().is_some_and(|all| all.iter().any(|it| it["id"] == id))
}

/// Whom AWS named, and nobody else; and keys of a user whom AWS had named when somebody switched them off and on again.
fn assert_only_what_was_reported(world: &World, counts: &mut Counts) {
    let (mut keys, mut users) = (BTreeSet::new(), BTreeSet::new());
    for happening in &world.story {
        match &happening.what {
            What::ReportKey(key) => {
                keys.insert(key.as_str());
            }
            What::ReportUser(user) => {
                users.insert(*user);
            }
            _ => {}
        }
    }
    let named = |user: &str, at: Time| {
        let of_user =
            |it: &Happening| matches!(&it.what, What::ReportUser(named) if *named == user) && it.at <= at;
        world.story.iter().any(of_user)
    };
    let tampered_with = world.story.iter().filter_map(|it| match &it.what {
        What::SetStatus(user, key, true) if named(user, it.at) => Some(key.as_str()),
        _ => None,
    });
    keys.extend(tampered_with);
    let mut seen = BTreeMap::<String, usize>::new();
    for write in world.stage.iam.writes() {
        match &write {
            IamWrite::Status(_, key, Status::Inactive) => assert!(keys.contains(key.as_str()), "{write:?}"),
            IamWrite::Policy(user, keytrail_ledger::capability::DenyPolicy::Attached) => {
                assert!(users.contains(user.as_str()), "{write:?}");
            }
            _ => panic!("nobody wanted {write:?}"),
        }
        *seen.entry(format!("{write:?}")).or_default() += 1;
    }
    counts.written_again += seen.values().map(|times| times - 1).sum::<usize>();
    // Whoever begins after an action has ended writes nothing.
    let heard = world.heard.lock().unwrap();
    for invocation in &world.ended {
        if let Work::Respond { item, ended_before: true, .. } = &invocation.work {
            assert!(!heard.wrote.contains(&invocation.number), "{item} had ended, and was done again");
        }
    }
    let faultless = world.stale_reads == 0 && heard.mishaps == 0 && world.dead == 0;
    if faultless {
        assert!(seen.values().all(|times| *times == 1), "nothing went wrong, and yet: {seen:?}");
    }
}
