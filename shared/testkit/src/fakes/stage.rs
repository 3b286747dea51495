//! Everything that handlers take, around one ledger.

use keytrail_engine::decide::Circumstances;
use keytrail_engine::event::{Event, Status};
use keytrail_engine::parse::{Meaning, meaning};
use keytrail_engine::policy::{Mode, Policy};
use keytrail_engine::read::{Limits, split};
use keytrail_engine::time::{Span, Time};
use keytrail_ledger::capability::Clock;
use keytrail_ledger::{Body, Commit, ItemId, ItemKind, Judging, Ledger, Recorded, State, StoredItem, record};
use serde_json::Value;

use super::{FakeClock, FakeIam, FakeKms, FakePolicy, FakeTopic, MemoryLedger, Wire, run};
use crate::record::report::health;
use crate::record::{ACCOUNT, ApiKey};

/// Everything that handlers take, around one ledger. Its parts are handles: clone them into a handler.
#[derive(Clone, Debug)]
pub struct Stage {
    /// The line over which every call goes.
    pub wire: Wire,
    /// The ledger.
    pub ledger: MemoryLedger,
    /// IAM.
    pub iam: FakeIam,
    /// KMS.
    pub kms: FakeKms,
    /// The topic.
    pub topic: FakeTopic,
    /// The operator's policy.
    pub policy: FakePolicy,
    /// The time.
    pub clock: FakeClock,
}

impl Stage {
    /// An empty stage under a policy.
    pub fn new(policy: Policy, now: Time) -> Self {
        let wire = Wire::default();
        Self {
            ledger: MemoryLedger::new(wire.clone()),
            iam: FakeIam::new(wire.clone()),
            kms: FakeKms::new(wire.clone()),
            topic: FakeTopic::new(wire.clone()),
            policy: FakePolicy::new(policy),
            clock: FakeClock::at(now),
            wire,
        }
    }

    /// An empty stage on which everything is enforced in [`ACCOUNT`].
    pub fn enforcing(now: Time) -> Self {
        Self::new(Self::policy_that_enforces(), now)
    }

    /// A policy that enforces everything in [`ACCOUNT`].
    pub fn policy_that_enforces() -> Policy {
        Policy { mode: Mode::Enforce, enrolled_accounts: [ACCOUNT.into()].into(), ..Policy::default() }
    }

    /// Records what happened, as detect does.
    ///
    /// # Panics
    /// If a record can't be read, or the ledger fails.
    pub fn tell(&self, records: &[Value]) -> Recorded {
        self.tell_while(records, Circumstances::default())
    }

    /// [`Stage::tell`] in other circumstances.
    ///
    /// # Panics
    /// If a record can't be read, or the ledger fails.
    pub fn tell_while(&self, records: &[Value], circumstances: Circumstances) -> Recorded {
        let now = self.clock.now();
        let policy = run(keytrail_ledger::capability::PolicySource::policy(&self.policy)).policy;
        let judging = Judging { policy: &policy, now, circumstances };
        let recorded = run(record(&self.ledger, &events(records, now), judging));
        assert!(recorded.failed.is_empty(), "{:?}", recorded.failed);
        recorded
    }

    /// Makes a user's API key for CloudWatch Logs, in IAM and in the ledger, an hour ago.
    ///
    /// # Panics
    /// If the ledger fails.
    pub fn add_key(&self, user: &str, key: &str) {
        self.iam.add_key(&user.into(), &key.into(), &"logs.amazonaws.com".into(), Status::Active);
        let at = (self.clock.now() + Span::hours(-1)).to_string();
        self.tell(&[ApiKey::new(user, key).valid_for_days(30).create(&at).json()]);
    }

    /// The items of a kind.
    ///
    /// # Panics
    /// If the ledger fails.
    pub fn items(&self, kind: ItemKind) -> Vec<StoredItem> {
        self.ledger.all_items().into_iter().filter(|stored| stored.item.id().kind == kind).collect()
    }

    /// The one item of that address.
    ///
    /// # Panics
    /// If there is none.
    pub fn item(&self, id: &ItemId) -> StoredItem {
        let found = self.ledger.all_items().into_iter().find(|stored| stored.item.id() == *id);
        found.unwrap_or_else(|| panic!("no item {id}"))
    }

    /// The notices of how an action ended.
    pub fn outcome_notices(&self, action: &ItemId) -> Vec<StoredItem> {
        use keytrail_engine::notice::News;
        let of = |stored: &StoredItem| {
            let Body::Notice(notice) = &stored.item.body else { return false };
            matches!(&notice.news, News::Ended { action: ended, .. } if ended.id == action.name)
        };
        self.ledger.all_items().into_iter().filter(of).collect()
    }

    /// Lets an item be pending again, as sweep does with what is due.
    ///
    /// # Panics
    /// If there is none, or the ledger fails.
    pub fn drive(&self, id: &ItemId) {
        let stored = self.item(id);
        let mut commit = Commit::at(self.clock.now());
        commit.changes.push(stored.to(State::Pending, stored.item.outcome.clone()));
        run(self.ledger.commit(&commit)).expect("nobody else writes");
    }
}

/// AWS Health's statement that a key, or a user, was exposed at a moment.
pub fn exposed(entity: &str, at: Time) -> Value {
    let mut report = health("AWS_RISK_CREDENTIALS_EXPOSED", entity, &at.to_string());
    report["detail"]["startTime"] = at.to_string().into();
    report
}

/// What records mean, heard at a moment.
///
/// # Panics
/// If one of them can't be read.
pub fn events(records: &[Value], now: Time) -> Vec<Event> {
    let settings = keytrail_engine::parse::ParseSettings::default();
    let mut events = Vec::new();
    for record in records {
        split(record.to_string().as_bytes(), Limits::default(), &mut |item| {
            let record = item.expect("a record that can be read");
            if let Meaning::Events(meant) =
                meaning(record.json, record.envelope.as_ref(), Some(now), &settings)
            {
                events.extend(meant);
            }
        });
    }
    events
}
