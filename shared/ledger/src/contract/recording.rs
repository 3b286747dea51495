//! Recording events: what the handlers do, on this ledger.

use std::collections::BTreeSet;

use keytrail_engine::decide::Circumstances;
use keytrail_engine::document::{SCHEMA, Schema};
use keytrail_engine::event::{Event, Status};
use keytrail_engine::finding::FindingId;
use keytrail_engine::judge::{judge, judge_all};
use keytrail_engine::notice::Outcome;
use keytrail_engine::policy::{Mode, Policy};
use keytrail_engine::subject::{DocumentId, SubjectId};
use keytrail_engine::time::{Span, Time};
use keytrail_engine::world::World;

use super::story::{self, START, at, create, create_all, event, kms_key, user, user_document, writing};
use crate::commit::Commit;
use crate::error::Next;
use crate::item::{Body, ItemId, ItemKind, State, StoredItem};
use crate::ledger::Ledger;
use crate::record::{HOURS_ARE_KEPT, Judging, Recorded, conclude, judge_again, record};

const KMS_RULE: &str = "kms_key_in_use_scheduled_for_deletion";

pub(super) fn judging(policy: &Policy, now: Time) -> Judging<'_> {
    Judging { policy, now, circumstances: Circumstances::default() }
}

/// Does everything that it may.
fn enforcing() -> Policy {
    let enrolled_accounts = [keytrail_engine::ids::AccountId::new("111122223333")].into();
    Policy { mode: Mode::Enforce, enrolled_accounts, ..Policy::default() }
}

pub(super) async fn put<L: Ledger>(ledger: &L, events: &[Event], now: Time) -> Recorded {
    let recorded = record(ledger, events, judging(&Policy::default(), now)).await;
    assert!(recorded.failed.is_empty(), "{:?}", recorded.failed);
    recorded
}

pub(super) fn replayed(events: &[Event]) -> World {
    let mut world = World::default();
    events.iter().for_each(|event| world.absorb(event));
    world
}

/// The ledger has a world's documents.
pub(super) async fn assert_remembers<L: Ledger>(ledger: &L, world: &World) {
    for document in world.documents() {
        let stored = ledger.load(&[document.id()], START).await.unwrap();
        assert_eq!(
            stored.iter().map(|it| &it.document).collect::<Vec<_>>(),
            [document],
            "{:?}",
            document.id()
        );
    }
}

/// The findings that have fired are those that stand.
pub(super) async fn assert_in_line<L: Ledger>(ledger: &L, world: &World, now: Time) {
    for document in world.documents().filter(|it| it.id() == DocumentId::main(it.subject.clone())) {
        let standing: BTreeSet<FindingId> =
            judge(document, world, &Policy::default(), now).into_iter().map(|it| it.id).collect();
        assert_eq!(fired(ledger, &document.subject).await, standing, "{}", document.subject);
    }
}

async fn fired<L: Ledger>(ledger: &L, subject: &SubjectId) -> BTreeSet<FindingId> {
    let items = ledger.items_about(subject, ItemKind::Finding).await.unwrap();
    let fired = items.into_iter().filter(|stored| stored.item.state == State::Fired);
    fired
        .filter_map(|stored| if let Body::Finding(it) = stored.item.body { Some(it.id) } else { None })
        .collect()
}

fn rules(findings: &[keytrail_engine::finding::Finding]) -> Vec<&str> {
    let mut rules: Vec<&str> = findings.iter().map(|finding| &*finding.rule).collect();
    rules.sort_unstable();
    rules
}

async fn state<L: Ledger>(ledger: &L, subject: &SubjectId, rule: &str) -> StoredItem {
    let items = ledger.items_about(subject, ItemKind::Finding).await.unwrap();
    let of_rule = |it: &StoredItem| matches!(&it.item.body, Body::Finding(finding) if &*finding.rule == rule);
    items.into_iter().find(of_rule).unwrap()
}

pub async fn recorded_documents_are_those_of_a_replay<L: Ledger>(ledger: &L) {
    for (prefix, size, reversed) in [("a", 1, false), ("b", 1, true), ("c", 4, true), ("d", 100, false)] {
        let told = story::story(prefix);
        let mut arriving: Vec<Event> = told.iter().chain(&told[2..7]).cloned().collect();
        if reversed {
            arriving.reverse();
        }
        for batch in arriving.chunks(size) {
            put(ledger, batch, at(300)).await;
        }
        let world = replayed(&told);
        assert_remembers(ledger, &world).await;
        assert_in_line(ledger, &world, at(300)).await;
    }
}

