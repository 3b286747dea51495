//! The parts of the page in words and tables.

use std::fmt::Display;

use keytrail_engine::finding::{Finding, Severity};
use keytrail_engine::time::Time;

use super::html::Html;
use crate::report::{DeletionRow, Encryption, KeyRow, KmsRow, LogRow};

const UNKNOWN: &str = "unknown";

/// How many of everything there are.
pub(super) fn summary(
    html: &mut Html,
    keys: &[KeyRow],
    kms: &[KmsRow],
    logs: &[LogRow],
    findings: &[Finding],
) {
    html.markup(
        "<section aria-labelledby=\"summary\"><h2 id=\"summary\">Summary</h2>\n<dl class=\"summary\">\n",
    );
    let with = |status: &str| keys.iter().filter(|key| key.status == status).count();
    let endless = keys.iter().filter(|key| key.status == "active" && key.never_expires).count();
    let plain =
        logs.iter().filter(|row| !row.deleted && matches!(row.encryption, Encryption::None { .. })).count();
    for (name, count) in [
        ("API keys", keys.len()),
        ("active", with("active")),
        ("active without an end", endless),
        ("inactive", with("inactive")),
        ("deleted", with("deleted")),
        ("log targets", logs.len()),
        ("without a KMS key", plain),
        ("KMS keys", kms.len()),
    ] {
        figure(html, name, count);
    }
    for severity in Severity::ALL.iter().rev() {
        figure(html, severity.word(), findings.iter().filter(|it| it.severity == *severity).count());
    }
    html.markup("</dl></section>\n");
}

fn figure(html: &mut Html, name: &'static str, count: usize) {
    html.markup("<div><dt>").markup(name).markup("</dt><dd>").text(count).markup("</dd></div>\n");
}

/// What is wrong, gravest first, with what to do next.
pub(super) fn findings(html: &mut Html, findings: &[Finding]) {
    html.markup("<section aria-labelledby=\"findings\"><h2 id=\"findings\">Findings</h2>\n");
    if findings.is_empty() {
        html.markup("<p>None.</p>\n");
    }
    for finding in findings {
        html.markup("<article class=\"")
            .markup(finding.severity.word())
            .markup("\"><h3><span class=\"severity\">");
        html.markup(finding.severity.word())
            .markup("</span> ")
            .text(&finding.what)
            .markup("</h3>\n<p class=\"place\">");
        html.text(&finding.rule).markup(" in ").text(&finding.subject);
        if let Some(since) = finding.since {
            html.markup(", since ").text(since);
        }
        html.markup("</p>\n<p>").text(&finding.why).markup("</p>\n");
        if !finding.evidence.is_empty() {
            html.markup("<table><tbody>\n");
            for evidence in &finding.evidence {
                html.markup("<tr><th scope=\"row\">").text(&evidence.label).markup("</th><td>");
                html.text(&evidence.value).markup("</td></tr>\n");
            }
            html.markup("</tbody></table>\n");
        }
        if !finding.next.is_empty() {
            html.markup("<ul>\n");
            for step in &finding.next {
                next(html, step);
            }
            html.markup("</ul>\n");
        }
        html.markup("</article>\n");
    }
    html.markup("</section>\n");
}

/// A command stands by itself, so that it can be copied.
fn next(html: &mut Html, step: &str) {
    match step.split_once(": aws ") {
        Some((say, command)) => {
            html.markup("<li>").text(say).markup(":<pre>aws ").text(command).markup("</pre></li>\n");
        }
        None => {
            html.markup("<li>").text(step).markup("</li>\n");
        }
    }
}

/// How old the living keys are, and how long ago they were used.
pub(super) fn ages(html: &mut Html, keys: &[KeyRow], now: Time) {
    let living: Vec<_> = keys.iter().filter(|key| matches!(key.status, "active" | "inactive")).collect();
    let days = |at: Option<Time>| at.map(|at| now.since(at).whole_days());
    let ages = spread(living.iter().map(|key| days(key.created)));
    let uses = spread(living.iter().map(|key| days(key.last_used.at.filter(|_| key.last_used.known))));
    let head = ["Days ago", "Created", "Last used"];
    table(
        html,
        "Active and inactive keys by age and by last use",
        &head,
        SPANS
            .iter()
            .zip(ages.iter().zip(uses))
            .map(|((_, name), (age, used))| vec![(*name).to_owned(), age.to_string(), used.to_string()]),
    );
}

/// Upper ends in days, and what is beyond them and unknown.
const SPANS: [(i64, &str); 6] = [
    (7, "up to 7"),
    (30, "up to 30"),
    (90, "up to 90"),
    (365, "up to 365"),
    (i64::MAX, "more"),
    (-1, UNKNOWN),
];

