//! Whether a statement applies to a request.
//!
//! Source: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html>

use serde_json::{Map, Value};

use super::certainty::{Sure, all, any};
use super::condition;
use super::context::Asking;
use super::principal;
use crate::subject::SubjectId;

/// What a statement does where it applies.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Effect {
    Allow,
    Deny,
}

const ELEMENTS: [&str; 9] = [
    "Sid",
    "Effect",
    "Principal",
    "NotPrincipal",
    "Action",
    "NotAction",
    "Resource",
    "NotResource",
    "Condition",
];

/// Whether a statement of this effect applies.
pub(super) fn applies(
    statement: &Value,
    effect: Effect,
    key: &SubjectId,
    asking: &Asking<'_>,
    action: &str,
) -> Sure {
    let Value::Object(fields) = statement else { return Sure::Maybe };
    let its_effect = match fields.get("Effect").and_then(Value::as_str) {
        Some("Allow") => Sure::from(effect == Effect::Allow),
        Some("Deny") => Sure::from(effect == Effect::Deny),
        _ => Sure::Maybe,
    };
    // What nobody here knows may say anything.
    let known = if fields.keys().all(|name| ELEMENTS.contains(&&**name)) { Sure::Yes } else { Sure::Maybe };
    let parts = [
        its_effect,
        known,
        principals(fields, effect, asking),
        actions(fields, action),
        resources(fields, key),
        condition::holds(fields.get("Condition"), asking),
    ];
    all(parts.into_iter())
}

fn principals(fields: &Map<String, Value>, effect: Effect, asking: &Asking<'_>) -> Sure {
    let named = match (fields.get("Principal"), fields.get("NotPrincipal")) {
        (Some(named), None) => principal::named(named, asking),
        (None, Some(spared)) => !principal::named(spared, asking),
        _ => Sure::Maybe,
    };
    // Whoever lets callers use the key through CloudWatch Logs may mean that way instead of the service itself.
    let through_logs = || condition::names(fields.get("Condition"), "kms:viaservice");
    let calls_for_others = matches!(asking, Asking::Logs { .. }) && effect == Effect::Allow;
    if named == Sure::No && calls_for_others && through_logs() { Sure::Maybe } else { named }
}

fn actions(fields: &Map<String, Value>, action: &str) -> Sure {
    let named = |value: &Value| {
        let matches =
            |pattern: &str| Sure::from(glob(&pattern.to_ascii_lowercase(), &action.to_ascii_lowercase()));
        strings(value).map_or(Sure::Maybe, |patterns| any(patterns.into_iter().map(matches)))
    };
    match (fields.get("Action"), fields.get("NotAction")) {
        (Some(actions), None) => named(actions),
        (None, Some(actions)) => !named(actions),
        _ => Sure::Maybe,
    }
}

/// In a key policy `*` is the key itself, which is all that KMS asks for. What another resource means there is not
/// documented.
fn resources(fields: &Map<String, Value>, key: &SubjectId) -> Sure {
    let SubjectId { partition, account, region, name, .. } = key;
    let arn = format!("arn:{partition}:kms:{region}:{account}:key/{name}");
    let is_key = |pattern: &str| if glob(pattern, &arn) { Sure::Yes } else { Sure::Maybe };
    match (fields.get("Resource"), fields.get("NotResource")) {
        (Some(named), None) => {
            strings(named).map_or(Sure::Maybe, |named| any(named.into_iter().map(is_key)).max(Sure::Maybe))
        }
        _ => Sure::Maybe,
    }
}

/// A text or a list of texts; `None` for anything else.
pub(super) fn strings(value: &Value) -> Option<Vec<&str>> {
    match value {
        Value::String(text) => Some(vec![text]),
        Value::Array(items) => items.iter().map(Value::as_str).collect(),
        _ => None,
    }
}

/// Whether a text matches a pattern in which `*` stands for any characters and `?` for one.
pub(super) fn glob(pattern: &str, text: &str) -> bool {
    let (pattern, text): (Vec<char>, Vec<char>) = (pattern.chars().collect(), text.chars().collect());
    let (mut at, mut read) = (0, 0);
    // Where the last star stands, and how much it takes.
    let mut star: Option<(usize, usize)> = None;
    while let Some(next) = text.get(read) {
        match pattern.get(at) {
            Some('*') => {
                star = Some((at, read));
                at += 1;
            }
            Some(one) if *one == '?' || one == next => {
                at += 1;
                read += 1;
            }
            _ => {
                let Some((place, taken)) = star else { return false };
                star = Some((place, taken + 1));
                (at, read) = (place + 1, taken + 1);
            }
        }
    }
    pattern.iter().skip(at).all(|rest| *rest == '*')
}
