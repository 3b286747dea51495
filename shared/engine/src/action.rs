//! What to do, as data, for exactly one target; and why it is held back.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::finding::FindingId;
use crate::fingerprint::fingerprint;
use crate::ids::{CredentialId, ServiceName, UserName};
use crate::subject::SubjectId;
use crate::time::{Span, Time};

/// Everything that Keytrail can do. Each names exactly one target, so that whoever carries it out chooses nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case")]
pub enum ActionKind {
    /// Set an API key `Inactive`.
    DeactivateApiKey {
        /// The key.
        key: CredentialId,
        /// Its user; IAM would take the caller without it.
        user: UserName,
        /// Its service.
        service: ServiceName,
    },
    /// Set an API key `Active` again, to undo a deactivation.
    ReactivateApiKey {
        /// The key.
        key: CredentialId,
        /// Its user.
        user: UserName,
        /// Its service.
        service: ServiceName,
    },
    /// Delete an inactive API key. Can't be undone.
    DeleteApiKey {
        /// The key.
        key: CredentialId,
        /// Its user.
        user: UserName,
        /// Its service.
        service: ServiceName,
    },
    /// Attach the policy that denies every bearer call of a user.
    DenyBearerCalls {
        /// The user.
        user: UserName,
    },
    /// Detach that policy, to undo it.
    AllowBearerCalls {
        /// The user.
        user: UserName,
    },
    /// Cancel the deletion of a KMS key.
    RescueKmsKey {
        /// The key.
        key: SubjectId,
    },
}

impl ActionKind {
    /// The word for it.
    pub const fn word(&self) -> &'static str {
        match self {
            Self::DeactivateApiKey { .. } => "deactivate_api_key",
            Self::ReactivateApiKey { .. } => "reactivate_api_key",
            Self::DeleteApiKey { .. } => "delete_api_key",
            Self::DenyBearerCalls { .. } => "deny_bearer_calls",
            Self::AllowBearerCalls { .. } => "allow_bearer_calls",
            Self::RescueKmsKey { .. } => "rescue_kms_key",
        }
    }

    /// The service of the one key that it is about.
    pub const fn service(&self) -> Option<&ServiceName> {
        match self {
            Self::DeactivateApiKey { service, .. }
            | Self::ReactivateApiKey { service, .. }
            | Self::DeleteApiKey { service, .. } => Some(service),
            Self::DenyBearerCalls { .. } | Self::AllowBearerCalls { .. } | Self::RescueKmsKey { .. } => None,
        }
    }

    /// What it would be done to, as people name it.
    pub fn target(&self) -> String {
        match self {
            Self::DeactivateApiKey { key, user, .. }
            | Self::ReactivateApiKey { key, user, .. }
            | Self::DeleteApiKey { key, user, .. } => format!("{key} of user {user}"),
            Self::DenyBearerCalls { user } | Self::AllowBearerCalls { user } => format!("user {user}"),
            Self::RescueKmsKey { key } => key.name.to_string(),
        }
    }
}

/// An action that a finding asks for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Action {
    /// The same wish has the same id, whoever computes it, so that writing it twice is writing it once.
    pub id: Box<str>,
    /// What to do.
    #[serde(flatten)]
    pub kind: ActionKind,
    /// The subject in whose document the finding lies.
    pub subject: SubjectId,
    /// The finding that asks for it.
    pub finding: FindingId,
    /// The rule of that finding.
    pub rule: Box<str>,
    /// Not to be begun after this moment: what was urgent yesterday may be wrong today.
    pub not_after: Time,
    /// The version of the policy under which it was decided.
    pub policy: Box<str>,
}

impl Action {
    /// The id of an action: a hash of the finding and what to do to whom.
    pub fn id_of(finding: &FindingId, kind: &ActionKind) -> Box<str> {
        let parts = [finding.as_str(), kind.word(), &kind.target()];
        fingerprint("action", parts).to_string().into()
    }
}

/// Why an action is held back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "reason", rename_all = "snake_case")]
pub enum Reason {
    /// The mode is `observe`: nothing is done, nothing but the record is kept.
    ObserveMode,
    /// The mode is `alert`: people are told, nothing is done.
    AlertMode,
    /// A replay of files never acts.
    Replay,
    /// The account isn't enrolled in the policy.
    AccountNotEnrolled,
    /// The rule isn't enforced by the policy.
    RuleNotEnforced,
    /// A late record may still falsify the finding.
    NotSettled {
        /// Until then.
        until: Time,
    },
    /// The event is too old to be acted upon.
    TooOld {
        /// When it happened.
        happened: Time,
    },
    /// More than one key may be meant.
    Ambiguous,
    /// Records contradict each other about the target's status.
    Contested,
    /// The key belongs to a service whose credentials Keytrail never touches.
    ForeignService,
    /// The delivery names another account than the record.
    ForeignEnvelope,
    /// The target is in another account than the one that may be acted in.
    OtherAccount,
    /// The target's user or service isn't known.
    TargetUnknown,
    /// There is nothing left to do: the key is inactive, deleted, or the user gone.
    AlreadySo,
    /// The finding no longer stands.
    Withdrawn,
    /// A person's hold.
    Held {
        /// Until then.
        until: Time,
    },
    /// An exemption of the policy.
    Exempt {
        /// The policy's own words.
        why: Box<str>,
    },
    /// Somebody sends to a log group with the key's user, and nobody else does.
    SoleSender {
        /// The log group.
        log_group: Box<str>,
    },
    /// Something graver is found about the key's user: no rotation goes on meanwhile.
    FindingOpen {
        /// Its rule.
        rule: Box<str>,
    },
    /// IAM shows a later use of the service by the key's user than any that is known.
    UsedSince {
        /// When.
        at: Time,
    },
    /// IAM doesn't say when the key's user last used the service.
    LastAccessUnread,
    /// The rule is new to this ledger, or its `enforce_from` has not come: until then it alerts only.
    Staged {
        /// Until then.
        until: Time,
    },
    /// No listing of the last two hours shows the key: what was true then may be no more.
    NotListed,
    /// The budget is spent.
    BudgetSpent {
        /// Which: `staleness`, `rule` or `reported`, and its scope.
        budget: Box<str>,
    },
    /// The action came too late to be begun.
    Expired {
        /// It should have begun by then.
        not_after: Time,
    },
    /// The ledger was restored and nobody has said `resume` yet.
    LedgerPaused,
    /// The policy can't be read, so nothing is enforced.
    BrokenPolicy,
    /// No function is deployed that may do it.
    NotDeployed,
    /// The target doesn't carry the tag by which its owner lets Keytrail act.
    NotOptedIn {
        /// The tag, as `key=value`.
        tag: Box<str>,
    },
}

