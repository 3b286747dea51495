//! What a person is told of a request.

use std::fmt::Write as _;

use keytrail_engine::action::{Action, Withheld};
use keytrail_engine::document::ApiKey;
use keytrail_engine::event::{Event, Request};
use keytrail_engine::ids::{ServiceName, UserName};
use keytrail_engine::subject::SubjectId;
use keytrail_engine::time::Time;
use serde::Serialize;

use crate::args::ImpactFormat;
use crate::args::request::Ask;
use crate::exit::Exit;
use crate::ledger::{Opened, Who};
use crate::render;
use crate::report::status_of;

/// What became of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum State {
    /// It is in the ledger from now on.
    Recorded,
    /// It was in the ledger already.
    Already,
    /// It would be recorded.
    DryRun,
    /// It is so already; nothing was written.
    NothingLeft,
    /// It can't be; nothing was written.
    Refused,
}

/// A request, and what follows from it.
#[derive(Debug, Serialize)]
pub(super) struct Told {
    state: State,
    /// Its name.
    request_id: String,
    /// What is asked.
    request: Request,
    /// The key's id.
    key: String,
    subject: SubjectId,
    user: Option<UserName>,
    service: Option<ServiceName>,
    /// As the ledger knew it before.
    status: &'static str,
    why: String,
    /// Who asks.
    by: String,
    /// Whether STS vouches for that.
    by_is_proved: bool,
    /// When it was recorded, or would be.
    pub(super) at: Time,
    /// Why nothing was written; `null` where something was or would be.
    because: Option<&'static str>,
    /// What respond does.
    actions: Vec<Action>,
    /// What is held back, and why.
    withheld: Vec<Withheld>,
}

impl Told {
    pub(super) fn of(
        subject: &SubjectId,
        key: &ApiKey,
        request: &Request,
        ask: &Ask,
        who: &Who,
        event: &Event,
        now: Time,
    ) -> Self {
        Self {
            state: State::DryRun,
            request_id: event.event_id.as_deref().unwrap_or_default().to_owned(),
            request: request.clone(),
            key: subject.name.to_string(),
            subject: subject.clone(),
            user: key.user.value().cloned(),
            service: key.service.value().cloned(),
            status: status_of(key.standing(now)),
            why: ask.why.clone(),
            by: who.name.clone(),
            by_is_proved: who.proved,
            at: event.time.unwrap_or(now),
            because: None,
            actions: Vec::new(),
            withheld: Vec::new(),
        }
    }

    pub(super) const fn because(mut self, why: &'static str) -> Self {
        self.because = Some(why);
        self
    }

    pub(super) fn follows(&mut self, (actions, withheld): (Vec<Action>, Vec<Withheld>)) {
        (self.actions, self.withheld) = (actions, withheld);
    }

    /// Shows it, and says how the command ends.
    pub(super) fn show(mut self, state: State, ledger: &Opened, ask: &Ask) -> anyhow::Result<Exit> {
        self.state = state;
        match ask.format {
            ImpactFormat::Json => render::json(&self)?,
            ImpactFormat::Text => {
                render::print(&format!("{}\n", render::visible_lines(&self.sentence(ledger))))?;
            }
        }
        let held = state == State::Recorded && !self.withheld.is_empty();
        Ok(if held || state == State::Refused { Exit::HeldBack } else { Exit::Fine })
    }

    /// What is asked, by whom, and what follows.
    pub(super) fn sentence(&self, ledger: &Opened) -> String {
        let asked = self.asked();
        let place = ledger.place();
        let mut text = match (self.state, self.because) {
            (State::Refused, Some(why)) => return format!("Not recorded: to {asked}: {why}."),
            (State::NothingLeft, Some(why)) => return format!("Nothing to do to {asked}: {why}."),
            (State::Already, _) => {
                return format!(
                    "Recorded already, at {}: to {asked} (request {}).",
                    self.at, self.request_id
                );
            }
            (State::Recorded, _) => format!("Recorded in the {place}: to {asked}."),
            _ => format!("To be recorded in the {place}: to {asked}."),
        };
        let proof =
            if self.by_is_proved { "" } else { " (as the operating system says it, which proves nothing)" };
        let _ = write!(
            text,
            "\nBy {}{proof}, because: {}\nRequest {}.",
            self.by,
            render::visible(&self.why),
            self.request_id
        );
        if self.acts() && self.actions.is_empty() && self.withheld.is_empty() {
            text.push_str("\nNothing follows: the key's user or its service is not known, or it is in that state already.");
        }
        for action in &self.actions {
            let _ = write!(
                text,
                "\nFollows: {} {}, by respond, which asks every guard rail again before it does.",
                action.kind.word(),
                action.kind.target()
            );
        }
        for Withheld { action, reason } in &self.withheld {
            let _ = write!(text, "\nHeld back: {} {}: {reason}.", action.kind.word(), action.kind.target());
        }
        text
    }

    const fn acts(&self) -> bool {
        use Request::{Compromised, Deactivate, Delete, Reactivate};
        matches!(self.request, Compromised | Deactivate | Delete | Reactivate)
    }

    fn asked(&self) -> String {
        let user =
            self.user.as_ref().map_or_else(|| "an unknown user".to_owned(), |user| format!("user {user}"));
        let key = format!("API key {} of {user} in {} ({})", self.key, self.subject.account, self.status);
        match &self.request {
            Request::Hold { until } => format!("hold {key} against staleness and rotation until {until}"),
            Request::Exempt { until } => format!("exempt {key} from staleness until {until}"),
            Request::Release => format!("release {key} from its hold"),
            Request::Compromised => format!("treat {key} as compromised"),
            Request::Cleared => format!("close the evidence against {key}"),
            Request::Reactivate => format!("reactivate {key}, and hold it for 30 days"),
            Request::Replace { by } => format!("let API key {by} take the place of {key}"),
            Request::Deactivate | Request::Delete => format!("{} {key}", self.request.word()),
        }
    }
}
