//! What a person asks for: found, decided and written as the functions would.

use keytrail_aws::dynamo::DynamoLedger;
use keytrail_engine::decide::Circumstances;
use keytrail_engine::document::Facts;
use keytrail_engine::event::{ApiKeySeen, Caller, Event, Expiry, Place, Status, What};
use keytrail_engine::ids::RecordId;
use keytrail_engine::notice::News;
use keytrail_engine::policy::{Mode, Policy};
use keytrail_engine::subject::{DocumentId, SubjectId};
use keytrail_engine::time::{Span, Time};
use keytrail_ledger::{Body, ItemKind, Judging, Ledger, State, StoredItem, record};

use crate::emulator::{Run, block_on, config, keytrail, table};

const KEY: &str = "ACCAEXAMPLEGATEWAY01";
const ACCOUNT: &str = "444455556666";

fn subject() -> SubjectId {
    SubjectId::parse(&format!("aws/{ACCOUNT}/global/api-key/{KEY}")).unwrap()
}

pub(crate) fn event(record: u64, time: Time, what: What) -> Event {
    Event {
        record: RecordId(record),
        event_id: None,
        revision: 0,
        time: Some(time),
        place: Place { partition: "aws".into(), account: ACCOUNT.into(), region: "us-east-1".into() },
        caller: Caller::default(),
        foreign_envelope: false,
        what,
    }
}

pub(crate) fn put(ledger: &impl Ledger, events: &[Event], policy: &Policy, now: Time) {
    let judging = Judging { policy, now, circumstances: Circumstances::default() };
    let recorded = block_on(record(ledger, events, judging));
    assert!(recorded.failed.is_empty(), "{recorded:?}");
}

/// The functions' policy, and the file that says it.
pub(crate) struct Enforced {
    _folder: tempfile::TempDir,
    pub(crate) file: String,
    pub(crate) policy: Policy,
}

pub(crate) fn policy(mode: Mode) -> Enforced {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("policy.toml");
    let word = if mode == Mode::Enforce { "enforce" } else { "observe" };
    let text = format!("mode = \"{word}\"\nenrolled_accounts = [\"{ACCOUNT}\"]\n");
    std::fs::write(&file, &text).unwrap();
    let policy = keytrail_engine::policy::text::read(&text).unwrap();
    Enforced { file: file.to_str().unwrap().to_owned(), policy, _folder: folder }
}

/// A table that knows a working key of a user.
pub(crate) fn with_key(policy: &Policy) -> (String, DynamoLedger) {
    let (name, ledger) = table();
    let made = Time::parse("2026-08-01T06:00:00Z").unwrap();
    let seen = ApiKeySeen {
        key: KEY.into(),
        user: Some("gateway".into()),
        service: Some("logs.amazonaws.com".into()),
        status: Some(Status::Active),
        created: Some(made),
        expires: Some(Expiry::Never),
        alias: None,
    };
    put(&ledger, &[event(1, made, What::ApiKeyCreated(seen))], policy, made);
    (name, ledger)
}

fn ask(table: &str, policy: &Enforced, command: &str, more: &[&str]) -> Run {
    let mut args = vec![command, KEY, "--table", table, "--policy", &policy.file, "--why", "seen in a paste"];
    args.extend(more);
    keytrail(&args)
}

pub(crate) fn items(ledger: &impl Ledger, kind: ItemKind) -> Vec<StoredItem> {
    block_on(ledger.items_about(&subject(), kind)).unwrap()
}

fn requests(ledger: &impl Ledger) -> Vec<String> {
    let found = block_on(ledger.load(&[DocumentId::main(subject())], Time::from_millis(0))).unwrap();
    let Facts::ApiKey(key) = &found[0].document.facts else { panic!("{found:?}") };
    let entries = key.course.requests.entries();
    entries.map(|it| format!("{} by {}", it.value.request.word(), it.value.by.who.clone().unwrap())).collect()
}

