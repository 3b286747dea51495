//! Pages to an SNS topic: one call, and each subscriber gets the form that suits its protocol.

use std::collections::HashMap;

use aws_sdk_sns::Client;
use aws_sdk_sns::types::MessageAttributeValue;
use keytrail_ledger::capability::{Message, PublishError, Publisher};
use serde_json::json;

use crate::{Failure, FailureKind};

/// The most that SNS takes: all bodies, the subject and the attributes together, in bytes.
///
/// Source: <https://docs.aws.amazon.com/sns/latest/api/API_Publish.html>
const LARGEST: usize = 262_144;
/// What is left of a text that has to be cut. It is still more than anybody reads.
const CUT_TEXT: usize = 16 * 1024;
const CUT: &str = "\n\n[cut: Keytrail's ledger has the rest]\n";

/// A topic.
#[derive(Clone, Debug)]
pub struct SnsTopic {
    client: Client,
    arn: Box<str>,
}

impl SnsTopic {
    /// The topic of an ARN.
    pub fn new(client: Client, arn: &str) -> Self {
        Self { client, arn: arn.into() }
    }
}

impl Publisher for SnsTopic {
    async fn publish(&self, message: &Message) -> Result<(), PublishError> {
        let call = self.client.publish().topic_arn(&*self.arn).subject(&message.subject);
        let call = call.message_structure("json").message(body(message));
        let call = call.set_message_attributes(Some(attributes(message)?));
        call.send().await.map(drop).map_err(|error| Failure::of(error).into())
    }
}

impl From<Failure> for PublishError {
    fn from(failure: Failure) -> Self {
        let Failure { kind, code, source } = failure;
        match kind {
            FailureKind::Later | FailureKind::Unreachable => Self::Later { source },
            FailureKind::AccessDenied
            | FailureKind::NoSuchEntity
            | FailureKind::LimitExceeded
            | FailureKind::Refused => Self::Refused { code, source },
        }
    }
}

/// What subscriptions filter by, and the notice's id, by which a repeat is known as one.
fn attributes(message: &Message) -> Result<HashMap<String, MessageAttributeValue>, Failure> {
    let mut attributes = HashMap::new();
    for (name, value) in named(message) {
        // SNS refuses a message with an empty one.
        if value.is_empty() {
            continue;
        }
        let value = MessageAttributeValue::builder().data_type("String").string_value(value).build();
        let refused = |source: aws_smithy_types::error::operation::BuildError| Failure {
            kind: FailureKind::Refused,
            code: "UnwritableAttribute".into(),
            source: Box::new(source),
        };
        attributes.insert(name.to_owned(), value.map_err(refused)?);
    }
    Ok(attributes)
}

fn named(message: &Message) -> impl Iterator<Item = (&str, &str)> {
    let rest = message.attributes.iter().map(|(name, value)| (*name, value.as_str()));
    rest.chain([("notice", &*message.id)])
}

/// A body for each protocol. `default` is the JSON, because queues, functions, endpoints and streams are many protocols and
/// people have two: one copy of the largest form has to do.
///
/// A message that is too large is cut and never refused: the text first, of which people read the beginning, then the JSON.
fn body(message: &Message) -> String {
    let attributes =
        named(message).map(|(name, value)| name.len() + "String".len() + value.len()).sum::<usize>();
    let room = LARGEST.saturating_sub(attributes + message.subject.len());
    let text = cut(&message.text);
    let outline = outline(message);
    let forms = [(&message.json, &message.text), (&message.json, &text), (&outline, &text)];
    let bodies =
        forms.map(|(json, text)| json!({"default": json, "email": text, "sms": message.short}).to_string());
    let [.., smallest] = &bodies;
    bodies.iter().find(|body| body.len() <= room).unwrap_or(smallest).clone()
}

fn cut(text: &str) -> String {
    if text.len() <= CUT_TEXT {
        return text.to_owned();
    }
    let end = (0..=CUT_TEXT).rev().find(|end| text.is_char_boundary(*end)).unwrap_or_default();
    format!("{}{CUT}", text.get(..end).unwrap_or_default())
}

/// What is left of a JSON that has to be cut: whoever reads it finds the notice by its id.
fn outline(message: &Message) -> String {
    let mut outline = json!({"version": "1", "id": message.id, "cut": true});
    if let Some(outline) = outline.as_object_mut() {
        outline.extend(
            message.attributes.iter().map(|(name, value)| ((*name).to_owned(), value.as_str().into())),
        );
    }
    outline.to_string()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn message(text: usize, json: usize) -> Message {
        Message {
            id: "0123456789abcdef".into(),
            subject: "Keytrail: critical".to_owned(),
            text: "é\"".repeat(text / 3),
            short: "short".to_owned(),
            json: json!({"news": "\"".repeat(json / 2)}).to_string(),
            chat: String::new(),
            ocsf: Vec::new(),
            attributes: BTreeMap::from([("severity", "critical".to_owned()), ("region", String::new())]),
        }
    }

    fn read(message: &Message) -> serde_json::Value {
        let body = body(message);
        assert!(body.len() + message.subject.len() < LARGEST, "{}", body.len());
        serde_json::from_str(&body).unwrap()
    }

    #[test]
    fn what_fits_is_sent_whole() {
        let small = message(1000, 1000);
        let sent = read(&small);
        assert_eq!(sent["default"], small.json);
        assert_eq!(sent["email"], small.text);
        assert_eq!(sent["sms"], small.short);
    }

    #[test]
    fn the_text_is_cut_before_the_json() {
        // The largest that the engine makes of either, in characters that JSON writes as two.
        let large = message(64 * 1024, 100 * 1024);
        let sent = read(&large);
        assert_eq!(sent["default"], large.json);
        let email = sent["email"].as_str().unwrap();
        assert!(email.ends_with(CUT) && email.len() < 17 * 1024, "{}", email.len());
    }

    #[test]
    fn a_json_that_is_too_large_still_names_its_notice() {
        let sent = read(&message(64 * 1024, 256 * 1024));
        let default: serde_json::Value = serde_json::from_str(sent["default"].as_str().unwrap()).unwrap();
        assert_eq!(default["id"], "0123456789abcdef");
        assert_eq!(default["severity"], "critical");
        assert_eq!(default["cut"], true);
    }

    #[test]
    fn an_empty_attribute_is_left_out() {
        let attributes = attributes(&message(10, 10)).unwrap();
        assert_eq!(attributes["notice"].string_value(), Some("0123456789abcdef"));
        assert_eq!(attributes["severity"].string_value(), Some("critical"));
        assert!(!attributes.contains_key("region"));
    }
}
