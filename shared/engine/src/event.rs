//! What a record means to us: one variant per thing that can happen to a subject.
//!
//! A failed call never is a change: it can only become [`What::Attempt`], a denied bearer call or
//! [`What::AssociationFailed`], so no fold can mistake it for one.
//!
//! Long, and in one file: it is one enum and the types of its variants, most of it what each field means, and whoever adds a
//! variant looks through all of them.

use std::collections::BTreeMap;
use std::net::IpAddr;

use crate::finding::FindingId;
use crate::ids::{
    AccountId, Agent, Arn, CredentialId, LogGroupName, Network, Partition, Principal, RecordId, Region,
    ServiceName, TrailName, UserName,
};
use crate::subject::SubjectId;
use crate::time::{Span, Time};
use serde::{Deserialize, Serialize};

/// One thing that happened, as one record tells it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Event {
    /// The identity of the record; repeats and corrections of a record share it.
    pub record: RecordId,
    /// CloudTrail's `eventID` as written, for people who look the record up; hostile text, at most 64 bytes.
    pub event_id: Option<Box<str>>,
    /// 0 for an original, 1 for a correction (`addendum`), which supersedes its original.
    pub revision: u8,
    /// When it happened. `None` where the record has no usable time (missing, or over 15 minutes ahead of a live
    /// delivery): such an event moves no register.
    pub time: Option<Time>,
    /// Where it happened: the account that owns the subject, and the region of the call.
    pub place: Place,
    /// Who did it.
    pub caller: Caller,
    /// True where the delivery can't be trusted for actions: its envelope names another account than the record.
    pub foreign_envelope: bool,
    /// What happened.
    pub what: What,
}

/// Partition, account and region of an event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Place {
    /// The partition.
    pub partition: Partition,
    /// The account whose subject it is (`recipientAccountId` first).
    pub account: AccountId,
    /// The region in which it was recorded (`awsRegion`); IAM's subjects are global all the same.
    pub region: Region,
}

/// Who called, from where, with what.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Caller {
    /// The caller's ARN, else the best name there is.
    pub principal: Option<Principal>,
    /// The caller's account where it is given.
    pub account: Option<AccountId>,
    /// The user name, if the caller is an IAM user.
    pub user: Option<UserName>,
    /// True if an AWS service called on somebody's behalf (`invokedBy`, `AWS Internal`, a service's own address).
    pub service: bool,
    /// The caller's address, where `sourceIPAddress` is one.
    pub address: Option<IpAddr>,
    /// The caller's network: /24, /48, or a service's name.
    pub network: Option<Network>,
    /// Product and major version of the user agent.
    pub agent: Option<Agent>,
}

/// How an API key's expiry stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Expiry {
    /// No expiry: the field is absent, or lies 50 years or more ahead (the console writes about 100).
    Never,
    /// Expires then.
    At(Time),
}

/// A life this long is none: the console writes "never" as about a hundred years, IAM as no date at all.
pub(crate) const NEVER: Span = Span::days(50 * 365);

impl Expiry {
    /// What a date of expiry means for a key that was created then.
    pub fn of(date: Time, created: Option<Time>) -> Self {
        let is_far = created.is_some_and(|created| date.since(created) >= NEVER);
        if is_far { Self::Never } else { Self::At(date) }
    }
}

/// The status of an API key, IAM's `statusType`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Status {
    /// Works.
    Active,
    /// Switched off; can be switched on again.
    Inactive,
    /// Past its expiry.
    Expired,
}

impl Status {
    /// Reads IAM's word, in whatever case; `None` for one that IAM doesn't have today.
    pub fn from_word(word: &str) -> Option<Self> {
        let all = [("Active", Self::Active), ("Inactive", Self::Inactive), ("Expired", Self::Expired)];
        all.into_iter().find(|(its, _)| word.eq_ignore_ascii_case(its)).map(|(_, status)| status)
    }
}

