//! A person's request about an API key: found, looked at, shown, confirmed, written.
//!
//! A request is an event like any other: it goes through the same fold, judgement and decision, in one transaction with what
//! follows from it. Only what it came from is different: nothing but this command makes such events.

mod expected;
mod find;
mod fits;
mod replacement;
mod told;
mod write;

use keytrail_aws::SystemClock;
use keytrail_engine::event::Request;
use keytrail_engine::time::Time;
use keytrail_ledger::capability::Clock as _;

use crate::args::request::{Ask, Lasts};
use crate::confirm::{Answer, confirmed};
use crate::exit::Exit;
use crate::ledger::Opened;
use crate::render;
pub(crate) use expected::expected;
use find::{Found, find};
use fits::{Fit, fit};
use told::{State, Told};
use write::{Written, already, event, preview, write};

/// How long a hold lasts if nothing is said.
const USUAL_HOLD: keytrail_engine::time::Span = keytrail_engine::time::Span::days(30);

/// Until when something lasts that begins now; `None` where nothing is said of it.
///
/// # Errors
/// If that is over already, or more than 366 days ahead.
pub(crate) fn until(lasts: Lasts, usual: bool) -> anyhow::Result<Time> {
    let now = SystemClock.now();
    let asked = lasts.until.or_else(|| lasts.span.map(|span| now + span));
    let until = asked.or_else(|| usual.then(|| now + USUAL_HOLD));
    let Some(until) = until else { anyhow::bail!("say how long it lasts: --for 30d, or --until TIME") };
    anyhow::ensure!(until > now, "--until {until} is over already");
    let longest = keytrail_engine::time::Span::days(366);
    anyhow::ensure!(
        until.since(now) <= longest,
        "--until {until} is more than a year ahead: nothing is left alone for ever"
    );
    Ok(until)
}

/// Asks for something.
pub(crate) fn run(request: &Request, ask: &Ask) -> anyhow::Result<Exit> {
    let ledger = Opened::open(&ask.place, !ask.sure.dry_run)?;
    let (policy, policy_broken) = ledger.policy(&ask.policy)?;
    let who = ledger.who()?;
    let now = SystemClock.now();
    let Some(Found { subject, key }) = find(&ledger, &who, ask, now)? else {
        return unknown(&ledger, ask);
    };
    if let Request::Replace { by } = request
        && let Some(why) = replacement::objection(&ledger, &subject, &key, by, now)?
    {
        render::complain("not recorded", &why);
        return Ok(Exit::HeldBack);
    }
    let event = event(&subject, request, ask, &who, now);
    let circumstances = keytrail_engine::decide::Circumstances { policy_broken, ..ledger.circumstances()? };
    let mut told = Told::of(&subject, &key, request, ask, &who, &event, now);
    if let Some(at) = already(&key, &event)? {
        told.at = at;
        return told.show(State::Already, &ledger, ask);
    }
    match fit(&key, request, now) {
        Fit::Fits => {}
        Fit::NothingLeft(why) => return told.because(why).show(State::NothingLeft, &ledger, ask),
        Fit::Refused(why) => return told.because(why).show(State::Refused, &ledger, ask),
    }
    let judging = keytrail_ledger::Judging { policy: &policy, now, circumstances };
    let would = preview(&ledger, &subject, &event, judging)?;
    told.follows(would);
    if ask.sure.dry_run {
        return told.show(State::DryRun, &ledger, ask);
    }
    if !ask.sure.yes {
        render::complain("asked", &told.sentence(&ledger));
    }
    match confirmed(ask.sure, "Record it?")? {
        Answer::Yes => {}
        Answer::No => return Ok(Exit::Unconfirmed),
        Answer::Nobody => {
            render::complain(
                "not recorded",
                "there is no terminal to ask on; with --yes it is recorded without being asked",
            );
            return Ok(Exit::Unconfirmed);
        }
    }
    let Written { actions, withheld } = write(&ledger, &event, judging)?;
    told.follows((actions, withheld));
    told.show(State::Recorded, &ledger, ask)
}

fn unknown(ledger: &Opened, ask: &Ask) -> anyhow::Result<Exit> {
    let text = format!(
        "the {} knows no API key {}: look for it with `keytrail keys`; a key that is younger than the last sweep is listed by the \
         next",
        ledger.place(),
        ask.key
    );
    render::complain("unknown key", &text);
    Ok(Exit::UnknownKey)
}
