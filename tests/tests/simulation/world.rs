//! Everything that runs, and the scheduler that lets it run by turns.

mod functions;

use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};

use keytrail_engine::event::{KmsKeyState, Status};
use keytrail_engine::subject::{Kind, SubjectId};
use keytrail_engine::time::{Span, Time};
use keytrail_ledger::ItemKind;
use keytrail_ledger::capability::Clock;
use keytrail_respond::Answer;
use keytrail_sweep::{Asked, Delivery, Home, Swept, Unit};
use keytrail_testkit::fakes::{FakeInventory, FakeQueue, IamWrite, Stage};
use keytrail_testkit::random::Random;
use keytrail_testkit::record::{ACCOUNT, REGION};

use super::faults::{self, Heard};
use super::invocation::{Came, Ended, Invocation, Work};
use super::plumbing::{Queue, Stream};
use super::story::{self, Happening, START, What};

const LOGS: &str = "logs.amazonaws.com";

/// Longer than anything that is left may take: whoever gets there never comes to rest.
const ENDLESS: Span = Span::hours(24);

/// After this long IAM shows what was written, in this world.
const IAM_SETTLES_WITHIN: Span = Span::minutes(2);

/// What Lambda gives an invocation. Longer than a lease, so that leases run out as well.
const TIMEOUT: Span = Span::seconds(110);

/// The KMS key that somebody endangers.
pub(crate) fn kms_key() -> SubjectId {
    SubjectId::kms_key_of_arn(&story::kms_key().arn()).unwrap()
}

pub(crate) struct World {
    pub(crate) stage: Stage,
    pub(crate) story: Vec<Happening>,
    /// Envelopes that were delivered, each once, in the order of their deliveries.
    pub(crate) delivered: Vec<String>,
    pub(crate) heard: Arc<Mutex<Heard>>,
    pub(crate) ended: Vec<Ended>,
    pub(crate) dead: usize,
    /// Whether the account is listed while things happen, or only after all records are in.
    pub(crate) lists_early: bool,
    pub(crate) stale_reads: usize,
    inventory: FakeInventory,
    random: Random,
    happened: usize,
    arriving: Vec<(Time, String)>,
    queue: Queue,
    actions: Stream,
    notices: Stream,
    units: Vec<(Asked, bool)>,
    next_listing: Time,
    running: Vec<Invocation>,
    next_tick: Time,
    iam_writes: usize,
    kms_writes: usize,
    iam_written: Time,
    numbers: u64,
    /// Of a hundred invocations, how many die.
    deadly: u64,
    slow: bool,
    broken: Option<(Time, Time)>,
}

impl World {
    pub(crate) fn new(seed: u64) -> Self {
        let mut random = Random::new(seed);
        let start = Time::parse(START).unwrap();
        let stage = Stage::enforcing(start);
        let story = story::story(&mut random);
        let heard = faults::spoil(&stage.wire, stage.clock.clone(), &mut random);
        let stale_reads = [0, 0, 1, 3, 8][random.below(5) as usize];
        stage.iam.show_stale(stale_reads);
        stage.kms.show_stale(stale_reads);
        let from = start + Span::seconds(random.below(7_000) as i64);
        let broken = (random.below(4) == 0).then(|| (from, from + Span::seconds(random.below(1_500) as i64)));
        Self {
            inventory: FakeInventory::of(stage.iam.clone(), 2),
            lists_early: random.below(2) == 0,
            deadly: [0, 5, 20][random.below(3) as usize],
            slow: random.below(4) == 0,
            stage,
            story,
            delivered: Vec::new(),
            heard,
            ended: Vec::new(),
            dead: 0,
            stale_reads,
            random,
            happened: 0,
            arriving: Vec::new(),
            queue: Queue::default(),
            actions: Stream::of(ItemKind::Action),
            notices: Stream::of(ItemKind::Notice),
            units: Vec::new(),
            next_listing: start + Span::minutes(40),
            running: Vec::new(),
            next_tick: start,
            iam_writes: 0,
            kms_writes: 0,
            iam_written: start,
            numbers: 0,
            broken,
        }
    }

    pub(crate) fn now(&self) -> Time {
        self.stage.clock.now()
    }

    /// Until all has happened, all that went wrong is over, and nothing is left to do.
    pub(crate) fn run_to_rest(&mut self) {
        let until = self.now().max(faults::end()) + ENDLESS;
        while self.now() < until {
            self.let_happen();
            self.begin_invocations();
            if !self.running.is_empty() {
                self.poll_one();
            } else if self.rests() {
                return;
            } else {
                let next = self.next_moment();
                self.stage.clock.set(next.max(self.now() + Span::seconds(1)));
            }
        }
        panic!("no rest at {}: {:?}", self.now(), self.stage.ledger.all_items());
    }

    /// Two whole sweeps after the records, once IAM is consistent, each to rest.
    pub(crate) fn sweep_everything_twice(&mut self) {
        for _ in 0..2 {
            self.stage.clock.advance(Span::minutes(6));
            self.ask_for_everything();
            self.run_to_rest();
        }
    }

