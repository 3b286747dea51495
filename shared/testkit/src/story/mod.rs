//! Generated stories: what happens to a handful of users, API keys, KMS keys, log groups and trails, and the records
//! that tell of it, with all that makes convergence hard.
//!
//! A story is a list of steps, so that a failing one shrinks to the few that matter and prints in a few lines. Steps
//! fall on a few moments again and again (equal seconds), names are deleted and created again, calls carry no
//! credential id most of the time, users have several keys, floods push every set and sketch past its bounds, and
//! records lose ids and times, lie in the future, repeat and correct each other.
//!
//! ```
//! use keytrail_testkit::story::{delivery, story};
//! use proptest::prelude::*;
//!
//! proptest!(ProptestConfig::with_cases(8), |(story in story(), one in delivery(), other in delivery())| {
//!     let records = story.records();
//!     let arriving = |delivery: &keytrail_testkit::story::Delivery| {
//!         let mut ids: Vec<_> = delivery.deliver(&records).concat().iter().map(|r| r.to_string()).collect();
//!         ids.sort();
//!         ids.dedup();
//!         ids
//!     };
//!     prop_assert_eq!(arriving(&one), arriving(&other));
//! });
//! ```

mod cast;
mod deliver;
mod step;
mod tell;
mod twist;

pub use cast::{START, moment};
pub use deliver::{Delivery, delivery};
pub use step::{GroupStep, KeyStep, KmsStep, Step, TrailStep, UserStep};
pub use twist::Twist;

use proptest::prelude::*;
use proptest::sample::select;
use serde_json::Value;

/// How long a story lasts, in seconds: four days.
pub const LENGTH: u32 = 4 * 86_400;

/// A story: steps in the order of telling, which is not the order in which they happen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Story {
    /// What happens.
    pub steps: Vec<Told>,
}

/// A step, when it happens and what befalls its records.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// Seconds after [`START`].
    pub second: u32,
    /// What happens.
    pub step: Step,
    /// What befalls its records.
    pub twist: Twist,
}

impl Story {
    /// The records that tell the story. Reports of compromise are EventBridge envelopes, so what reads a story has to
    /// read containers: [`Delivery::files`] gives it whole log files.
    pub fn records(&self) -> Vec<Value> {
        self.steps.iter().flat_map(Told::records).collect()
    }
}

impl Told {
    fn records(&self) -> Vec<Value> {
        self.step.records(self.second).into_iter().flat_map(|record| self.twist.apply(record)).collect()
    }
}

/// Stories of up to 40 steps. Floods are small: a set passes its bounds, a sketch mostly doesn't.
pub fn story() -> impl Strategy<Value = Story> {
    prop::collection::vec(told(step(80)), 1..40).prop_map(|steps| Story { steps })
}

/// Stories of a few steps around one flood of 1,500 to 4,000 calls: beyond every sketch's exact range.
pub fn flooded_story() -> impl Strategy<Value = Story> {
    let flood = (0_usize..6, 1500_u16..4000, 0_u16..120, 1_u16..4000, 1_u16..4000, 1_u16..300).prop_map(
        |(user, calls, apart, networks, agents, groups)| Step::Flood {
            user,
            calls,
            apart,
            networks,
            agents,
            groups,
        },
    );
    (told(flood), prop::collection::vec(told(step(40)), 0..8), any::<prop::sample::Index>()).prop_map(
        |(flood, mut steps, place)| {
            steps.insert(place.index(steps.len() + 1), flood);
            Story { steps }
        },
    )
}

fn told(step: impl Strategy<Value = Step>) -> impl Strategy<Value = Told> {
    (second(), step, twist()).prop_map(|(second, step, twist)| Told { second, step, twist })
}

/// A few moments come up again and again, so that things happen in the same second.
fn second() -> impl Strategy<Value = u32> {
    prop_oneof![3 => select(vec![36_000, 36_001, 39_600, 86_400, 200_000]), 2 => 0..LENGTH]
}

fn twist() -> impl Strategy<Value = Twist> {
    use Twist::{
        BadTime, Corrected, CorrectedTwice, ExportedTime, Future, NoId, NoTime, Old, OnlyCorrection,
        Repeated, Shared,
    };
    prop_oneof![
        12 => Just(Twist::None),
        2 => Just(Repeated),
        5 => select(vec![Corrected, CorrectedTwice, OnlyCorrection, Shared, NoId]),
        4 => select(vec![NoTime, Future, ExportedTime, BadTime, Old]),
    ]
}

