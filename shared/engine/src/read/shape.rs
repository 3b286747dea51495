//! The slow and exact way to look at an object: a full JSON parser tells its members.

use super::open::Text;
use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::fmt;

/// The members of an object that tell what it is. Of a repeated member the last counts.
#[derive(Debug, Default)]
pub(super) struct Shape<'a> {
    pub(super) event_source: Member<'a>,
    pub(super) event_name: Member<'a>,
    pub(super) detail: Member<'a>,
    pub(super) detail_type: Member<'a>,
    pub(super) id: Member<'a>,
    pub(super) source: Member<'a>,
    pub(super) account: Member<'a>,
    pub(super) region: Member<'a>,
    pub(super) time: Member<'a>,
    /// The text of an SQS message.
    pub(super) body: Member<'a>,
    /// Present in an SQS message.
    pub(super) message_id: Member<'a>,
    /// The record in an element of `LookupEvents` output.
    pub(super) cloud_trail_event: Member<'a>,
    recordlike: bool,
    /// A member that only digest files have.
    pub(super) digest: bool,
}

impl Shape<'_> {
    /// Whether it has any member that CloudTrail's records have and few other objects.
    pub(super) fn is_recordlike(&self) -> bool {
        self.recordlike || self.event_source.0.is_some() || self.event_name.0.is_some()
    }
}

/// A member's value as it is written, if the member is there.
#[derive(Debug, Default)]
pub(super) struct Member<'a>(Option<&'a RawValue>);

impl<'a> Member<'a> {
    /// The value's JSON.
    pub(super) fn json(&self) -> Option<&'a str> {
        self.0.map(RawValue::get)
    }

    /// The value, if it is a string.
    ///
    /// # Errors
    /// If it is a string that no Rust string can hold (half a surrogate pair).
    pub(super) fn text(&self) -> serde_json::Result<Option<Cow<'a, str>>> {
        match self.json() {
            Some(json) if json.starts_with('"') => Ok(Some(serde_json::from_str::<Text<'a>>(json)?.0)),
            _ => Ok(None),
        }
    }

    /// The value, if it is a string that can be read.
    pub(super) fn lenient_text(&self) -> Option<Cow<'a, str>> {
        self.text().ok().flatten()
    }
}

impl<'de> Deserialize<'de> for Shape<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Members)
    }
}

struct Members;

impl<'de> Visitor<'de> for Members {
    type Value = Shape<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Shape<'de>, A::Error> {
        let mut shape = Shape::default();
        while let Some(Text(key)) = map.next_key()? {
            let member = match key.as_ref() {
                "eventSource" => &mut shape.event_source,
                "eventName" => &mut shape.event_name,
                "detail" => &mut shape.detail,
                "detail-type" => &mut shape.detail_type,
                "id" => &mut shape.id,
                "source" => &mut shape.source,
                "account" => &mut shape.account,
                "region" => &mut shape.region,
                "time" => &mut shape.time,
                "body" => &mut shape.body,
                "messageId" => &mut shape.message_id,
                "CloudTrailEvent" => &mut shape.cloud_trail_event,
                other => {
                    shape.recordlike |= RECORD_MEMBERS.contains(&other);
                    shape.digest |= other == "digestStartTime";
                    map.next_value::<IgnoredAny>()?;
                    continue;
                }
            };
            member.0 = Some(map.next_value()?);
        }
        Ok(shape)
    }
}

const RECORD_MEMBERS: [&str; 7] =
    ["eventVersion", "userIdentity", "eventTime", "eventID", "eventType", "eventCategory", "insightDetails"];
