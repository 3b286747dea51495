//! The JSON that Amazon Q Developer in chat applications shows in Slack and Microsoft Teams.
//!
//! Its text is Markdown, in which hostile text could ring everybody (`<!channel>`), show a link under another name, or hide what
//! follows. What means something there is replaced by what looks like it.
//!
//! Source: <https://docs.aws.amazon.com/chatbot/latest/adminguide/custom-notifs.html>

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::email::{self, sections};
use super::{About, plain};
use crate::fingerprint::fingerprint;
use crate::notice::Notice;

/// Characters of a description. The service shows more; nobody reads more in a chat.
const DESCRIPTION: usize = 2_500;
/// Lines of what to do next, and the characters of each.
const STEPS: usize = 8;
const STEP: usize = 300;
/// Characters of a title and of a summary.
const TITLE: usize = 120;

pub(super) fn json(notice: &Notice, about: &About<'_>) -> String {
    let sections = sections(notice);
    let mut description = String::new();
    for (heading, lines) in sections.others() {
        // Writing to a string never fails.
        let _ = writeln!(description, "*{heading}*");
        for line in lines {
            let _ = writeln!(description, "{}", harmless(line));
        }
    }
    let steps: Vec<String> = sections.next().take(STEPS).map(|line| cut(&harmless(line), STEP)).collect();
    let mut content = json!({
        "textType": "client-markdown",
        "title": cut(&harmless(&email::subject(notice, about)), TITLE),
        "description": cut(description.trim_end(), DESCRIPTION),
        "keywords": keywords(about.severity.word(), about.kind, Some(about.rule)),
    });
    if let (false, Some(content)) = (steps.is_empty(), content.as_object_mut()) {
        content.insert("nextSteps".into(), json!(steps));
    }
    let context = json!({
        "account": about.subject.account,
        "region": about.subject.region,
        "rule": about.rule,
        "severity": about.severity,
    });
    let metadata = json!({
        "threadId": thread(notice, about),
        "summary": cut(&harmless(&email::subject(notice, about)), TITLE),
        "eventType": about.kind,
        "relatedResources": [harmless(&about.subject.to_string())],
        "additionalContext": context,
    });
    whole(&notice.id, &content, &metadata)
}

/// Several notices as one: `text` is what an email says.
pub(super) fn several(id: &str, kind: &str, severity: &str, title: &str, text: &str) -> String {
    let lines: Vec<String> = text.lines().map(harmless).collect();
    let title = cut(&harmless(title), TITLE);
    let content = json!({
        "textType": "client-markdown",
        "title": title,
        "description": cut(lines.join("\n").trim_end(), DESCRIPTION),
        "keywords": keywords(severity, kind, None),
    });
    let metadata = json!({
        "threadId": id,
        "summary": title,
        "eventType": kind,
        "additionalContext": {"severity": severity},
    });
    whole(id, &content, &metadata)
}

fn whole(id: &str, content: &Value, metadata: &Value) -> String {
    json!({"version": "1.0", "source": "custom", "id": id, "content": content, "metadata": metadata})
        .to_string()
}

fn keywords(severity: &str, kind: &str, rule: Option<&str>) -> Vec<String> {
    ["keytrail", severity, kind].into_iter().chain(rule).map(ToOwned::to_owned).collect()
}

/// What is told of one user, or of one subject, on one day is one thread. A thread without end would hide what is new.
fn thread(notice: &Notice, about: &About<'_>) -> String {
    let day = notice.at.floor_day().to_string();
    let (partition, account) = (&about.subject.partition, &about.subject.account);
    let of = match &notice.user {
        Some(user) => format!("{partition}/{account}/{user}"),
        None => about.subject.to_string(),
    };
    fingerprint("thread", [of, day]).to_string()
}

/// A line that shows what it says, and does nothing.
fn harmless(line: &str) -> String {
    let line: String = plain(line)
        .chars()
        .map(|c| match c {
            '<' => '\u{2039}',
            '>' => '\u{203a}',
            '[' => '(',
            ']' => ')',
            '`' => '\'',
            '*' => '\u{2217}',
            '~' => '\u{223c}',
            '@' => '\u{ff20}',
            c => c,
        })
        .collect();
    // Neither an address that becomes a link nor an entity that becomes what was just taken out.
    line.replace("://", ": //").replace('&', "\u{ff06}")
}

/// At most so many characters, and dots where there were more.
fn cut(text: &str, longest: usize) -> String {
    if text.chars().count() <= longest {
        return text.to_owned();
    }
    let kept: String = text.chars().take(longest.saturating_sub(1)).collect();
    kept + "\u{2026}"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_hostile_means_anything_in_a_chat() {
        let hostile = "<!channel> [click](https://evil.example) `a` *b* &lt;@U1&gt; @here\n# c";
        let line = harmless(hostile);
        assert!(!line.contains(['<', '>', '[', ']', '`', '*', '~', '@', '&', '\n']), "{line}");
        assert!(!line.contains("://"), "{line}");
    }

    #[test]
    fn what_is_cut_says_so() {
        assert_eq!(cut("éé", 2), "éé");
        assert_eq!(cut("ééé", 2), "é…");
    }
}
