//! `keytrail backfill`: an archive, written into the functions' table.

use std::collections::{BTreeMap, BTreeSet};
use std::io::IsTerminal as _;
use std::num::NonZeroUsize;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use keytrail_aws::SystemClock;
use keytrail_engine::decide::Circumstances;
use keytrail_engine::event::Event;
use keytrail_engine::policy::Policy;
use keytrail_engine::time::Time;
use keytrail_ledger::capability::Clock as _;
use keytrail_ledger::{Failed, Judging, LedgerError, Next, Recorded, Slots as _, record};
use serde::Serialize;

use crate::args::ImpactFormat;
use crate::args::backfill::Backfill;
use crate::args::place::Place;
use crate::confirm::{Answer, confirmed};
use crate::exit::Exit;
use crate::input::Progress;
use crate::ledger::Opened;
use crate::render::{self, plural};
use crate::simulate::Archive;

/// Events that are recorded together. They are in the order of their time, so that most of them touch the same few documents.
const TOGETHER: usize = 200;
/// How often what a busy table refused is written again, and the first pause, which doubles.
const TRIES: u32 = 7;
const PAUSE: Duration = Duration::from_millis(500);
/// How many of what could not be written, and of what was held back, are named.
const NAMED: usize = 20;

/// What was read and written.
#[derive(Debug, Default, Serialize)]
struct Told {
    /// Whether it was only looked at.
    dry_run: bool,
    /// Who asked, as STS names them.
    caller: String,
    records: u64,
    events: u64,
    accounts: BTreeSet<String>,
    first: Option<Time>,
    last: Option<Time>,
    /// Documents that were written, once for every time.
    written: u64,
    /// Hours of use that are older than what is kept: only the first and last of them are remembered.
    aged_out: u64,
    /// Findings that fired, by severity: nobody was told.
    fired: BTreeMap<&'static str, u64>,
    /// What findings asked for and is not done: what, and to what; the first of them.
    held_back: Vec<String>,
    held_back_count: u64,
    /// Events that could not be written, and why; the first of them.
    failed: Vec<String>,
    failed_count: u64,
    skipped_count: u64,
}

pub(super) fn run(asked: &Backfill) -> anyhow::Result<Exit> {
    let place = Place { table: Some(asked.table.clone()), state: None, aws: asked.aws.clone() };
    let ledger = Opened::open(&place, true)?;
    let (policy, _) = ledger.policy(&asked.policy)?;
    let who = ledger.who()?;
    let threads =
        asked.threads.unwrap_or_else(|| std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN));
    let progress = Progress::default();
    let archive = render::watched(&asked.archive, &progress, || {
        Archive::read(&asked.archive, threads, &policy.parse_settings(), &progress)
    });
    let mut told = Told { dry_run: asked.sure.dry_run, caller: who.name, ..Told::of(&archive) };
    archive.skipped.iter().for_each(render::skipped);
    if !asked.sure.dry_run && !archive.events.is_empty() {
        if !asked.sure.yes {
            render::complain("read", &told.sentence());
        }
        match confirmed(asked.sure, &format!("Write it into the {}?", ledger.place()))? {
            Answer::Yes => write(&ledger, &archive.events, &policy, &mut told)?,
            Answer::No => return Ok(Exit::Unconfirmed),
            Answer::Nobody => {
                let why = "there is no terminal to ask on; with --yes it is written without being asked";
                render::complain("not written", why);
                return Ok(Exit::Unconfirmed);
            }
        }
    }
    match asked.format {
        ImpactFormat::Json => render::json(&told)?,
        ImpactFormat::Text => render::print(&format!("{}\n", render::visible_lines(&told.sentence())))?,
    }
    Ok(if told.skipped_count + told.failed_count > 0 { Exit::Skipped } else { Exit::Fine })
}

/// Writes all of it. What the table refuses for good is told, and all else is written.
fn write(ledger: &Opened, events: &[Event], policy: &Policy, told: &mut Told) -> anyhow::Result<()> {
    let began = SystemClock.now();
    let bar = bar(events.len() as u64);
    ledger.run(async {
        // Who did it, and when, for whoever wonders where old findings come from.
        let by = serde_json::json!({"by": told.caller, "at": began, "records": told.records, "events": told.events});
        match ledger.set_slot(&format!("backfill/{began}"), &by, None).await {
            Ok(()) | Err(LedgerError::Conflict { .. }) => {}
            Err(error) => return Err(error),
        }
        for batch in events.chunks(TOGETHER) {
            record_all(ledger, batch, policy, told).await;
            bar.inc(batch.len() as u64);
        }
        bar.finish_and_clear();
        Ok(())
    })
}

