//! An account to sweep: users with API keys, and sweep with its queue.

use std::collections::BTreeSet;

use keytrail_engine::action::{Action, ActionKind};
use keytrail_engine::document::{ApiKey, Document, Facts, User};
use keytrail_engine::event::Status;
use keytrail_engine::finding::FindingId;
use keytrail_engine::ids::CredentialId;
use keytrail_engine::subject::{Kind, SubjectId};
use keytrail_engine::time::{Span, Time};
use keytrail_ledger::{Item, State};
use keytrail_sweep::{Asked, Delivery, Home, MessageError, Sweep, Taken, Unit, Work};
use keytrail_testkit::fakes::{
    FakeClock, FakeIam, FakeInventory, FakePolicy, FakeQueue, MemoryLedger, Wire, run,
};

pub(crate) const SERVICE: &str = "logs.amazonaws.com";
pub(crate) const ARN: &str = "arn:aws:lambda:us-east-1:111122223333:function:keytrail-sweep";

/// More messages than any test's sweep takes: who gets there goes round in circles.
const ENDLESS: usize = 1_000;

pub(crate) type Delivered = Delivery<MemoryLedger, FakeInventory, FakePolicy, FakeClock, FakeQueue>;

pub(crate) struct Account {
    pub(crate) wire: Wire,
    pub(crate) iam: FakeIam,
    pub(crate) inventory: FakeInventory,
    pub(crate) ledger: MemoryLedger,
    pub(crate) queue: FakeQueue,
    pub(crate) clock: FakeClock,
    pub(crate) delivery: Delivered,
}

/// The id of the key with this number.
pub(crate) fn id(number: usize) -> CredentialId {
    CredentialId::new(format!("ACCAEXAMPLE{number:09}"))
}

/// An action on a user, as it stands in the outbox.
pub(crate) fn action(number: &str, state: State, made: Time) -> Item {
    let subject = SubjectId::parse("aws/111122223333/global/user/gateway").unwrap();
    let kind = ActionKind::DenyBearerCalls { user: "gateway".into() };
    let finding = FindingId::of("compromise_reported", &subject, number);
    let action = Action {
        id: Action::id_of(&finding, &kind),
        kind,
        subject,
        finding,
        rule: "compromise_reported".into(),
        not_after: made + Span::days(1),
        policy: "p".into(),
    };
    Item::action(action, state, made)
}

impl Account {
    /// An account with so many API keys of as many users, listed so many to a page.
    pub(crate) fn with_keys(keys: usize, page_size: usize) -> Self {
        let wire = Wire::default();
        let iam = FakeIam::new(wire.clone());
        for number in 0..keys {
            let user = format!("sender-{number}");
            iam.add_key(&user.as_str().into(), &id(number), &SERVICE.into(), Status::Active);
        }
        let inventory = FakeInventory::of(iam.clone(), page_size);
        let ledger = MemoryLedger::new(wire.clone());
        let queue = FakeQueue::new(wire.clone());
        let clock = FakeClock::at(Time::parse("2026-08-01T03:17:00Z").unwrap());
        let sweep = Sweep {
            ledger: ledger.clone(),
            inventory: inventory.clone(),
            policies: FakePolicy::default(),
            clock: clock.clone(),
        };
        let delivery =
            Delivery { sweep, queue: queue.clone(), regions: BTreeSet::new(), reaches_members: true };
        Self { wire, iam, inventory, ledger, queue, clock, delivery }
    }

    pub(crate) fn home() -> Home {
        Home::of_function(ARN).unwrap()
    }

    /// Asks for the API keys now.
    pub(crate) fn ask(&self) -> String {
        use keytrail_ledger::capability::Clock;
        let home = Self::home();
        let (partition, account, region) = (home.partition, home.account, home.region);
        let unit = Unit { partition, account, region, work: Work::ApiKeys { service: SERVICE.into() } };
        serde_json::to_string(&Asked { unit, at: self.clock.now(), pauses: 0 }).unwrap()
    }

    /// Delivers one message to an invocation that has a minute.
    pub(crate) fn deliver(&self, body: &str) -> Result<Taken, MessageError> {
        use keytrail_ledger::capability::Clock;
        run(self.delivery.message(body, &Self::home(), self.clock.now() + Span::minutes(1)))
    }

    /// Delivers what is in the queue until nothing is, each message after its pause; what failed.
    pub(crate) fn drain(&self) -> Vec<String> {
        let mut failed = Vec::new();
        for _ in 0..ENDLESS {
            let Some((body, pause)) = self.queue.take() else { return failed };
            self.clock.advance(pause);
            failed.extend(self.deliver(&body).err().map(|error| error.to_string()));
        }
        panic!("the queue never becomes empty");
    }

    /// Sweeps the API keys to the end; what failed.
    pub(crate) fn sweep_keys(&self) -> Vec<String> {
        let mut failed: Vec<_> =
            self.deliver(&self.ask()).err().map(|error| error.to_string()).into_iter().collect();
        failed.extend(self.drain());
        failed
    }

    /// What the ledger has of a key.
    pub(crate) fn key(&self, number: usize) -> Option<ApiKey> {
        let documents = self.ledger.documents().into_iter().map(|stored| stored.document);
        let mut found = documents.filter(|document| {
            document.subject.kind == Kind::ApiKey && *document.subject.name == *id(number).as_str()
        });
        match found.next()?.facts {
            Facts::ApiKey(key) => Some(*key),
            other => panic!("{other:?}"),
        }
    }

    /// What the ledger has of a key's user.
    pub(crate) fn user(&self, number: usize) -> Option<User> {
        let name = format!("sender-{number}");
        let mut documents = self.ledger.documents().into_iter().map(|stored| stored.document);
        let of_user = |it: &Document| it.subject.kind == Kind::User && *it.subject.name == *name;
        match documents.find(of_user)?.facts {
            Facts::User(user) => Some(*user),
            other => panic!("{other:?}"),
        }
    }

    /// The numbers of the keys that the last whole listings didn't show.
    pub(crate) fn absent(&self, of: usize) -> Vec<usize> {
        let is_absent = |key: ApiKey| key.absences != Default::default();
        (0..of).filter(|number| self.key(*number).is_some_and(is_absent)).collect()
    }

    /// How often AWS's listings were called.
    pub(crate) fn listings(&self) -> usize {
        self.wire
            .calls()
            .iter()
            .filter(|call| call.service == "inventory" && call.operation != "user")
            .count()
    }
}
