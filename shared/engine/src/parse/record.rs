//! A CloudTrail record as every source's reader needs it: who, where, when, whether it failed, and its parts.

use std::borrow::Cow;

use super::caller::{self, Sort};
use super::identity::Identity;
use super::json::Object;
use super::names;
use super::shape::Gap;
use super::text::clean;
use crate::event::{Caller, Event, Place, What};
use crate::ids::{ArnParts, Partition, Region, UserName};
use crate::read::Envelope;
use crate::subject::SubjectId;
use crate::time::{Span, Time};

/// A live record may be this much ahead of the clock that received it; beyond, its time is not believed.
const AHEAD: Span = Span::minutes(15);

/// What stands for the code of a failure that has only a message.
const NO_CODE: &str = "(no errorCode)";

/// A record, its frequent parts read.
pub(super) struct Record<'a> {
    top: Object<'a>,
    pub(super) name: Cow<'a, str>,
    pub(super) identity: Object<'a>,
    pub(super) caller: Caller,
    pub(super) sort: Sort,
    pub(super) place: Place,
    pub(super) time: Option<Time>,
    /// The error's code if the call failed.
    pub(super) failure: Option<Box<str>>,
    /// The envelope's account.
    sender: Option<&'a str>,
}

/// One thing that a record tells.
pub(super) struct Told {
    pub(super) what: What,
    /// Where its subject is, if not where the record was made.
    pub(super) place: Option<Place>,
}

impl From<What> for Told {
    fn from(what: What) -> Self {
        Self { what, place: None }
    }
}

/// What a source's reader says: events, none if the record turned out not to be ours, or what is missing.
pub(super) type Reading = Result<Vec<Told>, Gap>;

impl<'a> Record<'a> {
    /// Reads the frequent parts of a record.
    pub(super) fn of(
        top: Object<'a>,
        source: &str,
        name: Cow<'a, str>,
        envelope: Option<&Envelope<'a>>,
        received: Option<Time>,
    ) -> Result<Self, (Object<'a>, Gap)> {
        let identity = top.object("userIdentity");
        let (caller, sort) = caller::read(&top, &identity);
        let place = match place(&top, source, &caller, envelope) {
            Ok(place) => place,
            Err(gap) => return Err((top, gap)),
        };
        Ok(Self {
            time: time(&top, received),
            failure: failure(&top),
            sender: envelope.and_then(|envelope| envelope.account),
            top,
            name,
            identity,
            caller,
            sort,
            place,
        })
    }

    /// The record's members.
    pub(super) fn top(&self) -> &Object<'a> {
        &self.top
    }

    /// `requestParameters`; null, `""` and `"null"` have no members.
    pub(super) fn request(&self) -> Object<'a> {
        self.top.object("requestParameters")
    }

    /// `responseElements`.
    pub(super) fn response(&self) -> Object<'a> {
        self.top.object("responseElements")
    }

    /// `additionalEventData`.
    pub(super) fn additional(&self) -> Object<'a> {
        self.top.object("additionalEventData")
    }

    /// The type (if said) and ARN of each of `resources`.
    pub(super) fn resources(&self) -> Vec<(Option<Cow<'a, str>>, Cow<'a, str>)> {
        resources(&self.top)
    }

    /// The event that says `told`.
    pub(super) fn event(&self, identity: &Identity, told: Told) -> Event {
        let foreign_envelope = self.is_foreign(told.place.as_ref());
        Event {
            record: identity.record,
            event_id: self.top.text("eventID").map(|id| clean(&id, 64)),
            revision: identity.revision,
            time: self.time,
            place: told.place.unwrap_or_else(|| self.place.clone()),
            caller: self.caller.clone(),
            foreign_envelope,
            what: told.what,
        }
    }

    /// Whether the envelope is of another account. KMS gives the owner of a key and its caller a record each, in an envelope
    /// of the account that the record is for; one that doesn't say whom it is for may be either's.
    fn is_foreign(&self, subject: Option<&Place>) -> bool {
        let Some(sender) = self.sender else { return false };
        let owner = subject.filter(|_| self.top.text("recipientAccountId").is_none());
        sender != self.place.account.as_str() && owner.is_none_or(|owner| sender != owner.account.as_str())
    }

    /// A failed call.
    pub(super) fn attempt(&self, code: &str, on: Option<SubjectId>) -> Told {
        What::Attempt { name: clean(&self.name, 128), code: code.into(), on }.into()
    }

    /// The subject that an IAM user of the record's account is.
    pub(super) fn user_subject(&self, user: &UserName) -> SubjectId {
        SubjectId::user(self.place.partition.clone(), self.place.account.clone(), user)
    }
}

fn resources<'a>(top: &Object<'a>) -> Vec<(Option<Cow<'a, str>>, Cow<'a, str>)> {
    let resources = top.items("resources").into_iter().filter_map(|item| {
        let resource = item.object();
        let arn = resource.text("ARN").or_else(|| resource.text("ARNPrefix"))?;
        Some((resource.text("type"), arn))
    });
    resources.collect()
}

/// `eventTime`, to the second since exports write it with milliseconds.
fn time(top: &Object<'_>, received: Option<Time>) -> Option<Time> {
    believed(super::dates::read(top.get("eventTime")?)?, received)
}

/// A time to the second, unless a live delivery has it too far ahead.
pub(super) fn believed(time: Time, received: Option<Time>) -> Option<Time> {
    let time = time.floor_second();
    received.is_none_or(|received| time <= received + AHEAD).then_some(time)
}

/// Whether the call failed. `errorCode` `"200"` was seen on a success; a message without a code is a failure.
fn failure(top: &Object<'_>) -> Option<Box<str>> {
    let code = top.get("errorCode").map(|code| code.text().unwrap_or(Cow::Borrowed(code.as_written())));
    let code = code.as_deref().map(|code| clean(code, 128)).unwrap_or_default();
    match &*code {
        "" | "null" | "None" => top.text("errorMessage").map(|_| NO_CODE.into()),
        success
            if success.len() == 3
                && success.starts_with('2')
                && success.bytes().all(|b| b.is_ascii_digit()) =>
        {
            None
        }
        _ => Some(code),
    }
}

/// The record's place: `recipientAccountId` before all else, since the caller may be of another account.
fn place(
    top: &Object<'_>,
    source: &str,
    caller: &Caller,
    envelope: Option<&Envelope<'_>>,
) -> Result<Place, Gap> {
    let account = (top.text("recipientAccountId").and_then(|id| names::account(&id)))
        .or_else(|| caller.account.clone())
        .or_else(|| of_resources(top, |arn| names::account(arn.account)))
        .or_else(|| names::account(envelope?.account?))
        .ok_or(Gap::Account)?;
    let region = (top.text("awsRegion").and_then(|region| names::region(&region)))
        .or_else(|| of_resources(top, |arn| names::region(arn.region)))
        .or_else(|| names::region(envelope?.region?))
        .or_else(|| (source == super::iam::SOURCE).then(Region::global))
        .ok_or(Gap::Region)?;
    // The caller's own ARN is surer than a list of prefixes: partitions are added to AWS.
    let arn = caller.principal.as_ref().and_then(|arn| ArnParts::parse(arn.as_str()));
    let partition = arn.and_then(|arn| names::partition(arn.partition));
    Ok(Place {
        partition: partition.unwrap_or_else(|| Partition::of_region(region.as_str())),
        account,
        region,
    })
}

fn of_resources<T>(top: &Object<'_>, part: impl Fn(&ArnParts<'_>) -> Option<T>) -> Option<T> {
    resources(top).iter().find_map(|(_, arn)| part(&ArnParts::parse(arn)?))
}
