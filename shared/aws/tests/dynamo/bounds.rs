//! Every kind of document, driven to its bound by records as large and as many as they come.

use std::collections::BTreeMap;

use keytrail_engine::document::{Document, Facts};
use keytrail_engine::time::{Span, Time};
use keytrail_ledger::{Commit, Ledger, Write};
use keytrail_testkit::random::Random;
use keytrail_testkit::record::{
    ApiKey, AssociateBy, KmsKey, LogGroup, Record, Trail, User, bearer, report, wrap,
};
use keytrail_testkit::remember::Remembered;
use serde_json::Value;

use crate::local::{block_on, ledger};

/// An item may take 400 write units of a kilobyte each. No document may take more than half of that, so that there
/// is room for the fields of versions to come.
const BOUND: f64 = 200.0;
/// More than any history or set keeps at both its ends together.
const MANY: u64 = 120;

/// A text of `bytes` characters that takes more room in JSON; no two numbers have the same.
fn nasty(number: u64, bytes: usize) -> String {
    format!("{number}{}", r#""\"#.repeat(bytes)).chars().take(bytes).collect()
}

/// A name of `bytes` characters; no two numbers have the same.
fn name(number: u64, bytes: usize) -> String {
    format!("n{number:03}{}", "x".repeat(bytes)).chars().take(bytes).collect()
}

fn key_id(number: u64) -> String {
    format!("ACCA{number:0124}")
}

fn at(number: u64) -> String {
    let start = Time::parse("2026-06-01T00:00:00Z").unwrap();
    (start + Span::minutes(90 * i64::try_from(number).unwrap())).to_string()
}

/// By another caller, from another network, with another agent each time.
fn disguise(record: Record, number: u64) -> Value {
    record
        .with("/userIdentity/arn", format!("arn:aws:sts::111122223333:assumed-role/{}", nasty(number, 2000)))
        .from(&format!("2001:db8:{number:x}::1"))
        .agent(&format!("{}/1", nasty(number, 500)))
        .id(&nasty(number, 64))
        .json()
}

/// What happens to control subjects: one of each, named as long as may be.
fn control(n: u64) -> Vec<Value> {
    let (user_name, at) = (name(0, 128), at(n));
    let (key, other_key) = (ApiKey::new(&user_name, &key_id(0)), ApiKey::new(&user_name, &key_id(n + 1)));
    let user = User::new(&user_name);
    let kms = KmsKey::new(&name(0, 64));
    let group = LogGroup::new(&name(0, 512));
    let trail = Trail::new(&name(0, 128));
    let elsewhere = format!("xx-{}-{n}", "region".repeat(4));
    let records = [
        key.create(&at),
        key.update("Inactive", &at),
        key.reset(&at),
        key.update("Active", &at).failed(&nasty(n, 200), "no"),
        key.update("Active", &at).without("/eventTime"),
        other_key.create(&at),
        user.create(&at),
        user.delete(&at),
        user.tag(&nasty(n, 128), &nasty(n, 256), &at),
        user.attach_policy(&format!("arn:aws:iam::aws:policy/{}", nasty(n, 3000)), &at),
        user.put_policy(&nasty(n, 500), "{}", &at),
        user.add_to_group(&nasty(n, 500), &at),
        user.create(&at).failed(&nasty(n, 200), "no"),
        kms.create(&at).with("/requestParameters/description", nasty(n, 500)),
        kms.replicate(&elsewhere, &at),
        kms.put_policy(&nasty(n, 40_000), &at),
        kms.disable(&at).failed(&nasty(n, 200), "no"),
        group.create(Some(&kms), &at),
        group.delete(&at),
        group.put_retention(u32::try_from(n).unwrap() + 1, &at),
        group.associate(AssociateBy::LogGroupName, &kms, &at),
        group.associate(AssociateBy::LogGroupName, &KmsKey::new(&name(n, 64)), &at),
        group.associate(AssociateBy::LogGroupName, &kms, &at).failed(&nasty(n, 200), "no"),
        group.associate(AssociateBy::LogGroupName, &kms, &at).denied(),
        trail.start(&at),
        trail.stop(&at).failed(&nasty(n, 200), "no"),
        trail.select(true, &at),
    ];
    let reports = ["AWS_RISK_CREDENTIALS_EXPOSED", "AWS_RISK_CREDENTIALS_COMPROMISED"].into_iter();
    let reports = reports.flat_map(|code| {
        [key_id(0), user_name.clone(), format!("AKIA{n:016}")].map(|of| report::health(code, &of, &at))
    });
    records.into_iter().map(|record| disguise(record, n)).chain(reports).collect()
}

/// What one user sends: in every hour, and a whole hour's worth in one.
fn usage(n: u64) -> Vec<Value> {
    let user = name(0, 128);
    let here = |time: &str| {
        let region = format!("xx-{}-{n}", "region".repeat(4));
        bearer::call_in("111122223333", &region, &user, &name(n, 512), time)
    };
    let busy = at(0);
    let records = [
        here(&at(n)),
        here(&busy),
        here(&busy).nth(n),
        bearer::refused(here(&busy), "AccessDenied"),
        here(&at(n)).with("/userIdentity/credentialId", key_id(n)),
        here(&busy).with("/userIdentity/credentialId", key_id(0)),
        here(&busy).without("/eventTime"),
        // Many senders of one log group.
        bearer::call(&name(n, 128), &name(0, 512), &at(n)),
    ];
    let spoken = |(index, record): (usize, Record)| {
        let record = record.id(&format!("{n}-{index}"));
        record.from(&format!("2001:db8:{n:x}::1")).agent(&format!("{}/1", nasty(n, 64))).json()
    };
    records.into_iter().enumerate().map(spoken).collect()
}

const fn kind(document: &Document) -> &'static str {
    match &document.facts {
        Facts::ApiKey(_) => "API key",
        Facts::Usage(_) => "usage",
        Facts::CredentialUse(_) => "credential",
        Facts::Hour(_) => "hour",
        Facts::User(_) => "user",
        Facts::KmsKey(_) => "KMS key",
        Facts::Edge(_) => "edge",
        Facts::LogTarget(_) => "log target",
        Facts::Coverage(_) => "coverage",
        Facts::Account(_) => "account",
        Facts::Network(_) => "network",
    }
}

