//! No sequence of events, ticks and faults takes a key out of service that must be left alone, or acts beyond a budget.
//!
//! Each story is drawn from a seed. What must be left alone is kept beside the engine's documents, in plain sets, and
//! every action that would be carried out is held against them. Long, and in one file: what a story may do and what is
//! checked after each step have to be changed together.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

use std::collections::{BTreeMap, BTreeSet};

use keytrail_engine::action::{Action, ActionKind, Reason};
use keytrail_engine::decide::{Circumstances, Decision, decide, still_wanted};
use keytrail_engine::event::{
    ApiKeySeen, BearerCall, Caller, CompromiseSource, Compromised, Event, Expiry, Place, Request, Selectors,
    Status, Token, TrailSeen, What,
};
use keytrail_engine::ids::RecordId;
use keytrail_engine::judge::judge;
use keytrail_engine::policy::{
    Budget, Cause, ExemptFrom, Exemption, Mode, Pattern, Policy, TrailPlace, WINDOW, text,
};
use keytrail_engine::services;
use keytrail_engine::subject::Kind;
use keytrail_engine::time::{Span, Time};
use keytrail_engine::world::World;
use keytrail_ledger::{Permit, take_permit};
use keytrail_testkit::fakes::{MemoryLedger, Mishap, Wire, run};
use keytrail_testkit::random::Random;

const STORIES: u64 = 10_000;
const START: Time = Time::from_millis(1_785_542_400_000);
const ACCOUNTS: [&str; 2] = ["111122223333", "444455556666"];
const KEYTRAIL: &str = "arn:aws:sts::111122223333:assumed-role/keytrail-respond/x";
const UNUSED: Span = Span::days(20);
/// For how long the old key of a rotation has to be silent.
const SILENT: Span = Span::days(7);
/// A network of which two rules say the worst.
const STOLEN: &str = "[networks]\nthreats = [\"203.0.113.0/24\"]\nanonymous = [\"203.0.113.0/24\"]\n";

/// What is true of a key, kept apart from the engine.
#[derive(Clone, Debug, Default)]
struct Truth {
    account: usize,
    user: String,
    service: &'static str,
    /// Status statements by second.
    statements: BTreeMap<Time, BTreeSet<Status>>,
    held_until: Option<Time>,
    exempt_until: Option<Time>,
    listed: Option<Time>,
    deleted: bool,
}

impl Truth {
    fn contested(&self) -> bool {
        self.statements.values().next_back().is_some_and(|said| said.len() > 1)
    }

    /// Whether its status was last said to be active, or is not certain.
    fn may_work(&self) -> bool {
        !self.deleted
            && self.statements.values().next_back().is_some_and(|said| said.contains(&Status::Active))
    }
}

