//! `keytrail findings --noisy`: which rules and which subjects make the noise.

use std::collections::{BTreeMap, BTreeSet};

use keytrail_engine::subject::SubjectId;
use keytrail_engine::time::Time;
use keytrail_ledger::{Body, Cursor, ItemKind, Ledger as _, LedgerError, State};
use serde::Serialize;

use crate::args::{Findings, Format};
use crate::exit::Exit;
use crate::ledger::Opened;
use crate::render;

/// Findings of a page.
const PAGE: usize = 500;

/// What one rule, or one subject, found.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Noise {
    /// Findings that the ledger remembers.
    pub(crate) fired: usize,
    /// Those that stand no longer: late records or people have explained them.
    pub(crate) withdrawn: usize,
    /// By a rule: how many subjects. By a subject: how many rules.
    pub(crate) among: usize,
    /// When the newest was found.
    pub(crate) newest: Option<Time>,
    #[serde(skip)]
    others: BTreeSet<String>,
}

impl Noise {
    fn add(&mut self, withdrawn: bool, other: String, at: Time) {
        self.fired += 1;
        self.withdrawn += usize::from(withdrawn);
        self.others.insert(other);
        self.among = self.others.len();
        self.newest = self.newest.max(Some(at));
    }
}

/// A line of it.
#[derive(Debug, Serialize)]
pub(crate) struct Line<T> {
    /// Whose noise.
    pub(crate) of: T,
    /// How much.
    #[serde(flatten)]
    pub(crate) noise: Noise,
}

/// All of it, loudest first.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Noises {
    /// By rule.
    pub(crate) rules: Vec<Line<String>>,
    /// By subject.
    pub(crate) subjects: Vec<Line<SubjectId>>,
}

pub(super) fn run(asked: &Findings) -> anyhow::Result<Exit> {
    anyhow::ensure!(
        matches!(asked.format, Format::Table | Format::Json),
        "--noisy is shown as --format table or json"
    );
    let ledger = Opened::open(&asked.place, false)?;
    let noises = ledger.run(count(&ledger))?;
    match asked.format {
        Format::Table => render::print(&render::noises(&noises, render::width()))?,
        _ => render::json(&noises)?,
    }
    Ok(Exit::Fine)
}

async fn count(ledger: &Opened) -> Result<Noises, LedgerError> {
    let (mut rules, mut subjects) = (BTreeMap::<String, Noise>::new(), BTreeMap::<SubjectId, Noise>::new());
    let mut after: Option<Cursor> = None;
    loop {
        let page = ledger.items_of_kind(ItemKind::Finding, after.as_ref(), PAGE).await?;
        for stored in page.entries {
            let item = stored.item;
            let Body::Finding(finding) = item.body else { continue };
            let withdrawn = item.state == State::Withdrawn;
            let rule = finding.rule.to_string();
            rules.entry(rule.clone()).or_default().add(withdrawn, finding.subject.to_string(), item.created);
            subjects.entry(finding.subject).or_default().add(withdrawn, rule, item.created);
        }
        match page.next {
            Some(next) => after = Some(next),
            None => return Ok(Noises { rules: loudest(rules), subjects: loudest(subjects) }),
        }
    }
}

fn loudest<T: Ord>(noises: BTreeMap<T, Noise>) -> Vec<Line<T>> {
    let mut lines: Vec<Line<T>> = noises.into_iter().map(|(of, noise)| Line { of, noise }).collect();
    // Stable: equally loud ones stay in the order of their names.
    lines.sort_by_key(|line| std::cmp::Reverse(line.noise.fired));
    lines
}