pub async fn the_same_again_writes_nothing<L: Ledger>(ledger: &L) {
    let told = story::story("a");
    let first = put(ledger, &told, at(300)).await;
    assert!(first.written > 10 && first.fired.len() > 3);
    for batch in [&told[..], &told[3..4], &[]] {
        let again = put(ledger, batch, at(301)).await;
        assert_eq!((again.written, again.fired.len(), again.withdrawn.len()), (0, 0, 0));
    }
}

pub async fn a_finding_fires_once<L: Ledger>(ledger: &L) {
    let created = event(1, 0, story::key_without_end_created("ACCA1", "gateway"));
    let recorded = put(ledger, std::slice::from_ref(&created), at(0)).await;
    assert_eq!(rules(&recorded.fired), ["key_created", "key_without_expiry"]);
    let switched = event(2, 1, story::key_status("ACCA1", "gateway", Status::Inactive));
    let again = put(ledger, &[created, switched], at(1)).await;
    assert!(again.written > 0);
    assert_eq!(rules(&again.fired), [""; 0]);
    let other = put(ledger, &[event(3, 2, story::key_compromised("ACCA1"))], at(2)).await;
    assert_eq!(rules(&other.fired), ["compromise_reported"]);
    let [withheld] = &*other.withheld else { panic!("{other:?}") };
    assert_eq!(withheld.action.kind.word(), "deactivate_api_key");
    let item = ledger.items(&[ItemId::action(&withheld.action.id)]).await.unwrap().remove(0).item;
    assert_eq!(item.state, State::Withheld, "the policy observes");
    assert_eq!(item.outcome, Some(Outcome::Withheld { reason: withheld.reason.clone() }));
}

pub async fn a_finding_is_withdrawn_and_stands_again<L: Ledger>(ledger: &L) {
    let key = kms_key("k");
    let danger = [event(1, 0, story::associated("/a", "k")), event(2, 10, story::deletion_scheduled("k"))];
    assert_eq!(rules(&put(ledger, &danger, at(10)).await.fired), [KMS_RULE]);
    let gone = put(ledger, &[event(3, 20, story::log_group_deleted("/a"))], at(20)).await;
    assert_eq!((rules(&gone.withdrawn), gone.fired.len()), (vec![KMS_RULE], 0));
    assert_eq!(state(ledger, &key, KMS_RULE).await.item.state, State::Withdrawn, "never erased");
    // Late: another log group had been put under the key long before.
    let late = put(ledger, &[event(4, 5, story::associated("/b", "k"))], at(30)).await;
    assert_eq!(rules(&late.fired), [KMS_RULE]);
    assert_eq!(state(ledger, &key, KMS_RULE).await.item.state, State::Fired);
    let saved = put(ledger, &[event(5, 40, story::deletion_cancelled("k"))], at(40)).await;
    assert_eq!(rules(&saved.withdrawn), [KMS_RULE]);
    assert_eq!(rules(&saved.fired), ["kms_key_in_use_disabled"], "a rescued key is left disabled");
    assert_eq!(ledger.items_about(&key, ItemKind::Finding).await.unwrap().len(), 2);
}

pub async fn a_withdrawn_action_is_taken_up_again<L: Ledger>(ledger: &L) {
    let policy = enforcing();
    let put = async |minutes, events: &[Event]| {
        let recorded = record(ledger, events, judging(&policy, at(minutes))).await;
        assert!(recorded.failed.is_empty(), "{:?}", recorded.failed);
        recorded
    };
    let danger = [event(1, 0, story::associated("/a", "k")), event(2, 10, story::deletion_scheduled("k"))];
    let first = put(10, &danger).await;
    assert_eq!(first.actions.len(), 1, "{first:?}");
    let id = ItemId::action(&first.actions[0].id);
    let item = async || ledger.items(std::slice::from_ref(&id)).await.unwrap().remove(0);
    assert_eq!(item().await.item.state, State::Pending);
    let notices = ledger.items_about(&kms_key("k"), ItemKind::Notice).await.unwrap();
    assert_eq!(notices.len(), 1, "a finding that may be acted upon is told");

    put(20, &[event(3, 20, story::log_group_deleted("/a"))]).await;
    let reason = keytrail_engine::action::Reason::Withdrawn;
    let held = vec![item().await.to(State::Withheld, Some(Outcome::Withheld { reason }))];
    ledger.commit(&Commit { changes: held, ..Commit::at(at(21)) }).await.unwrap();
    put(30, &[event(4, 5, story::associated("/b", "k"))]).await;
    assert_eq!((item().await.item.state, item().await.item.outcome), (State::Pending, None));

    let done = vec![item().await.to(State::Done, Some(Outcome::Done { already: false }))];
    ledger.commit(&Commit { changes: done, ..Commit::at(at(31)) }).await.unwrap();
    put(40, &[event(5, 40, story::log_group_deleted("/b"))]).await;
    put(50, &[event(6, 6, story::associated("/c", "k"))]).await;
    assert_eq!(item().await.item.state, State::Done, "what is done is done");
}

