//! What a warm `detect` costs: CPU for a batch of the usage queue, from the payload that Lambda hands over to the answer.
//!
//! ```text
//! (cd functions && cargo bench -p keytrail-tests --bench detect)
//! ```
//!
//! Without the network: the ledger is one in memory, which clones what it is given, so that its own share is in the figure.
//! The documents remember two days of such calls, an hour after the other, before anything is measured. Built from
//! `functions` it is what is deployed, optimised for size; built from the workspace's root it is optimised for speed.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    missing_docs,
    reason = "a measurement may fail by panicking, and prints its result"
)]

use keytrail_detect::Detect;
use keytrail_engine::policy::Policy;
use keytrail_engine::time::{Span, Time};
use keytrail_testkit::fakes::{FakeClock, FakePolicy, MemoryLedger, Wire, run};
use keytrail_testkit::record::{bearer, wrap};
use rustix::time::{ClockId, clock_gettime};
use serde_json::value::RawValue;

/// Envelopes in a batch.
const BATCH: usize = 100;
const REMEMBERED: i64 = 48;
const MEASURED: i64 = 200;
/// At first the processor's caches and branches are cold, as they never are in the midst of work.
const WARM_UP: usize = 20;

type Warm = Detect<MemoryLedger, FakePolicy, FakeClock>;

fn main() {
    println!("CPU of detect for a batch of {BATCH} envelopes, in µs: median, least, most of {MEASURED}");
    for senders in [1, 10, 100] {
        let mut costs = measured(senders);
        costs.sort_by(f64::total_cmp);
        let (least, most) = (costs[0], costs[costs.len() - 1]);
        println!("{senders:>4} keys: {:8.0} {least:8.0} {most:8.0}", costs[costs.len() / 2]);
    }
}

fn measured(senders: usize) -> Vec<f64> {
    let start = Time::parse("2026-08-01T00:00:00Z").unwrap();
    let clock = FakeClock::at(start);
    let detect: Warm = Detect {
        ledger: MemoryLedger::new(Wire::default()),
        policies: FakePolicy::new(Policy::default()),
        clock: clock.clone(),
    };
    for hour in 0..REMEMBERED {
        take(&detect, &batch(senders, start + Span::hours(hour)));
        clock.advance(Span::hours(1));
    }
    let late = start + Span::hours(REMEMBERED);
    let batches: Vec<_> = (0..MEASURED).map(|second| batch(senders, late + Span::seconds(second))).collect();
    let costs = batches.iter().map(|payload| {
        clock.advance(Span::seconds(1));
        let before = cpu();
        take(&detect, payload);
        cpu() - before
    });
    costs.skip(WARM_UP).collect()
}

fn batch(senders: usize, at: Time) -> Box<RawValue> {
    let call = |number: usize| {
        let (user, group) =
            (format!("shipper-{:03}", number % senders), format!("/shop/{}", number % senders));
        let id = u64::try_from(at.millis()).unwrap() * 1_000 + number as u64;
        let agent = "OpenTelemetry Collector/0.140.0";
        wrap::envelope(
            &bearer::call(&user, &group, &at.to_string()).from("192.0.2.10").agent(agent).nth(id).json(),
        )
    };
    let envelopes: Vec<_> = (0..BATCH).map(call).collect();
    serde_json::value::to_raw_value(&wrap::sqs_event(&envelopes)).unwrap()
}

fn take(detect: &Warm, payload: &RawValue) {
    let (answer, counted) = run(detect.invocation(payload)).unwrap();
    assert_eq!(serde_json::to_value(answer).unwrap()["batchItemFailures"], serde_json::json!([]));
    assert!(counted.counts.contains(&("RecordsUnderstood", BATCH as u64)), "{counted:?}");
}

/// The process's CPU so far, in µs.
fn cpu() -> f64 {
    let now = clock_gettime(ClockId::ProcessCPUTime);
    now.tv_sec as f64 * 1e6 + now.tv_nsec as f64 / 1e3
}
