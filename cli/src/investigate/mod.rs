//! What happened to an API key or a user: the report that a post-mortem begins with.
//!
//! Made of documents and of what the ledger keeps of findings, actions and pages. What is not known is said: calls carry no
//! key's id, and sets that grew too large have forgotten.

mod moments;
mod sheet;
mod usage;

use keytrail_engine::document::Facts;
use keytrail_engine::finding::{Finding, Severity};
use keytrail_engine::ids::{AccountId, CredentialId, UserName};
use keytrail_engine::subject::{Kind, Part, SubjectId};
use keytrail_engine::time::Time;
use keytrail_engine::world::World;
use keytrail_ledger::{Body, Item, State};
use serde::Serialize;

use crate::report::{KeyRow, keys};
pub use sheet::{Section, Sheet, sheet};
pub use usage::{Day, Value};

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Moment {
    /// When.
    pub at: Time,
    /// `key`, `user`, `use`, `report`, `request`, `attempt`, `finding`, `action` or `page`.
    pub kind: &'static str,
    /// What. May hold hostile text.
    pub what: String,
    /// Who did it, where a record or the ledger says it. Hostile text.
    pub by: Option<String>,
    /// From where.
    pub from: Option<String>,
    /// CloudTrail's `eventID`, to look the record up. Hostile text.
    pub event_id: Option<Box<str>>,
}

/// The call at which it began, as far as findings tell it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Suspicious {
    /// When.
    pub at: Time,
    /// The rule that says so, or `null`: then it is the first refused call.
    pub rule: Option<Box<str>>,
    /// What it says. May hold hostile text.
    pub what: String,
}

/// Something that is not over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Open {
    /// `key`, `finding`, `action` or `page`.
    pub kind: &'static str,
    /// What. May hold hostile text.
    pub what: String,
    /// What to do: commands to paste, or a sentence. May hold hostile text.
    pub next: Vec<Box<str>>,
}

/// The report.
#[derive(Clone, Debug, Serialize)]
pub struct Investigation {
    /// Whom it is about, as it was asked for.
    pub of: String,
    /// The moment that it is seen from.
    pub as_of: Time,
    /// Only what happened from then on is told.
    pub since: Option<Time>,
    /// The API keys.
    pub keys: Vec<KeyRow>,
    /// Where it began.
    pub first_suspicious: Option<Suspicious>,
    /// What happened, oldest first.
    pub timeline: Vec<Moment>,
    /// Calls by day, as far as they may be these keys'.
    pub days: Vec<Day>,
    /// Networks that calls came from.
    pub networks: Vec<Value>,
    /// What called.
    pub agents: Vec<Value>,
    /// Regions that were called.
    pub regions: Vec<Value>,
    /// Log groups that were sent to.
    pub log_groups: Vec<Value>,
    /// What is not over.
    pub open: Vec<Open>,
    /// What is not known, and why.
    pub not_known: Vec<String>,
}

/// Whom it is about.
#[derive(Clone, Debug, Default)]
pub struct Subjects {
    /// The keys.
    pub keys: Vec<SubjectId>,
    /// Their users.
    pub users: Vec<SubjectId>,
    /// What was done with their keys, by service.
    pub usages: Vec<SubjectId>,
    /// Whether a single key was asked for: then what is certainly another key's is left out.
    pub single: bool,
}

impl Subjects {
    /// The key of an id, or all keys of a user's name, in whatever accounts there are such.
    pub fn find(world: &World, name: &str) -> Option<Self> {
        let mut found = Self::default();
        let of = |kind: Kind| world.documents().map(|it| &it.subject).filter(move |it| it.kind == kind);
        let mut users: Vec<(AccountId, UserName)> = Vec::new();
        if let Some(key) = of(Kind::ApiKey).find(|key| &*key.name == name) {
            found.single = true;
            found.keys.push(key.clone());
            let user = world.api_key(key).and_then(|life| life.user.value());
            users.extend(user.map(|user| (key.account.clone(), user.clone())));
        } else {
            let of_user = |key: &&SubjectId| {
                world
                    .api_key(key)
                    .and_then(|life| life.user.value())
                    .is_some_and(|user| user.as_str() == name)
            };
            found.keys.extend(of(Kind::ApiKey).filter(of_user).cloned());
            users.extend(found.keys.iter().map(|key| (key.account.clone(), UserName::new(name))));
            let named = of(Kind::User).filter(|user| &*user.name == name);
            users.extend(named.map(|user| (user.account.clone(), UserName::new(name))));
        }
        let is_theirs = |account: &AccountId, user: &UserName| {
            users.iter().any(|(its, named)| its == account && named == user)
        };
        found
            .users
            .extend(of(Kind::User).filter(|it| is_theirs(&it.account, &UserName::new(&it.name))).cloned());
        let usages = of(Kind::Usage).filter(|it| {
            it.service_and_user().is_some_and(|(_, user)| {
                is_theirs(&it.account, &user) || (users.is_empty() && user.as_str() == name)
            })
        });
        found.usages.extend(usages.cloned());
        for list in [&mut found.keys, &mut found.users, &mut found.usages] {
            list.sort_unstable();
            list.dedup();
        }
        let nobody = found.keys.is_empty() && found.users.is_empty() && found.usages.is_empty();
        (!nobody).then_some(found)
    }

