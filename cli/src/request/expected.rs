//! `keytrail expected`: a person says that a finding about a user's calls is what is to be expected. The baseline learns it.

use keytrail_aws::SystemClock;
use keytrail_engine::document::{Document, Facts};
use keytrail_engine::event::{Caller, Event, Lesson, Place, What};
use keytrail_engine::expected::lesson;
use keytrail_engine::finding::{Finding, FindingId};
use keytrail_engine::fingerprint::{fingerprint, hash64};
use keytrail_engine::ids::{Network, RecordId};
use keytrail_engine::subject::{DocumentId, SubjectId};
use keytrail_engine::time::{Span, Time};
use keytrail_ledger::capability::Clock as _;
use keytrail_ledger::{Body, ItemId, Judging, Ledger as _, world_of};
use serde::Serialize;

use super::write::write;
use crate::args::ImpactFormat;
use crate::args::request::Expected;
use crate::confirm::{Answer, confirmed};
use crate::exit::Exit;
use crate::ledger::{Opened, Who};
use crate::render::{self, plural, visible};

/// What is taught.
#[derive(Debug, Serialize)]
struct Told {
    /// Whether it is in the ledger from now on.
    recorded: bool,
    /// The finding's rule.
    rule: Box<str>,
    subject: SubjectId,
    /// What the finding says.
    what: Box<str>,
    /// The findings that are expected from now on: it, and what it adds up.
    findings: Vec<FindingId>,
    /// Calls from there are expected too.
    networks: Vec<Network>,
    /// None of it is expected any longer.
    taken_back: bool,
    why: String,
    /// Who says so.
    by: String,
    /// Whether STS vouches for that.
    by_is_proved: bool,
    at: Time,
}

/// Says that a finding is expected.
pub(crate) fn expected(asked: &Expected) -> anyhow::Result<Exit> {
    let ledger = Opened::open(&asked.place, !asked.sure.dry_run)?;
    let (policy, policy_broken) = ledger.policy(&asked.policy)?;
    let (who, now) = (ledger.who()?, SystemClock.now());
    let id = FindingId::new(&asked.finding);
    let Some(found) = recorded(&ledger, &id)? else {
        let text = format!("the {} has no finding {id}: `keytrail findings` shows them", ledger.place());
        render::complain("unknown finding", &text);
        return Ok(Exit::UnknownKey);
    };
    let world = ledger.run(world_of(&ledger, &found.subject, &policy, now))?;
    let document = world.get(&DocumentId::main(found.subject.clone()));
    let lesson = document.and_then(|document| {
        if asked.not {
            return taken_back(&id, document);
        }
        lesson(&id, document, &world, &policy, now).map(|(_, lesson)| lesson)
    });
    let Some(lesson) = lesson else {
        render::complain("not recorded", &refusal(&found, asked.not));
        return Ok(Exit::HeldBack);
    };
    let at = document.map_or_else(|| now.floor_second(), |document| moment(document, now));
    let mut told = told(asked, &found, &lesson, &who, at);
    if asked.sure.dry_run {
        return show(&told, asked.format);
    }
    if !asked.sure.yes {
        render::complain("asked", &sentence(&told));
    }
    match confirmed(asked.sure, "Record it?")? {
        Answer::Yes => {}
        Answer::No => return Ok(Exit::Unconfirmed),
        Answer::Nobody => {
            let text = "there is no terminal to ask on; with --yes it is recorded without being asked";
            render::complain("not recorded", text);
            return Ok(Exit::Unconfirmed);
        }
    }
    let circumstances = keytrail_engine::decide::Circumstances { policy_broken, ..ledger.circumstances()? };
    let event = event(&found.subject, lesson, &asked.why, &who, at);
    write(&ledger, &event, Judging { policy: &policy, now, circumstances })?;
    told.recorded = true;
    show(&told, asked.format)
}

