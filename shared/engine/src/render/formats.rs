//! What machines and chats get, of every kind of notice: the snapshots that `tests/stacks` holds against the schemas.

use serde_json::Value;

use super::{Message, Several, message, together};
use crate::action::{Action, ActionKind, Reason, Withheld};
use crate::finding::{Finding, FindingId, Severity};
use crate::ids::Region;
use crate::notice::{Notice, Outcome};
use crate::rules::Rule;
use crate::subject::SubjectId;
use crate::time::{Span, Time};
use crate::trouble::Trouble;

const HOSTILE: &str = "<!channel> [ok](https://evil.example)\n*x* `y` \u{202e}@here &lt;&gt; \"'$(id)";

fn at() -> Time {
    Time::from_millis(1_785_542_460_000)
}

fn finding(user: &str) -> Finding {
    let rule = Rule::by_id("compromise_reported").unwrap();
    let subject = SubjectId::user("aws".into(), "111122223333".into(), &user.into());
    rule.found(&subject, "1", format!("AWS Health reports user {user} as compromised"))
        .since(Time::from_millis(1_785_542_400_000))
        .evidence("user agent", Some(user))
        .next("Replace its API keys.")
}

fn action(user: &str) -> Action {
    let kind = ActionKind::DenyBearerCalls { user: user.into() };
    let finding = FindingId::new("f1");
    Action {
        id: Action::id_of(&finding, &kind),
        kind,
        subject: SubjectId::user("aws".into(), "111122223333".into(), &user.into()),
        finding,
        rule: "compromise_reported".into(),
        not_after: Time::from_millis(1_785_564_000_000),
        policy: "0123456789ab".into(),
    }
}

/// One message of every kind, by what it is.
fn messages() -> Vec<(&'static str, Message)> {
    let account = SubjectId::account("aws".into(), "111122223333".into(), Region::global());
    let user = "otel-gateway";
    let found = |user: &str, will| {
        Notice::found(at(), finding(user), will, None).of_user(Some(user.into())).of_owner(Some(user.into()))
    };
    let withheld = Withheld { action: action(user), reason: Reason::ObserveMode };
    let both =
        [found(user, Some(action(user))), Notice::withdrawn(at() + Span::minutes(5), finding(HOSTILE))];
    let one = [
        ("found", found(user, Some(action(user)))),
        ("hostile", found(HOSTILE, Some(action(HOSTILE)))),
        ("held back", Notice::found(at(), finding(user), None, Some(withheld))),
        ("withdrawn", Notice::withdrawn(at(), finding(user))),
        ("done", Notice::ended(at(), action(user), Outcome::Done { already: false })),
        ("failed", Notice::ended(at(), action(user), Outcome::Failed { code: HOSTILE.into() })),
        ("budget", Notice::budget_spent(at(), "reported/all", action(user))),
        (
            "trouble",
            Notice::trouble(
                at(),
                account.clone(),
                Trouble::Damaged { what: "x".into(), why: HOSTILE.into() },
            ),
        ),
        ("test", Notice::test(at(), account, "arn:aws:iam::111122223333:user/a", Severity::Info)),
    ];
    let one = one.map(|(name, notice)| (name, message(&notice)));
    one.into_iter()
        .chain([
            ("incident", together(&both, Several::Incident, at()).unwrap()),
            ("digest", together(&both, Several::Digest, at()).unwrap()),
        ])
        .collect()
}

fn shown(of: impl Fn(&Message) -> Value) -> String {
    let all: serde_json::Map<String, Value> =
        messages().iter().map(|(name, message)| ((*name).to_owned(), of(message))).collect();
    serde_json::to_string_pretty(&all).unwrap()
}

fn parsed(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

#[test]
fn the_json_for_machines() {
    insta::assert_snapshot!("notice_json", shown(|message| parsed(&message.json)));
}

#[test]
fn detection_findings() {
    insta::assert_snapshot!(
        "ocsf",
        shown(|message| message.ocsf.iter().map(|it| parsed(it)).collect::<Vec<_>>().into())
    );
}

#[test]
fn chats() {
    insta::assert_snapshot!("chat", shown(|message| parsed(&message.chat)));
    for (name, message) in messages() {
        let text = parsed(&message.chat)["content"].to_string();
        assert!(!text.contains("<!") && !text.contains("://") && !text.contains("&lt;"), "{name}: {text}");
        assert!(message.chat.chars().count() < 8_000, "{name}");
    }
}