/// What kind of bearer token a call was made with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Token {
    /// A long-term API key, or nothing says otherwise and the caller is an IAM user.
    LongTerm,
    /// `bearerTokenType` says so, or the caller is no IAM user. Never belongs to an API key.
    ShortTerm,
}

/// What a log target is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LogTargetName {
    /// A log group.
    LogGroup(LogGroupName),
    /// The stored query results of an account and region.
    QueryResults,
    /// Something else of CloudWatch Logs that was made with a KMS key of its own, by its name or the end of its ARN.
    Other(LogPart, Box<str>),
}

/// The other parts of CloudWatch Logs that may have a KMS key.
///
/// Source: <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_Operations.html>, the calls with a
/// `kmsKeyId` or `kmsKeyArn`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LogPart {
    /// `CreateLogAnomalyDetector`: what it learnt.
    AnomalyDetector,
    /// `CreateLookupTable`: its rows.
    LookupTable,
    /// `CreateScheduledQuery`: the results that it writes to Amazon S3 or to a lookup table.
    ScheduledQuery,
    /// `PutIntegration`: an OpenSearch Service collection.
    Integration,
}

impl LogPart {
    /// All of them.
    pub const ALL: [Self; 4] =
        [Self::AnomalyDetector, Self::LookupTable, Self::ScheduledQuery, Self::Integration];

    /// Its word in ARNs and subject ids.
    pub const fn word(self) -> &'static str {
        match self {
            Self::AnomalyDetector => "anomaly-detector",
            Self::LookupTable => "lookup-table",
            Self::ScheduledQuery => "scheduled-query",
            Self::Integration => "integration",
        }
    }

    /// As people call it.
    pub const fn title(self) -> &'static str {
        match self {
            Self::AnomalyDetector => "log anomaly detector",
            Self::LookupTable => "lookup table",
            Self::ScheduledQuery => "scheduled query",
            Self::Integration => "integration",
        }
    }
}

/// A KMS key as a record names it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KmsKeyRef {
    /// A key of which the subject is known (key ARN, or an id in the call's own account and region).
    Key(SubjectId),
    /// An alias or something else that only KMS can resolve; hostile text.
    Unresolved(Arn),
}

/// What is known of a KMS key from its creation or a listing. Texts are KMS's own words (`SYMMETRIC_DEFAULT`).
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct KmsKeyMake {
    /// `keySpec` (before 2021 `customerMasterKeySpec`).
    pub spec: Option<Box<str>>,
    /// `keyUsage`.
    pub usage: Option<Box<str>>,
    /// `origin`: `AWS_KMS`, `EXTERNAL`, `AWS_CLOUDHSM`, `EXTERNAL_KEY_STORE`.
    pub origin: Option<Box<str>>,
    /// `customKeyStoreId`.
    pub key_store: Option<Box<str>>,
    /// `xksKeyConfiguration.id`, or `xksKeyId` of the request.
    pub xks_key: Option<Box<str>>,
    /// `cloudHsmClusterId`.
    pub hsm_cluster: Option<Box<str>>,
    /// `multiRegion`; with the role where `multiRegionConfiguration` says it.
    pub multi_region: Option<MultiRegion>,
    /// `bypassPolicyLockoutSafetyCheck`: the creator asked for no check against locking itself out.
    pub bypassed_lockout_check: bool,
    /// Whether the request had tags.
    pub tagged: bool,
    /// `description`, cut to 256 bytes; hostile text.
    pub description: Option<Box<str>>,
}

/// The multi-Region role of a KMS key.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MultiRegion {
    /// `multiRegion: false`.
    No,
    /// A multi-Region key of which the role isn't said.
    Yes,
    /// The primary.
    Primary,
    /// A replica of the named primary.
    Replica {
        /// The primary's subject, if the record names it.
        primary: Option<SubjectId>,
    },
}

