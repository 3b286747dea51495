//! Several notices as one message: what was added to an incident, or the digest of a day.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::json;

use super::email::{SUBJECT, cut};
use super::short::ascii;
use super::{About, Message, chat, message, ocsf, plain};
use crate::fingerprint::fingerprint;
use crate::notice::{News, Notice};
use crate::rules::quoted;
use crate::time::Time;

/// What several notices are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Several {
    /// What was added to an incident.
    Incident,
    /// The digest of a day.
    Digest,
}

/// Characters of a notice's sentence in the JSON: all of them together stay under 128 KiB.
const SENTENCE: usize = 500;

/// Notices as one message; one alone as its own. `None` for none.
pub fn together(notices: &[Notice], are: Several, at: Time) -> Option<Message> {
    if let [only] = notices {
        return Some(message(only));
    }
    let abouts: Vec<(&Notice, About<'_>)> = notices.iter().map(|it| (it, About::of(it))).collect();
    let (_, gravest) = abouts.iter().max_by_key(|(_, about)| about.severity)?;
    let ids = notices.iter().map(|it| it.id.as_bytes());
    let id: Box<str> = fingerprint("notices", ids).to_string().into();
    let (kind, headline) = match are {
        Several::Incident => {
            let user = notices.iter().find_map(|it| it.user.as_ref());
            let of = user.map_or_else(String::new, |user| format!(" about user {user}"));
            ("incident", format!("{} more{of}", count(notices.len())))
        }
        Several::Digest => ("digest", format!("{} of the day", count(notices.len()))),
    };
    let severity = gravest.severity.word();
    let subject = ascii(&format!("[Keytrail {}] {headline}", severity.to_uppercase()), SUBJECT);
    let mut text = format!("{}\n\n", plain(&headline));
    for (notice, about) in &abouts {
        entry(&mut text, notice, about);
    }
    let _ = write!(text, "--\n{kind} {id}, {at}\n");
    let listed = abouts.iter().map(|(notice, about)| {
        let (what, stands) = said(notice);
        json!({
            "id": notice.id, "at": notice.at, "severity": about.severity, "rule": about.rule, "kind": about.kind,
            "subject": about.subject, "owner": notice.owner, "stands": stands,
            "what": what.chars().take(SENTENCE).collect::<String>(),
        })
    });
    let listed: Vec<_> = listed.collect();
    let json =
        json!({"version": "1", "id": id, "at": at, "severity": severity, "kind": kind, "notices": listed});
    let account = &gravest.subject.account;
    let chat = chat::several(&id, kind, severity, &subject, &text);
    Some(Message {
        short: ascii(&format!("Keytrail {} {account}: {headline}.", severity.to_uppercase()), 160),
        id,
        subject,
        text: cut(text),
        json: json.to_string(),
        chat,
        ocsf: abouts.iter().map(|(notice, about)| ocsf::json(notice, about)).collect(),
        attributes: BTreeMap::from([
            ("severity", severity.to_owned()),
            ("rule", gravest.rule.to_owned()),
            ("kind", kind.to_owned()),
            ("account", account.to_string()),
            ("region", gravest.subject.region.to_string()),
        ]),
    })
}

fn count(notices: usize) -> String {
    format!("{notices} findings")
}

fn entry(text: &mut String, notice: &Notice, about: &About<'_>) {
    let (what, stands) = said(notice);
    let before = if stands { "" } else { "no longer stands: " };
    let _ = writeln!(text, "[{}] {before}{}", about.severity, plain(&what));
    if let News::Found { finding, .. } = &notice.news {
        let deadline = finding.deadline.map(|at| format!("by {at}"));
        let evidence = finding.evidence.iter().take(4).map(|it| format!("{}: {}", it.label, it.value));
        let next = finding.next.iter().take(2).map(|next| format!("next: {next}"));
        for line in deadline.into_iter().chain(evidence).chain(next) {
            let _ = writeln!(text, "  {}", plain(&line));
        }
    }
    let owner = notice.owner.as_deref().unwrap_or("nobody: policy names no owner ([owners])");
    let _ = writeln!(text, "  owner: {}", plain(owner));
    let subject = quoted(&about.subject.to_string());
    let _ = writeln!(
        text,
        "  rule {}, account {}, subject {}\n",
        about.rule,
        about.subject.account,
        plain(&subject)
    );
}

/// What a notice says, and whether it stands.
fn said(notice: &Notice) -> (String, bool) {
    match &notice.news {
        News::Found { finding, .. } => (finding.what.to_string(), true),
        News::Withdrawn { finding } => (finding.what.to_string(), false),
        News::Ended { action, .. } | News::BudgetSpent { action, .. } => (super::deed(action), true),
        News::Trouble { trouble, .. } => (super::trouble::told(trouble).what, true),
        News::Test { .. } => (super::email::TEST.to_owned(), true),
    }
}
