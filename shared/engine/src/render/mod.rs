//! Notices as messages: one text for each way in which people are told.
//!
//! Everything here is pure. Names and user agents in a notice are hostile text: control characters, line breaks and
//! characters that turn the direction of writing are written out, so that a name can't forge a line of the message.

mod chat;
mod email;
mod ocsf;
mod plain;
mod short;
mod together;
mod trouble;

use std::collections::BTreeMap;

use serde_json::json;

use crate::action::{Action, ActionKind};
use crate::finding::{Finding, Severity};
use crate::notice::{News, Notice, Outcome};
use crate::subject::SubjectId;
pub use plain::plain;
pub use together::{Several, together};

/// A message in every protocol's form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// The notice's id: a repeat carries the same.
    pub id: Box<str>,
    /// The subject of an email: at most 100 printable ASCII characters, and no line break.
    ///
    /// Source: <https://docs.aws.amazon.com/sns/latest/api/API_Publish.html>
    pub subject: String,
    /// The text of an email; under 64 KiB.
    pub text: String,
    /// The text of an SMS: at most 160 characters of ASCII, so that it is one part.
    pub short: String,
    /// The JSON for queues, functions, https endpoints, event buses and whatever else machines read; under 128 KiB. Its schema is
    /// `docs/schema/notice-1.json`.
    pub json: String,
    /// The JSON for Amazon Q Developer in chat applications (Slack, Microsoft Teams).
    pub chat: String,
    /// Each notice of the message as an OCSF Detection Finding, in JSON.
    pub ocsf: Vec<String>,
    /// Attributes for subscription filters: severity, rule, kind, account, region.
    pub attributes: BTreeMap<&'static str, String>,
}

/// A notice as a message.
pub fn message(notice: &Notice) -> Message {
    let about = About::of(notice);
    Message {
        id: notice.id.clone(),
        subject: email::subject(notice, &about),
        text: email::text(notice, &about),
        short: short::text(notice, &about),
        json: json(notice, &about),
        chat: chat::json(notice, &about),
        ocsf: vec![ocsf::json(notice, &about)],
        attributes: attributes(&about),
    }
}

/// What every form says of a notice.
struct About<'a> {
    severity: Severity,
    rule: &'a str,
    /// `finding`, `withdrawal`, `outcome`, `budget`, `trouble` or `test`; of several `incident` or `digest`.
    kind: &'static str,
    subject: &'a SubjectId,
}

impl<'a> About<'a> {
    fn of(notice: &'a Notice) -> Self {
        match &notice.news {
            News::Found { finding, .. } => {
                let Finding { severity, rule, subject, .. } = &**finding;
                Self { severity: *severity, rule, kind: "finding", subject }
            }
            News::Withdrawn { finding } => {
                let Finding { rule, subject, .. } = &**finding;
                Self { severity: Severity::Low, rule, kind: "withdrawal", subject }
            }
            News::Ended { action, outcome } => {
                let severity = match outcome {
                    Outcome::Done { .. } => Severity::High,
                    Outcome::Failed { .. } | Outcome::LeftDisabled { .. } => Severity::Critical,
                    Outcome::Withheld { .. } => Severity::Medium,
                };
                Self { severity, rule: &action.rule, kind: "outcome", subject: &action.subject }
            }
            News::BudgetSpent { action, .. } => {
                let subject = &action.subject;
                Self { severity: Severity::High, rule: &action.rule, kind: "budget", subject }
            }
            News::Trouble { subject, trouble } => {
                Self { severity: trouble.severity(), rule: trouble.word(), kind: "trouble", subject }
            }
            News::Test { subject, severity, .. } => {
                Self { severity: *severity, rule: "test_alert", kind: "test", subject }
            }
        }
    }
}

fn attributes(about: &About<'_>) -> BTreeMap<&'static str, String> {
    BTreeMap::from([
        ("severity", about.severity.word().to_owned()),
        ("rule", about.rule.to_owned()),
        ("kind", about.kind.to_owned()),
        ("account", about.subject.account.to_string()),
        ("region", about.subject.region.to_string()),
    ])
}

fn json(notice: &Notice, about: &About<'_>) -> String {
    // serde_json escapes what has to be: the values are as the records say them, for machines.
    json!({
        "version": "1",
        "id": notice.id,
        "at": notice.at,
        "severity": about.severity,
        "rule": about.rule,
        "kind": about.kind,
        "subject": about.subject,
        "owner": notice.owner,
        "news": notice.news,
    })
    .to_string()
}

/// What an action does, in the words of a sentence: `switch off API key …`.
fn deed(action: &Action) -> String {
    let target = action.kind.target();
    match &action.kind {
        ActionKind::DeactivateApiKey { .. } => format!("switch off API key {target}"),
        ActionKind::ReactivateApiKey { .. } => format!("switch on API key {target}"),
        ActionKind::DeleteApiKey { .. } => format!("delete API key {target}"),
        ActionKind::DenyBearerCalls { .. } => format!("deny all bearer calls of {target}"),
        ActionKind::AllowBearerCalls { .. } => format!("allow bearer calls of {target} again"),
        ActionKind::RescueKmsKey { .. } => format!("cancel the deletion of KMS key {target}"),
    }
}

#[cfg(test)]
mod formats;
#[cfg(test)]
mod tests;