/// A name of letters and digits that nothing compresses.
fn odd(random: &mut Random, length: usize) -> String {
    const LETTERS: &[u8] = b"abcdefghijklmnopqrstuvwxyz0123456789";
    (0..length).map(|_| char::from(LETTERS[random.below(36) as usize])).collect()
}

/// The write units of an hour with thousands of calls of a user, in as many regions, from as many networks, with as many agents
/// and to as many log groups as an hour keeps and more, all of them named by `named`.
fn hour_units(user: &str, key: Option<&str>, named: &mut dyn FnMut(&str, u64) -> String) -> f64 {
    let kept = 6;
    let mut names = |what| (0..kept).map(|n| named(what, n)).collect::<Vec<_>>();
    let (groups, agents) = (names("group"), names("agent"));
    let regions =
        ["us-east-1", "eu-central-1", "ap-southeast-3", "sa-east-1", "me-central-1", "il-central-1"];
    let calls = (0..4_000_usize).map(|n| {
        let (second, k) = (n * 7 % 3_600, n % 6);
        let at = format!("2026-08-01T05:{:02}:{:02}Z", second / 60, second % 60);
        let call = bearer::call_in("111122223333", regions[k], user, &groups[k], &at);
        let from =
            if k % 2 == 0 { format!("2001:db8:{k}a{k}b::7") } else { format!("203.0.{}.7", 100 + 31 * k) };
        let call = call.from(&from).agent(&format!("{}/1", agents[k]));
        let call = if n % 10 == 0 { bearer::refused(call, "AccessDenied") } else { call };
        let call =
            key.map_or_else(|| call.clone(), |key| call.clone().with("/userIdentity/credentialId", key));
        call.nth(n as u64).json()
    });
    let remembered = Remembered::of([wrap::lines(&calls.collect::<Vec<_>>())]);
    let hour = remembered.world.documents().find(|document| kind(document) == "hour").unwrap();
    block_on(async {
        let ledger = ledger().await;
        let now = Time::parse("2026-08-01T06:00:00Z").unwrap();
        let write = Write { document: hour.clone(), expected: None, expires: Some(now + Span::days(100)) };
        ledger.commit(&Commit { writes: vec![write], ..Commit::at(now) }).await.unwrap();
        let units = ledger.take_spent().write_units;
        let loaded = ledger.load(&[hour.id()], now).await.unwrap();
        assert_eq!(&loaded[0].document, hour);
        units
    })
}

#[test]
fn a_busy_hour_is_written_with_one_unit_whatever_its_names() {
    let mut random = Random::new(7);
    let user = odd(&mut random, 64);
    let key = format!("ACCA{}", odd(&mut random, 17));
    for key in [None, Some(&*key)] {
        let mut common = |what: &str, n: u64| format!("/{what}/{}/{n}", odd(&mut random, 20));
        assert_eq!(hour_units(&user, key, &mut common), 1.0);
        let mut longest = |_: &str, n: u64| format!("/{n}{}", odd(&mut random, 500));
        assert_eq!(hour_units(&user, key, &mut longest), 1.0);
        let mut hostile = |_: &str, n: u64| nasty(n, 60);
        assert_eq!(hour_units(&user, key, &mut hostile), 1.0);
    }
}

#[test]
fn no_document_comes_near_the_largest_item() {
    let values: Vec<Value> = (0..MANY).flat_map(|n| [control(n), usage(n)].concat()).collect();
    let remembered = Remembered::of([wrap::lines(&values)]);
    assert_eq!(remembered.faults, Vec::<String>::new());
    assert!(remembered.unresolved.is_empty(), "{:?}", remembered.unresolved);

    let mut largest: BTreeMap<&str, (usize, &Document)> = BTreeMap::new();
    for document in remembered.world.documents() {
        let size = serde_json::to_string(document).unwrap().len();
        let held = largest.entry(kind(document)).or_insert((size, document));
        *held = if held.0 < size { (size, document) } else { *held };
    }
    assert_eq!(largest.len(), 11, "all kinds: {:?}", largest.keys());
    block_on(async {
        let ledger = ledger().await;
        let now = Time::parse("2026-08-01T00:00:00Z").unwrap();
        for (kind, (_, document)) in largest {
            let write = Write { document: document.clone(), expected: None, expires: None };
            ledger.commit(&Commit { writes: vec![write], ..Commit::at(now) }).await.unwrap();
            let units = ledger.take_spent().write_units;
            println!("{kind:>12}: {units:>4} write units");
            assert!(units <= BOUND, "{kind} takes {units} KB");
            let loaded = ledger.load(&[document.id()], now).await.unwrap();
            assert_eq!(&loaded[0].document, document);
        }
    });
}
