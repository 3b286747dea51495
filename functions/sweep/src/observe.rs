//! What a listing shows, as events: the same engine takes them in.

use keytrail_engine::event::{
    ApiKeySeen, Caller, Event, KmsKeyRef, LogGroupSeen, LogTargetName, Place, TrailSeen, UserSeen, What,
};
use keytrail_engine::fingerprint::hash64;
use keytrail_engine::ids::{Arn, CredentialId, RecordId, Region, UserName};
use keytrail_engine::subject::SubjectId;
use keytrail_engine::time::{Span, Time};
use keytrail_ledger::capability::{self, KmsKeyAnswer};

use crate::unit::Unit;

/// What a listing shows counts as of this long before it began: IAM is eventually consistent, without a documented
/// bound.
///
/// Source: <https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot.html#troubleshoot_general_eventual-consistency>
pub(crate) const CONSISTENT_AFTER: Span = Span::minutes(5);

/// An API key in a listing.
pub(crate) fn api_key(unit: &Unit, began: Time, seen: ApiKeySeen) -> Event {
    let name = seen.key.to_string();
    event(unit, began, Region::global(), &["api-key", &name], What::ApiKeyObserved(seen))
}

/// A user that has an API key.
pub(crate) fn user(unit: &Unit, began: Time, user: UserName, seen: UserSeen) -> Event {
    let name = user.to_string();
    event(unit, began, Region::global(), &["user", &name], What::UserObserved { user, seen })
}

/// An API key that a whole listing doesn't show.
pub(crate) fn absent(unit: &Unit, began: Time, key: &CredentialId) -> Event {
    event(unit, began, Region::global(), &["absent", key.as_str()], What::ApiKeyAbsent { key: key.clone() })
}

/// A log group in a listing.
pub(crate) fn log_group(unit: &Unit, began: Time, group: capability::LogGroupSeen) -> Event {
    let key = group.kms_key.map(kms_key_ref);
    let seen = LogGroupSeen {
        key,
        retention_days: group.retention_days,
        bearer_authentication: group.bearer_authentication,
    };
    let id = ["log-group", group.name.as_str()].map(str::to_owned);
    let what = What::LogGroupObserved { target: LogTargetName::LogGroup(group.name), seen };
    event(unit, began, unit.region.clone(), &[&id[0], &id[1]], what)
}

/// Another part of CloudWatch Logs that has a KMS key: as with a log group without retention, nothing says that it ends.
pub(crate) fn log_part(unit: &Unit, began: Time, seen: capability::LogPartSeen) -> Event {
    let capability::LogPartSeen { part, name, kms_key } = seen;
    let id = ["log-part", part.word(), &name].map(str::to_owned);
    let seen =
        LogGroupSeen { key: Some(kms_key_ref(kms_key)), retention_days: None, bearer_authentication: None };
    let what = What::LogGroupObserved { target: LogTargetName::Other(part, name), seen };
    event(unit, began, unit.region.clone(), &[&id[0], &id[1], &id[2]], what)
}

fn kms_key_ref(arn: Arn) -> KmsKeyRef {
    SubjectId::kms_key_of_arn(arn.as_str()).map_or(KmsKeyRef::Unresolved(arn), KmsKeyRef::Key)
}

/// A KMS key as KMS describes it; nothing where it may not be looked at, or is AWS's own.
pub(crate) fn kms_key(unit: &Unit, began: Time, key: SubjectId, answer: KmsKeyAnswer) -> Option<Event> {
    let id = ["kms-key", &*key.name].map(str::to_owned);
    let region = key.region.clone();
    let what = match answer {
        KmsKeyAnswer::NotFound => What::KmsKeyAbsent { key },
        KmsKeyAnswer::Shown { seen, policy } => What::KmsKeyObserved { key, seen, policy },
        KmsKeyAnswer::NotToBeSeen | KmsKeyAnswer::OfAws => return None,
    };
    Some(event(unit, began, region, &[&id[0], &id[1]], what))
}

/// A trail in a listing.
pub(crate) fn trail(unit: &Unit, began: Time, trail: capability::TrailSeen) -> Event {
    let seen =
        TrailSeen { logging: trail.logging, multi_region: trail.multi_region, selectors: trail.selectors };
    let name = trail.name.to_string();
    let what = What::TrailObserved { trail: trail.name, seen };
    let id = ["trail", trail.account.as_str(), trail.home.as_str(), &name];
    let mut event = event(unit, began, trail.home.clone(), &id, what);
    event.place.account = trail.account;
    event
}

/// The same sighting of the same listing is the same record, however often the page is read.
fn event(unit: &Unit, began: Time, region: Region, id: &[&str], what: What) -> Event {
    let began_text = began.to_string();
    let mut parts = vec![unit.account.as_str(), unit.region.as_str(), began_text.as_str()];
    parts.extend(id);
    Event {
        record: RecordId(hash64("sweep", parts.join("\n"))),
        event_id: None,
        revision: 0,
        time: Some(began - CONSISTENT_AFTER),
        place: Place { partition: unit.partition.clone(), account: unit.account.clone(), region },
        caller: Caller::default(),
        foreign_envelope: false,
        what,
    }
}
