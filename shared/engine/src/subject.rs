//! What Keytrail keeps documents about, and how a document is addressed.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::event::{LogPart, LogTargetName};
use crate::fingerprint::hash64;
use crate::ids::{
    AccountId, ArnParts, CredentialId, KmsKeyId, LogGroupName, Network, Partition, Region, ServiceName,
    UserName,
};
use crate::lattice::Sketched;
use crate::time::Time;

/// The kinds of subject.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// An API key's life.
    ApiKey,
    /// The use that an IAM user makes of one service's API keys.
    Usage,
    /// An IAM user.
    User,
    /// A KMS key.
    KmsKey,
    /// A log group, or the query results of an account and region.
    LogTarget,
    /// What the trails of an account and region let us see.
    Coverage,
    /// What happened in an account and region of which the record names no subject.
    Account,
    /// A network that an account's API keys are used from.
    Network,
}

impl Kind {
    /// All kinds, in the order of their names in a listing.
    pub const ALL: [Self; 8] = [
        Self::ApiKey,
        Self::Usage,
        Self::User,
        Self::KmsKey,
        Self::LogTarget,
        Self::Coverage,
        Self::Account,
        Self::Network,
    ];

    /// The kind's word in a subject id.
    pub const fn word(self) -> &'static str {
        match self {
            Self::ApiKey => "api-key",
            Self::Usage => "usage",
            Self::User => "user",
            Self::KmsKey => "kms-key",
            Self::LogTarget => "log-target",
            Self::Coverage => "coverage",
            Self::Account => "account",
            Self::Network => "network",
        }
    }

    fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.word() == word)
    }
}

/// The id of a subject, written `partition/account/region or global/kind/name`. The name may hold slashes.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SubjectId {
    /// The partition.
    pub partition: Partition,
    /// The account that owns it.
    pub account: AccountId,
    /// Its region, or `global`.
    pub region: Region,
    /// What it is.
    pub kind: Kind,
    /// Its name within all that.
    pub name: Arc<str>,
}

/// The name of the log target that stands for an account and region's query results. `*` is in no log group's name.
const QUERY_RESULTS: &str = "query-result:*";

impl SubjectId {
    /// Puts an id together.
    pub fn new(partition: Partition, account: AccountId, region: Region, kind: Kind, name: &str) -> Self {
        Self { partition, account, region, kind, name: Arc::from(name) }
    }

    /// An API key's life.
    pub fn api_key(partition: Partition, account: AccountId, key: &CredentialId) -> Self {
        Self::new(partition, account, Region::global(), Kind::ApiKey, key.as_str())
    }

    /// The use of a service's API keys by a user.
    pub fn usage(partition: Partition, account: AccountId, service: &ServiceName, user: &UserName) -> Self {
        let name = format!("{service}/{user}");
        Self::new(partition, account, Region::global(), Kind::Usage, &name)
    }

    /// An IAM user.
    pub fn user(partition: Partition, account: AccountId, user: &UserName) -> Self {
        Self::new(partition, account, Region::global(), Kind::User, user.as_str())
    }

    /// A KMS key.
    pub fn kms_key(partition: Partition, account: AccountId, region: Region, key: &KmsKeyId) -> Self {
        Self::new(partition, account, region, Kind::KmsKey, key.as_str())
    }

    /// A KMS key by its ARN (`arn:aws:kms:us-east-1:111122223333:key/…`); `None` for an alias or another ARN.
    pub fn kms_key_of_arn(arn: &str) -> Option<Self> {
        let parts = ArnParts::parse(arn)?;
        let id = parts.resource.strip_prefix("key/").filter(|id| !id.is_empty())?;
        (parts.service == "kms" && !parts.region.is_empty() && !parts.account.is_empty()).then(|| {
            Self::new(parts.partition.into(), parts.account.into(), parts.region.into(), Kind::KmsKey, id)
        })
    }

    /// A log target.
    pub fn log_target(
        partition: Partition,
        account: AccountId,
        region: Region,
        target: &LogTargetName,
    ) -> Self {
        let name = match target {
            LogTargetName::LogGroup(name) => name.to_string(),
            LogTargetName::QueryResults => QUERY_RESULTS.to_owned(),
            // No log group's name holds a colon.
            LogTargetName::Other(part, name) => format!("{}:{name}", part.word()),
        };
        Self::new(partition, account, region, Kind::LogTarget, &name)
    }

    /// What is seen of an account and region; `name` is a trail's name or `bearer/` and a service.
    pub fn coverage(partition: Partition, account: AccountId, region: Region, name: &str) -> Self {
        Self::new(partition, account, region, Kind::Coverage, name)
    }

    /// What no subject could be named for, in an account and region.
    pub fn account(partition: Partition, account: AccountId, region: Region) -> Self {
        Self::new(partition, account, region, Kind::Account, "account")
    }

    /// A network that an account's API keys are used from.
    pub fn network(partition: Partition, account: AccountId, network: &Network) -> Self {
        Self::new(partition, account, Region::global(), Kind::Network, network.as_str())
    }

    /// The service and the user of a usage subject.
    pub fn service_and_user(&self) -> Option<(ServiceName, UserName)> {
        if self.kind != Kind::Usage {
            return None;
        }
        let (service, user) = self.name.split_once('/')?;
        Some((service.into(), user.into()))
    }

