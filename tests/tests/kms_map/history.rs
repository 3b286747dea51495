//! Histories of KMS keys and log targets: what can happen, and only that.

use keytrail_engine::event::{
    Caller, Event, KmsKeyChange, KmsKeyMake, KmsKeyRef, KmsKeyState, LogGroupSeen, LogTargetName,
    MultiRegion, Place, What,
};
use keytrail_engine::ids::RecordId;
use keytrail_engine::subject::SubjectId;
use keytrail_engine::time::{Span, Time};
use proptest::prelude::*;

use crate::oracle::Oracle;

/// Events in the order in which they happened.
#[derive(Clone, Debug)]
pub(crate) struct History {
    pub(crate) events: Vec<Event>,
}

const REGIONS: [&str; 2] = ["us-east-1", "us-west-2"];

/// A key of a region: two of its own, and the one multi-Region key, which both have.
pub(crate) fn key(region: usize, number: usize) -> SubjectId {
    let id = ["1234abcd-12ab-34cd-56ef-1234567890ab", "mrk-1234abcd12ab34cd56ef1234567890ab"];
    let id =
        if number == 2 { id[1].to_owned() } else { id[0].replace("1234abcd", &format!("{number}234abcd")) };
    SubjectId::kms_key("aws".into(), "111122223333".into(), REGIONS[region].into(), &id.as_str().into())
}

pub(crate) fn keys() -> Vec<SubjectId> {
    (0..2).flat_map(|region| (0..3).map(move |number| key(region, number))).collect()
}

fn name(target: usize) -> LogTargetName {
    match target {
        2 => LogTargetName::QueryResults,
        number => LogTargetName::LogGroup(["/app", "/audit"][number].into()),
    }
}

pub(crate) fn target(region: usize, number: usize) -> SubjectId {
    SubjectId::log_target("aws".into(), "111122223333".into(), REGIONS[region].into(), &name(number))
}

pub(crate) fn targets() -> Vec<SubjectId> {
    (0..2).flat_map(|region| (0..3).map(move |number| target(region, number))).collect()
}

pub(crate) fn listing(event: &Event) -> bool {
    matches!(event.what, What::LogGroupObserved { .. })
}

/// Something that somebody tries; what can't be is left out.
#[derive(Clone, Debug)]
struct Try {
    region: usize,
    target: usize,
    key: usize,
    verb: Verb,
    after: Span,
}

#[derive(Clone, Debug)]
enum Verb {
    CreateGroup { with_key: bool },
    DeleteGroup,
    Associate,
    Disassociate,
    Retention(Option<u32>),
    List,
    CreateKey,
    Replicate,
    Disable,
    Enable,
    Schedule { waits: bool },
    Cancel,
    Delete,
}

fn verb() -> impl Strategy<Value = Verb> {
    let days = prop_oneof![Just(Some(1)), Just(Some(30)), Just(Some(365)), Just(None)];
    prop_oneof![
        3 => any::<bool>().prop_map(|with_key| Verb::CreateGroup { with_key }),
        2 => Just(Verb::DeleteGroup),
        8 => Just(Verb::Associate),
        3 => Just(Verb::Disassociate),
        5 => days.prop_map(Verb::Retention),
        4 => Just(Verb::List),
        1 => Just(Verb::CreateKey),
        1 => Just(Verb::Replicate),
        1 => Just(Verb::Disable),
        1 => Just(Verb::Enable),
        2 => any::<bool>().prop_map(|waits| Verb::Schedule { waits }),
        1 => Just(Verb::Cancel),
        1 => Just(Verb::Delete),
    ]
}

fn tries(most: usize, after: BoxedStrategy<i64>) -> impl Strategy<Value = Vec<Try>> {
    let one = (0..2_usize, 0..3_usize, 0..3_usize, verb(), after);
    let one = one.prop_map(|(region, target, key, verb, after)| Try {
        region,
        target,
        key,
        verb,
        after: Span::seconds(after),
    });
    prop::collection::vec(one, 1..most)
}

/// Histories in which every change has a second of its own.
pub(crate) fn history(most: usize) -> impl Strategy<Value = History> {
    let after = prop_oneof![1_i64..600, 600_i64..86_400, 86_400_i64..8_640_000].boxed();
    tries(most, after).prop_map(|tries| happen(&tries, false))
}

/// Histories with several changes in a second, and with more of them than a document keeps.
pub(crate) fn crowded(most: usize) -> impl Strategy<Value = History> {
    let after = prop_oneof![Just(0_i64), 1_i64..600, 86_400_i64..864_000].boxed();
    // In one place, so that its histories overflow.
    let tries = tries(most, after).prop_map(|mut tries| {
        for it in &mut tries {
            (it.region, it.target) = (0, it.target / 2);
        }
        tries
    });
    tries.prop_map(|tries| happen(&tries, true))
}