/// The finding as it was recorded.
fn recorded(ledger: &Opened, id: &FindingId) -> anyhow::Result<Option<Finding>> {
    let item = ItemId::finding(id);
    let items = ledger.run(ledger.items(std::slice::from_ref(&item)))?;
    Ok(items.into_iter().find_map(|stored| match stored.item.body {
        Body::Finding(finding) => Some(finding),
        _ => None,
    }))
}

/// The second of a new lesson: later than every other, since the newest word counts.
fn moment(document: &Document, now: Time) -> Time {
    let Facts::Usage(facts) = &document.facts else { return now.floor_second() };
    let newest = facts.lessons.taught.entries().last();
    newest.map_or(now, |newest| now.max(newest.at + Span::seconds(1))).floor_second()
}

/// The lesson by which a finding is expected, turned round.
fn taken_back(id: &FindingId, document: &Document) -> Option<Lesson> {
    let Facts::Usage(facts) = &document.facts else { return None };
    facts.lessons.of_finding(id).map(|lesson| Lesson { taken_back: true, ..lesson.clone() })
}

fn refusal(found: &Finding, not: bool) -> String {
    if not {
        return format!("nobody has said that finding {} is expected", found.id);
    }
    if keytrail_engine::expected::is_teachable(&found.rule) {
        return format!("finding {} stands no longer: nothing is left to be taught", found.id);
    }
    format!(
        "finding {} of {} is not about habits, and is not taught away: mend what it names, or give the rule another mode or \
         severity in the policy",
        found.id, found.rule
    )
}

fn told(asked: &Expected, found: &Finding, lesson: &Lesson, who: &Who, at: Time) -> Told {
    Told {
        recorded: false,
        rule: found.rule.clone(),
        subject: found.subject.clone(),
        what: found.what.clone(),
        findings: lesson.findings.clone(),
        networks: lesson.networks.clone(),
        taken_back: lesson.taken_back,
        why: asked.why.clone(),
        by: who.name.clone(),
        by_is_proved: who.proved,
        at,
    }
}

/// Named after what is taught of whom in which second, so that a command that is repeated at once is one lesson.
fn event(subject: &SubjectId, lesson: Lesson, why: &str, who: &Who, at: Time) -> Event {
    let name =
        fingerprint("lesson", [subject.to_string(), format!("{lesson:?}"), at.to_string()]).to_string();
    Event {
        record: RecordId(hash64("lesson", format!("{subject}\n{name}"))),
        event_id: Some(name.into()),
        revision: 0,
        time: Some(at),
        place: Place {
            partition: subject.partition.clone(),
            account: subject.account.clone(),
            region: subject.region.clone(),
        },
        caller: Caller { principal: Some(who.name.as_str().into()), ..Caller::default() },
        foreign_envelope: false,
        what: What::Expected { subject: subject.clone(), lesson, why: why.into() },
    }
}

fn show(told: &Told, format: ImpactFormat) -> anyhow::Result<Exit> {
    match format {
        ImpactFormat::Json => render::json(told)?,
        ImpactFormat::Text => render::print(&format!("{}\n", render::visible_lines(&sentence(told))))?,
    }
    Ok(Exit::Fine)
}

fn sentence(told: &Told) -> String {
    let head = if told.recorded { "Recorded" } else { "To be recorded" };
    let (is, now_on) =
        if told.taken_back { ("is not expected", "no longer") } else { ("is expected", "from now on") };
    let others = match told.findings.len() {
        0 | 1 => String::new(),
        n => format!("\nWith it {} that it adds up.", plural(n as u64 - 1, "finding", "findings")),
    };
    let networks = match told.networks.as_slice() {
        [] => String::new(),
        networks => {
            let names: Vec<&str> = networks.iter().map(Network::as_str).collect();
            format!("\nCalls of this user from {} are expected {now_on}.", names.join(", "))
        }
    };
    let proof =
        if told.by_is_proved { "" } else { " (as the operating system says it, which proves nothing)" };
    format!(
        "{head}: {} {is}: {}{others}{networks}\nBy {}{proof}, because: {}",
        told.rule,
        visible(&told.what),
        told.by,
        visible(&told.why)
    )
}
