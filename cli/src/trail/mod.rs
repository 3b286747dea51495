//! The event selectors of a trail, and what they lack for Keytrail.
//!
//! `PutEventSelectors` replaces all selectors of a trail, so that whoever adds some has to say the old ones again:
//! <https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_PutEventSelectors.html>. What is said again is said word
//! for word; nothing here writes to AWS.

mod basic;

use keytrail_engine::parse::trail_selectors;
use serde_json::{Value, json};
use thiserror::Error;

/// All conditions of all selectors of a trail may have so many values together.
/// <https://docs.aws.amazon.com/awscloudtrail/latest/userguide/WhatIsCloudTrail-Limits.html>
const MOST_VALUES: usize = 500;

/// Why selectors can't be merged.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum SelectorError {
    /// The text is no JSON.
    #[error("it is no JSON: {0}")]
    NotJson(Box<str>),
    /// It has no selectors where they should be.
    #[error(
        "it holds no selectors; give what `aws cloudtrail get-event-selectors --trail-name NAME` prints, or the list of \
         advanced event selectors in it"
    )]
    NoSelectors,
    /// A selector is not what CloudTrail says one is.
    #[error("selector {number} {fault}")]
    Strange {
        /// Which, from 1.
        number: usize,
        /// What is wrong with it.
        fault: Box<str>,
    },
    /// The merged set is larger than a trail takes.
    #[error(
        "with what is missing the trail would have {values} values in its selectors; CloudTrail takes {MOST_VALUES}. Make a \
         second trail for Keytrail (infra/trail.yaml)"
    )]
    TooMany {
        /// How many there would be.
        values: usize,
    },
}

/// What to put in place of a trail's selectors.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Patch {
    /// The advanced event selectors: those that were there, then those that were missing.
    pub selectors: Vec<Value>,
    /// The names of those that were missing.
    pub added: Vec<&'static str>,
    /// Whether there were basic selectors, which are said as advanced ones here: a trail has one kind or the other.
    pub converted: bool,
}

/// Merges what a trail has (`GetEventSelectors`, or a list of advanced event selectors) with what Keytrail needs.
///
/// # Errors
/// If the text is none of these, or CloudTrail would not take the outcome.
pub fn patch(text: &str) -> Result<Patch, SelectorError> {
    let given: Value =
        serde_json::from_str(text).map_err(|error| SelectorError::NotJson(error.to_string().into()))?;
    let (mut selectors, converted) = advanced(given)?;
    let mut added = Vec::new();
    for (name, needed, is_covered) in needs() {
        if !is_covered(&selectors) {
            selectors.push(needed);
            added.push(name);
        }
    }
    let values = selectors.iter().map(values_of).sum();
    if values > MOST_VALUES {
        return Err(SelectorError::TooMany { values });
    }
    Ok(Patch { selectors, added, converted })
}

type Need = (&'static str, Value, fn(&[Value]) -> bool);

/// What has to be recorded. Whether it is, the engine says, as it does for sweep.
fn needs() -> [Need; 2] {
    let changes = "Management events that change something";
    let calls = "CloudWatch Logs API key authorization events";
    [
        (
            changes,
            json!({ "Name": changes, "FieldSelectors": [
                { "Field": "eventCategory", "Equals": ["Management"] },
                { "Field": "readOnly", "Equals": ["false"] },
            ]}),
            |there| let_through(there).is_some_and(|it| it.management_writes && !it.kms_excluded),
        ),
        (
            calls,
            json!({ "Name": calls, "FieldSelectors": [
                { "Field": "eventCategory", "Equals": ["Data"] },
                { "Field": "resources.type", "Equals": ["AWS::Logs::LogGroupAuthorization"] },
            ]}),
            |there| let_through(there).is_some_and(|it| it.bearer_calls && !it.narrowed),
        ),
    ]
}

fn let_through(selectors: &[Value]) -> Option<keytrail_engine::event::Selectors> {
    trail_selectors(&json!({ "AdvancedEventSelectors": selectors }).to_string())
}

/// The advanced selectors of what was given, and whether they were basic ones.
fn advanced(given: Value) -> Result<(Vec<Value>, bool), SelectorError> {
    let (list, is_basic) = match given {
        Value::Array(list) => (list, false),
        Value::Object(mut answer) => {
            // An answer has both members; the kind that the trail doesn't have is null, empty or missing.
            let mut take = |name: &str| match answer.remove(name) {
                Some(Value::Array(list)) if !list.is_empty() => Some(list),
                _ => None,
            };
            match (take("AdvancedEventSelectors"), take("EventSelectors")) {
                (Some(list), _) => (list, false),
                (None, Some(list)) => (list, true),
                (None, None) => return Err(SelectorError::NoSelectors),
            }
        }
        _ => return Err(SelectorError::NoSelectors),
    };
    let mut selectors = Vec::new();
    for (index, selector) in list.into_iter().enumerate() {
        let strange = |fault: &str| SelectorError::Strange { number: index + 1, fault: fault.into() };
        if is_basic {
            selectors.extend(basic::as_advanced(&selector).map_err(strange)?);
        } else {
            check(&selector).map_err(strange)?;
            selectors.push(selector);
        }
    }
    Ok((selectors, is_basic))
}

/// Says what is wrong with an advanced selector, so that nothing half understood is put back.
fn check(selector: &Value) -> Result<(), &'static str> {
    let fields = selector.get("FieldSelectors").and_then(Value::as_array).filter(|fields| !fields.is_empty());
    let fields = fields.ok_or("has no FieldSelectors; is it an advanced event selector?")?;
    if fields.iter().any(|field| field.get("Field").and_then(Value::as_str).is_none()) {
        return Err("has a field selector without a Field");
    }
    if fields.iter().all(|field| field.get("Field").and_then(Value::as_str) != Some("eventCategory")) {
        return Err("has no eventCategory, which CloudTrail asks for");
    }
    Ok(())
}

fn values_of(selector: &Value) -> usize {
    let fields = selector.get("FieldSelectors").and_then(Value::as_array).into_iter().flatten();
    let lists =
        fields.filter_map(Value::as_object).flat_map(|field| field.values().filter_map(Value::as_array));
    lists.map(Vec::len).sum()
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