/// The state of a KMS key, KMS's `KeyState`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum KmsKeyState {
    /// Being made.
    Creating,
    /// Usable.
    Enabled,
    /// Switched off.
    Disabled,
    /// Waiting for deletion.
    PendingDeletion,
    /// Waiting for its replicas to go first; there is no date yet.
    PendingReplicaDeletion,
    /// Without key material.
    PendingImport,
    /// Its key store can't be reached.
    Unavailable,
    /// Being changed.
    Updating,
}

impl KmsKeyState {
    /// Reads KMS's word; `None` for one that KMS doesn't have today.
    pub fn from_word(word: &str) -> Option<Self> {
        let all = [
            ("Creating", Self::Creating),
            ("Enabled", Self::Enabled),
            ("Disabled", Self::Disabled),
            ("PendingDeletion", Self::PendingDeletion),
            ("PendingReplicaDeletion", Self::PendingReplicaDeletion),
            ("PendingImport", Self::PendingImport),
            ("Unavailable", Self::Unavailable),
            ("Updating", Self::Updating),
        ];
        all.into_iter().find(|(its, _)| *its == word).map(|(_, state)| state)
    }
}

/// Which powers somebody gave to a user.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Grant {
    /// `CreateAccessKey`.
    AccessKey,
    /// `CreateLoginProfile` or `UpdateLoginProfile`.
    LoginProfile,
    /// `AttachUserPolicy`, with the policy.
    ManagedPolicy(Arn),
    /// `PutUserPolicy`, with the policy's name (hostile text).
    InlinePolicy(Box<str>),
    /// `DetachUserPolicy`, with the policy.
    ManagedPolicyTaken(Arn),
    /// `AddUserToGroup`, with the group's name (hostile text).
    Group(Box<str>),
}

/// Who says that something is compromised.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CompromiseSource {
    /// An AWS Health event, with its `eventTypeCode`.
    Health(Box<str>),
    /// A GuardDuty finding.
    GuardDuty {
        /// The finding's type.
        finding_type: Box<str>,
        /// The finding's id: updates of a finding share it.
        finding_id: Box<str>,
        /// Severity in tenths (8.9 is 89), so that it can be ordered.
        severity_tenths: u16,
        /// True for a generated sample.
        sample: bool,
        /// True for an archived finding.
        archived: bool,
    },
    /// AWS attached its quarantine policy.
    QuarantinePolicy(Arn),
}

/// Whom a report of compromise names.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Compromised {
    /// An API key.
    ApiKey(CredentialId),
    /// A user.
    User(UserName),
    /// An access key (`AKIA…`); its user is not said.
    AccessKey(Box<str>),
}

/// What a person asks for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Request {
    /// Switch it off.
    Deactivate,
    /// Switch it on again, and hold it.
    Reactivate,
    /// Delete it, once it is off.
    Delete,
    /// Don't retire it for being unused.
    Hold {
        /// Until then.
        until: Time,
    },
    /// End the hold.
    Release,
    /// Leave it out of staleness.
    Exempt {
        /// Until then.
        until: Time,
    },
    /// Somebody else may have it.
    Compromised,
    /// What was reported so far has been looked at and means nothing any more.
    Cleared,
    /// Another key takes its place: follow the rotation.
    Replace {
        /// The other key, of the same account and service.
        by: CredentialId,
    },
}

impl Request {
    /// The word for it, which is the command's.
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Deactivate => "deactivate",
            Self::Reactivate => "reactivate",
            Self::Delete => "delete",
            Self::Hold { .. } => "hold",
            Self::Release => "release",
            Self::Exempt { .. } => "exempt",
            Self::Compromised => "compromised",
            Self::Cleared => "cleared",
            Self::Replace { .. } => "replace",
        }
    }
}

