//! What it costs to remember bearer calls, as DynamoDB itself counts.
//!
//! `cargo test -p keytrail-aws --test dynamo cost -- --nocapture` prints the figures.

use std::sync::Arc;

use keytrail_aws::dynamo::{DynamoLedger, Spent};
use keytrail_engine::decide::Circumstances;
use keytrail_engine::document::Document;
use keytrail_engine::event::Event;
use keytrail_engine::fingerprint::hash64;
use keytrail_engine::ids::RecordId;
use keytrail_engine::parse::{Meaning, ParseSettings, meaning};
use keytrail_engine::policy::Policy;
use keytrail_engine::subject::Part;
use keytrail_engine::time::{Span, Time};
use keytrail_engine::world::World;
use keytrail_ledger::{Commit, HOURS_ARE_KEPT, Judging, Ledger, Write, record};
use keytrail_testkit::record::{ApiKey, Record, User, bearer};
use tokio::task::JoinSet;

use crate::local::{block_on, ledger};

const DAYS: i64 = 90;
/// The hour in which the figures are taken.
fn now() -> Time {
    Time::parse("2026-08-30T10:00:00Z").unwrap()
}

fn start() -> Time {
    now() + Span::days(-DAYS)
}

fn events(record: Record) -> Vec<Event> {
    let json = record.json().to_string();
    match meaning(json.as_bytes(), None, None, &ParseSettings::default()) {
        Meaning::Events(events) => events,
        other => panic!("{other:?}"),
    }
}

/// A key's user: two log groups, two hosts, one region, no credential id.
struct Sender {
    control: Vec<Event>,
    calls: Vec<Event>,
}

impl Sender {
    fn new(number: usize) -> Self {
        let (user, at) = (format!("shipper-{number:03}"), start().to_string());
        let key = ApiKey::new(&user, &format!("ACCAEXAMPLE{number:09}")).valid_for_days(365);
        let call = |group: &str, host: &str| {
            let call = bearer::call(&user, &format!("/shop/service-{number:03}/{group}"), &at);
            events(call.from(host).agent("OpenTelemetry Collector/0.140.0")).remove(0)
        };
        Self {
            control: [events(User::new(&user).create(&at)), events(key.create(&at))].concat(),
            calls: vec![call("api", "192.0.2.10"), call("worker", "198.51.100.7")],
        }
    }

    /// The call of that number, at that moment.
    fn call(&self, number: usize, at: Time) -> Event {
        let template = &self.calls[number % self.calls.len()];
        let record = RecordId(hash64("call", format!("{:?}/{number}/{at}", template.what)));
        Event { record, time: Some(at), ..template.clone() }
    }

    /// Ninety days of it, two calls in every hour.
    fn remember(&self, world: &mut World) {
        self.control.iter().for_each(|event| world.absorb(event));
        for hour in 0..DAYS * 24 {
            for number in 0..2 {
                world.absorb(&self.call(number, start() + Span::hours(hour)));
            }
        }
    }
}

fn write(document: &Document) -> Write {
    let expires = match &document.part {
        Part::Hour { hour, .. } => Some(*hour + HOURS_ARE_KEPT),
        _ => None,
    };
    Write { document: document.clone(), expected: None, expires }
}

/// A ledger that remembers ninety days of these senders.
async fn filled(senders: &[Sender], hours_since: Time) -> Arc<DynamoLedger> {
    let mut world = World::default();
    senders.iter().for_each(|sender| sender.remember(&mut world));
    let ledger = Arc::new(ledger().await);
    let wanted =
        |document: &&Document| !matches!(document.part, Part::Hour { hour, .. } if hour < hours_since);
    let writes: Vec<Write> = world.documents().filter(wanted).map(write).collect();
    let mut filling = JoinSet::new();
    for writes in writes.chunks(writes.len().div_ceil(8)) {
        let (ledger, writes) = (ledger.clone(), writes.to_vec());
        filling.spawn(async move {
            for write in writes {
                ledger.commit(&Commit { writes: vec![write], ..Commit::at(now()) }).await.unwrap();
            }
        });
    }
    filling.join_all().await;
    ledger.take_spent();
    ledger
}

/// Records a batch, a call of each sender in turn, and says what it cost.
async fn batch(ledger: &DynamoLedger, senders: &[&Sender], size: usize, at: Time) -> Spent {
    let calls: Vec<Event> =
        (0..size).map(|n| senders[n % senders.len()].call(n / senders.len(), at)).collect();
    let policy = Policy::default();
    let judging = Judging { policy: &policy, now: at, circumstances: Circumstances::default() };
    let recorded = record(ledger, &calls, judging).await;
    assert!(recorded.failed.is_empty(), "{:?}", recorded.failed);
    assert!(recorded.written > 0);
    ledger.take_spent()
}

fn told(what: &str, spent: Spent, calls: usize) -> f64 {
    let in_thousand = |units: f64| units * 1_000.0 / calls as f64;
    let (writes, reads) = (in_thousand(spent.write_units), in_thousand(spent.read_units));
    println!("{what:<52} {writes:>6.1} write units, {reads:>6.1} read units per 1,000 calls");
    writes
}

/// The change of the hour, then many batches in it.
async fn in_an_hour(ledger: &DynamoLedger, senders: &[&Sender], name: &str, size: usize) -> f64 {
    const BATCHES: usize = 12;
    let mut at = now();
    told(
        &format!("{name} in batches of {size}: change of the hour"),
        batch(ledger, senders, size, at).await,
        size,
    );
    let mut steady = Spent::default();
    for _ in 0..BATCHES {
        at = at + Span::seconds(20);
        let spent = batch(ledger, senders, size, at).await;
        steady.read_units += spent.read_units;
        steady.write_units += spent.write_units;
    }
    told(&format!("{name} in batches of {size}: steady"), steady, size * BATCHES)
}

#[test]
fn one_key_in_batches_of_a_thousand() {
    block_on(async {
        let (known, unknown) = (Sender::new(0), Sender::new(1));
        let ledger = filled(std::slice::from_ref(&known), start()).await;
        assert!(in_an_hour(&ledger, &[&known], "one key", 1_000).await <= 3.0);
        let first = batch(&ledger, &[&unknown], 1_000, now() + Span::minutes(30)).await;
        told("one key in batches of 1000: first sight of it", first, 1_000);
    });
}

#[test]
fn one_key_in_batches_of_a_hundred() {
    block_on(async {
        let sender = Sender::new(0);
        let ledger = filled(std::slice::from_ref(&sender), start()).await;
        assert!(in_an_hour(&ledger, &[&sender], "one key", 100).await <= 30.0);
    });
}

#[test]
fn a_hundred_keys_in_batches_of_a_thousand() {
    block_on(async {
        let senders: Vec<Sender> = (0..100).map(Sender::new).collect();
        // Of so many keys only the hours of a day: older ones are neither read nor written.
        let ledger = filled(&senders, now() + Span::days(-1)).await;
        let senders: Vec<&Sender> = senders.iter().collect();
        assert!(in_an_hour(&ledger, &senders, "100 keys", 1_000).await <= 220.0);
    });
}