/// What happens when people try these things: what the state of affairs forbids does not.
fn happen(tries: &[Try], crowded: bool) -> History {
    let mut affairs = Oracle::default();
    let mut events = Vec::new();
    let mut now = Time::parse("2026-01-01T00:00:00Z").unwrap();
    for attempt in tries {
        now = now + attempt.after;
        for what in attempt.what(&affairs, crowded) {
            let record = events.len() as u64 + 1;
            let event = Event {
                // A record's number says nothing of its order.
                record: RecordId(record.wrapping_mul(0x9E37_79B9_7F4A_7C15)),
                event_id: None,
                revision: 0,
                time: Some(now),
                place: Place {
                    partition: "aws".into(),
                    account: "111122223333".into(),
                    region: REGIONS[attempt.region].into(),
                },
                caller: Caller::default(),
                foreign_envelope: false,
                what,
            };
            affairs.see(&event);
            events.push(event);
        }
    }
    History { events }
}

impl Try {
    fn what(&self, affairs: &Oracle, crowded: bool) -> Vec<What> {
        let (target, subject) = (name(self.target), target(self.region, self.target));
        let key = key(self.region, self.key);
        let group = self.target != 2;
        let (exists, reference) = (affairs.exists(&subject), KmsKeyRef::Key(key.clone()));
        let one = |right: bool, what: What| if right { vec![what] } else { Vec::new() };
        match &self.verb {
            Verb::CreateGroup { with_key } => one(
                group && affairs.can_be_created(&subject),
                What::LogGroupCreated { target, key: with_key.then_some(reference) },
            ),
            Verb::DeleteGroup => one(group && exists, What::LogGroupDeleted { target }),
            Verb::Associate => one(exists, What::Associated { target, key: reference }),
            Verb::Disassociate => one(exists, What::Disassociated { target }),
            Verb::Retention(days) => one(group && exists, What::RetentionSet { target, days: *days }),
            Verb::List => {
                let seen = LogGroupSeen {
                    key: affairs.current(&subject).map(KmsKeyRef::Key),
                    retention_days: affairs.retention(&subject),
                    bearer_authentication: None,
                };
                let sure = crowded || !affairs.was_deleted(&subject);
                one(group && exists && sure, What::LogGroupObserved { target, seen })
            }
            Verb::CreateKey if affairs.key_can_be_created(&key) && (self.key != 2 || self.region == 0) => {
                vec![created(key, self.key == 2)]
            }
            Verb::Replicate => self.replicated(affairs),
            Verb::CreateKey => Vec::new(),
            verb => one(affairs.allows(&key, word(verb)), changed(key, verb)),
        }
    }

    /// `ReplicateKey` of the multi-Region key from the first region to the second, and the creation that follows.
    fn replicated(&self, affairs: &Oracle) -> Vec<What> {
        let (primary, replica) = (key(0, 2), key(1, 2));
        if self.region != 0 || !affairs.key_can_be_created(&replica) || affairs.key(&primary).deletion != "no"
        {
            return Vec::new();
        }
        let told =
            What::KmsKeyReplicated { key: primary, replica: replica.clone(), region: REGIONS[1].into() };
        vec![told, created(replica, true)]
    }
}

fn created(key: SubjectId, multi_region: bool) -> What {
    let make = KmsKeyMake {
        multi_region: Some(if multi_region { MultiRegion::Yes } else { MultiRegion::No }),
        ..KmsKeyMake::default()
    };
    What::KmsKeyCreated { key, make, state: Some(KmsKeyState::Enabled), policy: None }
}

fn word(verb: &Verb) -> &'static str {
    match verb {
        Verb::Disable => "disable",
        Verb::Enable => "enable",
        Verb::Schedule { .. } => "schedule",
        Verb::Cancel => "cancel",
        _ => "delete",
    }
}

fn changed(key: SubjectId, verb: &Verb) -> What {
    let change = match verb {
        Verb::Disable => KmsKeyChange::Disabled,
        Verb::Enable => KmsKeyChange::Enabled,
        Verb::Schedule { waits } => KmsKeyChange::DeletionScheduled {
            date: (!waits).then(|| Time::parse("2030-01-01T00:00:00Z").unwrap()),
            waits_for_replicas: *waits,
        },
        Verb::Cancel => KmsKeyChange::DeletionCancelled,
        _ => KmsKeyChange::Deleted,
    };
    What::KmsKeyChanged { key, change }
}