/// What a person says is expected of a user's calls.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Lesson {
    /// These findings; at most eight.
    pub findings: Vec<FindingId>,
    /// Calls from these networks; at most eight.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub networks: Vec<Network>,
    /// They are expected no longer: an earlier lesson is taken back.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub taken_back: bool,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum What {
    /// `CreateServiceSpecificCredential`.
    ApiKeyCreated(ApiKeySeen),
    /// Seen in a listing (`ListServiceSpecificCredentials`), as of the event's time.
    ApiKeyObserved(ApiKeySeen),
    /// Not in a complete listing of its service, as of the event's time.
    ApiKeyAbsent {
        /// The key.
        key: CredentialId,
    },
    /// `UpdateServiceSpecificCredential`.
    ApiKeyStatusChanged {
        /// The key.
        key: CredentialId,
        /// Its user, where the record says it.
        user: Option<UserName>,
        /// The new status.
        status: Status,
    },
    /// `ResetServiceSpecificCredential`: same id, new secret.
    ApiKeyReset(ApiKeySeen),
    /// `DeleteServiceSpecificCredential`.
    ApiKeyDeleted {
        /// The key.
        key: CredentialId,
        /// Its user, where the record says it.
        user: Option<UserName>,
    },
    /// A use of a bearer token.
    BearerCall(BearerCall),
    /// `PutBearerTokenAuthentication`.
    BearerAuthenticationSet {
        /// The log group.
        target: LogTargetName,
        /// On or off.
        enabled: bool,
    },
    /// `CreateKey`, also as recorded in a replica's region.
    KmsKeyCreated {
        /// The key.
        key: SubjectId,
        /// All that the record says of it.
        make: KmsKeyMake,
        /// Its state after creation.
        state: Option<KmsKeyState>,
        /// Its key policy as sent, cut to 32 KiB; without one KMS gives the account's default.
        policy: Option<Box<str>>,
    },
    /// `ReplicateKey`.
    KmsKeyReplicated {
        /// The key that was replicated.
        key: SubjectId,
        /// The replica.
        replica: SubjectId,
        /// The region of the replica.
        region: Region,
    },
    /// A KMS key changed, in one of the ways that change what it can do.
    KmsKeyChanged {
        /// The key.
        key: SubjectId,
        /// How.
        change: KmsKeyChange,
    },
    /// Described by KMS (`DescribeKey`, `GetKeyPolicy`), as of the event's time.
    KmsKeyObserved {
        /// The key.
        key: SubjectId,
        /// What the description says of it.
        seen: Box<KmsKeySeen>,
        /// Its key policy, cut to 32 KiB, where it may be read.
        policy: Option<Box<str>>,
    },
    /// KMS says that there is no such key (`NotFoundException`), as of the event's time.
    KmsKeyAbsent {
        /// The key.
        key: SubjectId,
    },
    /// A log target got a KMS key: `AssociateKmsKey`. `CreateLogGroup` with a key is [`What::LogGroupCreated`] alone.
    Associated {
        /// The log target.
        target: LogTargetName,
        /// The KMS key.
        key: KmsKeyRef,
    },
    /// `DisassociateKmsKey`. What was written before stays under the old key.
    Disassociated {
        /// The log target.
        target: LogTargetName,
    },
    /// `AssociateKmsKey` or `CreateLogGroup` with a key failed.
    AssociationFailed {
        /// The log target; `None` where the record doesn't say (a denied call has null parameters).
        target: Option<LogTargetName>,
        /// The KMS key, where the record says it.
        key: Option<KmsKeyRef>,
        /// The error's code, such as `InvalidParameterException`; hostile text, at most 128 bytes.
        code: Box<str>,
    },
    /// `CreateLogGroup`, with or without a KMS key.
    LogGroupCreated {
        /// The log group.
        target: LogTargetName,
        /// The KMS key that it was created with.
        key: Option<KmsKeyRef>,
    },
    /// Seen in a listing (`DescribeLogGroups`), as of the event's time.
    LogGroupObserved {
        /// The log group.
        target: LogTargetName,
        /// What the listing says of it.
        seen: LogGroupSeen,
    },
    /// `DeleteLogGroup`.
    LogGroupDeleted {
        /// The log group.
        target: LogTargetName,
    },
    /// `PutRetentionPolicy` (days) or `DeleteRetentionPolicy` (`None`: for ever).
    RetentionSet {
        /// The log group.
        target: LogTargetName,
        /// Days, or for ever.
        days: Option<u32>,
    },
    /// `CreateUser` of IAM.
    UserCreated {
        /// The user.
        user: UserName,
    },
    /// `DeleteUser` of IAM.
    UserDeleted {
        /// The user.
        user: UserName,
    },
    /// `TagUser` (`Some`) or `UntagUser` (`None`), one event per tag.
    UserTagged {
        /// The user.
        user: UserName,
        /// The tag's key, hostile text of at most 128 characters.
        tag: Box<str>,
        /// Its value, at most 256 characters.
        value: Option<Box<str>>,
    },
    /// Looked at (`GetUser`), as of the event's time.
    UserObserved {
        /// The user.
        user: UserName,
        /// What IAM says of it.
        seen: UserSeen,
    },
    /// Somebody gave a user another power (or took one).
    UserGranted {
        /// The user.
        user: UserName,
        /// What.
        grant: Grant,
    },
    /// A trail was started, stopped, deleted or told to record other things.
    TrailChanged {
        /// The trail.
        trail: TrailName,
        /// How.
        change: TrailChange,
    },
    /// Seen in a listing (`DescribeTrails` and its kin), as of the event's time.
    TrailObserved {
        /// The trail.
        trail: TrailName,
        /// What the listing says of it.
        seen: TrailSeen,
    },
    /// Somebody reports a compromise.
    CompromiseReported {
        /// Of whom.
        of: Compromised,
        /// By whom.
        source: CompromiseSource,
    },
    /// A person asks Keytrail to do something about a key, or to leave it alone.
    Requested {
        /// The key.
        key: CredentialId,
        /// What is asked for.
        request: Request,
        /// Why, in the person's words; hostile text of at most 512 characters.
        why: Box<str>,
    },
    /// A person says that what was found of a user's calls is expected.
    Expected {
        /// The usage subject.
        subject: SubjectId,
        /// What is expected.
        lesson: Lesson,
        /// Why, in the person's words; hostile text of at most 512 characters.
        why: Box<str>,
    },
    /// Somebody changed something that Keytrail itself is made of.
    PartChanged {
        /// Its name: a rule, queue, table, topic, function, schedule, role or parameter; hostile text.
        part: Box<str>,
        /// The event's name, such as `DisableRule`.
        call: Box<str>,
    },
    /// A call that failed. It says that somebody tried, and changes nothing.
    Attempt {
        /// The event's name, such as `UpdateServiceSpecificCredential`.
        name: Box<str>,
        /// The error's code; hostile text, at most 128 bytes.
        code: Box<str>,
        /// The subject that it would have changed, where the record says it.
        on: Option<SubjectId>,
    },
}