    /// All of them.
    pub fn all(&self) -> impl Iterator<Item = &SubjectId> {
        self.keys.iter().chain(&self.users).chain(&self.usages)
    }

    /// The ids of the keys.
    fn ids(&self) -> Vec<CredentialId> {
        self.keys.iter().map(|key| CredentialId::new(&key.name)).collect()
    }
}

/// What a ledger keeps of findings, actions and pages about them; `standing` where findings were judged just now instead.
#[derive(Clone, Debug, Default)]
pub struct Kept {
    /// Items of the outbox.
    pub items: Vec<Item>,
    /// Findings that stand, of a state that keeps none.
    pub standing: Vec<Finding>,
}

impl Kept {
    /// Every finding once, with when it fired and whether it stands.
    fn findings(&self) -> impl Iterator<Item = (&Finding, Option<Time>, bool)> {
        let fired = self.items.iter().filter_map(|item| match &item.body {
            Body::Finding(finding) => Some((finding, Some(item.created), item.state == State::Fired)),
            _ => None,
        });
        let known: Vec<_> = fired.clone().map(|(finding, ..)| &finding.id).collect();
        let standing = self.standing.iter().filter(move |finding| !known.contains(&&finding.id));
        fired.chain(standing.map(|finding| (finding, None, true)))
    }
}

/// Puts it together.
pub fn investigate(
    world: &World,
    subjects: &Subjects,
    kept: &Kept,
    (of, since, now): (&str, Option<Time>, Time),
) -> Investigation {
    let rows: Vec<KeyRow> =
        keys(world, now).into_iter().filter(|row| subjects.keys.contains(&row.subject)).collect();
    let used = usage::used(world, subjects, since, now);
    let mut timeline = moments::moments(world, subjects, kept, now);
    timeline.retain(|moment| since.is_none_or(|since| moment.at >= since) && moment.at <= now);
    let open = open(&rows, kept, now);
    let first_suspicious = suspicious(kept, &used.days, since);
    Investigation {
        of: of.to_owned(),
        as_of: now,
        since,
        keys: rows,
        first_suspicious,
        timeline,
        days: used.days,
        networks: used.networks,
        agents: used.agents,
        regions: used.regions,
        log_groups: used.log_groups,
        open,
        not_known: used.not_known,
    }
}

/// The earliest of what findings of use say from *medium* on; else the first refused call.
fn suspicious(kept: &Kept, days: &[Day], since: Option<Time>) -> Option<Suspicious> {
    let of_use = kept.findings().filter(|(finding, _, stands)| {
        *stands && finding.subject.kind == Kind::Usage && finding.severity >= Severity::Medium
    });
    let found = of_use.filter_map(|(finding, ..)| {
        let at = finding.since.filter(|at| since.is_none_or(|since| *at >= since))?;
        Some(Suspicious { at, rule: Some(finding.rule.clone()), what: finding.what.to_string() })
    });
    let refused = || {
        let day = days.iter().find(|day| day.refused > 0)?;
        Some(Suspicious {
            at: day.first_refused.unwrap_or(day.day),
            rule: None,
            what: "the first refused call, in that hour; no finding says when it began".to_owned(),
        })
    };
    found.min_by_key(|it| it.at).or_else(refused)
}

fn open(rows: &[KeyRow], kept: &Kept, now: Time) -> Vec<Open> {
    let mut open = Vec::new();
    for row in rows.iter().filter(|row| matches!(row.status, "active" | "contested" | "unknown")) {
        let next = format!("keytrail deactivate {} --table NAME --why TEXT", row.id);
        let what = format!("the API key {} is {}", row.id, row.status);
        open.push(Open { kind: "key", what, next: vec![next.into()] });
    }
    let mut standing: Vec<_> = kept.findings().filter(|(.., stands)| *stands).map(|it| it.0).collect();
    standing.sort_by(|a, b| b.severity.cmp(&a.severity).then_with(|| a.id.as_str().cmp(b.id.as_str())));
    for finding in standing {
        let what = format!("{}: {} ({})", finding.severity, finding.what, finding.rule);
        open.push(Open { kind: "finding", what, next: finding.next.clone() });
    }
    for item in &kept.items {
        let (kind, named) = match &item.body {
            Body::Action(action) => ("action", format!("{} {}", action.kind.word(), action.kind.target())),
            Body::Notice(notice) => ("page", format!("the page {}", notice.id)),
            Body::Finding(_) => continue,
        };
        let how = match item.state {
            State::Pending => "waits to be taken up".to_owned(),
            State::Waiting { due } if due <= now => "is overdue".to_owned(),
            State::Waiting { due } => format!("waits until {due}"),
            State::Failed => "has failed: do it by hand".to_owned(),
            State::Withheld if kind == "action" => "is held back".to_owned(),
            _ => continue,
        };
        let why = item.outcome.as_ref().map(|it| format!(": {}", moments::outcome(it))).unwrap_or_default();
        open.push(Open { kind, what: format!("{named} {how}{why}"), next: Vec::new() });
    }
    open
}

/// The main documents whose parts an investigation reads: the use of the keys.
pub fn usage_parts(world: &World) -> impl Iterator<Item = &SubjectId> {
    let main = world.documents().filter(|it| it.part == Part::Main && matches!(it.facts, Facts::Usage(_)));
    main.map(|it| &it.subject)
}
