//! The operator's settings.

mod budget;
mod exemption;
mod kms;
mod owner;
mod pattern;
mod rotation;
mod staging;
mod staleness;
pub mod text;
pub mod theft;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::finding::Severity;
use crate::fingerprint::fingerprint;
use crate::ids::{AccountId, ServiceName};
use crate::parse::{IdPath, ParseSettings};
use crate::time::{Span, Time};

pub use budget::{Allowance, Budget, Budgets, Cause, MOST, WINDOW};
pub use exemption::{ExemptFrom, Exemption, KeyTraits};
pub use kms::{KmsSettings, NewKeys};
pub use owner::{Owners, UserOwner};
pub use pattern::Pattern;
pub use rotation::RotationSettings;
pub use staging::{NewRules, Staging};
pub use staleness::{KeyLimits, Limit, Staleness, TrailPlace};

/// What Keytrail may do about a finding.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// Remember and show; page nobody, do nothing.
    #[default]
    Observe,
    /// Page people; do nothing.
    Alert,
    /// Page people, and act.
    Enforce,
}

/// What the policy says of one rule.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RuleSettings {
    /// False switches the rule off.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub enabled: Option<bool>,
    /// Another mode than the default one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mode: Option<Mode>,
    /// Another severity than the rule's own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub severity: Option<Severity>,
    /// Before this moment the rule is not enforced: a rule that is new here alerts only, so that people see first what
    /// it would have done.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub enforce_from: Option<Time>,
}

/// What the policy says of API keys.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ApiKeySettings {
    /// The longest life an API key may be given, in days.
    pub max_lifetime_days: u32,
    /// Further places where the id of a credential may stand in a bearer call's record, as dotted paths
    /// (`additionalEventData.credential.id`).
    pub id_paths: Vec<IdPath>,
}

impl Default for ApiKeySettings {
    fn default() -> Self {
        Self { max_lifetime_days: 90, id_paths: Vec::new() }
    }
}

/// What the policy says of compromises that AWS reports.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CompromiseSettings {
    /// Where a user is named and not a key: deactivate each of its keys as well, besides denying its bearer calls.
    pub all_keys: bool,
    /// The types of GuardDuty findings of severity 7 or more that are acted upon, not only paged.
    pub guardduty_types: Vec<Pattern>,
}

/// Whom the policy knows, by the ARN that CloudTrail shows
/// (`arn:aws:sts::111122223333:assumed-role/keytrail-respond/*`).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Principals {
    /// Keytrail's own roles: what they do is not somebody else's doing.
    pub keytrail: Vec<Pattern>,
    /// Those who may switch a key on again after a compromise.
    pub responders: Vec<Pattern>,
    /// Those whose new key for a user that has one is the beginning of a rotation.
    pub rotators: Vec<Pattern>,
}

/// What Keytrail itself is made of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Own {
    /// The names of its rules, queues, table, topics, functions, schedules, roles and parameters. CloudFormation begins them
    /// with the stack's name.
    pub parts: Vec<Pattern>,
}

impl Default for Own {
    fn default() -> Self {
        Self { parts: ["keytrail-*", "KeytrailDenyBearer", "/keytrail/*"].map(Pattern::new).to_vec() }
    }
}

/// The operator's settings. [`Policy::default`] observes: it looks, remembers and does nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Policy {
    /// The mode of every rule that has none of its own.
    pub mode: Mode,
    /// The accounts in which Keytrail may act at all.
    pub enrolled_accounts: BTreeSet<AccountId>,
    /// Other accounts whose keys and log groups sweep lists. Those that are enrolled are listed as well.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub swept_accounts: BTreeSet<AccountId>,
    /// The most that may be done in an account, whatever a rule's mode.
    pub accounts: BTreeMap<AccountId, Mode>,
    /// The most that may be done about a service's keys, whatever a rule's mode.
    pub services: BTreeMap<ServiceName, Mode>,
    /// Limits for API keys.
    pub api_keys: ApiKeySettings,
    /// What KMS keys may be, and what must be encrypted with one.
    pub kms: KmsSettings,
    /// How long calls are watched before something about them is new.
    pub learning: theft::Learning,
    /// Networks that the operator knows something about.
    pub networks: theft::Networks,
    /// How weak signals of a theft add up.
    pub correlation: theft::Correlation,
    /// What happens to keys that nobody uses.
    pub staleness: Staleness,
    /// How one key's replacement by another is followed.
    pub rotation: RotationSettings,
    /// For how long a new rule alerts only.
    pub staging: Staging,
    /// The rules that are new to the ledger in which the policy holds. No text says it.
    #[serde(skip)]
    pub new_rules: NewRules,
    /// What is left alone.
    pub exemptions: Vec<Exemption>,
    /// How much may be done.
    pub budgets: Budgets,
    /// What is done about a compromise that AWS reports.
    pub compromise: CompromiseSettings,
    /// Who is who.
    pub principals: Principals,
    /// Who answers for which keys.
    pub owners: Owners,
    /// What Keytrail itself is made of.
    pub own: Own,
    /// Settings of single rules, by the rule's id.
    pub rules: BTreeMap<Box<str>, RuleSettings>,
}

impl Policy {
    /// The longest life an API key may be given.
    pub fn max_lifetime(&self) -> Span {
        Span::days(i64::from(self.api_keys.max_lifetime_days))
    }

    /// What the policy tells the parser.
    pub fn parse_settings(&self) -> ParseSettings {
        ParseSettings::of(self)
    }

    /// Whether a rule is switched on.
    pub fn enabled(&self, rule: &str) -> bool {
        self.rules.get(rule).and_then(|settings| settings.enabled).unwrap_or(true)
    }

    /// The mode of a rule.
    pub fn mode(&self, rule: &str) -> Mode {
        self.rules.get(rule).and_then(|settings| settings.mode).unwrap_or(self.mode)
    }

    /// The mode of a rule for an account and (if one is concerned) a service at a moment: the most careful of what is said
    /// of any of them.
    pub fn mode_for(&self, rule: &str, account: &AccountId, service: Option<&str>, now: Time) -> Mode {
        let staged = self.staged_until(rule, now).map(|_| Mode::Alert);
        staged.into_iter().fold(self.mode_at_last(rule, account, service), Mode::min)
    }

    /// The same once the rule has been here for long enough.
    pub fn mode_at_last(&self, rule: &str, account: &AccountId, service: Option<&str>) -> Mode {
        let of_account = self.accounts.get(account).copied();
        let of_service = service.and_then(|service| self.services.get(service).copied());
        [of_account, of_service].into_iter().flatten().fold(self.mode(rule), Mode::min)
    }

    /// The severity of a rule's finding, which is `own` unless the policy says otherwise.
    pub fn severity(&self, rule: &str, own: Severity) -> Severity {
        self.rules.get(rule).and_then(|settings| settings.severity).unwrap_or(own)
    }

    /// The version of this policy: a hash of what it says, so that an action can name the policy it rests on.
    pub fn version(&self) -> Box<str> {
        let said = serde_json::to_vec(self).unwrap_or_default();
        let mut version = fingerprint("policy", [&said]).to_string();
        version.truncate(12);
        version.into()
    }
}
