//! What the policy says of KMS keys and of the encryption of logs.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::Pattern;
use crate::time::Time;

/// What the policy says of KMS keys.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct KmsSettings {
    /// The log groups that must be encrypted with a KMS key.
    pub encrypted_log_groups: Vec<Pattern>,
    /// Since when every creation of a KMS key reaches this ledger: a younger key that no record created is news.
    pub creations_seen_since: Option<Time>,
    /// What a new KMS key may be.
    pub new_keys: NewKeys,
}

/// What a new KMS key may be. An empty list allows anything.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct NewKeys {
    /// Who may create one, by the ARN that CloudTrail shows.
    pub creators: Vec<Pattern>,
    /// KMS's `KeySpec`s.
    pub specs: BTreeSet<Box<str>>,
    /// KMS's `KeyUsage`s.
    pub usages: BTreeSet<Box<str>>,
    /// KMS's `Origin`s.
    pub origins: BTreeSet<Box<str>>,
    /// The custom key stores, by their ids.
    pub key_stores: Vec<Pattern>,
    /// What a description must look like.
    pub descriptions: Vec<Pattern>,
    /// Whether it may be a multi-Region key.
    pub multi_region: bool,
    /// Whether it may have no tags.
    pub untagged: bool,
    /// Whether its creator may switch off KMS's check against being locked out.
    pub lockout_bypass: bool,
}

impl Default for NewKeys {
    /// Anything but a key whose creator may have locked everybody out.
    fn default() -> Self {
        Self {
            creators: Vec::new(),
            specs: BTreeSet::new(),
            usages: BTreeSet::new(),
            origins: BTreeSet::new(),
            key_stores: Vec::new(),
            descriptions: Vec::new(),
            multi_region: true,
            untagged: true,
            lockout_bypass: false,
        }
    }
}