/// An API key as a creation, a reset or a listing shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ApiKeySeen {
    /// The key.
    pub key: CredentialId,
    /// Its user.
    pub user: Option<UserName>,
    /// Its service.
    pub service: Option<ServiceName>,
    /// Its status.
    pub status: Option<Status>,
    /// When it was created, as the response says.
    pub created: Option<Time>,
    /// Its expiry. `None` where the record is silent about it in a way that doesn't mean never.
    pub expires: Option<Expiry>,
    /// `serviceCredentialAlias`: the public part of the token (user and account).
    pub alias: Option<Box<str>>,
}

/// A user as `GetUser` shows it. Of two answers as of the same second the greater counts: that nothing can be said.
///
/// Source: <https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetUser.html>
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UserSeen {
    /// This.
    Shown {
        /// Its path, such as `/machines/`.
        path: Box<str>,
        /// Its tags, key and value, at most 50; hostile text of at most 128 and 256 characters.
        tags: BTreeMap<Box<str>, Box<str>>,
    },
    /// It may not be looked at.
    Unreadable,
}

/// A log group as a listing shows it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct LogGroupSeen {
    /// Its KMS key.
    pub key: Option<KmsKeyRef>,
    /// Its retention in days, or for ever.
    pub retention_days: Option<u32>,
    /// Whether bearer authentication is on, if the listing says it.
    pub bearer_authentication: Option<bool>,
}

