//! Log targets: log groups, and the query results of an account and region.

use keytrail_engine::dependents::{Need, protectors};
use keytrail_engine::document::{Association, Document, Facts, LogTarget};
use keytrail_engine::event::{KmsKeyRef, LogTargetName};
use keytrail_engine::ids::{AccountId, LogGroupName, Region, ServiceName, UserName};
use keytrail_engine::subject::SubjectId;
use keytrail_engine::time::Time;
use keytrail_engine::world::World;
use serde::Serialize;

use super::{Row, kms_key_name, text};

/// A log target at a moment.
#[derive(Clone, Debug, Serialize)]
pub struct LogRow {
    /// The log group; `null` for query results.
    pub log_group: Option<LogGroupName>,
    /// Its subject id, as findings have it.
    pub subject: SubjectId,
    /// Its account.
    pub account: AccountId,
    /// Its region.
    pub region: Region,
    /// Whether the log group is known to be deleted.
    pub deleted: bool,
    /// How it is encrypted.
    pub encryption: Encryption,
    /// KMS keys under which older data of it still lies.
    pub earlier_keys: Vec<EarlierKey>,
    /// Whether a record says how long its data is kept.
    pub retention_known: bool,
    /// How many days its data is kept; `null` for ever, and where that isn't known.
    pub retention_days: Option<u32>,
    /// Whether bearer authentication is on; `null` where no record says it.
    pub bearer_authentication: Option<bool>,
    /// Who sent to it with a bearer token, at most 32.
    pub senders: Vec<SenderRow>,
    /// How many senders there were; about, from 80 on.
    pub sender_count: u64,
}

/// How a log target is encrypted.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "status", rename_all = "snake_case")]
pub enum Encryption {
    /// With a KMS key of the account's own.
    KmsKey {
        /// Its ARN, or what the record called it.
        key: String,
        /// Since then.
        since: Time,
    },
    /// With no KMS key of the account's own.
    None {
        /// Since then.
        since: Time,
    },
    /// Two records of one second contradict each other.
    Contested,
    /// No record says it.
    Unknown,
}

/// A KMS key that a log target had before and still needs.
#[derive(Clone, Debug, Serialize)]
pub struct EarlierKey {
    /// Its ARN.
    pub key: String,
    /// Since when it encrypted what was written.
    pub since: Time,
    /// When the last of that has expired; `null` where no end is known.
    pub until: Option<Time>,
}

/// Who sent with a bearer token.
#[derive(Clone, Debug, Serialize)]
pub struct SenderRow {
    /// The service of the token.
    pub service: ServiceName,
    /// The user; `null` for short-term tokens.
    pub user: Option<UserName>,
    /// The hour of the last call, if it is still known.
    pub last_hour: Option<Time>,
}

/// The log targets of a world, by account, region and name.
pub fn log_targets(world: &World, now: Time) -> Vec<LogRow> {
    let rows = world.documents().filter_map(|document| match &document.facts {
        Facts::LogTarget(target) => Some(row(document, target, world, now)),
        _ => None,
    });
    rows.collect()
}

fn row(document: &Document, target: &LogTarget, world: &World, now: Time) -> LogRow {
    let subject = &document.subject;
    let senders = target.senders.values().map(|held| SenderRow {
        service: held.value.service.clone(),
        user: held.value.user.clone(),
        last_hour: held.last,
    });
    LogRow {
        log_group: match subject.log_target_name() {
            Some(LogTargetName::LogGroup(name)) => Some(name),
            Some(LogTargetName::QueryResults | LogTargetName::Other(..)) | None => None,
        },
        subject: subject.clone(),
        account: subject.account.clone(),
        region: subject.region.clone(),
        deleted: target.deleted(now),
        encryption: match target.association(now) {
            Association::Unknown => Encryption::Unknown,
            Association::None { since } => Encryption::None { since },
            Association::Key { key, since } => Encryption::KmsKey { key: kms_key_name(&key), since },
            Association::Contested => Encryption::Contested,
        },
        earlier_keys: earlier_keys(subject, world, now),
        retention_known: target.retention_at(now).is_some(),
        retention_days: target.retention_at(now).flatten(),
        bearer_authentication: target.bearer_authentication_at(now),
        senders: senders.collect(),
        sender_count: target.senders.count().number(),
    }
}

fn earlier_keys(target: &SubjectId, world: &World, now: Time) -> Vec<EarlierKey> {
    let earlier = protectors(target, world, now).into_iter().filter_map(|it| {
        let until = match it.need {
            Need::Now { .. } => return None,
            Need::Until { until, .. } => Some(until),
            Need::ForEver { .. } => None,
        };
        Some(EarlierKey { key: kms_key_name(&KmsKeyRef::Key(it.key)), since: it.need.since(), until })
    });
    earlier.collect()
}

fn name(row: &LogRow) -> String {
    match row.subject.log_target_name() {
        Some(LogTargetName::Other(part, name)) => format!("{} {name}", part.title()),
        Some(LogTargetName::LogGroup(name)) => name.to_string(),
        Some(LogTargetName::QueryResults) | None => "query results".to_owned(),
    }
}

impl Row for LogRow {
    const TYPE: &'static str = "log_target";
    const CELLS: &'static [&'static str] = &[
        "log_target",
        "account",
        "region",
        "deleted",
        "encryption",
        "kms_key",
        "since",
        "earlier_keys",
        "retention_days",
        "bearer_authentication",
        "senders",
    ];

    fn cells(&self) -> Vec<String> {
        let (encryption, key, since) = match &self.encryption {
            Encryption::KmsKey { key, since } => ("kms_key", key.clone(), Some(*since)),
            Encryption::None { since } => ("none", String::new(), Some(*since)),
            Encryption::Contested => ("contested", String::new(), None),
            Encryption::Unknown => ("unknown", String::new(), None),
        };
        let retention = match (self.retention_known, self.retention_days) {
            (false, _) => "unknown".to_owned(),
            (true, None) => "for ever".to_owned(),
            (true, Some(days)) => days.to_string(),
        };
        let earlier: Vec<_> = self.earlier_keys.iter().map(|it| it.key.clone()).collect();
        let senders: Vec<_> = self.senders.iter().map(|it| text(it.user.as_ref())).collect();
        vec![
            name(self),
            self.account.to_string(),
            self.region.to_string(),
            self.deleted.to_string(),
            encryption.to_owned(),
            key,
            text(since.as_ref()),
            earlier.join("; "),
            retention,
            text(self.bearer_authentication.as_ref()),
            senders.join(" "),
        ]
    }
}
