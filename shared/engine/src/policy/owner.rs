//! Who answers for a key, so that every notice can say it.

use serde::{Deserialize, Serialize};

use super::Pattern;

/// How the owner of a user's keys is found: a tag of the user, else the first line that fits, else the default.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Owners {
    /// The tag of a user that names its owner.
    pub tag: Box<str>,
    /// Who answers for what nobody else does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default: Option<Box<str>>,
    /// Owners by the user's name; the first that fits counts.
    pub users: Vec<UserOwner>,
}

impl Default for Owners {
    fn default() -> Self {
        Self { tag: "owner".into(), default: None, users: Vec::new() }
    }
}

/// The owner of some users.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UserOwner {
    /// The name of the users.
    pub user: Pattern,
    /// Who answers for their keys: a team, an address, whatever people here go by.
    pub owner: Box<str>,
}
