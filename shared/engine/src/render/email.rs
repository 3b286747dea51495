//! The text of an email: what happened, why it matters, what Keytrail did or held back, what to do next, how to undo.

use std::fmt::Write as _;

use super::short::ascii;
use super::trouble::{Told, told};
use super::{About, deed, plain};
use crate::action::{Action, ActionKind, Reason, Withheld};
use crate::finding::Finding;
use crate::notice::{News, Notice, Outcome};
use crate::rules::quoted;
use crate::time::Time;

/// Characters of an SNS subject.
pub(super) const SUBJECT: usize = 100;

/// Bytes of the body: SNS takes 256 KB for all forms together.
const BODY: usize = 60_000;

/// The heading of what people are to do.
const NEXT: &str = "What to do next";

/// What a test says before anything else.
pub(super) const TEST: &str = "TEST: nothing happened, and nothing is to be done";

pub(super) fn subject(notice: &Notice, about: &About<'_>) -> String {
    let severity = about.severity.word().to_uppercase();
    let by = match &notice.news {
        News::Found { finding, .. } => finding.deadline.map(|by| format!(", by {}", day(by))),
        _ => None,
    };
    let said = match &notice.news {
        News::Found { finding, .. } => finding.what.to_string(),
        News::Withdrawn { finding } => format!("no longer stands: {}", finding.what),
        News::Ended { action, outcome: Outcome::Done { already: false } } => format!("did {}", deed(action)),
        News::Ended { action, outcome: Outcome::Done { already: true } } => {
            format!("nothing left to do: {}", deed(action))
        }
        News::Ended { action, outcome: Outcome::LeftDisabled { .. } } => {
            format!("KMS key {} is saved and LEFT DISABLED", action.kind.target())
        }
        News::Ended { action, outcome: Outcome::Failed { .. } } => format!("FAILED to {}", deed(action)),
        News::Ended { action, outcome: Outcome::Withheld { reason: Reason::Withdrawn } } => {
            format!("no longer wanted: {}", deed(action))
        }
        News::Ended { action, outcome: Outcome::Withheld { .. } } => format!("did not {}", deed(action)),
        News::BudgetSpent { budget, .. } => {
            format!("the budget {budget} is spent: what it limits is held back")
        }
        News::Trouble { trouble, .. } => told(trouble).what,
        News::Test { .. } => TEST.to_owned(),
    };
    // The deadline comes first: what is cut off, nobody reads.
    ascii(&format!("[Keytrail {severity}{}] {said}", by.unwrap_or_default()), SUBJECT)
}

/// The day of a moment, as people write it.
fn day(at: Time) -> String {
    at.to_string().chars().take(10).collect()
}

pub(super) fn text(notice: &Notice, about: &About<'_>) -> String {
    let mut text = sections(notice).text();
    let (account, region) = (&about.subject.account, &about.subject.region);
    let _ = write!(
        text,
        "--\nseverity {}, rule {}, account {account}, region {region}\nsubject {}\nnotice {}, {}\n",
        about.severity,
        about.rule,
        plain(&about.subject.to_string()),
        notice.id,
        notice.at
    );
    cut(text)
}

/// The parts of what is told, for every channel that shows text.
pub(super) fn sections(notice: &Notice) -> Sections {
    let mut text = Sections::default();
    match &notice.news {
        News::Found { finding, will, withheld } => {
            found(&mut text, finding, will.as_deref(), withheld.as_deref());
        }
        News::Withdrawn { finding } => {
            text.add("What happened", [format!("This no longer stands: {}.", finding.what)]);
            text.add("Why", ["A later record changed what it rested on.".to_owned()]);
        }
        News::Ended { action, outcome } => ended(&mut text, action, outcome),
        News::BudgetSpent { budget, action } => budget_spent(&mut text, budget, action),
        News::Trouble { trouble, .. } => {
            let Told { what, why, does, next } = told(trouble);
            text.add("What happened", [format!("Keytrail needs a person: {what}.")]);
            text.add("Why it matters", [why]);
            text.add("What Keytrail does", [does]);
            text.add(NEXT, next);
        }
        News::Test { by, .. } => {
            text.add("What happened", [format!("Nothing. This is a test, which {by} asked for.")]);
            text.add(
                "Why it matters",
                ["That you read it shows that what Keytrail tells comes to you: by its ledger, the ledger's stream, notify and the topic.".to_owned()],
            );
            text.add(NEXT, ["Nothing. Whoever asked for it will want to hear that it came.".to_owned()]);
        }
    }
    if !matches!(notice.news, News::Trouble { .. } | News::Test { .. }) {
        text.add(
            "Who answers for it",
            [notice.owner.as_deref().unwrap_or("nobody: policy names no owner ([owners])").to_owned()],
        );
    }
    text
}

