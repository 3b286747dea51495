//! The report as a sheet: headings, sentences and tables, which every format shows the same.

use keytrail_engine::time::Time;

use super::{Investigation, Moment, Value};
use crate::render::plural;

/// A report that still has to be shown. Every text may be hostile: whoever shows it escapes it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sheet {
    /// What it is.
    pub title: String,
    /// What it says in short: a label and a sentence each.
    pub facts: Vec<(&'static str, String)>,
    /// Its parts.
    pub sections: Vec<Section>,
}

/// A part of a sheet: a table, or the sentence that stands where there are no rows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Section {
    /// Its heading.
    pub heading: &'static str,
    /// The heads of the columns.
    pub columns: Vec<&'static str>,
    /// The rows, each with as many cells.
    pub rows: Vec<Vec<String>>,
    /// What is said where there are none.
    pub none: &'static str,
}

/// The sheet of an investigation.
pub fn sheet(it: &Investigation) -> Sheet {
    let mut facts = vec![("As of", it.as_of.to_string())];
    facts.extend(it.since.map(|since| ("Since", since.to_string())));
    facts.push((
        "First suspicious call",
        match &it.first_suspicious {
            Some(first) => {
                let rule = first.rule.as_ref().map(|rule| format!(" ({rule})")).unwrap_or_default();
                format!("{}: {}{rule}", first.at, first.what)
            }
            None => "none is known".to_owned(),
        },
    ));
    facts.push(("Still open", plural(it.open.len() as u64, "thing", "things")));
    Sheet {
        title: format!("Investigation of {}", it.of),
        facts,
        sections: vec![
            open(it),
            keys(it),
            timeline(it),
            days(it),
            values("Networks", "NETWORK", &it.networks),
            values("User agents", "USER AGENT", &it.agents),
            values("Regions", "REGION", &it.regions),
            values("Log groups", "LOG GROUP", &it.log_groups),
            Section {
                heading: "Not known",
                columns: vec!["WHAT"],
                rows: it.not_known.iter().map(|what| vec![what.clone()]).collect(),
                none: "Nothing is known to be missing.",
            },
        ],
    }
}

fn open(it: &Investigation) -> Section {
    let rows = it.open.iter().map(|open| {
        let next: Vec<&str> = open.next.iter().map(|next| &**next).collect();
        vec![open.kind.to_owned(), open.what.clone(), next.join("; ")]
    });
    Section {
        heading: "Still open",
        columns: vec!["KIND", "WHAT", "TO DO"],
        rows: rows.collect(),
        none: "Nothing.",
    }
}

fn keys(it: &Investigation) -> Section {
    let rows = it.keys.iter().map(|key| {
        let text = |time: Option<Time>| time.map(|at| at.to_string()).unwrap_or_default();
        let used = key.last_used.possibly.or(key.last_used.at);
        vec![
            key.id.to_string(),
            key.account.to_string(),
            key.user.as_ref().map(ToString::to_string).unwrap_or_default(),
            key.status.to_owned(),
            text(key.created),
            text(used),
        ]
    });
    Section {
        heading: "API keys",
        columns: vec!["KEY", "ACCOUNT", "USER", "STATUS", "CREATED", "LAST USED, PERHAPS"],
        rows: rows.collect(),
        none: "No record or listing shows one.",
    }
}

fn timeline(it: &Investigation) -> Section {
    let rows = it
        .timeline
        .iter()
        .map(|moment| vec![moment.at.to_string(), moment.kind.to_owned(), moment.what.clone(), by(moment)]);
    Section {
        heading: "Timeline",
        columns: vec!["TIME", "KIND", "WHAT", "BY"],
        rows: rows.collect(),
        none: "Nothing happened, as far as is known.",
    }
}

/// Who, from where, and the record to look up.
fn by(moment: &Moment) -> String {
    let from = moment.from.as_ref().map(|from| format!("from {from}"));
    let event = moment.event_id.as_ref().map(|id| format!("event {id}"));
    moment.by.iter().cloned().chain(from).chain(event).collect::<Vec<_>>().join(", ")
}

fn days(it: &Investigation) -> Section {
    let rows = it.days.iter().map(|day| {
        let listed = |set: &std::collections::BTreeSet<String>| {
            set.iter().map(String::as_str).collect::<Vec<_>>().join(", ")
        };
        vec![
            day.day.to_string().chars().take(10).collect(),
            day.calls.to_string(),
            day.refused.to_string(),
            if day.certain { "certainly" } else { "perhaps" }.to_owned(),
            listed(&day.networks),
            listed(&day.agents),
            listed(&day.log_groups),
        ]
    });
    Section {
        heading: "Calls by day",
        columns: vec!["DAY", "CALLS", "REFUSED", "THEIRS", "NETWORKS", "USER AGENTS", "LOG GROUPS"],
        rows: rows.collect(),
        none: "No call is known; hours older than the policy keeps have aged out.",
    }
}

fn values(heading: &'static str, column: &'static str, values: &[Value]) -> Section {
    let text = |time: Option<Time>| time.map(|at| at.to_string()).unwrap_or_default();
    let rows = values.iter().map(|it| vec![it.value.clone(), text(it.first), text(it.last)]);
    Section { heading, columns: vec![column, "FIRST", "LAST"], rows: rows.collect(), none: "None is known." }
}
