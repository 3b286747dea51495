//! Reports of a compromise, which are no CloudTrail records: they come in envelopes of their own.

use super::json::Object;
use super::shape::Gap;
use super::text::clean;
use super::{names, record};
use crate::event::{Caller, CompromiseSource, Compromised, Event, Place, What};
use crate::fingerprint::hash64;
use crate::ids::{AccountId, ArnParts, Partition, RecordId, Region};
use crate::read::Envelope;
use crate::time::Time;

/// What the two kinds of report share.
pub(super) struct Report {
    pub(super) place: Place,
    /// When it was made.
    pub(super) time: Option<Time>,
    /// The reporter's own id for it.
    pub(super) id: Box<str>,
    /// What tells one state of the report from another, if updates are statements of their own.
    pub(super) revision: Box<str>,
    pub(super) foreign_envelope: bool,
}

/// Where a report says it is from; each part may be missing.
pub(super) struct Said<'a> {
    pub(super) account: Option<&'a str>,
    pub(super) region: Option<&'a str>,
    /// An ARN of the reporter's.
    pub(super) arn: Option<&'a str>,
}

impl Report {
    /// Puts what a report says together with what its envelope does.
    pub(super) fn of(
        said: &Said<'_>,
        time: Option<Time>,
        envelope: &Envelope<'_>,
        received: Option<Time>,
    ) -> Result<Self, Gap> {
        let sender = envelope.account.and_then(names::account);
        let account = said.account.and_then(names::account).or_else(|| sender.clone()).ok_or(Gap::Account)?;
        let region = said.region.or(envelope.region).and_then(names::region).unwrap_or_else(Region::global);
        let partition = said.arn.and_then(ArnParts::parse).and_then(|arn| names::partition(arn.partition));
        let partition = partition.unwrap_or_else(|| Partition::of_region(region.as_str()));
        let time = time.or_else(|| super::dates::parse(envelope.time?));
        Ok(Self {
            foreign_envelope: envelope.account.is_some() && sender.as_ref() != Some(&account),
            place: Place { partition, account, region },
            time: time.and_then(|time| record::believed(time, received)),
            id: Box::default(),
            revision: Box::default(),
        })
    }

    /// The event that `of` is compromised. Each gets an identity of its own.
    pub(super) fn event(&self, of: Compromised, owner: Option<AccountId>, source: CompromiseSource) -> Event {
        let name = match &of {
            Compromised::ApiKey(id) => id.as_str(),
            Compromised::User(name) => name.as_str(),
            Compromised::AccessKey(id) => id,
        };
        let mut place = self.place.clone();
        let is_elsewhere = owner.as_ref().is_some_and(|owner| *owner != place.account);
        place.account = owner.unwrap_or(place.account);
        let account = place.account.as_str();
        let parts = [&*self.id, &*self.revision, account, name].map(|part| format!("{}:{part}", part.len()));
        Event {
            record: RecordId(hash64("report", parts.concat())),
            event_id: Some(clean(&self.id, 64)),
            revision: 0,
            time: self.time,
            place,
            caller: Caller::default(),
            foreign_envelope: self.foreign_envelope || is_elsewhere,
            what: What::CompromiseReported { of, source },
        }
    }
}

/// An access key's id: `AKIA…`, or `ASIA…` of a session.
pub(super) fn access_key(text: &str) -> Option<Compromised> {
    let right = (text.starts_with("AKIA") || text.starts_with("ASIA"))
        && (16..=128).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric());
    right.then(|| Compromised::AccessKey(text.into()))
}

/// Whether an envelope carries a report and not a record of a call to the reporter.
pub(super) fn is_report(envelope: &Envelope<'_>, top: &Object<'_>) -> bool {
    let of_call = envelope.detail_type.is_some_and(|sort| sort.ends_with("via CloudTrail"));
    !of_call && top.exactly("eventSource").is_none()
}