    /// The log target that a log-target subject stands for.
    pub fn log_target_name(&self) -> Option<LogTargetName> {
        (self.kind == Kind::LogTarget).then(|| match &*self.name {
            QUERY_RESULTS => LogTargetName::QueryResults,
            name => other_part(name).unwrap_or_else(|| LogTargetName::LogGroup(LogGroupName::new(name))),
        })
    }

    /// Reads an id as [`fmt::Display`] writes it.
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.splitn(5, '/');
        let (partition, account, region) = (parts.next()?, parts.next()?, parts.next()?);
        let (kind, name) = (Kind::from_word(parts.next()?)?, parts.next()?);
        let whole = [partition, account, region, name].iter().all(|part| !part.is_empty());
        whole.then(|| Self::new(partition.into(), account.into(), region.into(), kind, name))
    }
}

fn other_part(name: &str) -> Option<LogTargetName> {
    let (word, name) = name.split_once(':')?;
    let part = LogPart::ALL.into_iter().find(|part| part.word() == word)?;
    Some(LogTargetName::Other(part, name.into()))
}

impl fmt::Display for SubjectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { partition, account, region, kind, name } = self;
        write!(f, "{partition}/{account}/{region}/{}/{name}", kind.word())
    }
}

impl Sketched for SubjectId {
    fn sketch_hash(&self) -> u64 {
        hash64("subject", self.to_string())
    }
}

impl fmt::Debug for SubjectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for SubjectId {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for SubjectId {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        Self::parse(&text)
            .ok_or_else(|| serde::de::Error::custom("a subject id is partition/account/region/kind/name"))
    }
}

/// Which document of a subject.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Part {
    /// The subject's own document.
    Main,
    /// A usage subject's facts about one credential (calls that carried its id).
    Credential(CredentialId),
    /// A usage subject's hour: calls with one credential's id, or with none.
    Hour {
        /// The hour's start.
        hour: Time,
        /// The credential's id, if the calls carried one.
        credential: Option<CredentialId>,
    },
    /// A KMS key's edge to a log target that was associated with it.
    Edge(SubjectId),
}

/// The address of a document: a subject and a part of it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DocumentId {
    /// The subject.
    pub subject: SubjectId,
    /// The part.
    pub part: Part,
}

impl DocumentId {
    /// The subject's own document.
    pub fn main(subject: SubjectId) -> Self {
        Self { subject, part: Part::Main }
    }

    /// Reads a part as its [`fmt::Display`] writes it.
    pub fn parse(subject: SubjectId, part: &str) -> Option<Self> {
        Some(Self { subject, part: Part::parse(part)? })
    }
}

impl Part {
    /// Reads a part as [`fmt::Display`] writes it.
    pub fn parse(text: &str) -> Option<Self> {
        if text == "main" {
            return Some(Self::Main);
        }
        let (word, rest) = text.split_once('/')?;
        match word {
            "credential" => Some(Self::Credential(rest.into())),
            "hour" => {
                let (hour, credential) =
                    rest.split_once('/').map_or((rest, None), |(h, c)| (h, Some(c.into())));
                Some(Self::Hour { hour: Time::parse(hour)?, credential })
            }
            "edge" => Some(Self::Edge(SubjectId::parse(rest)?)),
            _ => None,
        }
    }
}

impl Serialize for Part {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Part {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        Self::parse(&text)
            .ok_or_else(|| serde::de::Error::custom("a part is main, credential/…, hour/… or edge/…"))
    }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Main => f.write_str("main"),
            Self::Credential(id) => write!(f, "credential/{id}"),
            Self::Hour { hour, credential: None } => write!(f, "hour/{hour}"),
            Self::Hour { hour, credential: Some(id) } => write!(f, "hour/{hour}/{id}"),
            Self::Edge(target) => write!(f, "edge/{target}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place() -> (Partition, AccountId, Region) {
        ("aws".into(), "111122223333".into(), "us-east-1".into())
    }

    #[test]
    fn a_subject_id_is_read_as_it_is_written_slashes_and_all() {
        let (partition, account, region) = place();
        let group = LogTargetName::LogGroup("/aws/hlc-logs/my-application".into());
        let id = SubjectId::log_target(partition, account, region, &group);
        assert_eq!(id.to_string(), "aws/111122223333/us-east-1/log-target//aws/hlc-logs/my-application");
        assert_eq!(SubjectId::parse(&id.to_string()), Some(id.clone()));
        assert_eq!(id.log_target_name(), Some(group));
    }

    #[test]
    fn a_kms_key_is_found_by_its_arn_and_an_alias_is_not() {
        let id = SubjectId::kms_key_of_arn("arn:aws-cn:kms:cn-north-1:111122223333:key/mrk-1").unwrap();
        assert_eq!(id.to_string(), "aws-cn/111122223333/cn-north-1/kms-key/mrk-1");
        for other in ["arn:aws:kms:us-east-1:111122223333:alias/a", "mrk-1", "arn:aws:s3:::key/x", ""] {
            assert_eq!(SubjectId::kms_key_of_arn(other), None, "{other}");
        }
    }

    #[test]
    fn a_part_is_read_as_it_is_written() {
        let (partition, account, region) = place();
        let hour = Time::parse("2026-08-01T05:00:00Z").unwrap();
        for part in [
            Part::Main,
            Part::Credential("ACCA1".into()),
            Part::Hour { hour, credential: None },
            Part::Hour { hour, credential: Some("ACCA1".into()) },
            Part::Edge(SubjectId::log_target(partition, account, region, &LogTargetName::QueryResults)),
        ] {
            assert_eq!(Part::parse(&part.to_string()), Some(part));
        }
    }
}
