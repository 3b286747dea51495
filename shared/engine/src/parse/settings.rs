//! What an operator may tell the parser.

use serde::{Deserialize, Serialize};

use crate::policy::{Pattern, Policy};

/// Settings of the parser: the part of [`Policy`] that decides what a record says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ParseSettings {
    /// Further places in a bearer call's record where a credential's id may be, tried in order after the known ones.
    pub id_paths: Vec<IdPath>,
    /// The names of what Keytrail is made of: changes of other things are ignored.
    pub own_parts: Vec<Pattern>,
}

impl Default for ParseSettings {
    /// Those of the default policy.
    fn default() -> Self {
        Self::of(&Policy::default())
    }
}

impl ParseSettings {
    /// The part of a policy that they are.
    pub fn of(policy: &Policy) -> Self {
        Self { id_paths: policy.api_keys.id_paths.clone(), own_parts: policy.own.parts.clone() }
    }
}

/// A way through a record: names of members with dots between, such as `additionalEventData.apiKey.id`. Letters' case
/// doesn't matter, and every element of an array on the way is tried.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct IdPath(Vec<Box<str>>);

impl IdPath {
    /// Reads a path of 1 to 16 names; `None` if a name is empty.
    pub fn parse(text: &str) -> Option<Self> {
        let steps: Vec<Box<str>> = text.split('.').map(Into::into).collect();
        let right =
            steps.len() <= 16 && text.len() <= 512 && steps.iter().all(|step| !step.trim().is_empty());
        right.then_some(Self(steps))
    }

    pub(super) fn steps(&self) -> &[Box<str>] {
        &self.0
    }
}

impl TryFrom<String> for IdPath {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text)
            .ok_or("an id path is 1 to 16 names with dots between, such as additionalEventData.apiKey.id")
    }
}

impl From<IdPath> for String {
    fn from(path: IdPath) -> Self {
        path.0.join(".")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_policy_says_where_ids_may_be() {
        let mut policy = Policy::default();
        policy.api_keys.id_paths = vec![IdPath::parse("additionalEventData.apiKey.id").unwrap()];
        assert_eq!(ParseSettings::of(&policy).id_paths, policy.api_keys.id_paths);
    }

    #[test]
    fn a_path_is_read_as_it_is_written() {
        let json = r#"{"id_paths":["additionalEventData.apiKey.id"],"own_parts":["keytrail-*"]}"#;
        let settings: ParseSettings = serde_json::from_str(json).unwrap();
        assert_eq!(serde_json::to_string(&settings).unwrap(), json);
        for bad in ["", ".", "a..b", "a. .b", &"a.".repeat(20)] {
            assert_eq!(IdPath::parse(bad), None, "{bad}");
        }
    }
}