    fn ask_for_everything(&mut self) {
        let at = self.now();
        let listing = keytrail_sweep::Work::ApiKeys { service: LOGS.into() };
        let judged = Kind::ALL.into_iter().map(|kind| keytrail_sweep::Work::Judge { kind });
        for work in std::iter::once(listing).chain(judged) {
            let unit = Unit { partition: "aws".into(), account: ACCOUNT.into(), region: REGION.into(), work };
            self.units.push((Asked { unit, at, pauses: 0 }, false));
        }
    }

    fn rests(&self) -> bool {
        let left = || self.stage.ledger.all_items().iter().any(|stored| stored.item.due().is_some());
        self.happened == self.story.len()
            && self.arriving.is_empty()
            && self.queue.is_empty()
            && self.actions.is_empty()
            && self.notices.is_empty()
            && self.units.is_empty()
            && self.now() >= faults::end()
            && !left()
    }

    fn next_moment(&self) -> Time {
        let story = self.story.get(self.happened).map(|it| it.at);
        let arriving = self.arriving.iter().map(|(at, _)| *at).min();
        let plumbing = [self.queue.next(), self.actions.next(), self.notices.next()];
        let moments = [story, arriving, Some(self.next_tick)].into_iter().chain(plumbing).flatten();
        moments.min().unwrap_or_else(|| self.now())
    }

    fn let_happen(&mut self) {
        let now = self.now();
        while let Some(happening) = self.story.get(self.happened).filter(|it| it.at <= now).cloned() {
            self.happened += 1;
            self.happen(&happening.what);
            for record in happening.records() {
                let body = record.to_string();
                if !happening.arrives.is_empty() {
                    self.delivered.push(body.clone());
                }
                self.arriving.extend(happening.arrives.iter().map(|at| (*at, body.clone())));
            }
        }
        self.record_own_writes(now);
        if let Some((from, until)) = self.broken {
            if from <= now && now < until {
                self.stage.policy.set_broken("cut off at line 3");
            } else {
                self.stage.policy.set(Stage::policy_that_enforces());
            }
        }
        let arrived = |it: &(Time, String)| it.0 <= now;
        for (_, body) in self.arriving.iter().filter(|it| arrived(it)) {
            self.queue.send(body.clone(), now);
        }
        self.arriving.retain(|it| !arrived(it));
        if self.lists_early && self.next_listing <= now && now < faults::end() {
            self.next_listing = now + Span::minutes(40);
            self.ask_for_everything();
        }
        self.actions.read_on(&self.stage.ledger);
        self.notices.read_on(&self.stage.ledger);
    }

    fn happen(&self, what: &What) {
        let iam = &self.stage.iam;
        let set =
            |user: &str, key: &str, status| iam.add_key(&user.into(), &key.into(), &LOGS.into(), status);
        match what {
            What::CreateUser(user) => iam.add_user(&(*user).into()),
            What::CreateKey(user, key) => set(user, key, Status::Active),
            What::SetStatus(user, key, true) => set(user, key, Status::Active),
            What::SetStatus(user, key, false) => set(user, key, Status::Inactive),
            What::DeleteKey(user, key) => iam.remove_key(&(*user).into(), &key.as_str().into()),
            What::EndangerKmsKey => self.stage.kms.set(&kms_key(), KmsKeyState::PendingDeletion),
            What::Call(..) | What::ReportKey(_) | What::ReportUser(_) => {}
        }
    }

    /// CloudTrail records what Keytrail does, too.
    fn record_own_writes(&mut self, now: Time) {
        let writes = self.stage.iam.writes();
        for write in &writes[self.iam_writes..] {
            if let IamWrite::Status(user, key, status) = write {
                let active = *status == Status::Active;
                let record =
                    story::status_record(user.as_str(), key.as_str(), active, now, "keytrail-respond");
                self.delivered.push(record.to_string());
                self.arriving.push((now + story::delay(&mut self.random), record.to_string()));
            }
        }
        let rescued = self.stage.kms.writes();
        for write in &rescued[self.kms_writes..] {
            let record = story::rescue_record(write, now).to_string();
            self.delivered.push(record.clone());
            self.arriving.push((now + story::delay(&mut self.random), record));
        }
        self.kms_writes = rescued.len();
        if self.iam_writes < writes.len() {
            (self.iam_writes, self.iam_written) = (writes.len(), now);
        } else if now.since(self.iam_written) >= IAM_SETTLES_WITHIN {
            self.stage.iam.settle();
        }
    }