/// Headed paragraphs, of lines as they are.
#[derive(Default)]
pub(super) struct Sections(Vec<(&'static str, Vec<String>)>);

impl Sections {
    fn add(&mut self, heading: &'static str, lines: impl IntoIterator<Item = String>) {
        self.0.push((heading, lines.into_iter().collect()));
    }

    fn text(&self) -> String {
        let mut text = String::new();
        for (heading, lines) in &self.0 {
            let _ = writeln!(text, "{heading}");
            for line in lines {
                // Here and nowhere else, so that no line can be forgotten.
                let _ = writeln!(text, "  {}", plain(line));
            }
            text.push('\n');
        }
        text
    }

    /// The lines of what to do next.
    pub(super) fn next(&self) -> impl Iterator<Item = &String> {
        self.0.iter().filter(|(heading, _)| *heading == NEXT).flat_map(|(_, lines)| lines)
    }

    /// All else.
    pub(super) fn others(&self) -> impl Iterator<Item = (&'static str, &[String])> {
        self.0.iter().filter(|(heading, _)| *heading != NEXT).map(|(heading, lines)| (*heading, &**lines))
    }
}

fn found(text: &mut Sections, finding: &Finding, will: Option<&Action>, withheld: Option<&Withheld>) {
    text.add("What happened", [finding.what.to_string()]);
    text.add("Why it matters", [finding.why.to_string()]);
    let since = finding.since.map(|since| format!("since: {since}"));
    let evidence = finding.evidence.iter().map(|it| format!("{}: {}", it.label, it.value));
    text.add("What it rests on", since.into_iter().chain(evidence));
    let does = match (will, withheld) {
        (Some(action), _) => format!("It will {}. Another message says when that is done.", deed(action)),
        (None, Some(held)) => {
            format!("It would {}, and does not: {}.", deed(&held.action), held.reason)
        }
        (None, None) => "Nothing. This needs a person.".to_owned(),
    };
    text.add("What Keytrail does", [does]);
    text.add(NEXT, finding.next.iter().map(ToString::to_string));
    if let Some(undo) = will.and_then(undo) {
        text.add("How to undo it, once it is done", [undo]);
    }
}

fn ended(text: &mut Sections, action: &Action, outcome: &Outcome) {
    let deed = deed(action);
    let (happened, next) = match outcome {
        Outcome::Done { already: false } => (
            format!("Keytrail was asked by rule {} to {deed}. It did, and AWS shows it.", action.rule),
            after(&action.kind).to_owned(),
        ),
        Outcome::Done { already: true } => already(action, &deed),
        Outcome::LeftDisabled { left } => (
            format!(
                "Keytrail was to {deed}. The deletion is cancelled. The key is left disabled: {left}. While it is, nobody can read what was encrypted with it."
            ),
            format!("Find out who disabled it, and why. If it should work: {}", enable(&action.kind)),
        ),
        Outcome::Failed { code } => (
            format!("Keytrail could not {deed}: AWS says {code}.{}", who_refuses(&action.kind, code)),
            format!("DO IT BY HAND NOW: {}", by_hand(&action.kind)),
        ),
        Outcome::Withheld { reason: Reason::Withdrawn } if is_rescue(action) => (
            format!(
                "Keytrail was to {deed}, and does no more about it: somebody cancelled the deletion, or nothing needs the key any more. {EARLIER_TRY}"
            ),
            format!("Look whether it is as it should be: {}", describe(&action.kind)),
        ),
        Outcome::Withheld { reason } => (
            format!("Keytrail did not {deed}: {reason}."),
            format!("If it should be done all the same: {}", by_hand(&action.kind)),
        ),
    };
    text.add("What happened", [happened]);
    text.add(NEXT, [next]);
    if matches!(outcome, Outcome::Done { already: false } | Outcome::LeftDisabled { .. })
        && let Some(undo) = undo(action)
    {
        text.add("How to undo it", [undo]);
    }
    text.add(
        "Record",
        [format!("action {}, finding {}, policy {}", action.id, action.finding, action.policy)],
    );
}

/// What is told of an action that AWS shows to be done, when nobody knows by whom.
fn already(action: &Action, deed: &str) -> (String, String) {
    match &action.kind {
        ActionKind::RescueKmsKey { .. } => (
            format!(
                "Keytrail was to {deed}. It is cancelled: KMS no longer shows the key as waiting for its deletion. {EARLIER_TRY}"
            ),
            format!("Look whether it is as it should be: {}", describe(&action.kind)),
        ),
        _ => (
            format!("Keytrail was to {deed}. There was nothing left to do: it is so already."),
            "Find out who was faster, if that surprises you.".to_owned(),
        ),
    }
}

const fn is_rescue(action: &Action) -> bool {
    matches!(action.kind, ActionKind::RescueKmsKey { .. })
}

/// What nobody can say of a rescue that ends without the record of it.
const EARLIER_TRY: &str = "Whether an earlier try of Keytrail's own did it or somebody else, CloudTrail's record of CancelKeyDeletion says.";

fn budget_spent(text: &mut Sections, budget: &str, action: &Action) {
    text.add(
        "What happened",
        [
            format!(
                "The budget {budget} for 24 hours is spent. The first action that it held back: to {}.",
                deed(action)
            ),
            "Whatever else it limits is held back too, and not told one by one.".to_owned(),
        ],
    );
    text.add(
        "Why it matters",
        ["Either much is wrong at once, or a rule is. A budget keeps a wrong rule from switching off what works.".to_owned()],
    );
    text.add(
        NEXT,
        [
            "Look at what was done in the last 24 hours and at what is held back. What is urgent, do by hand:".to_owned(),
            by_hand(&action.kind),
            "If all of it is right, raise the budget in the policy ([budgets]): what was held back is decided anew.".to_owned(),
        ],
    );
}

/// What is left to people once it is done.
const fn after(kind: &ActionKind) -> &'static str {
    match kind {
        ActionKind::RescueKmsKey { .. } => {
            "Find out who scheduled the deletion and why, and who else may: whoever did can do it again."
        }
        _ => "Look at what was done with the key since it was last trusted; give its sender another one.",
    }
}

/// Who it may be that refuses, where there is more than one.
fn who_refuses(kind: &ActionKind, code: &str) -> &'static str {
    match kind {
        ActionKind::RescueKmsKey { .. } if code == "AccessDenied" => {
            " The key's own policy doesn't let Keytrail's role rescue it, or doesn't let the account's IAM policies speak for it; only somebody whom that policy names can."
        }
        _ => "",
    }
}

