use super::*;
use crate::action::{Reason, Withheld};
use crate::finding::FindingId;
use crate::ids::Region;
use crate::rules::Rule;
use crate::time::{Span, Time};
use crate::trouble::Trouble;
use proptest::prelude::*;

fn subject(user: &str) -> SubjectId {
    SubjectId::user("aws".into(), "111122223333".into(), &user.into())
}

fn finding(user: &str) -> Finding {
    let rule = Rule::by_id("compromise_reported").unwrap();
    rule.found(&subject(user), "1", format!("AWS Health reports user {user} as compromised"))
        .since(Time::from_millis(1_785_542_400_000))
        .evidence("report", Some("AWS_RISK_CREDENTIALS_EXPOSED"))
        .next("Replace its API keys.")
}

fn action(user: &str) -> Action {
    let kind = ActionKind::DenyBearerCalls { user: user.into() };
    let finding = FindingId::new("f1");
    Action {
        id: Action::id_of(&finding, &kind),
        kind,
        subject: subject(user),
        finding,
        rule: "compromise_reported".into(),
        not_after: Time::from_millis(1_785_564_000_000),
        policy: "0123456789ab".into(),
    }
}

fn at() -> Time {
    Time::from_millis(1_785_542_460_000)
}

#[test]
fn a_page_says_what_why_what_is_done_what_next_and_how_to_undo_it() {
    let notice = Notice::found(at(), finding("otel-gateway"), Some(action("otel-gateway")), None);
    insta::assert_snapshot!(message(&notice).text);
}

#[test]
fn a_page_of_what_is_held_back_says_why() {
    let withheld = Withheld { action: action("otel-gateway"), reason: Reason::ObserveMode };
    let message = message(&Notice::found(at(), finding("otel-gateway"), None, Some(withheld)));
    assert!(message.text.contains("does not: mode is observe"), "{}", message.text);
    assert_eq!(message.attributes["severity"], "critical");
    assert_eq!(message.attributes["kind"], "finding");
}

