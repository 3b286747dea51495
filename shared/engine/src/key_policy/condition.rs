//! Whether a statement's conditions hold for a request.
//!
//! Source: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html>

use serde_json::Value;

use super::certainty::{Sure, agreed, all, any};
use super::context::{Asking, Said};
use super::statement::glob;

/// Whether all of `Condition` holds. Without any it does.
pub(super) fn holds(condition: Option<&Value>, asking: &Asking<'_>) -> Sure {
    let Some(condition) = condition else { return Sure::Yes };
    let Value::Object(operators) = condition else { return Sure::Maybe };
    all(operators.iter().map(|(operator, keys)| {
        let (Some(operator), Value::Object(keys)) = (Operator::parse(operator), keys) else {
            return Sure::Maybe;
        };
        all(keys.iter().map(|(key, values)| {
            let Some(values) = texts(values) else { return Sure::Maybe };
            operator.holds(&asking.said(&key.to_ascii_lowercase()), &values)
        }))
    }))
}

/// Whether a condition speaks of a key, whose name is in lower case.
pub(super) fn names(condition: Option<&Value>, wanted: &str) -> bool {
    let operators = condition.and_then(Value::as_object).into_iter().flat_map(|operators| operators.values());
    let mut keys = operators.filter_map(Value::as_object).flat_map(|keys| keys.keys());
    keys.any(|key| key.eq_ignore_ascii_case(wanted))
}

/// The values of a condition: one or several, texts, booleans or numbers.
fn texts(values: &Value) -> Option<Vec<String>> {
    let text = |value: &Value| match value {
        Value::String(text) => Some(text.clone()),
        Value::Bool(flag) => Some(flag.to_string()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    };
    match values {
        Value::Array(values) => values.iter().map(text).collect(),
        one => Some(vec![text(one)?]),
    }
}

/// How a value is compared.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Test {
    Equal,
    EqualInAnyCase,
    Like,
    Arn,
    Null,
}

/// How many of a request's values must fit.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Quantity {
    One,
    Any,
    All,
}

struct Operator {
    quantity: Quantity,
    test: Test,
    negated: bool,
    if_exists: bool,
}

impl Operator {
    /// An operator that is understood. Numbers, dates, addresses and binary values are asked of nothing that is known.
    fn parse(text: &str) -> Option<Self> {
        let text = text.to_ascii_lowercase();
        let (quantity, rest) = match text.split_once(':') {
            None => (Quantity::One, &*text),
            Some(("foranyvalue", rest)) => (Quantity::Any, rest),
            Some(("forallvalues", rest)) => (Quantity::All, rest),
            Some(_) => return None,
        };
        let (name, if_exists) = rest.strip_suffix("ifexists").map_or((rest, false), |name| (name, true));
        let (test, negated) = match name {
            "stringequals" => (Test::Equal, false),
            "stringnotequals" => (Test::Equal, true),
            "stringequalsignorecase" | "bool" => (Test::EqualInAnyCase, false),
            "stringnotequalsignorecase" => (Test::EqualInAnyCase, true),
            "stringlike" => (Test::Like, false),
            "stringnotlike" => (Test::Like, true),
            "arnequals" | "arnlike" => (Test::Arn, false),
            "arnnotequals" | "arnnotlike" => (Test::Arn, true),
            "null" => (Test::Null, false),
            _ => return None,
        };
        Some(Self { quantity, test, negated, if_exists })
    }

    fn holds(&self, said: &Said, values: &[String]) -> Sure {
        match said {
            Said::Unknown => Sure::Maybe,
            Said::OneOf(cases) => agreed(cases.iter().map(|case| match case {
                Some(said) => self.of_value(said, values),
                None => self.of_nothing(values),
            })),
        }
    }

    fn of_value(&self, said: &str, values: &[String]) -> Sure {
        if self.test == Test::Null {
            return any(values.iter().map(|value| Sure::from(value.eq_ignore_ascii_case("false"))));
        }
        let fits = any(values.iter().map(|value| self.test.compare(said, value)));
        if self.negated { !fits } else { fits }
    }

    /// Where the request says nothing under the key.
    fn of_nothing(&self, values: &[String]) -> Sure {
        if self.test == Test::Null {
            return any(values.iter().map(|value| Sure::from(value.eq_ignore_ascii_case("true"))));
        }
        match self.quantity {
            // What both together mean is not documented.
            Quantity::Any => {
                if self.if_exists {
                    Sure::Maybe
                } else {
                    Sure::No
                }
            }
            Quantity::All => Sure::Yes,
            Quantity::One => Sure::from(self.if_exists || self.negated),
        }
    }
}

impl Test {
    fn compare(self, said: &str, value: &str) -> Sure {
        // A policy variable, such as ${aws:PrincipalTag/team}: what it stands for is unknown here.
        if value.contains("${") {
            return Sure::Maybe;
        }
        match self {
            Self::Equal => Sure::from(said == value),
            Self::EqualInAnyCase => Sure::from(said.eq_ignore_ascii_case(value)),
            Self::Like => Sure::from(glob(value, said)),
            Self::Arn => arn_like(said, value),
            Self::Null => Sure::Maybe,
        }
    }
}

/// ARNs are compared part by part, each with stars.
fn arn_like(said: &str, pattern: &str) -> Sure {
    let (said, parts): (Vec<&str>, Vec<&str>) =
        (said.splitn(6, ':').collect(), pattern.splitn(6, ':').collect());
    if parts.len() != 6 || said.len() != 6 {
        return Sure::Maybe;
    }
    Sure::from(said.iter().zip(parts).all(|(said, part)| glob(part, said)))
}
