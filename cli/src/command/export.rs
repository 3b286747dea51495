//! `keytrail export`: what was found, done, told and asked for, one JSON object a line, for an audit.

use keytrail_aws::SystemClock;
use keytrail_engine::subject::{Kind, SubjectId};
use keytrail_engine::time::Time;
use keytrail_ledger::capability::Clock as _;
use keytrail_ledger::{Body, Item, ItemKind, Ledger as _, LedgerError, Parts, Reset, resets};
use serde_json::{Value, json};

use crate::args::export::Export;
use crate::exit::Exit;
use crate::ledger::{self, Opened};
use crate::render;

/// Items of a page.
const PAGE: usize = 500;
/// The version of the lines. Fields may be added to it; another meaning of one is another version.
const VERSION: &str = "1";

pub(super) fn run(asked: &Export) -> anyhow::Result<Exit> {
    let ledger = Opened::open(&asked.place, false)?;
    let (items, damaged) = ledger.run(items(&ledger))?;
    let mut lines: Vec<(Time, Value)> = items.iter().map(|item| (item.changed, line(item))).collect();
    lines.extend(ledger.run(resets(&ledger))?.into_iter().map(of_reset));
    let now = SystemClock.now();
    let none: &[Parts] = &[];
    let world = ledger::world(&ledger, &[(Kind::ApiKey, none)], now)?;
    for document in world.documents() {
        lines.extend(requests(&world, &document.subject));
    }
    lines.retain(|(at, _)| asked.since.is_none_or(|since| *at >= since));
    // The same ledger gives the same lines.
    lines.sort_by_cached_key(|(at, line)| (*at, line.to_string()));
    render::json_lines(lines.into_iter().map(|(_, line)| line))?;
    Ok(if damaged > 0 { Exit::Skipped } else { Exit::Fine })
}

/// All items, and how many could not be read.
async fn items(ledger: &Opened) -> Result<(Vec<Item>, usize), LedgerError> {
    let (mut items, mut damaged) = (Vec::new(), 0);
    for kind in ItemKind::ALL {
        let mut after = None;
        loop {
            let page = ledger.items_of_kind(kind, after.as_ref(), PAGE).await?;
            for lost in &page.damaged {
                render::complain("left out", &format!("{}: {}", lost.what, lost.why));
            }
            damaged += page.damaged.len();
            items.extend(page.entries.into_iter().map(|stored| stored.item));
            match page.next {
                Some(next) => after = Some(next),
                None => break,
            }
        }
    }
    Ok((items, damaged))
}

fn line(item: &Item) -> Value {
    let body = match &item.body {
        Body::Finding(finding) => json!(finding),
        Body::Action(action) => json!(action),
        Body::Notice(notice) => json!(notice),
    };
    let id = item.id();
    json!({
        "version": VERSION, "type": id.kind.word(), "id": id.name, "subject": item.subject, "state": item.state.word(),
        "outcome": item.outcome, "created": item.created, "changed": item.changed, "body": body,
    })
}

fn of_reset(Reset { scope, by, why, at }: Reset) -> (Time, Value) {
    (at, json!({"version": VERSION, "type": "budget_reset", "budget": scope, "by": by, "why": why, "at": at}))
}

/// What people asked for about a key.
fn requests(world: &keytrail_engine::world::World, subject: &SubjectId) -> Vec<(Time, Value)> {
    let Some(key) = world.api_key(subject) else { return Vec::new() };
    let entries = key.course.requests.entries();
    let lines = entries.map(|entry| {
        let line = json!({
            "version": VERSION, "type": "request", "subject": subject, "asked": entry.value, "at": entry.at,
        });
        (entry.at, line)
    });
    lines.collect()
}
