//! What goes wrong with calls, drawn from a seed.

use std::sync::{Arc, Mutex};

use keytrail_engine::time::{Span, Time};
use keytrail_ledger::capability::Clock;
use keytrail_testkit::fakes::{Call, FakeClock, Mishap, Wire};
use keytrail_testkit::random::Random;

use super::story::{LENGTH, START};

/// A publication that took effect: of which notice, by which invocation.
#[derive(Clone, Debug)]
pub(crate) struct Published {
    pub(crate) notice: String,
    pub(crate) by: u64,
    /// Its answer was lost.
    pub(crate) unheard: bool,
}

/// What is known about calls, beside what the fakes keep.
#[derive(Clone, Debug, Default)]
pub(crate) struct Heard {
    /// The invocation that is being polled.
    pub(crate) current: u64,
    pub(crate) published: Vec<Published>,
    /// Invocations that sent a write to IAM.
    pub(crate) wrote: Vec<u64>,
    pub(crate) mishaps: usize,
}

/// When a service doesn't answer at all.
struct Outage {
    service: &'static str,
    from: Time,
    until: Time,
}

/// When everything works again.
pub(crate) fn end() -> Time {
    Time::parse(START).unwrap() + LENGTH + Span::minutes(30)
}

/// Spoils a wire as the seed says, until [`end`]; what is heard on it is kept.
pub(crate) fn spoil(wire: &Wire, clock: FakeClock, random: &mut Random) -> Arc<Mutex<Heard>> {
    let heard: Arc<Mutex<Heard>> = Arc::default();
    let (kept, mut random) = (Arc::clone(&heard), Random::new(random.bits()));
    // Of a thousand calls, how many fail.
    let rate = [0, 10, 50, 200][random.below(4) as usize];
    let outages = outages(&mut random);
    wire.spoil(move |call| {
        let mut heard = kept.lock().unwrap();
        let now = clock.now();
        let out = outages.iter().any(|it| it.service == call.service && it.from <= now && now < it.until);
        let mishap = match (now < end(), out) {
            (true, true) => Some(Mishap::Unreachable),
            (true, false) if random.below(1_000) < rate => Some(mishap(call, &mut random)),
            _ => None,
        };
        heard.mishaps += usize::from(mishap.is_some());
        if matches!(mishap, None | Some(Mishap::AnswerLost)) {
            let by = heard.current;
            match call.operation {
                "publish" => {
                    let unheard = mishap.is_some();
                    heard.published.push(Published { notice: call.about.clone(), by, unheard });
                }
                "set_status" | "delete" | "attach_deny_policy" | "detach_deny_policy" => heard.wrote.push(by),
                _ => {}
            }
        }
        mishap
    });
    heard
}

fn outages(random: &mut Random) -> Vec<Outage> {
    let start = Time::parse(START).unwrap();
    let number = random.below(4);
    (0..number)
        .map(|_| {
            let from = start + Span::seconds(random.below(7_200) as i64);
            let until = from + Span::seconds(random.below(1_800) as i64);
            Outage {
                service: ["ledger", "iam", "sns", "inventory", "kms"][random.below(5) as usize],
                from,
                until,
            }
        })
        .collect()
}

fn mishap(call: &Call, random: &mut Random) -> Mishap {
    let mut choices = vec![Mishap::Throttled, Mishap::Unreachable, Mishap::AnswerLost];
    match (call.service, call.operation) {
        ("ledger", "commit" | "set_slot" | "set_epoch") => choices.push(Mishap::Refused("Conflict")),
        ("iam", _) => choices.push(Mishap::Refused("EntityTemporarilyUnmodifiable")),
        ("sns", _) => choices.push(Mishap::Refused("KMSAccessDenied")),
        ("inventory", "keys_of_all_users") => choices.push(Mishap::Refused("AllUsers")),
        ("inventory", _) => choices.push(Mishap::Refused("AccessDenied")),
        _ => {}
    }
    *random.pick(&choices)
}
