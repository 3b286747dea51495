//! `keytrail resume`.

use keytrail_engine::action::{Action, ActionKind};
use keytrail_engine::finding::FindingId;
use keytrail_engine::subject::SubjectId;
use keytrail_engine::time::{Span, Time};
use keytrail_ledger::{Commit, Epoch, Item, Ledger as _, State, Version};

use crate::emulator::{block_on, keytrail, table};

fn began() -> Time {
    Time::parse("2026-08-01T06:00:00Z").unwrap()
}

/// An action that the backup still had to do.
fn old_action() -> Item {
    let subject = SubjectId::parse("aws/111122223333/global/user/gateway").unwrap();
    let kind = ActionKind::DenyBearerCalls { user: "gateway".into() };
    let finding = FindingId::of("compromise_reported", &subject, "1");
    let action = Action {
        id: Action::id_of(&finding, &kind),
        kind,
        subject,
        finding,
        rule: "compromise_reported".into(),
        not_after: began() + Span::hours(6),
        policy: "p".into(),
    };
    Item::action(action, State::Pending, began() - Span::minutes(1))
}

#[test]
fn only_a_yes_resumes_and_who_said_it_is_recorded() {
    let (name, ledger) = table();
    let epoch = || block_on(ledger.epoch()).unwrap().unwrap().0;
    let store = block_on(ledger.identity()).unwrap();
    let paused = Epoch { store, number: 2, began: began(), paused: true, resumed: None };
    block_on(ledger.set_epoch(&paused, None)).unwrap();
    block_on(ledger.commit(&Commit { items: vec![old_action()], ..Commit::at(began()) })).unwrap();

    let shown = keytrail(&["resume", "--table", &name, "--dry-run", "--format", "json"]);
    assert_eq!(shown.code, Some(0), "{}", shown.stderr);
    let told = shown.json();
    assert_eq!((&told["state"], &told["left_over"]["actions"]), (&"paused".into(), &1.into()), "{told}");

    let unasked = keytrail(&["resume", "--table", &name]);
    assert_eq!((unasked.code, unasked.stdout.as_str()), (Some(6), ""));
    assert!(unasked.stderr.contains("since 2026-08-01T06:00:00Z"), "{}", unasked.stderr);
    assert!(unasked.stderr.contains("--yes"), "{}", unasked.stderr);
    assert_eq!(epoch(), paused, "neither wrote anything");

    let resumed = keytrail(&["resume", "--table", &name, "--yes"]);
    assert_eq!(resumed.code, Some(0), "{}", resumed.stderr);
    assert!(resumed.stdout.contains("1 action or notice"), "{}", resumed.stdout);
    let now = epoch();
    let who = now.resumed.clone().unwrap().by;
    assert!(!now.paused && who.starts_with("arn:aws:sts::") && who.contains(":"), "{now:?}");
    assert_eq!(told["caller"], *who, "the same whom the dry run named");
    let ended = block_on(ledger.items(&[old_action().id()])).unwrap().remove(0).item;
    assert_eq!(ended.state, State::Withheld);

    let again = keytrail(&["resume", "--table", &name, "--yes"]);
    assert_eq!(again.code, Some(0), "{}", again.stderr);
    assert!(again.stdout.contains("is not paused") && again.stdout.contains(&*who), "{}", again.stdout);
    assert_eq!(epoch(), now);
}

#[test]
fn a_restore_that_sweep_has_not_noticed_is_not_resumed() {
    let (name, ledger) = table();
    let before =
        Epoch { store: "the one before".into(), number: 1, began: began(), paused: false, resumed: None };
    block_on(ledger.set_epoch(&before, None)).unwrap();
    let run = keytrail(&["resume", "--table", &name, "--yes"]);
    assert_eq!(run.code, Some(8), "{}", run.stderr);
    assert!(run.stdout.contains("sweep has not noticed"), "{}", run.stdout);
    assert_eq!(block_on(ledger.epoch()).unwrap(), Some((before, Version::FIRST)));
}

#[test]
fn a_new_table_is_not_paused_and_one_that_is_not_there_is_named() {
    let (name, _) = table();
    let run = keytrail(&["resume", "--table", &name, "--yes"]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    let run = keytrail(&["resume", "--table", "nowhere", "--yes"]);
    assert_eq!((run.code, run.stdout.as_str()), (Some(2), ""));
    assert!(run.stderr.contains("nowhere"), "{}", run.stderr);
}