pub async fn what_a_late_record_makes_possible_is_asked_for_once<L: Ledger>(ledger: &L) {
    let policy = enforcing();
    let put = async |minutes, event: &Event| {
        record(ledger, std::slice::from_ref(event), judging(&policy, at(minutes))).await
    };
    // The report comes before anything that says whose key it is: there is nothing that could be done.
    let reported = put(10, &event(1, 10, story::key_compromised("ACCA1"))).await;
    assert_eq!((rules(&reported.fired), reported.actions.len()), (vec!["compromise_reported"], 0));
    let created = event(2, 0, story::key_created("ACCA1", "gateway"));
    let late = put(20, &created).await;
    assert_eq!((rules(&late.fired), late.actions.len()), (vec!["key_created"], 1));
    assert_eq!(late.actions[0].kind.word(), "deactivate_api_key");
    let id = ItemId::action(&late.actions[0].id);
    let item = async || ledger.items(std::slice::from_ref(&id)).await.unwrap().remove(0);
    assert_eq!(item().await.item.state, State::Pending);
    let done = vec![item().await.to(State::Done, Some(Outcome::Done { already: false }))];
    ledger.commit(&Commit { changes: done, ..Commit::at(at(21)) }).await.unwrap();
    let again = put(30, &event(3, 25, story::key_status("ACCA1", "gateway", Status::Inactive))).await;
    assert_eq!((again.actions.len(), again.withheld.len()), (0, 0));
    assert_eq!(item().await.item.state, State::Done, "what is done is done");
}

pub async fn a_new_key_moves_the_judgement_of_hours_long_past<L: Ledger>(ledger: &L) {
    let usage = story::usage("gateway");
    let calls: Vec<Event> =
        (0..4).map(|n| event(10 + n, 60 * i64::try_from(n).unwrap(), story::called("gateway"))).collect();
    for call in &calls {
        put(ledger, std::slice::from_ref(call), at(240)).await;
    }
    assert_eq!(state(ledger, &usage, "bearer_call_by_unknown_key").await.item.state, State::Fired);
    let late = put(ledger, &[event(1, -20, story::key_created("ACCA1", "gateway"))], at(300)).await;
    assert_eq!(rules(&late.withdrawn), ["bearer_call_by_unknown_key"]);
    let second = put(ledger, &[event(2, -10, story::key_created("ACCA2", "gateway"))], at(300)).await;
    assert_eq!(rules(&second.fired), ["ambiguous_bearer_call", "key_created", "unexpected_second_key"]);
}

pub async fn more_than_a_commit_holds_is_recorded_whole<L: Ledger>(ledger: &L) {
    let keys = (0..60).map(|n| event(n, 0, story::key_without_end_created(&format!("ACCA{n}"), "gateway")));
    let groups = (0..70).map(|n| event(100 + n, 0, story::associated(&format!("/g{n}"), "k")));
    let told: Vec<Event> =
        keys.chain(groups).chain([event(300, 1, story::deletion_scheduled("k"))]).collect();
    let recorded = put(ledger, &told, at(1)).await;
    // Each key but the first is a second one, as far as the user's document remembers them: the 16 earliest and 16 latest.
    assert_eq!(recorded.fired.len(), 60 * 2 + 31 + 1);
    let world = replayed(&told);
    assert_remembers(ledger, &world).await;
    assert_in_line(ledger, &world, at(1)).await;
    assert_eq!(put(ledger, &told, at(1)).await.written, 0);
}

