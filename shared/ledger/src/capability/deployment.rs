//! How a deployed Keytrail is, as AWS shows it. Only `keytrail doctor` reads it.
//!
//! Every answer stands for itself: what could not be read is told beside what was, and is never taken for well.

use std::collections::BTreeMap;

use keytrail_engine::ids::Region;
use keytrail_engine::time::Span;
use serde_json::Value;

use super::TrailSeen;

/// An answer, or why there is none.
pub type Answer<T> = Result<T, Unread>;

/// A call that gave no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unread {
    /// The call, by the name of the permission that it needs: `events:DescribeRule`.
    pub call: Box<str>,
    /// AWS's error code. Text of another's making.
    pub code: Box<str>,
    /// Whether AWS says that what was asked for does not exist.
    pub gone: bool,
}

/// The resources of a stack, each by its name in the template (`ApiKeysRule`).
pub type ByName<T> = BTreeMap<Box<str>, Answer<T>>;

/// How a deployment is.
#[derive(Clone, Debug)]
pub struct Deployment {
    /// The partition: `aws`.
    pub partition: Box<str>,
    /// The account of the stack.
    pub account: Box<str>,
    /// The region of the stack.
    pub region: Region,
    /// The names of all resources in the stack.
    pub names: Vec<Box<str>>,
    /// How far the clock of this machine is ahead of AWS's.
    pub clock_ahead: Answer<Span>,
    /// The trails that record the stack's region.
    pub trails: Answer<Vec<TrailSeen>>,
    /// The stack's rules.
    pub rules: ByName<RuleSeen>,
    /// The policy of the bus that other regions and accounts send to; `None` where it has none.
    pub hub: ByName<BusSeen>,
    /// The enabled regions besides the stack's, each with the rules there that send to the bus.
    pub forwarders: Answer<BTreeMap<Region, Answer<Vec<RuleSeen>>>>,
    /// The stack's queues.
    pub queues: ByName<QueueSeen>,
    /// The stack's functions.
    pub functions: ByName<FunctionSeen>,
    /// The stack's roles.
    pub roles: ByName<RoleSeen>,
    /// The stack's managed policies: their default version.
    pub policies: ByName<Value>,
    /// The stack's topics.
    pub topics: ByName<TopicSeen>,
    /// The stack's KMS keys.
    pub keys: ByName<KeySeen>,
    /// The stack's schedules: their state, such as `ENABLED`.
    pub schedules: ByName<Box<str>>,
    /// The stack's tables.
    pub tables: ByName<TableSeen>,
}

/// A rule of EventBridge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleSeen {
    /// Its ARN.
    pub arn: Box<str>,
    /// `ENABLED`, `DISABLED` or `ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS`.
    pub state: Box<str>,
    /// Where it sends, and where what can't be sent is kept.
    pub targets: Vec<(Box<str>, Option<Box<str>>)>,
}

/// An event bus.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BusSeen {
    /// Its ARN.
    pub arn: Box<str>,
    /// Who may send to it.
    pub policy: Option<Value>,
}

/// A queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueueSeen {
    /// Its ARN.
    pub arn: Box<str>,
    /// Messages in it, about.
    pub messages: u64,
    /// The ARN of the queue that takes what fails.
    pub dead_letters: Option<Box<str>>,
    /// Who may send to it.
    pub policy: Option<Value>,
}

/// A function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FunctionSeen {
    /// Its ARN.
    pub arn: Box<str>,
    /// `Active`, where it is well.
    pub state: Box<str>,
    /// The ARN of its role.
    pub role: Box<str>,
    /// Its reserved concurrency.
    pub concurrency: Option<u64>,
    /// Its variables that begin with `KEYTRAIL_`: names and ARNs.
    pub variables: BTreeMap<Box<str>, Box<str>>,
    /// The ARN of each event source, with its state, such as `Enabled`.
    pub sources: Vec<(Box<str>, Box<str>)>,
}

/// A role.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoleSeen {
    /// Its ARN.
    pub arn: Box<str>,
    /// Who may take it.
    pub trust: Value,
    /// The names of the policies in it.
    pub inline: Vec<Box<str>>,
    /// The ARNs of the policies attached to it.
    pub attached: Vec<Box<str>>,
}

/// A topic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TopicSeen {
    /// Its ARN.
    pub arn: Box<str>,
    /// Who may publish.
    pub policy: Option<Value>,
    /// The KMS key that encrypts it: an ARN or an id.
    pub key: Option<Box<str>>,
    /// Subscriptions that were confirmed.
    pub confirmed: u64,
    /// Those that were not: their protocols.
    pub unconfirmed: Vec<Box<str>>,
}

/// A KMS key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeySeen {
    /// Its ARN.
    pub arn: Box<str>,
    /// `Enabled`, where it can be used.
    pub state: Box<str>,
    /// Who may use it.
    pub policy: Value,
}

/// The ledger's table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableSeen {
    /// Its name.
    pub name: Box<str>,
    /// What its stream carries, if it has one: `NEW_IMAGE`.
    pub stream: Option<Box<str>>,
    /// Whether it can't be deleted by a slip.
    pub deletion_protection: bool,
    /// The attribute by which items age out, where they do.
    pub expires_by: Option<Box<str>>,
    /// Whether it can be restored to any moment.
    pub point_in_time_recovery: Answer<bool>,
    /// Who may write.
    pub policy: Answer<Option<Value>>,
}

/// Reads how a deployment is.
pub trait DeploymentReader: Send + Sync {
    /// Reads all that a stack holds, and the trails and regions around it.
    ///
    /// # Errors
    /// If AWS doesn't say what the stack holds: then there is nothing to look at.
    fn deployment(&self, stack: &str) -> impl Future<Output = Answer<Deployment>> + Send;
}