fn spread(days: impl Iterator<Item = Option<i64>>) -> [usize; 6] {
    let mut counts = [0; 6];
    for days in days {
        let place = SPANS.iter().position(|(most, _)| days.is_some_and(|days| days <= *most)).unwrap_or(5);
        if let Some(count) = counts.get_mut(place) {
            *count += 1;
        }
    }
    counts
}

/// The keys, a row each.
pub(super) fn keys(html: &mut Html, rows: &[KeyRow]) {
    let head = ["Key", "Account", "User", "Service", "Status", "Created", "Expires", "Last used", "From"];
    table(
        html,
        "API keys",
        &head,
        rows.iter().map(|row| {
            let networks: Vec<_> = row.networks.iter().map(ToString::to_string).collect();
            let last = match (row.last_used.at, row.last_used.possibly) {
                (_, Some(possibly)) => format!("unknown, perhaps {possibly}"),
                (at, None) => known(at.as_ref()),
            };
            vec![
                row.id.to_string(),
                row.account.to_string(),
                known(row.user.as_ref()),
                known(row.service.as_ref()),
                row.status.to_owned(),
                known(row.created.as_ref()),
                row.expires.map_or_else(
                    || if row.never_expires { "never" } else { UNKNOWN }.to_owned(),
                    |at| at.to_string(),
                ),
                last,
                networks.join(", "),
            ]
        }),
    );
}

/// Which log targets are encrypted with which KMS key, and who sends to them.
pub(super) fn map(html: &mut Html, rows: &[LogRow]) {
    html.markup(
        "<section aria-labelledby=\"map\"><h2 id=\"map\">API keys’ users, log groups, KMS keys</h2>\n",
    );
    let head = ["Senders", "Log target", "Place", "KMS key", "Needed for older data"];
    table(
        html,
        "Who sends to which log target, and what encrypts it",
        &head,
        rows.iter().map(|row| {
            let senders: Vec<_> = row.senders.iter().map(|it| known(it.user.as_ref())).collect();
            let earlier: Vec<_> = row.earlier_keys.iter().map(|it| it.key.clone()).collect();
            let mut target =
                row.log_group.as_ref().map_or_else(|| "query results".to_owned(), ToString::to_string);
            if row.deleted {
                target += " (deleted)";
            }
            let key = match &row.encryption {
                Encryption::KmsKey { key, .. } => key.clone(),
                Encryption::None { .. } => "none of the account’s own".to_owned(),
                Encryption::Contested => "contested".to_owned(),
                Encryption::Unknown => UNKNOWN.to_owned(),
            };
            vec![
                senders.join(", "),
                target,
                format!("{} {}", row.account, row.region),
                key,
                earlier.join(", "),
            ]
        }),
    );
    html.markup("</section>\n");
}

/// The KMS keys, and what they protect.
pub(super) fn kms(html: &mut Html, rows: &[KmsRow]) {
    html.markup("<section aria-labelledby=\"kms\"><h2 id=\"kms\">KMS keys</h2>\n");
    table(
        html,
        "KMS keys",
        &["KMS key", "Place", "Protects", "Deletion"],
        rows.iter().map(|row| {
            let protects: Vec<_> = row.protects.iter().map(|it| it.target.name.to_string()).collect();
            let deletion = match &row.deletion {
                DeletionRow::None => String::new(),
                DeletionRow::Scheduled { date, .. } => {
                    date.map_or_else(|| "when its replicas are gone".to_owned(), |date| format!("on {date}"))
                }
                DeletionRow::Contested => "contested".to_owned(),
                DeletionRow::Done { .. } => "deleted".to_owned(),
            };
            vec![row.id.to_string(), format!("{} {}", row.account, row.region), protects.join(", "), deletion]
        }),
    );
    html.markup("</section>\n");
}

fn table(
    html: &mut Html,
    caption: &'static str,
    head: &[&'static str],
    rows: impl Iterator<Item = Vec<String>>,
) {
    html.markup("<div class=\"wide\"><table><caption>").markup(caption).markup("</caption>\n<thead><tr>");
    for name in head {
        html.markup("<th scope=\"col\">").markup(name).markup("</th>");
    }
    html.markup("</tr></thead>\n<tbody>\n");
    for row in rows {
        html.markup("<tr>");
        for cell in row {
            html.markup("<td>").text(cell).markup("</td>");
        }
        html.markup("</tr>\n");
    }
    html.markup("</tbody></table></div>\n");
}

fn known<T: Display>(value: Option<&T>) -> String {
    value.map_or_else(|| UNKNOWN.to_owned(), ToString::to_string)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_number_of_days_is_counted_once() {
        let days = [Some(0), Some(7), Some(8), Some(90), Some(366), None, Some(-3)];
        assert_eq!(spread(days.into_iter()), [3, 1, 1, 0, 1, 1]);
    }
}