/// A KMS key as `DescribeKey` shows it.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct KmsKeySeen {
    /// `CreationDate`.
    pub created: Option<Time>,
    /// What it is. A description doesn't say whether it has tags, nor how it was created.
    pub make: KmsKeyMake,
    /// `KeyState`.
    pub state: Option<KmsKeyState>,
    /// `DeletionDate`, of a key that waits for its deletion.
    pub deletion_date: Option<Time>,
    /// `ValidTo`, of imported material that expires.
    pub material_expires: Option<Time>,
    /// Primary and replicas of a multi-Region key, itself among them, in the order of their ids.
    pub family: Vec<SubjectId>,
}

/// A trail as a listing shows it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct TrailSeen {
    /// Whether it is logging.
    pub logging: bool,
    /// Whether it records every region.
    pub multi_region: bool,
    /// What it lets through.
    pub selectors: Selectors,
}

/// A use of a bearer token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct BearerCall {
    /// The API-key service, as in [`crate::services`].
    pub service: ServiceName,
    /// The IAM user whose token it is; `None` for a short-term token.
    pub user: Option<UserName>,
    /// The key, if the record says it. No public record does: the normal case is `None`.
    pub key: Option<CredentialId>,
    /// Long-term or short-term.
    pub token: Token,
    /// The log group, if the record says it.
    pub log_group: Option<LogGroupName>,
    /// The error's code, if the call was refused.
    pub denied: Option<Box<str>>,
}

/// How a KMS key changed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KmsKeyChange {
    /// `EnableKey`.
    Enabled,
    /// `DisableKey`.
    Disabled,
    /// `ScheduleKeyDeletion`. No date while replicas are left (`PendingReplicaDeletion`).
    DeletionScheduled {
        /// `deletionDate`: the key can be saved until then.
        date: Option<Time>,
        /// True for `PendingReplicaDeletion`.
        waits_for_replicas: bool,
    },
    /// `CancelKeyDeletion`. KMS leaves the key disabled.
    DeletionCancelled,
    /// `DeleteKey`, which KMS does itself at the end of the waiting time. Final.
    Deleted,
    /// `ImportKeyMaterial`.
    MaterialImported {
        /// When the material expires, if it does.
        expires: Option<Time>,
    },
    /// `DeleteImportedKeyMaterial`.
    MaterialDeleted,
    /// `DeleteExpiredKeyMaterial`, which KMS does itself.
    MaterialExpired,
    /// `RotateKey` or `RotateKeyOnDemand`.
    Rotated,
    /// `PutKeyPolicy`.
    PolicyChanged {
        /// The policy document as sent, cut to 32 KiB (KMS's own limit).
        policy: Option<Box<str>>,
        /// `bypassPolicyLockoutSafetyCheck`.
        bypassed_lockout_check: bool,
    },
    /// `UpdatePrimaryRegion`, with the new primary's region.
    PrimaryMoved(Region),
}

/// How a trail changed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TrailChange {
    /// `StartLogging`.
    Started,
    /// `StopLogging`.
    Stopped,
    /// `CreateTrail`.
    Created,
    /// `UpdateTrail`.
    Updated,
    /// `DeleteTrail`.
    Deleted,
    /// `PutEventSelectors`.
    SelectorsPut(Selectors),
}

/// What a trail's selectors let through, as far as Keytrail cares.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Selectors {
    /// Management write events are recorded.
    pub management_writes: bool,
    /// KMS's management events are left out.
    pub kms_excluded: bool,
    /// `AWS::Logs::LogGroupAuthorization` data events are recorded.
    pub bearer_calls: bool,
    /// The bearer selector carries another field than category and type, so it may narrow some calls away.
    pub narrowed: bool,
}