pub async fn an_hour_that_has_aged_out_is_not_written<L: Ledger>(ledger: &L) {
    let told = [event(1, 0, story::called("gateway")), event(2, 60, story::called("gateway"))];
    let recorded = put(ledger, &told, START + HOURS_ARE_KEPT).await;
    assert_eq!(recorded.aged_out, 1);
    let hours =
        ledger.parts(&story::usage("gateway"), crate::Parts::Hours, START + HOURS_ARE_KEPT).await.unwrap();
    assert_eq!(hours.len(), 1);
    assert_eq!(hours[0].expires, Some(at(60) + HOURS_ARE_KEPT));
    let main = ledger.load(&[DocumentId::main(story::usage("gateway"))], START).await.unwrap();
    assert_eq!(main[0].expires, None);
}

pub async fn a_refused_document_fails_its_events_alone<L: Ledger>(ledger: &L) {
    let mut newer = user_document("gateway");
    newer.schema = Schema { major: SCHEMA.major + 1, minor: 0 };
    ledger.commit(&writing([create(newer)])).await.unwrap();
    let told = [
        event(1, 0, story::user_created("gateway")),
        event(2, 0, story::user_created("billing")),
        event(3, 0, story::key_created("ACCA1", "gateway")),
    ];
    let policy = Policy::default();
    let recorded = record(ledger, &told, judging(&policy, at(0))).await;
    let failed: BTreeSet<usize> = recorded.failed.iter().flat_map(|it| it.events.iter().copied()).collect();
    assert_eq!(failed, BTreeSet::from([0, 2]));
    assert!(recorded.failed.iter().all(|failed| failed.error.next() == Next::Refuse));
    assert_eq!(ledger.load(&[DocumentId::main(user("billing"))], START).await.unwrap().len(), 1);
}

pub async fn a_clock_alone_brings_findings_to_light<L: Ledger>(ledger: &L) {
    let told = [event(1, 0, story::associated("/a", "k")), event(2, 60, story::deletion_scheduled("k"))];
    assert_eq!(put(ledger, &told, at(0)).await.fired, [], "an hour ahead of the clock");
    let policy = Policy::default();
    let again =
        async |minutes| judge_again(ledger, &kms_key("k"), judging(&policy, at(minutes))).await.unwrap();
    assert_eq!(again(1).await.fired, []);
    assert_eq!(rules(&again(60).await.fired), [KMS_RULE]);
    assert_eq!(again(61).await.fired, []);
    let unknown = judge_again(ledger, &kms_key("unheard of"), judging(&policy, at(0))).await.unwrap();
    assert_eq!((unknown.fired.len(), unknown.written), (0, 0));
}

pub async fn a_replay_concludes_once<L: Ledger>(ledger: &L) {
    let policy = enforcing();
    let circumstances = Circumstances { replay: true, ..Circumstances::default() };
    let judging = Judging { policy: &policy, now: at(300), circumstances };
    let mut told = story::story("a");
    let world = replayed(&told);
    create_all(ledger, world.documents().cloned()).await.unwrap();
    let first = conclude(ledger, &world, judging).await.unwrap();
    assert_eq!(rules(&first.fired), rules(&judge_all(&world, &policy, at(300))));
    assert!(!first.withheld.is_empty() && first.actions.is_empty(), "a replay never acts");
    assert!(ledger.due(at(1_000), None, 10).await.unwrap().entries.is_empty(), "nor tells anybody");
    let again = conclude(ledger, &world, judging).await.unwrap();
    assert_eq!((again.fired.len(), again.withdrawn.len(), again.withheld.len()), (0, 0, 0));

    told.push(event(99, 290, story::deletion_cancelled("a-key")));
    let saved = conclude(ledger, &replayed(&told), judging).await.unwrap();
    let left_disabled = vec!["kms_key_in_use_disabled"];
    assert_eq!((rules(&saved.withdrawn), rules(&saved.fired)), (vec![KMS_RULE], left_disabled));
    assert_eq!(rules(&conclude(ledger, &world, judging).await.unwrap().fired), [KMS_RULE]);
    let later = Judging { now: at(300) + Span::days(400), ..judging };
    conclude(ledger, &World::default(), later).await.unwrap();
    assert!(fired(ledger, &kms_key("a-key")).await.is_empty());
}