/// A bar of so many events, if standard error is a terminal.
fn bar(events: u64) -> ProgressBar {
    if !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template("{bar:30} {human_pos} of {human_len} events, {eta} left");
    ProgressBar::new(events).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}

/// Records a batch, as often as the table asks for a pause.
async fn record_all(ledger: &Opened, batch: &[Event], policy: &Policy, told: &mut Told) {
    let circumstances = Circumstances { replay: true, ..Circumstances::default() };
    let mut rest = batch.to_vec();
    let mut pause = PAUSE;
    for attempt in 1..=TRIES {
        let judging = Judging { policy, now: SystemClock.now(), circumstances };
        let mut recorded = record(ledger, &rest, judging).await;
        let failed = std::mem::take(&mut recorded.failed);
        told.add(&recorded);
        let (again, lost): (Vec<Failed>, Vec<Failed>) = failed
            .into_iter()
            .partition(|it| attempt < TRIES && matches!(it.error.next(), Next::BackOff | Next::Reload));
        lost.iter().for_each(|it| told.fail(it));
        let again: BTreeSet<usize> = again.into_iter().flat_map(|it| it.events).collect();
        rest = again.into_iter().filter_map(|index| rest.get(index).cloned()).collect();
        if rest.is_empty() {
            return;
        }
        tokio::time::sleep(pause).await;
        pause *= 2;
    }
}

impl Told {
    fn of(archive: &Archive) -> Self {
        let times = || archive.events.iter().filter_map(|event| event.time);
        Self {
            records: archive.records,
            events: archive.events.len() as u64,
            accounts: archive.events.iter().map(|event| event.place.account.to_string()).collect(),
            first: times().min(),
            last: times().max(),
            skipped_count: archive.skipped_count,
            ..Self::default()
        }
    }

    fn add(&mut self, recorded: &Recorded) {
        self.written += recorded.written as u64;
        self.aged_out += recorded.aged_out as u64;
        for finding in &recorded.fired {
            *self.fired.entry(finding.severity.word()).or_default() += 1;
        }
        for held in &recorded.withheld {
            self.held_back_count += 1;
            if self.held_back.len() < NAMED {
                self.held_back.push(format!("{} {}", held.action.kind.word(), held.action.kind.target()));
            }
        }
    }

    fn fail(&mut self, failed: &Failed) {
        self.failed_count += failed.events.len() as u64;
        if self.failed.len() < NAMED {
            self.failed.push(crate::doctor::alert::told(&failed.error));
        }
    }

    fn sentence(&self) -> String {
        let mut lines = vec![format!(
            "{} of {}, from {} to {}, in {}.",
            plural(self.events, "event", "events"),
            plural(self.records, "record", "records"),
            self.first.map_or_else(|| "nowhen".to_owned(), |at| at.to_string()),
            self.last.map_or_else(|| "nowhen".to_owned(), |at| at.to_string()),
            plural(self.accounts.len() as u64, "account", "accounts"),
        )];
        if self.written > 0 || !self.fired.is_empty() {
            let fired: Vec<String> =
                self.fired.iter().map(|(word, count)| format!("{count} {word}")).collect();
            let fired = if fired.is_empty() { "none".to_owned() } else { fired.join(", ") };
            lines.push(format!(
                "{} to documents. Findings that fired, silently: {fired}.",
                plural(self.written, "write", "writes")
            ));
        }
        if self.aged_out > 0 {
            lines.push(format!(
                "{} of use older than what is kept by the hour.",
                plural(self.aged_out, "hour", "hours")
            ));
        }
        if self.held_back_count > 0 {
            lines.push("Asked for by what was found, and left to you:".to_owned());
            lines.extend(self.held_back.iter().map(|it| format!("  {it}")));
            let unnamed = self.held_back_count.saturating_sub(self.held_back.len() as u64);
            lines.extend((unnamed > 0).then(|| format!("  and {unnamed} more")));
        }
        if self.failed_count > 0 {
            lines.push(format!(
                "NOT written: {}. The same command again writes them:",
                plural(self.failed_count, "event", "events")
            ));
            lines.extend(self.failed.iter().map(|it| format!("  {it}")));
        }
        lines.join("\n")
    }
}