/// When an action upon a target whose status is contested is looked at again: a listing settles it.
const UNTIL_LISTED: Span = Span::minutes(15);

/// When an action is looked at again that waits for a person to mend the policy or to say `resume`.
const UNTIL_MENDED: Span = Span::minutes(5);

impl Reason {
    /// When an action that is held back for this reason is looked at again, until its `not_after`; `None` where it is
    /// held back for good.
    pub fn looked_at_again(&self, now: Time) -> Option<Time> {
        match self {
            Self::NotSettled { until } => Some(*until),
            Self::Contested => Some(now + UNTIL_LISTED),
            Self::LedgerPaused | Self::BrokenPolicy => Some(now + UNTIL_MENDED),
            Self::ObserveMode
            | Self::AlertMode
            | Self::Replay
            | Self::AccountNotEnrolled
            | Self::RuleNotEnforced
            | Self::TooOld { .. }
            | Self::Ambiguous
            | Self::ForeignService
            | Self::ForeignEnvelope
            | Self::OtherAccount
            | Self::TargetUnknown
            | Self::AlreadySo
            | Self::Withdrawn
            | Self::Held { .. }
            | Self::Exempt { .. }
            | Self::SoleSender { .. }
            | Self::FindingOpen { .. }
            | Self::UsedSince { .. }
            | Self::LastAccessUnread
            | Self::Staged { .. }
            | Self::NotListed
            | Self::BudgetSpent { .. }
            | Self::Expired { .. }
            | Self::NotDeployed
            | Self::NotOptedIn { .. } => None,
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ObserveMode => f.write_str("mode is observe"),
            Self::AlertMode => f.write_str("mode is alert"),
            Self::Replay => f.write_str("a replay never acts"),
            Self::AccountNotEnrolled => f.write_str("the account is not enrolled"),
            Self::RuleNotEnforced => f.write_str("the rule is not enforced"),
            Self::NotSettled { until } => write!(f, "a late record may still change this until {until}"),
            Self::TooOld { happened } => write!(f, "the event is too old to act upon ({happened})"),
            Self::Ambiguous => f.write_str("more than one key may be meant"),
            Self::Contested => f.write_str("records contradict each other about the status"),
            Self::ForeignService => f.write_str("the service's credentials are never touched"),
            Self::ForeignEnvelope => f.write_str("the delivery names another account than the record"),
            Self::OtherAccount => f.write_str("the target is in another account than this Keytrail acts in"),
            Self::TargetUnknown => f.write_str("the key's user or service is not known"),
            Self::AlreadySo => f.write_str("nothing is left to do"),
            Self::Withdrawn => f.write_str("the finding no longer stands"),
            Self::Held { until } => write!(f, "held by a person until {until}"),
            Self::Exempt { why } => write!(f, "exempt: {why}"),
            Self::SoleSender { log_group } => write!(f, "nobody else sends to log group {log_group}"),
            Self::FindingOpen { rule } => write!(f, "a finding of {rule} is open on the user"),
            Self::UsedSince { at } => {
                write!(f, "IAM shows a use of the service at {at} that no record told of")
            }
            Self::LastAccessUnread => {
                f.write_str("IAM does not say when the key's user last used the service")
            }
            Self::Staged { until } => write!(f, "the rule alerts only until {until}"),
            Self::NotListed => f.write_str("no listing of the last two hours shows the key"),
            Self::BudgetSpent { budget } => write!(f, "the {budget} budget is spent"),
            Self::Expired { not_after } => write!(f, "it should have begun by {not_after}"),
            Self::LedgerPaused => f.write_str("the ledger waits for `keytrail resume`"),
            Self::BrokenPolicy => f.write_str("the policy can't be read"),
            Self::NotDeployed => f.write_str("no function is deployed that may do it"),
            Self::NotOptedIn { tag } => write!(f, "it doesn't carry the tag {tag}"),
        }
    }
}

/// An action and why it is held back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Withheld {
    /// The action.
    #[serde(flatten)]
    pub action: Action,
    /// Why it is held back: the first reason found, most fundamental first.
    #[serde(flatten)]
    pub reason: Reason,
}