/// The command that shows what became of a KMS key.
fn describe(kind: &ActionKind) -> String {
    match kind {
        ActionKind::RescueKmsKey { key } => {
            format!("aws kms describe-key --region {} --key-id {}", key.region, quoted(&key.name))
        }
        _ => String::new(),
    }
}

/// The command that enables a KMS key.
fn enable(kind: &ActionKind) -> String {
    match kind {
        ActionKind::RescueKmsKey { key } => {
            format!("aws kms enable-key --region {} --key-id {}", key.region, quoted(&key.name))
        }
        _ => String::new(),
    }
}

/// The command by which a person does the same.
fn by_hand(kind: &ActionKind) -> String {
    let set = |user: &str, key: &str, status: &str| {
        let (user, key) = (quoted(user), quoted(key));
        format!(
            "aws iam update-service-specific-credential --user-name {user} --service-specific-credential-id {key} --status {status}"
        )
    };
    let policy = |verb: &str, user: &str| {
        format!(
            "aws iam {verb}-user-policy --user-name {} --policy-arn KEYTRAIL_DENY_BEARER_ARN",
            quoted(user)
        )
    };
    match kind {
        ActionKind::DeactivateApiKey { key, user, .. } => set(user.as_str(), key.as_str(), "Inactive"),
        ActionKind::ReactivateApiKey { key, user, .. } => set(user.as_str(), key.as_str(), "Active"),
        ActionKind::DeleteApiKey { key, user, .. } => format!(
            "aws iam delete-service-specific-credential --user-name {} --service-specific-credential-id {}",
            quoted(user.as_str()),
            quoted(key.as_str())
        ),
        ActionKind::DenyBearerCalls { user } => policy("attach", user.as_str()),
        ActionKind::AllowBearerCalls { user } => policy("detach", user.as_str()),
        ActionKind::RescueKmsKey { key } => {
            format!("aws kms cancel-key-deletion --region {} --key-id {}", key.region, quoted(&key.name))
        }
    }
}

/// The command that takes it back; `None` for what can't be taken back.
fn undo(action: &Action) -> Option<String> {
    if let ActionKind::RescueKmsKey { key } = &action.kind {
        let (region, id) = (&key.region, quoted(&key.name));
        return Some(format!(
            "aws kms schedule-key-deletion --region {region} --key-id {id} --pending-window-in-days 30"
        ));
    }
    let opposite = match &action.kind {
        ActionKind::DeactivateApiKey { key, user, service } => {
            ActionKind::ReactivateApiKey { key: key.clone(), user: user.clone(), service: service.clone() }
        }
        ActionKind::ReactivateApiKey { key, user, service } => {
            ActionKind::DeactivateApiKey { key: key.clone(), user: user.clone(), service: service.clone() }
        }
        ActionKind::DenyBearerCalls { user } => ActionKind::AllowBearerCalls { user: user.clone() },
        ActionKind::AllowBearerCalls { user } => ActionKind::DenyBearerCalls { user: user.clone() },
        ActionKind::DeleteApiKey { .. } | ActionKind::RescueKmsKey { .. } => return None,
    };
    Some(by_hand(&opposite))
}

pub(super) fn cut(mut text: String) -> String {
    if text.len() > BODY {
        let end = text.floor_char_boundary(BODY);
        text.truncate(end);
        text.push_str("\n[cut: the ledger has the rest]\n");
    }
    text
}
