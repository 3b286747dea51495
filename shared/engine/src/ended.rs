//! Since when an API key has been out of use, and whether somebody calls with it all the same.

use crate::document::{ApiKey, Hour, Life};
use crate::event::{Expiry, Status};
use crate::ids::{CredentialId, Principal};
use crate::time::{Span, Time};

/// For so long after its end a key may still work somewhere: IAM is eventually consistent, without a documented bound.
///
/// Source: <https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot.html#troubleshoot_general_eventual-consistency>
pub(crate) const TAIL: Span = Span::minutes(15);

/// How a key was taken out of use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum How<'a> {
    /// Somebody switched it off.
    SwitchedOff(Option<&'a Principal>),
    /// It expired.
    Expired,
    /// Somebody deleted it.
    Deleted(Option<&'a Principal>),
}

/// The end of a key's use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct End<'a> {
    /// Since then it has been out of use.
    pub(crate) at: Time,
    /// How.
    pub(crate) how: How<'a>,
}

/// The end of a key's use, if it certainly was out of use at a moment and had been for longer than the propagation tail.
/// A key that was not there yet has not ended.
pub(crate) fn ended(key: &ApiKey, at: Time) -> Option<End<'_>> {
    if !key.certainly_unusable(at - TAIL, at) {
        return None;
    }
    let deleted = key.deleted.get().map(|deleted| {
        let how = How::Deleted(deleted.value.who.as_ref());
        End { at: deleted.at, how }
    });
    let expired = match key.expires.value() {
        Some(Expiry::At(end)) => Some(End { at: *end, how: How::Expired }),
        _ => None,
    };
    let ends = [deleted, expired, switched_off(key, at)].into_iter().flatten();
    ends.filter(|end| end.at + TAIL < at).min_by_key(|end| end.at)
}

/// The beginning of the time for which the key had been switched off at a moment.
fn switched_off(key: &ApiKey, at: Time) -> Option<End<'_>> {
    let mut since = None;
    for entry in key.life.entries().filter(|entry| entry.at <= at) {
        since = match entry.value.what {
            Life::Created | Life::Status(Status::Active) => None,
            Life::Status(Status::Inactive) => since.or_else(|| {
                let how = How::SwitchedOff(entry.value.by.who.as_ref());
                Some(End { at: entry.at, how })
            }),
            _ => since,
        };
    }
    since
}

/// Whose end the last of an hour's calls came after: of keys that all had ended, the one that ended last. `None` if any
/// key may have been in use, or none had ended.
pub(crate) fn called_after<'k>(
    keys: &'k [(CredentialId, &'k ApiKey)],
    credential: Option<&CredentialId>,
    hour: &Hour,
) -> Option<(&'k CredentialId, &'k ApiKey, End<'k>)> {
    let last = hour.seen.last?;
    let possible: Vec<_> =
        keys.iter().filter(|(id, _)| credential.is_none_or(|credential| credential == id)).collect();
    // One that is created a moment later may be in use already, as records go.
    if possible.iter().any(|(_, key)| !key.certainly_unusable(last - TAIL, last + TAIL)) {
        return None;
    }
    let ends = possible.into_iter().filter_map(|(id, key)| Some((id, *key, ended(key, last)?)));
    ends.max_by_key(|(id, _, end)| (end.at, *id))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::What;
    use crate::telling::{KEYTRAIL, SOMEBODY, Telling, key, minute};

    fn end(telling: &Telling, at: Time) -> Option<(i64, String)> {
        let facts = telling.world.api_key(&key("ACCA1")).unwrap();
        ended(facts, at).map(|end| (end.at.since(minute(0)).millis() / 60_000, format!("{:?}", end.how)))
    }

    #[test]
    fn the_tail_is_a_quarter_of_an_hour_and_not_a_second_longer() {
        let mut telling = Telling::with_key("ACCA1", "u");
        telling.set(minute(100), KEYTRAIL, "ACCA1", Status::Inactive);
        let after = minute(115) + Span::seconds(1);
        assert_eq!([99, 100, 114, 115].map(|at| end(&telling, minute(at))), [const { None }; 4]);
        assert_eq!(end(&telling, after).unwrap().0, 100);
        telling.set(minute(130), SOMEBODY, "ACCA1", Status::Inactive);
        assert_eq!(
            end(&telling, minute(200)).unwrap().0,
            100,
            "switched off twice, out of use since the first"
        );
        telling.set(minute(210), SOMEBODY, "ACCA1", Status::Active);
        assert_eq!(end(&telling, minute(300)), None);
    }

    #[test]
    fn expiry_and_deletion_end_it_too_and_the_first_end_counts() {
        let mut telling = Telling::with_key("ACCA1", "u");
        telling.tell(minute(100), What::ApiKeyDeleted { key: "ACCA1".into(), user: None });
        assert_eq!(end(&telling, minute(115)), None);
        assert_eq!(end(&telling, minute(116)).unwrap().0, 100);
        telling.set(minute(50), SOMEBODY, "ACCA1", Status::Inactive);
        assert_eq!(end(&telling, minute(116)).unwrap().0, 50);
        assert_eq!(end(&telling, minute(-60)), None, "before it was made");
    }
}
