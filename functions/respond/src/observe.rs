//! What IAM shows of a key right now, as sweep would observe it. Nothing of it is recorded: it is weighed with what memory has.

use keytrail_engine::action::{Action, ActionKind};
use keytrail_engine::event::{ApiKeySeen, Caller, Event, Place, Status, UserSeen, What};
use keytrail_engine::fingerprint::hash64;
use keytrail_engine::ids::{RecordId, Region, UserName};
use keytrail_engine::time::Time;

/// The status that IAM shows of the one key that an action is about, as of a moment. `None` for an action about no key.
pub(crate) fn shown(action: &Action, status: Status, at: Time) -> Option<Event> {
    let (ActionKind::DeactivateApiKey { key, user, service }
    | ActionKind::ReactivateApiKey { key, user, service }
    | ActionKind::DeleteApiKey { key, user, service }) = &action.kind
    else {
        return None;
    };
    let seen = ApiKeySeen {
        key: key.clone(),
        user: Some(user.clone()),
        service: Some(service.clone()),
        status: Some(status),
        created: None,
        expires: None,
        alias: None,
    };
    Some(event(action, at, What::ApiKeyObserved(seen)))
}

/// What IAM shows of the user of the action's key, as of a moment.
pub(crate) fn user(action: &Action, user: &UserName, seen: UserSeen, at: Time) -> Event {
    event(action, at, What::UserObserved { user: user.clone(), seen })
}

fn event(action: &Action, at: Time, what: What) -> Event {
    let (partition, account) = (action.subject.partition.clone(), action.subject.account.clone());
    Event {
        record: RecordId(hash64("respond", format!("{}\n{at}", action.id))),
        event_id: None,
        revision: 0,
        time: Some(at),
        place: Place { partition, account, region: Region::global() },
        caller: Caller::default(),
        foreign_envelope: false,
        what,
    }
}
