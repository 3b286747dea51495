//! Records for the tests of this module.

use super::*;
use crate::event::What;

/// A record, built from text: a test shows exactly the JSON that it is about.
#[derive(Clone)]
pub(super) struct Case {
    source: String,
    name: String,
    members: Vec<(String, String)>,
}

impl Case {
    /// A record of account 111122223333 in us-east-1 at the start of August 2026, by the IAM user `admin`.
    pub(super) fn new(source: &str, name: &str) -> Self {
        let case = Self { source: source.to_owned(), name: name.to_owned(), members: Vec::new() };
        case.with(r#""eventTime":"2026-08-01T00:00:00Z""#)
            .with(r#""eventID":"36327b37-f4f6-40a9-92ab-48064ec905a2""#)
            .with(r#""awsRegion":"us-east-1""#)
            .with(r#""recipientAccountId":"111122223333""#)
            .caller(r#"{"type":"IAMUser","accountId":"111122223333","userName":"admin"}"#)
    }

    pub(super) fn iam(name: &str) -> Self {
        Self::new(iam::SOURCE, name)
    }

    /// Sets a member, as `"name":value`.
    pub(super) fn with(mut self, member: &str) -> Self {
        let (name, value) = member.split_once(':').unwrap();
        self.members.retain(|(known, _)| known != name);
        self.members.push((name.to_owned(), value.to_owned()));
        self
    }

    pub(super) fn without(mut self, name: &str) -> Self {
        self.members.retain(|(known, _)| known.trim_matches('"') != name);
        self
    }

    pub(super) fn caller(self, json: &str) -> Self {
        self.with(&format!("\"userIdentity\":{json}"))
    }

    pub(super) fn request(self, json: &str) -> Self {
        self.with(&format!("\"requestParameters\":{json}"))
    }

    pub(super) fn response(self, json: &str) -> Self {
        self.with(&format!("\"responseElements\":{json}"))
    }

    pub(super) fn additional(self, json: &str) -> Self {
        self.with(&format!("\"additionalEventData\":{json}"))
    }

    pub(super) fn resources(self, json: &str) -> Self {
        self.with(&format!("\"resources\":{json}"))
    }

    pub(super) fn error(self, code: &str) -> Self {
        self.with(&format!("\"errorCode\":\"{code}\""))
    }

    pub(super) fn json(&self) -> String {
        let members: Vec<_> = self.members.iter().map(|(name, value)| format!("{name}:{value}")).collect();
        format!(r#"{{"eventSource":"{}","eventName":"{}",{}}}"#, self.source, self.name, members.join(","))
    }
}

pub(super) fn meaning_of(case: &Case) -> Meaning {
    meaning(case.json().as_bytes(), None, None, &ParseSettings::default())
}

pub(super) fn events(case: &Case) -> Vec<Event> {
    events_with(case, &ParseSettings::default())
}

pub(super) fn events_with(case: &Case, settings: &ParseSettings) -> Vec<Event> {
    match meaning(case.json().as_bytes(), None, None, settings) {
        Meaning::Events(events) => events,
        other => panic!("{other:?}"),
    }
}

pub(super) fn whats(case: &Case) -> Vec<What> {
    events(case).into_iter().map(|event| event.what).collect()
}

pub(super) fn gap(case: &Case) -> Gap {
    match meaning_of(case) {
        Meaning::Unresolved(shape) => shape.lacks,
        other => panic!("{other:?}"),
    }
}

pub(super) fn ignored(case: &Case) -> bool {
    meaning_of(case) == Meaning::Ignored
}

pub(super) fn report_meaning(detail: &str, envelope: &Envelope<'_>) -> Meaning {
    meaning(detail.as_bytes(), Some(envelope), None, &ParseSettings::default())
}

pub(super) fn report_events(detail: &str, envelope: &Envelope<'_>) -> Vec<Event> {
    match report_meaning(detail, envelope) {
        Meaning::Events(events) => events,
        other => panic!("{other:?}"),
    }
}
