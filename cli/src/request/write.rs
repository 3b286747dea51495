//! The event of a request, and what follows from it.

use anyhow::bail;
use keytrail_engine::action::{Action, Withheld};
use keytrail_engine::decide::{Decision, decide};
use keytrail_engine::document::{ApiKey, Document};
use keytrail_engine::event::{Caller, Event, Place, Request, What};
use keytrail_engine::fingerprint::{fingerprint, hash64};
use keytrail_engine::ids::{CredentialId, RecordId};
use keytrail_engine::judge::judge;
use keytrail_engine::subject::{DocumentId, SubjectId};
use keytrail_engine::time::Time;
use keytrail_ledger::{Judging, record, world_of};

use crate::args::request::Ask;
use crate::ledger::{Opened, Who};

/// What follows.
#[derive(Debug, Default)]
pub(super) struct Written {
    /// Actions that respond takes up.
    pub(super) actions: Vec<Action>,
    /// Actions that are held back.
    pub(super) withheld: Vec<Withheld>,
}

/// The event. Without a name of its own the request is named after what is asked of which key in which second, so that a
/// command that is repeated at once is one request.
pub(super) fn event(subject: &SubjectId, request: &Request, ask: &Ask, who: &Who, now: Time) -> Event {
    let at = now.floor_second();
    let name = ask.request_id.clone().unwrap_or_else(|| {
        let parts = [subject.to_string(), format!("{request:?}"), at.to_string()];
        fingerprint("request", parts).to_string()
    });
    Event {
        record: RecordId(hash64("request", format!("{subject}\n{name}"))),
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
        what: What::Requested {
            key: CredentialId::new(&subject.name),
            request: request.clone(),
            why: ask.why.as_str().into(),
        },
    }
}

/// When the same request was recorded, if it was.
///
/// # Errors
/// If its name was given to another request.
pub(super) fn already(key: &ApiKey, event: &Event) -> anyhow::Result<Option<Time>> {
    let Some(earlier) = key.course.requests.entries().find(|entry| entry.record == event.record) else {
        return Ok(None);
    };
    let (word, at) = (earlier.value.request.word(), earlier.at);
    match &event.what {
        What::Requested { request, .. } if request.word() == word => Ok(Some(at)),
        _ => bail!("the request id was used on {at} to {word} this key: give this request another one"),
    }
}

/// What would follow, decided on what the ledger holds now.
pub(super) fn preview(
    ledger: &Opened,
    subject: &SubjectId,
    event: &Event,
    judging: Judging<'_>,
) -> anyhow::Result<(Vec<Action>, Vec<Withheld>)> {
    let Judging { policy, now, circumstances } = judging;
    let mut world = ledger.run(world_of(ledger, subject, policy, now))?;
    let main = DocumentId::main(subject.clone());
    let standing = |document: Option<&Document>, world: &keytrail_engine::world::World| {
        document.map(|document| judge(document, world, policy, now)).unwrap_or_default()
    };
    let before = standing(world.get(&main), &world);
    world.absorb(event);
    let after = standing(world.get(&main), &world);
    let (mut actions, mut withheld) = (Vec::new(), Vec::new());
    for finding in after.iter().filter(|finding| before.iter().all(|earlier| earlier.id != finding.id)) {
        match decide(finding, &world, policy, now, circumstances) {
            Decision::Nothing => {}
            Decision::Act(action) => actions.push(action),
            Decision::Withhold(held) => withheld.push(held),
        }
    }
    Ok((actions, withheld))
}

/// Writes it, with what follows, in one transaction.
pub(super) fn write(ledger: &Opened, event: &Event, judging: Judging<'_>) -> anyhow::Result<Written> {
    let recorded = ledger.run(async {
        let mut recorded = record(ledger, std::slice::from_ref(event), judging).await;
        match recorded.failed.pop() {
            Some(failed) => Err(failed.error),
            None => Ok(recorded),
        }
    })?;
    Ok(Written { actions: recorded.actions, withheld: recorded.withheld })
}