#[test]
fn a_warning_has_its_deadline_where_nothing_is_cut_off_and_says_who_answers() {
    let deadline = Time::from_millis(1_786_000_000_000);
    let mut warned = finding(&"x".repeat(200));
    warned.deadline = Some(deadline);
    let notice = Notice::found(at(), warned, None, None).of_owner(Some("platform\nteam".into()));
    let message = message(&notice);
    assert!(message.subject.starts_with("[Keytrail CRITICAL, by 2026-08-06] "), "{}", message.subject);
    assert!(message.text.contains("Who answers for it\n  platform\\u{a}team\n"), "{}", message.text);
    assert!(message.json.contains(r#""owner":"platform\nteam""#));
}

#[test]
fn a_spent_budget_is_one_page_a_day_and_says_what_to_do() {
    let of = |at, budget| Notice::budget_spent(at, budget, action("otel-gateway"));
    let page = of(at(), "reported/111122223333");
    let later = of(at() + Span::hours(1), "reported/111122223333");
    assert_eq!(page.id, later.id);
    assert_ne!(page.id, of(at() + Span::days(1), "reported/111122223333").id);
    assert_ne!(page.id, of(at(), "reported/all").id);
    insta::assert_snapshot!(message(&page).text);
}

#[test]
fn an_outcome_says_did_and_a_failure_what_to_do_by_hand() {
    let of = |outcome| message(&Notice::ended(at(), action("otel-gateway"), outcome));
    let did = of(Outcome::Done { already: false });
    assert_eq!(did.subject, "[Keytrail HIGH] did deny all bearer calls of user otel-gateway");
    assert!(
        did.text.contains("How to undo it\n  aws iam detach-user-policy --user-name otel-gateway"),
        "{}",
        did.text
    );
    let failed = of(Outcome::Failed { code: "AccessDenied".into() });
    insta::assert_snapshot!(failed.text);
    assert!(
        failed.short.starts_with("Keytrail CRITICAL 111122223333: FAILED (AccessDenied)"),
        "{}",
        failed.short
    );
}

proptest! {
    /// Whatever a name holds, it forges no line, and every form keeps its protocol's bounds.
    #[test]
    fn a_hostile_name_forges_nothing(name in "\\PC{0,40}|[\\x00-\\x1f\u{202e}\u{2028}a-z'\"$`\n]{1,64}") {
        let lines = |user: &str| {
            let message = message(&Notice::found(at(), finding(user), Some(action(user)), None));
            message.text.lines().count()
        };
        prop_assert_eq!(lines(&name), lines("plain"));
        let message = message(&Notice::found(at(), finding(&name), Some(action(&name)), None));
        prop_assert!(message.subject.len() <= 100 && message.short.len() <= 160);
        prop_assert!(message.subject.chars().chain(message.short.chars()).all(|c| c == ' ' || c.is_ascii_graphic()));
        prop_assert!(message.text.chars().all(|c| c == '\n' || !c.is_control()));
        serde_json::from_str::<serde_json::Value>(&message.json).unwrap();
    }
}

fn trouble(trouble: Trouble) -> Message {
    message(&Notice::trouble(
        at(),
        SubjectId::account("aws".into(), "111122223333".into(), Region::global()),
        trouble,
    ))
}

#[test]
fn a_restored_ledger_is_told_with_the_command_to_paste() {
    let restored = trouble(Trouble::LedgerRestored {
        epoch: 2,
        began: at(),
        store: "arn:aws:dynamodb:us-east-1:111122223333:table/keytrail-restored#0f1e".into(),
    });
    insta::assert_snapshot!(restored.text);
    assert!(restored.text.contains("\n  keytrail resume --table keytrail-restored --region us-east-1\n"));
    assert_eq!(restored.attributes["rule"], "ledger_restored");
    assert_eq!(restored.attributes["kind"], "trouble");
    let elsewhere = Trouble::LedgerRestored { epoch: 2, began: at(), store: "a file".into() };
    assert!(trouble(elsewhere).text.contains("keytrail resume --table NAME"));
}

#[test]
fn a_broken_policy_is_told_with_its_faults_in_one_line_each() {
    let broken = trouble(Trouble::PolicyBroken {
        version: "7".into(),
        why: "line 1: no such mode\nWhat to do next\n  nothing".into(),
        in_force: "0123456789ab".into(),
    });
    insta::assert_snapshot!(broken.text);
    assert_eq!(broken.subject, "[Keytrail CRITICAL] the policy can't be read, and nothing is enforced");
    assert!(broken.short.len() <= 160 && broken.short.contains("nothing is enforced"), "{}", broken.short);
}

#[test]
fn a_test_says_so_in_every_form_and_whoever_asks_forges_nothing() {
    let subject = SubjectId::account("aws".into(), "111122223333".into(), Region::global());
    let by = "arn:aws:sts::111122223333:assumed-role/operator/a\n  DO IT NOW: \u{202e}x";
    let notice = Notice::test(at(), subject.clone(), by, Severity::Critical);
    let page = message(&notice);
    insta::assert_snapshot!(page.text);
    assert_eq!(page.subject, "[Keytrail CRITICAL] TEST: nothing happened, and nothing is to be done");
    assert!(page.short.contains("TEST: nothing happened"), "{}", page.short);
    assert_eq!(page.attributes["kind"], "test");
    assert_eq!(page.attributes["severity"], "critical");
    let later = Notice::test(at() + Span::minutes(1), subject, by, Severity::Critical);
    assert_ne!(later.id, notice.id, "another test is another message");
}

#[test]
fn what_is_damaged_is_told_by_its_address() {
    let damaged = trouble(Trouble::Damaged { what: "action/13726d71".into(), why: "it has no state".into() });
    insta::assert_snapshot!(damaged.text);
    assert_eq!(damaged.attributes["severity"], "high");
}
