//! Notices as OCSF Detection Findings, for whatever collects those: a SIEM, Security Lake.
//!
//! The values are as the records say them, hostile or not: they are for machines.
//!
//! Source: <https://schema.ocsf.io/1.6.0/classes/detection_finding>, with the profile `cloud`.

use serde_json::{Map, Value, json};

use super::About;
use super::email::{self, sections};
use crate::finding::{Finding, Severity};
use crate::notice::{News, Notice, Outcome};
use crate::rules::Rule;

/// The version of OCSF.
const VERSION: &str = "1.6.0";
/// Detection Finding.
const CLASS: u32 = 2004;

/// What is done with the finding that a notice is about.
#[derive(Clone, Copy)]
enum Activity {
    Create = 1,
    Update = 2,
    Close = 3,
}

/// How the finding stands.
#[derive(Clone, Copy)]
enum Status {
    New = 1,
    InProgress = 2,
    Suppressed = 3,
    Resolved = 4,
}

pub(super) fn json(notice: &Notice, about: &About<'_>) -> String {
    let (activity, status) = standing(notice);
    let activity_name = match activity {
        Activity::Create => "Create",
        Activity::Update => "Update",
        Activity::Close => "Close",
    };
    let sections = sections(notice);
    let desc: Vec<&str> = sections.next().map(String::as_str).collect();
    let mut event = json!({
        "activity_id": activity as u32,
        "activity_name": activity_name,
        "category_uid": 2,
        "category_name": "Findings",
        "class_uid": CLASS,
        "class_name": "Detection Finding",
        "type_uid": CLASS * 100 + activity as u32,
        "type_name": format!("Detection Finding: {activity_name}"),
        "time": notice.at.millis(),
        "severity_id": severity_id(about.severity),
        "severity": severity_name(about.severity),
        "status_id": status as u32,
        "status": status_name(status),
        "message": email::subject(notice, about),
        "metadata": {
            "version": VERSION,
            "uid": notice.id,
            "profiles": ["cloud"],
            "product": {"name": "Keytrail", "vendor_name": "Keytrail"},
        },
        "cloud": {
            "provider": "AWS",
            "region": about.subject.region,
            "account": {"uid": about.subject.account, "type": "AWS Account", "type_id": 10},
        },
        "finding_info": finding_info(notice, about),
        "resources": [resource(notice, about)],
    });
    if let Some(event) = event.as_object_mut() {
        if !desc.is_empty() {
            event.insert("remediation".into(), json!({"desc": desc.join("\n")}));
        }
        if let Some(finding) = finding(notice).filter(|finding| !finding.evidence.is_empty()) {
            let data: Map<String, Value> =
                finding.evidence.iter().map(|it| (it.label.to_string(), json!(it.value))).collect();
            event.insert("evidences".into(), json!([{"data": data}]));
        }
    }
    event.to_string()
}

/// The notice's own news, where it is of a finding.
fn finding(notice: &Notice) -> Option<&Finding> {
    match &notice.news {
        News::Found { finding, .. } | News::Withdrawn { finding } => Some(finding),
        _ => None,
    }
}

fn standing(notice: &Notice) -> (Activity, Status) {
    match &notice.news {
        News::Found { .. } | News::Trouble { .. } | News::Test { .. } => (Activity::Create, Status::New),
        News::Withdrawn { .. } => (Activity::Close, Status::Resolved),
        // What the finding rests on is still for people to look at.
        News::Ended { outcome: Outcome::Withheld { .. }, .. } | News::BudgetSpent { .. } => {
            (Activity::Update, Status::Suppressed)
        }
        News::Ended { .. } => (Activity::Update, Status::InProgress),
    }
}

/// A finding, its outcome and its withdrawal have one `uid`: the finding's.
fn finding_info(notice: &Notice, about: &About<'_>) -> Value {
    let analytic = Rule::by_id(about.rule).map_or(about.rule, |rule| rule.title);
    let uid = match &notice.news {
        News::Found { finding, .. } | News::Withdrawn { finding } => finding.id.as_str(),
        News::Ended { action, .. } | News::BudgetSpent { action, .. } => action.finding.as_str(),
        News::Trouble { .. } | News::Test { .. } => &notice.id,
    };
    let mut info = json!({
        "uid": uid,
        "title": finding(notice).map_or_else(|| email::subject(notice, about), |it| it.what.to_string()),
        "types": [about.kind],
        "analytic": {"uid": about.rule, "name": analytic, "type_id": 1, "type": "Rule"},
    });
    if let (Some(finding), Some(info)) = (finding(notice), info.as_object_mut()) {
        info.insert("desc".into(), json!(finding.why));
        if let Some(since) = finding.since {
            info.insert("first_seen_time".into(), json!(since.millis()));
        }
    }
    info
}

fn resource(notice: &Notice, about: &About<'_>) -> Value {
    let subject = about.subject;
    let mut resource = json!({
        "uid": subject,
        "name": subject.name,
        "type": subject.kind.word(),
        "region": subject.region,
        "cloud_partition": subject.partition,
    });
    if let (Some(owner), Some(resource)) = (&notice.owner, resource.as_object_mut()) {
        resource.insert("owner".into(), json!({"name": owner}));
    }
    resource
}

const fn severity_id(severity: Severity) -> u32 {
    match severity {
        Severity::Info => 1,
        Severity::Low => 2,
        Severity::Medium => 3,
        Severity::High => 4,
        Severity::Critical => 5,
    }
}

const fn severity_name(severity: Severity) -> &'static str {
    match severity {
        Severity::Info => "Informational",
        Severity::Low => "Low",
        Severity::Medium => "Medium",
        Severity::High => "High",
        Severity::Critical => "Critical",
    }
}

const fn status_name(status: Status) -> &'static str {
    match status {
        Status::New => "New",
        Status::InProgress => "In Progress",
        Status::Suppressed => "Suppressed",
        Status::Resolved => "Resolved",
    }
}