    fn begin_invocations(&mut self) {
        let now = self.now();
        let at_work =
            |of: fn(&Work) -> bool, running: &[Invocation]| running.iter().filter(|it| of(&it.work)).count();
        if at_work(|it| matches!(it, Work::Detect(_)), &self.running) < 2
            && self.queue.next().is_some_and(|it| it <= now)
            && self.random.below(2) == 0
        {
            let batch = self.queue.take(now, &mut self.random);
            let detect = self.detect();
            let taken = batch.iter().map(|it| it.id.clone()).collect();
            self.begin(Work::Detect(taken), async move { Came::Detected(detect.handle(&batch).await) });
        }
        if let Some((shard, item)) = self.actions.take(now) {
            let ended_before = self.stage.item(&item).item.due().is_none();
            let (respond, id) = (self.respond(), item.clone());
            let work = Work::Respond { shard, item, ended_before };
            self.begin(work, async move { Came::Responded(respond.handle(&id).await) });
        }
        if let Some((shard, item)) = self.notices.take(now) {
            let notify = self.notify();
            self.begin(Work::Notify { shard }, async move { Came::Notified(notify.handle(&item).await) });
        }
        if self.next_tick <= now {
            self.next_tick = now + Span::minutes(1);
            let queue = FakeQueue::new(self.stage.wire.clone());
            let delivery =
                Delivery { sweep: self.sweep(), queue, regions: Default::default(), reaches_members: false };
            let home = home();
            let rescue = self.rescue();
            self.begin(Work::Rescue, async move {
                // What failed is tried again by the next tick.
                drop(rescue.tick(u64::MAX).await);
                Came::Rescued
            });
            self.begin(Work::Tick, async move {
                Came::Ticked(delivery.call(r#"{"sweep": "tick"}"#, &home).await.is_ok())
            });
        }
        let free = self.units.iter().position(|(_, busy)| !busy);
        if let Some(place) = free.filter(|_| at_work(|it| matches!(it, Work::Unit), &self.running) == 0) {
            self.units[place].1 = true;
            let (sweep, asked) = (self.sweep(), self.units[place].0.clone());
            let until = now + Span::seconds(self.random.below(120) as i64);
            self.begin(Work::Unit, async move { Came::Swept(sweep.unit(&asked, &home(), until).await) });
        }
    }

    fn begin(&mut self, work: Work, future: impl Future<Output = Came> + 'static) {
        self.numbers += 1;
        let dies = self.now() < faults::end() && self.random.below(100) < self.deadly;
        let dies_after = dies.then(|| self.random.below(40));
        let began = self.now();
        self.running.push(Invocation {
            number: self.numbers,
            work,
            began,
            dies_after,
            future: Box::pin(future),
        });
    }

    /// Polls one of the invocations once. Time passes meanwhile.
    fn poll_one(&mut self) {
        let turn = self.random.below(self.running.len() as u64) as usize;
        if self.random.below(8) == 0 {
            self.stage.clock.advance(Span::seconds(self.random.below(2) as i64));
        }
        if self.slow && self.random.below(60) == 0 {
            self.stage.clock.advance(Span::seconds(self.random.below(60) as i64));
        }
        let now = self.stage.clock.now();
        let invocation = &mut self.running[turn];
        let died = match &mut invocation.dies_after {
            Some(0) => true,
            Some(left) => {
                *left -= 1;
                false
            }
            None => false,
        };
        if died || now.since(invocation.began) >= TIMEOUT {
            let dead = self.running.swap_remove(turn);
            self.dead += 1;
            return self.end(dead, None);
        }
        self.heard.lock().unwrap().current = invocation.number;
        let polled = invocation.future.as_mut().poll(&mut Context::from_waker(Waker::noop()));
        if let Poll::Ready(came) = polled {
            let ended = self.running.swap_remove(turn);
            self.end(ended, Some(came));
        }
    }

    fn end(&mut self, invocation: Invocation, came: Option<Came>) {
        let now = self.now();
        let Invocation { number, work, began, .. } = invocation;
        let clean = matches!(
            &came,
            Some(Came::Responded(Ok(Answer::Ended(_))) | Came::Notified(Ok(keytrail_notify::Answer::Told)))
        );
        let done = matches!(&came, Some(Came::Responded(Ok(_)) | Came::Notified(Ok(_)) | Came::Ticked(true)));
        match (&work, came) {
            (Work::Detect(taken), Some(Came::Detected(handled))) => {
                assert_eq!(handled.parked, 0, "every record can be read");
                self.queue.settle(taken, &handled.failed, now, &mut self.random);
            }
            (Work::Respond { shard, .. }, _) => self.actions.settle(*shard, done, now, &mut self.random),
            (Work::Notify { shard, .. }, _) => self.notices.settle(*shard, done, now, &mut self.random),
            (Work::Unit, came) => {
                let whole = matches!(came, Some(Came::Swept(Ok(Swept::Whole))));
                self.units.retain_mut(|(_, busy)| !(std::mem::take(busy) && whole));
                // Who asks for a pause, and who stops, is asked again.
                if !self.units.is_empty() {
                    let turn = self.random.below(self.units.len() as u64) as usize;
                    self.units.rotate_left(turn);
                }
            }
            (Work::Detect(_) | Work::Tick | Work::Rescue, _) => {}
        }
        self.ended.push(Ended { number, work, began, ended: now, clean });
    }
}

fn home() -> Home {
    Home { partition: "aws".into(), account: ACCOUNT.into(), region: REGION.into() }
}
