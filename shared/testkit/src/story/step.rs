//! What can happen in a story.

/// One thing that happens. Subjects are numbers into a small cast; any number is somebody.
#[expect(missing_docs, reason = "fields are numbers into the cast, counts, and seconds apart")]
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Something in the life of the `key`-th API key of a user.
    Key { user: usize, key: usize, what: KeyStep },
    /// A bearer call. `id` says whether it carries a credential id, and where.
    Call { user: usize, key: usize, group: usize, network: u8, agent: usize, id: Option<usize>, denied: bool },
    /// A bearer call with a short-term token, by a session.
    ShortTermCall { group: usize, network: u8 },
    /// A call to another API-key service than CloudWatch Logs.
    OtherService { user: usize, service: usize },
    /// Calls, one after the other `apart` seconds, each from another network, with another agent, for another log
    /// group: more than any set holds and any sketch counts exactly.
    Flood { user: usize, calls: u16, apart: u16, networks: u16, agents: u16, groups: u16 },
    /// An API key switched off and on again, that many times: more than a history holds.
    KeyFlips { user: usize, key: usize, times: u8, apart: u16 },
    /// One KMS key associated with that many log groups: more than a list holds.
    ManyTargets { key: usize, targets: u16 },
    /// A log group that changes between two KMS keys and none, that many times.
    AssociationFlips { group: usize, times: u8, apart: u16 },
    /// Something in the life of a KMS key.
    Kms { key: usize, what: KmsStep },
    /// Something in the life of a log target.
    Group { group: usize, key: usize, what: GroupStep },
    /// Something in the life of a user.
    User { user: usize, what: UserStep },
    /// Something in the life of a trail.
    Trail { trail: usize, what: TrailStep },
    /// Somebody reports a user or a key as compromised: an envelope of AWS Health or GuardDuty, not a record.
    Report { user: usize, key: usize, health: bool },
}

/// In the life of an API key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeyStep {
    /// Created; `None` never expires.
    Created(Option<u16>),
    /// Switched on or off.
    Status(bool),
    /// A change of status that failed.
    StatusFailed(bool),
    /// New secret.
    Reset,
    /// Gone for good.
    Deleted,
}

/// In the life of a KMS key.
#[expect(missing_docs, reason = "each is KMS's own word")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KmsStep {
    Create,
    Replicate,
    Enable,
    Disable,
    ScheduleDeletion,
    ScheduleDeletionAfterReplicas,
    CancelDeletion,
    Delete,
    ImportMaterial,
    ExpireMaterial,
    DeleteMaterial,
    Rotate,
    RotateOnDemand,
    PutPolicy,
}

/// In the life of a log target.
#[expect(missing_docs, reason = "each is named after its call")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GroupStep {
    Create,
    CreateWithKey,
    Delete,
    Recreate,
    Associate,
    AssociateByIdentifier,
    AssociateQueryResults,
    AssociateFailed,
    AssociateDenied,
    Disassociate,
    DisassociateQueryResults,
    PutRetention,
    DeleteRetention,
    BearerOn,
    BearerOff,
}

/// In the life of a user.
#[expect(missing_docs, reason = "each is named after its call")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UserStep {
    Create,
    Delete,
    Recreate,
    Tag,
    Untag,
    CreateAccessKey,
    CreateLoginProfile,
    AttachPolicy,
    PutPolicy,
    Quarantine,
}

/// In the life of a trail.
#[expect(missing_docs, reason = "each is named after its call")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TrailStep {
    Start,
    Stop,
    Delete,
    SelectBearerCalls,
    SelectManagementOnly,
    SelectWithoutKms,
}
