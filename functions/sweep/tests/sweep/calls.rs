//! The scheduler's calls.

use keytrail_engine::ids::{LogGroupName, TrailName};
use keytrail_engine::policy::{Mode, Policy};
use keytrail_engine::services::API_KEY_SERVICES;
use keytrail_engine::subject::Kind;
use keytrail_engine::time::Span;
use keytrail_ledger::capability::{Clock, LogGroupSeen, TrailSeen};
use keytrail_ledger::{Commit, Ledger, Slots, State, policy_here};
use keytrail_sweep::{Asked, CallError, Called, Home, Tick, Work};
use keytrail_testkit::fakes::{Mishap, run};

use crate::account::{ARN, Account, action};

fn call(account: &Account, text: &str) -> Result<Called, CallError> {
    run(account.delivery.call(text, &Account::home()))
}

fn heartbeat(account: &Account) -> Option<serde_json::Value> {
    run(account.ledger.slot("heartbeat")).unwrap().map(|(value, _)| value["at"].clone())
}

#[test]
fn everything_is_one_message_for_each_kind_of_work() {
    let account = Account::with_keys(1, 1);
    let Called::AskedFor { units } = call(&account, r#"{"sweep": "everything"}"#).unwrap() else { panic!() };
    let mut works = Vec::new();
    while let Some((body, pause)) = account.queue.take() {
        let asked: Asked = serde_json::from_str(&body).unwrap();
        assert_eq!((asked.at, asked.pauses, pause), (account.clock.now(), 0, Span::seconds(0)));
        assert_eq!(asked.unit.account.as_str(), "111122223333");
        assert_eq!(asked.unit.region.as_str(), "us-east-1");
        works.push(asked.unit.work);
    }
    assert_eq!(works.len(), units);
    let expected = API_KEY_SERVICES.iter().map(|it| Work::ApiKeys { service: it.name.into() });
    let expected = expected.chain([
        Work::Regions,
        Work::LogGroups,
        Work::LogParts,
        Work::KmsKeys,
        Work::Trails,
        Work::History,
    ]);
    let expected: Vec<_> = expected.chain(Kind::ALL.map(|kind| Work::Judge { kind })).collect();
    assert_eq!(works, expected);
}

#[test]
fn every_region_has_log_groups_and_trails_of_its_own_and_keys_are_listed_once() {
    let mut account = Account::with_keys(3, 2);
    account.delivery.regions = ["eu-central-1", "us-east-1", "us-west-2"].map(Into::into).into();
    *account.inventory.log_groups.lock().unwrap() = vec![LogGroupSeen {
        name: LogGroupName::new("shop"),
        kms_key: None,
        retention_days: None,
        bearer_authentication: None,
    }];
    let Called::AskedFor { units } = call(&account, r#"{"sweep": "everything"}"#).unwrap() else { panic!() };
    // Five for each region, and the list of regions once; the function's own counts once, though it is named again.
    assert_eq!(units, API_KEY_SERVICES.len() + 1 + 5 * 3 + Kind::ALL.len());
    assert_eq!(account.drain(), [""; 0]);
    let calls = account.wire.calls();
    let regions = |operation: &str| {
        let of = calls.iter().filter(|call| call.service == "inventory" && call.operation == operation);
        of.map(|call| call.about.clone()).collect::<Vec<_>>()
    };
    for operation in ["log_groups", "trails"] {
        assert_eq!(regions(operation), ["us-east-1", "eu-central-1", "us-west-2"], "{operation}");
    }
    let listed = calls
        .iter()
        .filter(|call| call.operation == "keys_of_all_users" && call.about == "logs.amazonaws.com");
    assert_eq!(listed.count(), 2, "two pages, once");
    let documents = account.ledger.documents();
    let subjects: Vec<_> = documents.iter().map(|stored| stored.document.subject.to_string()).collect();
    for region in ["us-east-1", "eu-central-1", "us-west-2"] {
        let group = format!("aws/111122223333/{region}/log-target/");
        assert!(subjects.iter().any(|subject| subject.starts_with(&group)), "{group} in {subjects:#?}");
    }
}

#[test]
fn a_region_that_cannot_be_read_holds_up_no_other() {
    let mut account = Account::with_keys(0, 2);
    account.delivery.regions = ["eu-central-1"].map(Into::into).into();
    let group = LogGroupSeen {
        name: LogGroupName::new("shop"),
        kms_key: None,
        retention_days: None,
        bearer_authentication: None,
    };
    *account.inventory.log_groups.lock().unwrap() = vec![group];
    account.wire.spoil(|call| {
        let there = call.service == "inventory" && call.about == "eu-central-1";
        there.then_some(Mishap::Refused("AccessDenied"))
    });
    call(&account, r#"{"sweep": "everything"}"#).unwrap();
    let failed = account.drain();
    assert!(failed.len() == 3 && failed.iter().all(|it| it.contains("/eu-central-1/")), "{failed:?}");
    let subjects = account.ledger.documents().into_iter().map(|stored| stored.document.subject);
    let regions: Vec<_> = subjects.filter(|it| it.kind == Kind::LogTarget).map(|it| it.region).collect();
    assert_eq!(regions, ["us-east-1".into()]);
}

#[test]
fn a_whole_sweep_remembers_keys_log_groups_and_trails() {
    let account = Account::with_keys(3, 2);
    let group = |name: &str| LogGroupSeen {
        name: LogGroupName::new(name),
        kms_key: None,
        retention_days: Some(30),
        bearer_authentication: Some(true),
    };
    *account.inventory.log_groups.lock().unwrap() = ["a", "b", "c"].map(group).to_vec();
    *account.inventory.trails.lock().unwrap() = vec![TrailSeen {
        name: TrailName::new("audit"),
        home: "eu-west-1".into(),
        account: "999988887777".into(),
        multi_region: true,
        logging: true,
        selectors: Default::default(),
    }];
    call(&account, r#"{"sweep": "everything"}"#).unwrap();
    assert_eq!(account.drain(), [""; 0]);
    let documents = account.ledger.documents();
    let subjects: Vec<_> = documents.iter().map(|stored| stored.document.subject.to_string()).collect();
    for expected in [
        "aws/111122223333/global/api-key/ACCAEXAMPLE000000002",
        "aws/111122223333/us-east-1/log-target/c",
        // An organization's trail is its owner's, where it lives.
        "aws/999988887777/eu-west-1/coverage/trail/audit",
    ] {
        assert!(subjects.iter().any(|subject| subject.contains(expected)), "{expected} in {subjects:#?}");
    }
}

fn ticked(driven: usize) -> Called {
    Called::Ticked(Tick { driven, ..Tick::default() })
}

#[test]
fn a_tick_drives_what_is_due_and_nothing_else() {
    let account = Account::with_keys(0, 1);
    let now = account.clock.now();
    let waiting = |span| State::Waiting { due: now + span };
    let items = [
        (action("due", waiting(Span::seconds(0)), now), true),
        (action("not yet", waiting(Span::seconds(1)), now), false),
        (action("missed", State::Pending, now - Span::minutes(2)), true),
        (action("just told of", State::Pending, now - Span::minutes(1)), false),
        (action("over", State::Done, now - Span::days(1)), false),
    ];
    for (item, _) in &items {
        run(account.ledger.commit(&Commit { items: vec![item.clone()], ..Commit::at(now) })).unwrap();
    }
    let told = account.ledger.stream(0).len();
    assert_eq!(call(&account, r#"{"sweep": "tick"}"#).unwrap(), ticked(2));
    let driven: Vec<_> = account.ledger.stream(told).into_iter().map(|it| (it.item, it.state)).collect();
    let expected: Vec<_> = items.iter().filter(|(_, due)| *due).map(|(item, _)| item.id()).collect();
    assert_eq!(driven.len(), expected.len());
    assert!(expected.iter().all(|id| driven.contains(&(id.clone(), State::Pending))), "{driven:?}");
    assert_eq!(call(&account, r#"{"sweep": "tick"}"#).unwrap(), ticked(0));
}

#[test]
fn an_item_that_the_ledger_refuses_holds_up_no_other() {
    let account = Account::with_keys(0, 1);
    let now = account.clock.now();
    for number in ["1", "2", "3"] {
        let item = action(number, State::Waiting { due: now }, now);
        run(account.ledger.commit(&Commit { items: vec![item], ..Commit::at(now) })).unwrap();
    }
    account.wire.spoil_next("commit", 1, Mishap::Refused("Corrupt"));
    assert_eq!(call(&account, r#"{"sweep": "tick"}"#).unwrap(), ticked(2));
    assert!(heartbeat(&account).is_some());
    account.wire.spoil_next("commit", 1, Mishap::Throttled);
    assert!(call(&account, r#"{"sweep": "tick"}"#).is_err(), "a ledger that is out is an error");
}

#[test]
fn a_tick_with_nothing_to_do_leaves_a_heartbeat() {
    let account = Account::with_keys(0, 1);
    assert_eq!(heartbeat(&account), None);
    assert_eq!(call(&account, r#"{"sweep": "tick"}"#).unwrap(), ticked(0));
    let first = heartbeat(&account);
    assert_eq!(first, Some(serde_json::json!(account.clock.now())));
    account.clock.advance(Span::minutes(1));
    call(&account, r#"{"sweep": "tick"}"#).unwrap();
    assert_ne!(heartbeat(&account), first);
}

#[test]
fn any_other_call_is_refused_by_what_there_is() {
    let account = Account::with_keys(0, 1);
    for text in ["", "null", "{}", r#"{"sweep": "all"}"#, r#"{"unit": {}}"#] {
        let error = call(&account, text).unwrap_err();
        assert!(matches!(error, CallError::Unknown { .. }), "{text}");
        assert!(error.to_string().contains(r#"{"sweep": "tick"} or {"sweep": "everything"}"#), "{error}");
    }
}

#[test]
fn a_functions_arn_says_where_it_is() {
    let home = Home::of_function("arn:aws-cn:lambda:cn-north-1:111122223333:function:sweep:live").unwrap();
    assert_eq!((home.partition.as_str(), home.account.as_str()), ("aws-cn", "111122223333"));
    assert_eq!(home.region.as_str(), "cn-north-1");
    for bad in [
        "",
        "sweep",
        &ARN.replace("lambda", "sqs"),
        &ARN.replace("111122223333", "1111"),
        &ARN.replace("us-east-1", ""),
    ] {
        assert_eq!(Home::of_function(bad), None, "{bad}");
    }
}

#[test]
fn a_rule_that_comes_later_is_new_and_those_of_the_beginning_are_not() {
    let account = Account::with_keys(0, 1);
    let here = || {
        let policy = Policy { mode: Mode::Enforce, ..Policy::default() };
        run(policy_here(&account.ledger, policy, account.clock.now())).unwrap()
    };
    assert_eq!(here().new_rules, [].into(), "before the first tick");
    call(&account, r#"{"sweep": "tick"}"#).unwrap();
    assert_eq!(here().new_rules, [].into());

    // What a ledger looks like that an older version has left: it never heard of the rule.
    let (mut known, version) = run(account.ledger.slot("rules")).unwrap().unwrap();
    known.as_object_mut().unwrap().remove("unused_key");
    run(account.ledger.set_slot("rules", &known, Some(version))).unwrap();
    let now = account.clock.now();
    assert_eq!(here().new_rules, [("unused_key".into(), now)].into(), "nobody has taken note of it yet");
    call(&account, r#"{"sweep": "tick"}"#).unwrap();
    account.clock.advance(Span::days(6));
    call(&account, r#"{"sweep": "tick"}"#).unwrap();
    let policy = here();
    assert_eq!(policy.new_rules, [("unused_key".into(), now)].into(), "the first time counts");
    let at = |days| policy.mode_for("unused_key", &"111122223333".into(), None, now + Span::days(days));
    assert_eq!((at(6), at(7)), (Mode::Alert, Mode::Enforce));
}
