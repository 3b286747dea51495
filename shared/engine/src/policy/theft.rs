//! What the policy says of seeing a stolen key by its use.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::document::EARLIEST_CALLS;
use crate::finding::Severity;
use crate::geography::Atlas;
use crate::network::NetworkList;
use crate::time::Span;

/// How long a user's calls are watched before anything about them is called new.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Learning {
    /// Days since the first call.
    pub days: u32,
    /// Calls that were let through, at most [`EARLIEST_CALLS`].
    pub calls: u32,
}

impl Default for Learning {
    fn default() -> Self {
        Self { days: 14, calls: 10 }
    }
}

impl Learning {
    /// The days as a span.
    pub const fn span(&self) -> Span {
        Span::days(self.days as i64)
    }

    /// The calls, within what is remembered.
    pub fn calls(&self) -> usize {
        usize::try_from(self.calls).unwrap_or(EARLIEST_CALLS).clamp(1, EARLIEST_CALLS)
    }
}

/// Networks that the operator knows something about.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Networks {
    /// The operator's own: a call from there is no news.
    pub known: NetworkList,
    /// If it isn't empty: the only networks that bearer calls may come from.
    pub allowed: NetworkList,
    /// Networks that no bearer call may come from.
    pub blocked: NetworkList,
    /// Addresses that somebody reports as malicious.
    pub threats: NetworkList,
    /// Where people hide: Tor's exits, open proxies, hosters of such.
    pub anonymous: NetworkList,
    /// The files that the policy takes more from.
    pub files: NetworkFiles,
    /// Whose addresses are whose, and where.
    #[serde(skip)]
    pub atlas: Atlas,
}

/// Files that a policy names: whoever reads the policy reads them, and puts what they hold into [`Networks`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct NetworkFiles {
    /// By the list's name: files with one network or address a line, `#` begins a remark.
    pub lists: BTreeMap<NetworkListName, Vec<Box<str>>>,
    /// A database in MaxMind's format that tells the autonomous systems of addresses, such as GeoLite2-ASN.
    pub systems: Option<Box<str>>,
    /// A database in MaxMind's format that tells the places of addresses, such as GeoLite2-City.
    pub places: Option<Box<str>>,
}

/// One of the lists of [`Networks`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NetworkListName {
    /// [`Networks::known`].
    Known,
    /// [`Networks::allowed`].
    Allowed,
    /// [`Networks::blocked`].
    Blocked,
    /// [`Networks::threats`].
    Threats,
    /// [`Networks::anonymous`].
    Anonymous,
}

impl NetworkListName {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Known, Self::Allowed, Self::Blocked, Self::Threats, Self::Anonymous];

    /// As it is written in a policy.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Known => "known",
            Self::Allowed => "allowed",
            Self::Blocked => "blocked",
            Self::Threats => "threats",
            Self::Anonymous => "anonymous",
        }
    }
}

impl Networks {
    /// A list, to add to.
    pub const fn list(&mut self, name: NetworkListName) -> &mut NetworkList {
        match name {
            NetworkListName::Known => &mut self.known,
            NetworkListName::Allowed => &mut self.allowed,
            NetworkListName::Blocked => &mut self.blocked,
            NetworkListName::Threats => &mut self.threats,
            NetworkListName::Anonymous => &mut self.anonymous,
        }
    }
}

/// How weak signals add up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Correlation {
    /// From this sum on, people are paged.
    pub page: u32,
    /// From this sum on, the key counts as stolen: Keytrail may act.
    pub compromise: u32,
    /// What a finding of a rule weighs. One of severity `info` weighs half of it, one of `medium` or more twice as much.
    pub weights: BTreeMap<Box<str>, u32>,
}

/// What signals weigh unless the policy says otherwise.
pub const WEIGHTS: &[(&str, u32)] = &[
    ("first_seen_network", 40),
    ("impossible_concurrency", 40),
    ("second_sender", 40),
    ("call_in_silent_hour", 25),
    ("first_seen_user_agent", 25),
    ("first_seen_provider", 25),
    ("impossible_travel", 30),
    ("first_seen_region", 25),
    ("first_seen_log_group", 10),
    ("anonymous_network", 40),
    ("threat_listed_address", 40),
    ("dormant_key_awakened", 25),
    ("denied_burst", 15),
    ("denied_across_log_groups", 60),
    ("volume_spike", 60),
    ("backing_user_pivot", 30),
];

impl Default for Correlation {
    fn default() -> Self {
        let weights = WEIGHTS.iter().map(|(rule, weight)| ((*rule).into(), *weight)).collect();
        Self { page: 60, compromise: 100, weights }
    }
}

impl Correlation {
    /// What a finding of a rule adds, given how grave the rule itself calls it.
    pub fn weight(&self, rule: &str, severity: Severity) -> u32 {
        let weight = self.weights.get(rule).copied().unwrap_or_default();
        match severity {
            Severity::Info => weight / 2,
            Severity::Low => weight,
            Severity::Medium | Severity::High | Severity::Critical => weight.saturating_mul(2),
        }
    }

    /// Whether a finding of a rule is only one of the signals that add up, so that people hear of it with their sum and
    /// not by itself.
    pub fn is_signal(&self, rule: &str, severity: Severity) -> bool {
        self.weights.contains_key(rule) && severity < Severity::Medium
    }
}
