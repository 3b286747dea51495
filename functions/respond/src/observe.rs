//! What IAM shows of a key right now, as sweep would observe it. Nothing of it is recorded: it is weighed with what memory has.

use keytrail_engine::action::{Action, ActionKind};
use keytrail_engine::event::{ApiKeySeen, Caller, Event, Place, Status, What};
use keytrail_engine::fingerprint::hash64;
use keytrail_engine::ids::{RecordId, Region};
use keytrail_engine::time::Time;

/// The status that IAM shows of the one key that an action is about, as of a moment. `None` for an action about no key.
pub(crate) fn shown(action: &Action, status: Status, at: Time) -> Option<Event> {
    let (ActionKind::DeactivateApiKey { key, user, service }
    | ActionKind::ReactivateApiKey { key, user, service }
    | ActionKind::DeleteApiKey { key, user, service }) = &action.kind
    else {
        return None;
    };
    let (partition, account) = (action.subject.partition.clone(), action.subject.account.clone());
    Some(Event {
        record: RecordId(hash64("respond", format!("{}\n{at}", action.id))),
        event_id: None,
        revision: 0,
        time: Some(at),
        place: Place { partition, account, region: Region::global() },
        caller: Caller::default(),
        foreign_envelope: false,
        what: What::ApiKeyObserved(ApiKeySeen {
            key: key.clone(),
            user: Some(user.clone()),
            service: Some(service.clone()),
            status: Some(status),
            created: None,
            expires: None,
            alias: None,
        }),
    })
}