/// One step; floods have at most `calls` calls.
pub fn step(calls: u16) -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => (0_usize..6, 0_usize..3, key_step()).prop_map(|(user, key, what)| Step::Key { user, key, what }),
        6 => call(),
        1 => (0_usize..6, any::<u8>()).prop_map(|(group, network)| Step::ShortTermCall { group, network }),
        1 => (0_usize..6, 0_usize..4).prop_map(|(user, service)| Step::OtherService { user, service }),
        1 => flood(calls),
        1 => (0_usize..6, 0_usize..3, 1_u8..80, 0_u16..4000)
            .prop_map(|(user, key, times, apart)| Step::KeyFlips { user, key, times, apart }),
        1 => (0_usize..6, 1_u16..40).prop_map(|(key, targets)| Step::ManyTargets { key, targets }),
        1 => (0_usize..6, 1_u8..80, 0_u16..4000)
            .prop_map(|(group, times, apart)| Step::AssociationFlips { group, times, apart }),
        4 => (0_usize..6, kms_step()).prop_map(|(key, what)| Step::Kms { key, what }),
        4 => (0_usize..6, 0_usize..6, group_step())
            .prop_map(|(group, key, what)| Step::Group { group, key, what }),
        3 => (0_usize..6, user_step()).prop_map(|(user, what)| Step::User { user, what }),
        1 => (0_usize..2, trail_step()).prop_map(|(trail, what)| Step::Trail { trail, what }),
        1 => (0_usize..6, 0_usize..3, any::<bool>())
            .prop_map(|(user, key, health)| Step::Report { user, key, health }),
    ]
}

/// A single bearer call; four in five carry no credential id.
fn call() -> impl Strategy<Value = Step> {
    let id = prop_oneof![4 => Just(None), 1 => (0_usize..5).prop_map(Some)];
    (0_usize..6, 0_usize..3, 0_usize..6, 0_u8..40, 0_usize..7, id, prop::bool::weighted(0.1)).prop_map(
        |(user, key, group, network, agent, id, denied)| Step::Call {
            user,
            key,
            group,
            network,
            agent,
            id,
            denied,
        },
    )
}

fn flood(calls: u16) -> impl Strategy<Value = Step> {
    (0_usize..6, 1..=calls, 0_u16..4000, 1..=calls, 1..=calls, 1..=calls).prop_map(
        |(user, calls, apart, networks, agents, groups)| Step::Flood {
            user,
            calls,
            apart,
            networks,
            agents,
            groups,
        },
    )
}

fn key_step() -> impl Strategy<Value = KeyStep> {
    prop_oneof![
        3 => prop_oneof![Just(None), (1_u16..400).prop_map(Some), Just(Some(36_600))].prop_map(KeyStep::Created),
        3 => any::<bool>().prop_map(KeyStep::Status),
        1 => any::<bool>().prop_map(KeyStep::StatusFailed),
        1 => Just(KeyStep::Reset),
        1 => Just(KeyStep::Deleted),
    ]
}

fn kms_step() -> impl Strategy<Value = KmsStep> {
    use KmsStep::{
        CancelDeletion, Create, Delete, DeleteMaterial, Disable, Enable, ExpireMaterial, ImportMaterial,
        PutPolicy, Replicate, Rotate, RotateOnDemand, ScheduleDeletion, ScheduleDeletionAfterReplicas,
    };
    prop_oneof![
        select(vec![Create, Enable, Disable, ScheduleDeletion, CancelDeletion]),
        select(vec![Replicate, ScheduleDeletionAfterReplicas, Delete, ImportMaterial, ExpireMaterial]),
        select(vec![DeleteMaterial, Rotate, RotateOnDemand, PutPolicy]),
    ]
}

fn group_step() -> impl Strategy<Value = GroupStep> {
    use GroupStep::{
        Associate, AssociateByIdentifier, AssociateDenied, AssociateFailed, AssociateQueryResults, BearerOff,
        BearerOn, Create, CreateWithKey, Delete, DeleteRetention, Disassociate, DisassociateQueryResults,
        PutRetention, Recreate,
    };
    prop_oneof![
        select(vec![Associate, AssociateByIdentifier, AssociateQueryResults, Disassociate]),
        select(vec![AssociateFailed, AssociateDenied, DisassociateQueryResults, Create, CreateWithKey]),
        select(vec![Delete, Recreate, PutRetention, DeleteRetention, BearerOn, BearerOff]),
    ]
}

fn user_step() -> impl Strategy<Value = UserStep> {
    use UserStep::{
        AttachPolicy, Create, CreateAccessKey, CreateLoginProfile, Delete, PutPolicy, Quarantine, Recreate,
        Tag, Untag,
    };
    select(vec![
        Create,
        Delete,
        Recreate,
        Tag,
        Untag,
        CreateAccessKey,
        CreateLoginProfile,
        AttachPolicy,
        PutPolicy,
        Quarantine,
    ])
}

fn trail_step() -> impl Strategy<Value = TrailStep> {
    use TrailStep::{Delete, SelectBearerCalls, SelectManagementOnly, SelectWithoutKms, Start, Stop};
    select(vec![Start, Stop, Delete, SelectBearerCalls, SelectManagementOnly, SelectWithoutKms])
}

#[cfg(test)]
mod tests;