struct Story {
    random: Random,
    now: Time,
    records: u64,
    world: World,
    policy: Policy,
    ledger: MemoryLedger,
    keys: BTreeMap<String, Truth>,
    last_calls: BTreeMap<(usize, String, &'static str), Time>,
    /// The last call without an id, and the last with a key's.
    last_unnamed: BTreeMap<(usize, String, &'static str), Time>,
    last_named: BTreeMap<String, Time>,
    /// Whether calls say to which log group, and with which key.
    names_groups: bool,
    names_keys: bool,
    queue: Vec<Action>,
    done: Vec<(Time, Action)>,
    reasons: BTreeSet<String>,
}

impl Story {
    fn new(seed: u64) -> Self {
        let mut random = Random::new(seed);
        let mode = match random.below(16) {
            0 => Mode::Observe,
            1 => Mode::Alert,
            _ => Mode::Enforce,
        };
        let mut policy = Policy { mode, ..Policy::default() };
        policy.enrolled_accounts.insert(ACCOUNTS[0].into());
        policy.staleness.unused_days = 20;
        policy.staleness.never_used_days = 20;
        policy.staleness.final_warning_days = 3;
        policy.staleness.deactivate_days = 6;
        policy.staleness.delete_days = 5;
        policy.staleness.regions = vec!["us-east-1".into()];
        policy.staleness.trails = vec![TrailPlace { region: "us-east-1".into(), name: "t".into() }];
        policy.principals.keytrail = vec![Pattern::new("*:assumed-role/keytrail-*")];
        if random.below(2) == 0 {
            policy.principals.rotators = vec![Pattern::new("*:user/somebody")];
        }
        policy.networks = text::read(STOLEN).unwrap().networks;
        let until = START + Span::days(i64::try_from(random.below(60)).unwrap());
        for (user, from) in [("spare-*", ExemptFrom::Staleness), ("never-*", ExemptFrom::All)] {
            let user = Some(Pattern::new(user));
            let reason = "agreed".into();
            policy.exemptions.push(Exemption {
                user,
                path: None,
                tag: None,
                credential: None,
                from,
                reason,
                until,
            });
        }
        let small = Budget { per_account: 1 + random.below(2) as u32, over_all: 2 };
        policy.budgets.staleness = small;
        policy.budgets.reported = small;
        policy.budgets.rule = small;
        let wire = Wire::default();
        let mut faults = Random::new(seed + 1);
        wire.spoil(move |_| (faults.below(10) == 0).then_some(Mishap::AnswerLost));
        let mut story = Self {
            random,
            now: START,
            records: 0,
            world: World::default(),
            policy,
            ledger: MemoryLedger::new(wire),
            keys: BTreeMap::new(),
            last_calls: BTreeMap::new(),
            last_unnamed: BTreeMap::new(),
            last_named: BTreeMap::new(),
            names_groups: seed.is_multiple_of(3),
            names_keys: seed.is_multiple_of(2),
            queue: Vec::new(),
            done: Vec::new(),
            reasons: BTreeSet::new(),
        };
        for account in 0..2 {
            let selectors = Selectors { bearer_calls: true, ..Selectors::default() };
            let seen = TrailSeen { logging: true, multi_region: true, selectors };
            story.tell(account, START, What::TrailObserved { trail: "t".into(), seen });
        }
        for number in 0..5 {
            story.create(number);
        }
        story
    }

    fn pick(&mut self, below: u64) -> usize {
        usize::try_from(self.random.below(below)).unwrap()
    }

    fn tell(&mut self, account: usize, at: Time, what: What) {
        self.tell_by(account, at, what, "arn:aws:iam::111122223333:user/somebody");
    }

    fn tell_by(&mut self, account: usize, at: Time, what: What, who: &str) {
        self.tell_from(account, at, what, Caller { principal: Some(who.into()), ..Caller::default() });
    }

    fn tell_from(&mut self, account: usize, at: Time, what: What, caller: Caller) {
        self.records += 1;
        let place =
            Place { partition: "aws".into(), account: ACCOUNTS[account].into(), region: "us-east-1".into() };
        self.world.absorb(&Event {
            record: RecordId(self.records),
            event_id: None,
            revision: 0,
            time: Some(at),
            place,
            caller,
            foreign_envelope: false,
            what,
        });
    }

    fn create(&mut self, number: usize) {
        let account = usize::from(self.random.below(4) == 0);
        let user = ["gateway", "gateway", "edge", "spare-1", "never-1"][self.pick(5)].to_owned();
        let service = ["logs.amazonaws.com", "logs.amazonaws.com", "codecommit.amazonaws.com"][self.pick(3)];
        let key = format!("ACCA{number}");
        let seen = self.seen(&key, &user, service, Status::Active);
        self.tell(account, self.now, What::ApiKeyCreated(seen));
        let statements = BTreeMap::from([(self.now, BTreeSet::from([Status::Active]))]);
        self.keys.insert(key, Truth { account, user, service, statements, ..Truth::default() });
    }

    fn seen(&self, key: &str, user: &str, service: &str, status: Status) -> ApiKeySeen {
        self.seen_at(key, user, service, status, START)
    }

    #[expect(clippy::unused_self, reason = "told like everything else of a story")]
    fn seen_at(&self, key: &str, user: &str, service: &str, status: Status, created: Time) -> ApiKeySeen {
        ApiKeySeen {
            key: key.into(),
            user: Some(user.into()),
            service: Some(service.into()),
            status: Some(status),
            created: Some(created),
            expires: Some(Expiry::Never),
            alias: None,
        }
    }

    /// Something happens to some key, or nothing does.
    fn happen(&mut self) {
        let names: Vec<String> = self.keys.keys().cloned().collect();
        let name = names[self.pick(names.len() as u64)].clone();
        let truth = self.keys[&name].clone();
        let (at, account) = (self.now, truth.account);
        let until = at + Span::days(i64::try_from(self.random.below(40)).unwrap());
        match self.random.below(24) {
            0 | 1 => self.call(account, &name, &truth, None),
            12 => {
                self.call(account, &name, &truth, Some("203.0.113.7"));
                // Soon, so that it mostly settles and is still news.
                let minutes = if self.random.below(4) == 0 { 5 } else { 20 };
                self.now = self.now + Span::minutes(minutes);
            }
            // A second key of the same user: the first step of a rotation, where policy names a rotator.
            13 if self.keys.len() < 9 && !truth.deleted => {
                let key = format!("ACCA{}", self.keys.len());
                let seen = self.seen_at(&key, &truth.user, truth.service, Status::Active, at);
                self.tell(account, at, What::ApiKeyCreated(seen));
                let statements = BTreeMap::from([(at, BTreeSet::from([Status::Active]))]);
                let Truth { user, service, .. } = truth;
                self.keys.insert(key, Truth { account, user, service, statements, ..Truth::default() });
            }
            14 => {
                let by = names[self.pick(names.len() as u64)].as_str().into();
                self.ask(&name, Request::Replace { by });
            }
            // Whoever has the newest key uses it for a while.
            15..=17 => {
                let newest = self.newest_of(&truth);
                self.call(account, &newest, &truth, None);
            }
            2 => self.say(&name, Status::Active),
            3 => self.say(&name, Status::Inactive),
            4 => {
                self.say(&name, Status::Active);
                self.say(&name, Status::Inactive);
            }
            5 | 6 => self.ask(&name, Request::Hold { until }),
            7 => self.ask(&name, Request::Release),
            8 => self.ask(&name, Request::Exempt { until }),
            9 | 10 => {
                let source = CompromiseSource::Health("AWS_RISK_CREDENTIALS_EXPOSED".into());
                let of = Compromised::ApiKey(name.as_str().into());
                self.tell(account, at, What::CompromiseReported { of, source });
            }
            11 => {
                self.tell(account, at, What::ApiKeyDeleted { key: name.as_str().into(), user: None });
                self.keys.get_mut(&name).unwrap().deleted = true;
            }
            _ => {}
        }
    }

    fn newest_of(&self, truth: &Truth) -> String {
        let same =
            |it: &Truth| (it.account, &it.user, it.service) == (truth.account, &truth.user, truth.service);
        let of_user = self.keys.iter().filter(|(_, it)| same(it));
        of_user
            .map(|(name, _)| name.clone())
            .max_by_key(|name| name.len() * 100 + name.as_bytes()[name.len() - 1] as usize)
            .unwrap()
    }

    fn call(&mut self, account: usize, key: &str, truth: &Truth, from: Option<&str>) {
        let (user, service) = (truth.user.clone(), truth.service);
        let named = self.names_keys.then_some(key);
        let call = BearerCall {
            service: service.into(),
            user: Some(user.as_str().into()),
            key: named.map(Into::into),
            token: Token::LongTerm,
            log_group: self.names_groups.then(|| format!("/{user}").as_str().into()),
            denied: None,
        };
        let address = from.and_then(|from| from.parse().ok());
        let network = address.map(keytrail_engine::network::site_of);
        self.tell_from(
            account,
            self.now,
            What::BearerCall(call),
            Caller { address, network, ..Caller::default() },
        );
        match named {
            Some(key) => self.last_named.insert(key.to_owned(), self.now),
            None => self.last_unnamed.insert((account, user.clone(), service), self.now),
        };
        self.last_calls.insert((account, user, service), self.now);
    }

    fn say(&mut self, name: &str, status: Status) {
        let account = self.keys[name].account;
        let what = What::ApiKeyStatusChanged { key: name.into(), user: None, status };
        self.tell(account, self.now, what);
        let statements = &mut self.keys.get_mut(name).unwrap().statements;
        statements.entry(self.now.floor_second()).or_default().insert(status);
    }

    fn ask(&mut self, name: &str, request: Request) {
        let truth = self.keys.get_mut(name).unwrap();
        match &request {
            Request::Hold { until } => truth.held_until = Some(*until),
            Request::Release => truth.held_until = None,
            Request::Exempt { until } => truth.exempt_until = Some(*until),
            _ => {}
        }
        let account = truth.account;
        self.tell(account, self.now, What::Requested { key: name.into(), request, why: "why".into() });
    }

    /// Time goes by; in most of it, calls of somebody prove that we would see one, and listings show the keys.
    fn pass(&mut self) {
        let days = i64::try_from(self.random.below(4)).unwrap();
        let end =
            self.now + Span::days(days) + Span::seconds(1 + i64::try_from(self.random.below(7_200)).unwrap());
        let blind = self.random.below(12) == 0;
        let mut at = self.now;
        while at <= end && !blind {
            for account in 0..2 {
                let call = BearerCall {
                    service: "logs.amazonaws.com".into(),
                    user: None,
                    key: None,
                    token: Token::ShortTerm,
                    log_group: None,
                    denied: None,
                };
                self.tell(account, at, What::BearerCall(call));
            }
            at = at + Span::hours(20);
        }
        self.now = end;
        if self.random.below(4) > 0 {
            self.list();
        }
    }

    fn list(&mut self) {
        let at = self.now - Span::minutes(5);
        for (name, truth) in self.keys.clone() {
            // A listing that contradicts the newest record by its age would settle it: it says what the record says.
            let latest = truth.statements.iter().next_back();
            let status =
                latest.filter(|(said, _)| **said < at).and_then(|(_, it)| it.iter().next_back().copied());
            let Some(status) = status.filter(|_| !truth.deleted) else { continue };
            let seen = self.seen(&name, &truth.user, truth.service, status);
            self.tell(truth.account, at, What::ApiKeyObserved(seen));
            let kept = self.keys.get_mut(&name).unwrap();
            kept.listed = Some(at);
            kept.statements.insert(at, BTreeSet::from([status]));
        }
    }

    /// Judges everything, as sweep does, and takes in the dates that people are told.
    fn tick(&mut self) {
        let documents: Vec<_> = self
            .world
            .documents()
            .filter(|it| matches!(it.subject.kind, Kind::ApiKey | Kind::User | Kind::Usage))
            .cloned()
            .collect();
        for mut document in documents {
            for finding in judge(&document, &self.world, &self.policy, self.now) {
                match decide(&finding, &self.world, &self.policy, self.now, Circumstances::default()) {
                    Decision::Act(action) => self.queue.push(action),
                    Decision::Withhold(held) => self.note(&held.reason),
                    Decision::Nothing => {}
                }
                if finding.mark.is_some_and(|mark| document.mark(&mark)) {
                    self.world.add(document.clone());
                }
            }
        }
    }

    fn note(&mut self, reason: &Reason) {
        let word = serde_json::to_value(reason).unwrap()["reason"].as_str().unwrap().to_owned();
        self.reasons.insert(word);
    }

    /// Respond takes up what is queued, now or later, in whatever circumstances.
    fn respond(&mut self) {
        for action in std::mem::take(&mut self.queue) {
            if self.random.below(3) == 0 {
                self.queue.push(action);
                continue;
            }
            let circumstances = Circumstances {
                replay: self.random.below(40) == 0,
                ledger_paused: self.random.below(20) == 0,
                policy_broken: self.random.below(20) == 0,
            };
            if let Some(reason) = still_wanted(&action, &self.world, &self.policy, self.now, circumstances) {
                self.note(&reason);
                continue;
            }
            assert!(!circumstances.replay && !circumstances.ledger_paused && !circumstances.policy_broken);
            if self.permitted(&action) {
                self.carry_out(action);
            }
        }
    }

    fn permitted(&mut self, action: &Action) -> bool {
        let Some(allowance) = self.policy.allowance(action) else { return true };
        let permit = (0..100)
            .find_map(|_| run(take_permit(&self.ledger, &allowance, &action.id, self.now)).ok())
            .expect("an answer at last");
        if permit == Permit::Granted {
            return true;
        }
        self.reasons.insert("budget_spent".into());
        false
    }

    fn carry_out(&mut self, action: Action) {
        self.must_be_allowed(&action);
        let (key, status) = match &action.kind {
            ActionKind::DeactivateApiKey { key, .. } => (key.to_string(), Some(Status::Inactive)),
            ActionKind::DeleteApiKey { key, .. } => (key.to_string(), None),
            _ => return,
        };
        let account = self.keys[&key].account;
        let what = match status {
            Some(status) => What::ApiKeyStatusChanged { key: key.as_str().into(), user: None, status },
            None => What::ApiKeyDeleted { key: key.as_str().into(), user: None },
        };
        self.tell_by(account, self.now, what, KEYTRAIL);
        let truth = self.keys.get_mut(&key).unwrap();
        truth.deleted |= status.is_none();
        if let Some(status) = status {
            truth.statements.entry(self.now.floor_second()).or_default().insert(status);
        }
        self.done.push((self.now, action));
    }

    /// The oracle.
    fn must_be_allowed(&self, action: &Action) {
        let (ActionKind::DeactivateApiKey { key, .. } | ActionKind::DeleteApiKey { key, .. }) = &action.kind
        else {
            return;
        };
        let truth = &self.keys[key.as_str()];
        let what = || format!("{action:?}\n{truth:?} at {}", self.now);
        assert_eq!(self.policy.mode, Mode::Enforce, "{}", what());
        assert_eq!(truth.account, 0, "not enrolled: {}", what());
        assert!(services::by_name(truth.service).is_some(), "a foreign service: {}", what());
        assert!(!truth.contested(), "contested: {}", what());
        assert!(!truth.deleted, "deleted: {}", what());
        let exempt =
            self.policy.exemptions.iter().find(|it| {
                it.user.as_ref().is_some_and(|user| user.matches(&truth.user)) && self.now < it.until
            });
        assert!(exempt.is_none_or(|it| it.from != ExemptFrom::All), "exempt from all: {}", what());
        if Cause::of(&action.rule) == Cause::Rotation {
            self.must_be_replaced(action, key.as_str(), truth);
        }
        if &*action.rule == "stolen_key_suspected" {
            // Only what the calls pin on one key: no other of the user's may have worked.
            let same = |it: &Truth| {
                (it.account, &it.user, it.service) == (truth.account, &truth.user, truth.service)
            };
            let others = self.keys.iter().filter(|(name, it)| **name != *key.as_str() && same(it));
            let may_have = |it: &Truth| it.may_work() && !it.contested();
            let named = self.last_named.contains_key(key.as_str());
            assert!(named || !others.into_iter().any(|(_, it)| may_have(it)), "ambiguous: {}", what());
        }
        if Cause::of(&action.rule) == Cause::Staleness {
            assert!(exempt.is_none(), "exempt: {}", what());
            assert!(truth.exempt_until.is_none_or(|until| until <= self.now), "exempt: {}", what());
            assert!(truth.held_until.is_none_or(|until| until <= self.now), "held: {}", what());
            assert!(
                truth.listed.is_some_and(|at| self.now.since(at) <= Span::hours(2)),
                "not listed: {}",
                what()
            );
            let last = self.last_calls.get(&(truth.account, truth.user.clone(), truth.service));
            // The user's other keys can't be told apart: a call is a use of each of them that works.
            assert!(
                last.is_none_or(|last| self.now.since(*last) >= UNUSED || !truth.may_work()),
                "used: {}",
                what()
            );
        }
    }

    /// A key that leaves since another takes its place: not held, listed, silent, and the other one there.
    fn must_be_replaced(&self, action: &Action, key: &str, truth: &Truth) {
        let what = || format!("{action:?}\n{truth:?} at {}", self.now);
        assert!(truth.held_until.is_none_or(|until| until <= self.now), "held: {}", what());
        let listed = truth.listed.is_some_and(|at| self.now.since(at) <= Span::hours(2));
        assert!(listed, "not listed: {}", what());
        let others = self
            .keys
            .iter()
            .filter(|(name, it)| **name != *key && !it.deleted && it.account == truth.account);
        assert!(others.clone().any(|(_, it)| it.may_work()), "nothing takes its place: {}", what());
        if matches!(action.kind, ActionKind::DeactivateApiKey { .. }) {
            let unnamed = self.last_unnamed.get(&(truth.account, truth.user.clone(), truth.service));
            let last = self.last_named.get(key).max(unnamed);
            assert!(last.is_none_or(|last| self.now.since(*last) >= SILENT), "used: {}", what());
        }
    }

    fn budgets_held(&self) {
        for (at, action) in &self.done {
            let cause = Cause::of(&action.rule).budget();
            let budget = match cause {
                Cause::Staleness => self.policy.budgets.staleness,
                Cause::Reported => self.policy.budgets.reported,
                Cause::Rule => self.policy.budgets.rule,
                _ => continue,
            };
            let same = self.done.iter().filter(|(other, it)| {
                Cause::of(&it.rule).budget() == cause && other <= at && at.since(*other) < WINDOW
            });
            let ids: BTreeSet<&str> = same.map(|(_, it)| &*it.id).collect();
            assert!(ids.len() <= budget.per_account as usize, "{cause:?}: {} of {budget:?}", ids.len());
        }
    }
}

#[test]
fn no_story_touches_what_must_be_left_alone() {
    let told = |from: u64, to: u64| {
        let (mut done, mut reasons) = (BTreeMap::<String, usize>::new(), BTreeSet::new());
        for seed in from..to {
            let mut story = Story::new(seed);
            for _ in 0..26 {
                story.pass();
                story.happen();
                story.tick();
                story.respond();
            }
            story.budgets_held();
            for (_, action) in &story.done {
                *done.entry(format!("{} {}", action.rule, action.kind.word())).or_default() += 1;
            }
            reasons.append(&mut story.reasons);
        }
        (done, reasons)
    };
    let (done, reasons) = std::thread::scope(|scope| {
        let quarter = STORIES / 4;
        let parts: Vec<_> =
            (0..4).map(|n| scope.spawn(move || told(n * quarter, (n + 1) * quarter))).collect();
        let mut all = (BTreeMap::<String, usize>::new(), BTreeSet::new());
        for part in parts {
            let (done, mut reasons) = part.join().expect("a story went wrong");
            done.into_iter().for_each(|(what, count)| *all.0.entry(what).or_default() += count);
            all.1.append(&mut reasons);
        }
        all
    });
    println!("{done:#?}\n{reasons:?}");
    // A test in which nothing is ever done would prove nothing.
    for (what, least) in [
        ("unused_key deactivate_api_key", 100),
        ("compromise_reported deactivate_api_key", 100),
        ("key_rotation deactivate_api_key", 20),
        ("stolen_key_suspected deactivate_api_key", 20),
    ] {
        assert!(done.get(what).is_some_and(|count| *count > least), "{what}: {done:?}");
    }
    for reason in [
        "account_not_enrolled",
        "alert_mode",
        "already_so",
        "ambiguous",
        "broken_policy",
        "budget_spent",
        "contested",
        "exempt",
        "finding_open",
        "foreign_service",
        "held",
        "ledger_paused",
        "not_listed",
        "not_settled",
        "observe_mode",
        "replay",
        "sole_sender",
        "too_old",
        "withdrawn",
    ] {
        assert!(reasons.contains(reason), "no story met {reason}: {reasons:?}");
    }
}