#[test]
fn a_compromise_is_recorded_with_who_and_why_and_its_action_waits_for_respond() {
    let enforced = policy(Mode::Enforce);
    let (name, ledger) = with_key(&enforced.policy);

    let shown = ask(&name, &enforced, "compromised", &["--dry-run", "--format", "json"]);
    assert_eq!(shown.code, Some(0), "{}", shown.stderr);
    let told = shown.json();
    assert_eq!((&told["state"], &told["status"]), (&"dry_run".into(), &"active".into()), "{told}");
    assert_eq!(told["actions"][0]["do"], "deactivate_api_key", "{told}");

    let unasked = ask(&name, &enforced, "compromised", &[]);
    assert_eq!((unasked.code, unasked.stdout.as_str()), (Some(6), ""), "{}", unasked.stderr);
    assert!(unasked.stderr.contains("--yes"), "{}", unasked.stderr);
    assert_eq!(requests(&ledger), Vec::<String>::new(), "neither wrote anything");
    assert!(items(&ledger, ItemKind::Action).is_empty());

    let run = ask(&name, &enforced, "compromised", &["--yes", "--request-id", "INC-7"]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    assert!(run.stdout.contains("Follows: deactivate_api_key"), "{}", run.stdout);
    let caller = block_on(config().caller()).unwrap().arn;
    assert_eq!(requests(&ledger), [format!("compromised by {caller}")]);
    let [action] = &*items(&ledger, ItemKind::Action) else { panic!("one action") };
    assert_eq!(action.item.state, State::Pending);
    let told: Vec<_> = items(&ledger, ItemKind::Notice)
        .into_iter()
        .filter_map(|stored| match stored.item.body {
            Body::Notice(notice) => Some(notice),
            _ => None,
        })
        .filter_map(|notice| match notice.news {
            News::Found { finding, .. } if &*finding.rule == "requested_by_person" => Some(finding),
            _ => None,
        })
        .collect();
    let [finding] = &*told else { panic!("one page: {told:?}") };
    let said =
        |label: &str| finding.evidence.iter().find(|it| &*it.label == label).unwrap().value.to_string();
    assert_eq!((said("asked by"), said("reason")), (caller.to_string(), "seen in a paste".to_owned()));

    let again = ask(&name, &enforced, "compromised", &["--yes", "--request-id", "INC-7"]);
    assert_eq!(again.code, Some(0), "{}", again.stderr);
    assert!(again.stdout.contains("Recorded already"), "{}", again.stdout);
    assert_eq!(requests(&ledger).len(), 1);
    let other = ask(&name, &enforced, "deactivate", &["--yes", "--request-id", "INC-7"]);
    assert_eq!(other.code, Some(2), "{}", other.stdout);
    assert!(other.stderr.contains("another one"), "{}", other.stderr);
}

#[test]
fn what_is_held_back_is_recorded_all_the_same_and_said() {
    let observing = policy(Mode::Observe);
    let (name, ledger) = with_key(&observing.policy);
    let run = ask(&name, &observing, "deactivate", &["--yes"]);
    assert_eq!(run.code, Some(8), "{}", run.stderr);
    assert!(run.stdout.contains("mode is observe"), "{}", run.stdout);
    assert_eq!(requests(&ledger).len(), 1);
    assert_eq!(items(&ledger, ItemKind::Action)[0].item.state, State::Withheld);
}

#[test]
fn a_hold_ends_with_its_date_or_its_release() {
    let enforced = policy(Mode::Enforce);
    let (name, ledger) = with_key(&enforced.policy);
    let nothing = ask(&name, &enforced, "release", &["--yes"]);
    assert!(nothing.code == Some(0) && nothing.stdout.contains("nothing holds it"), "{}", nothing.stdout);
    for (command, more) in [
        ("hold", &["--for", "90d", "--yes"][..]),
        ("release", &["--yes"]),
        ("exempt", &["--for", "12h", "--yes"]),
    ] {
        let run = ask(&name, &enforced, command, more);
        assert_eq!(run.code, Some(0), "{command}: {}{}", run.stdout, run.stderr);
        // A second is as exact as a request's time is.
        std::thread::sleep(std::time::Duration::from_millis(1_100));
    }
    let words: Vec<String> =
        requests(&ledger).iter().map(|it| it.split(' ').next().unwrap().to_owned()).collect();
    assert_eq!(words, ["hold", "release", "exempt"]);
    assert!(items(&ledger, ItemKind::Action).is_empty(), "none of them does anything to the key");
    for more in [
        &["--for", "0d"][..],
        &["--for", "400d"],
        &["--until", "2020-01-01T00:00:00Z"],
        &["--until", "2999-01-01T00:00:00Z"],
    ] {
        let run = ask(&name, &enforced, "hold", &[more, &["--yes"]].concat());
        assert_eq!(run.code, Some(2), "{more:?}: {}", run.stdout);
    }
    let forever = ask(&name, &enforced, "exempt", &["--yes"]);
    assert!(forever.code == Some(2) && forever.stderr.contains("--for"), "{}", forever.stderr);
}

#[test]
fn what_makes_no_sense_is_refused_before_anything_is_written() {
    let enforced = policy(Mode::Enforce);
    let (name, ledger) = with_key(&enforced.policy);
    let active = ask(&name, &enforced, "delete", &["--yes"]);
    assert!(active.code == Some(8) && active.stdout.contains("deactivate"), "{}", active.stdout);
    let unknown = keytrail(&[
        "hold",
        "ACCAEXAMPLENOWHERE01",
        "--table",
        &name,
        "--policy",
        &enforced.file,
        "--why",
        "w",
        "--yes",
    ]);
    assert_eq!((unknown.code, unknown.stdout.as_str()), (Some(7), ""));
    assert!(unknown.stderr.contains("keytrail keys"), "{}", unknown.stderr);
    let lawless = keytrail(&["hold", KEY, "--table", &name, "--why", "w", "--yes"]);
    assert!(lawless.code == Some(2) && lawless.stderr.contains("--policy-parameter"), "{}", lawless.stderr);
    let now = Time::parse("2026-08-02T06:00:00Z").unwrap();
    let deleted = What::ApiKeyDeleted { key: KEY.into(), user: None };
    put(&ledger, &[event(2, now, deleted)], &enforced.policy, now + Span::minutes(1));
    for command in ["hold", "deactivate", "reactivate", "compromised"] {
        let run = ask(&name, &enforced, command, &["--yes"]);
        assert!(run.code == Some(8) && run.stdout.contains("for ever"), "{command}: {}", run.stdout);
    }
    assert_eq!(ask(&name, &enforced, "delete", &["--yes"]).code, Some(0), "it is so already");
    assert_eq!(requests(&ledger), Vec::<String>::new());
}

#[test]
fn the_policy_is_read_where_the_functions_read_it() {
    let enforced = policy(Mode::Enforce);
    let (name, _ledger) = with_key(&enforced.policy);
    let ssm = config().json(keytrail_aws::json_call::SSM);
    let text = std::fs::read_to_string(&enforced.file).unwrap();
    let parameter =
        serde_json::json!({"Name": "/cli/policy", "Value": text, "Type": "String", "Overwrite": true});
    let _: serde_json::Value = block_on(ssm.call("PutParameter", &parameter)).unwrap();
    let run = keytrail(&[
        "deactivate",
        KEY,
        "--table",
        &name,
        "--policy-parameter",
        "/cli/policy",
        "--why",
        "w",
        "--dry-run",
        "--format",
        "json",
    ]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    assert_eq!(run.json()["actions"][0]["do"], "deactivate_api_key");
}
