//! What happens in the account, and what CloudTrail and AWS Health say of it.

use keytrail_engine::time::{Span, Time};
use keytrail_testkit::fakes::{KmsWrite, exposed};
use keytrail_testkit::random::Random;
use keytrail_testkit::record::{ApiKey, Caller, KmsKey, LogGroup, User, bearer, wrap};
use serde_json::Value;

pub(crate) const START: &str = "2026-11-02T09:00:00Z";
const USERS: [&str; 3] = ["otel-gateway", "edge-forwarder", "batch-shipper"];

/// For how long things happen.
pub(crate) const LENGTH: Span = Span::hours(2);

/// Something that happens.
#[derive(Clone, Debug)]
pub(crate) enum What {
    CreateUser(&'static str),
    CreateKey(&'static str, String),
    SetStatus(&'static str, String, bool),
    DeleteKey(&'static str, String),
    Call(&'static str, u64),
    ReportKey(String),
    ReportUser(&'static str),
    EndangerKmsKey,
}

/// Something that happens, when it does, and what becomes of its record.
#[derive(Clone, Debug)]
pub(crate) struct Happening {
    pub(crate) at: Time,
    pub(crate) what: What,
    /// The moments at which its record arrives: none, if CloudTrail drops it, or several.
    pub(crate) arrives: Vec<Time>,
}

/// Whatever happens, in the order of its time.
pub(crate) fn story(random: &mut Random) -> Vec<Happening> {
    let start = Time::parse(START).unwrap();
    let at = |random: &mut Random, from: i64| {
        start + Span::seconds(from + random.below((LENGTH.millis() / 1_000 - from) as u64) as i64)
    };
    let mut told = Vec::new();
    for user in USERS {
        told.push((start, What::CreateUser(user)));
    }
    let mut keys = Vec::new();
    for n in 0..2 + random.below(3) {
        let (user, key) = (user_of(random), format!("ACCAEXAMPLE{n:010}"));
        let made = at(random, 60);
        told.push((made, What::CreateKey(user, key.clone())));
        keys.push((user, key, made));
    }
    for n in 0..4 + random.below(10) {
        told.push((at(random, 60), What::Call(user_of(random), n)));
    }
    let after = |random: &mut Random, made: Time| made + Span::seconds(1 + random.below(3_000) as i64);
    let mut reported = 0;
    for (user, key, made) in &keys {
        // A key that is reported is left alone by people, so that what becomes of it is Keytrail's deed alone.
        match random.below(8) {
            0 => told.push((after(random, *made), What::SetStatus(user, key.clone(), false))),
            1 => {
                let off = after(random, *made);
                told.push((off, What::SetStatus(user, key.clone(), false)));
                told.push((after(random, off), What::SetStatus(user, key.clone(), true)));
            }
            2 => told.push((after(random, *made), What::DeleteKey(user, key.clone()))),
            3..=6 if reported < 3 => {
                reported += 1;
                told.push((after(random, *made), What::ReportKey(key.clone())));
                if random.below(4) == 0 {
                    told.push((after(random, *made), What::DeleteKey(user, key.clone())));
                }
            }
            _ => {}
        }
    }
    if random.below(3) == 0 {
        told.push((at(random, 60), What::ReportUser(user_of(random))));
    }
    if random.below(4) == 0 {
        told.push((at(random, 60), What::EndangerKmsKey));
    }
    told.sort_by_key(|(at, _)| *at);
    let arrives = |random: &mut Random, at: Time, what: &What| {
        let droppable = !matches!(what, What::ReportKey(_) | What::ReportUser(_));
        if droppable && random.below(25) == 0 {
            return Vec::new();
        }
        let copies = 1 + usize::from(random.below(6) == 0) + usize::from(random.below(20) == 0);
        (0..copies).map(|_| at + delay(random)).collect()
    };
    told.into_iter().map(|(at, what)| Happening { arrives: arrives(random, at, &what), at, what }).collect()
}

fn user_of(random: &mut Random) -> &'static str {
    USERS[random.below(USERS.len() as u64) as usize]
}

/// Mostly a minute, sometimes a quarter of an hour, and now and then more than an hour.
pub(crate) fn delay(random: &mut Random) -> Span {
    let most = match random.below(20) {
        0 => 4_500,
        1..=5 => 900,
        _ => 60,
    };
    Span::seconds(1 + random.below(most) as i64)
}

impl Happening {
    /// What is delivered of it: envelopes of EventBridge.
    pub(crate) fn records(&self) -> Vec<Value> {
        let at = self.at.to_string();
        match &self.what {
            What::CreateUser(user) => vec![enveloped(User::new(user).create(&at).json())],
            What::CreateKey(user, key) => {
                vec![enveloped(ApiKey::new(user, key).valid_for_days(30).create(&at).json())]
            }
            What::SetStatus(user, key, active) => {
                vec![status_record(user, key, *active, self.at, "operator")]
            }
            What::DeleteKey(user, key) => vec![enveloped(ApiKey::new(user, key).delete(&at).json())],
            What::Call(user, n) => vec![enveloped(bearer::call(user, "/otel/app", &at).nth(*n).json())],
            What::ReportKey(entity) => vec![exposed(entity, self.at)],
            What::ReportUser(user) => vec![exposed(user, self.at)],
            What::EndangerKmsKey => {
                let (kms, before) = (kms_key(), (self.at - Span::days(1)).to_string());
                let group = LogGroup::new("/otel/app").create(Some(&kms), &at).json();
                let made = kms.create(&before).json();
                vec![enveloped(made), enveloped(group), enveloped(kms.schedule_deletion(7, &at).json())]
            }
        }
    }
}

/// The KMS key that somebody endangers.
pub(crate) fn kms_key() -> KmsKey {
    KmsKey::new("1234abcd-12ab-34cd-56ef-1234567890ab")
}

/// The record of what Keytrail did to it.
pub(crate) fn rescue_record(write: &KmsWrite, at: Time) -> Value {
    let at = at.to_string();
    let record = match write {
        KmsWrite::Cancelled(_) => kms_key().cancel_deletion(&at),
        KmsWrite::Enabled(_) => kms_key().enable(&at),
    };
    enveloped(record.by(&Caller::role("keytrail-rescue")).json())
}

/// The record of a change of status.
pub(crate) fn status_record(user: &str, key: &str, active: bool, at: Time, by: &str) -> Value {
    let status = if active { "Active" } else { "Inactive" };
    enveloped(ApiKey::new(user, key).update(status, &at.to_string()).by(&Caller::role(by)).json())
}

fn enveloped(record: Value) -> Value {
    wrap::envelope(&record)
}
