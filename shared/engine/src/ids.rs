//! Names of things, each with a type of its own, so that a user can't be passed where a key is meant.

use std::borrow::Borrow;
use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// Declares text newtypes. Cloning one is a reference count, since the same few names occur in every event.
macro_rules! names {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Arc<str>);

        impl $name {
            /// Wraps the text as it stands.
            pub fn new(text: impl AsRef<str>) -> Self {
                Self(Arc::from(text.as_ref()))
            }

            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Debug::fmt(&self.0, f)
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                Self::new(text)
            }
        }

        impl Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }
    )*};
}

names! {
    /// An AWS partition: `aws`, `aws-cn`, `aws-us-gov`, …
    Partition;
    /// A twelve-digit account id.
    AccountId;
    /// A region's code (`us-east-1`), or `global` for what has none (IAM).
    Region;
    /// An Amazon resource name, whole.
    Arn;
    /// The id of a service-specific credential (`ACCA…`). IAM never reuses one.
    CredentialId;
    /// An IAM user's name. Unique in an account at one time; may be used again after deletion.
    UserName;
    /// A service principal's name as IAM spells it, such as `logs.amazonaws.com`.
    ServiceName;
    /// A KMS key's id: a UUID, or `mrk-` and 32 hex digits for a multi-Region key. Never an alias.
    KmsKeyId;
    /// A log group's name (1–512 characters), without the `:*` of some ARNs.
    LogGroupName;
    /// A trail's name.
    TrailName;
    /// CloudTrail's `userAgent`, reduced to product and major version: `aws-cli/2`. Hostile text.
    Agent;
    /// A caller's network: IPv4 /24 or IPv6 /48 in CIDR form, or a service's name where AWS calls for itself.
    Network;
    /// A caller, as an ARN if there is one, else the best name the record has.
    Principal;
}

impl Region {
    /// The region of subjects that have none, such as IAM's.
    pub fn global() -> Self {
        Self::new("global")
    }
}

impl Partition {
    /// The partition of a region, for records in which no ARN says it.
    ///
    /// Source: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html>
    pub fn of_region(region: &str) -> Self {
        const PREFIXES: [(&str, &str); 7] = [
            ("cn-", "aws-cn"),
            ("us-gov-", "aws-us-gov"),
            ("us-iso-", "aws-iso"),
            ("us-isob-", "aws-iso-b"),
            ("us-isof-", "aws-iso-f"),
            ("eu-isoe-", "aws-iso-e"),
            ("eusc-", "aws-eusc"),
        ];
        let found = PREFIXES.iter().find(|(prefix, _)| region.starts_with(prefix));
        Self::new(found.map_or("aws", |(_, partition)| partition))
    }
}

/// The parts of an ARN: `arn:partition:service:region:account:resource`. Region and account may be empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ArnParts<'a> {
    /// `aws`, `aws-cn`, …
    pub partition: &'a str,
    /// `kms`, `logs`, …
    pub service: &'a str,
    /// A region's code, or empty.
    pub region: &'a str,
    /// An account id, or empty.
    pub account: &'a str,
    /// All that follows, colons included.
    pub resource: &'a str,
}

impl<'a> ArnParts<'a> {
    /// Takes an ARN apart; `None` for what is no ARN.
    pub fn parse(arn: &'a str) -> Option<Self> {
        let mut parts = arn.splitn(6, ':');
        if parts.next()? != "arn" {
            return None;
        }
        let (partition, service) = (parts.next()?, parts.next()?);
        let (region, account, resource) = (parts.next()?, parts.next()?, parts.next()?);
        (!partition.is_empty() && !service.is_empty() && !resource.is_empty()).then_some(Self {
            partition,
            service,
            region,
            account,
            resource,
        })
    }
}

/// The identity of a record: what makes two deliveries the same record.
///
/// `addendum.originalEventID`, else `sharedEventID`, else `eventID`, else a hash of the record with its keys
/// sorted. Kept as 64 bits of a hash: documents hold many.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RecordId(pub u64);

impl fmt::Display for RecordId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl fmt::Debug for RecordId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RecordId({self})")
    }
}

impl Serialize for RecordId {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for RecordId {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        let id = u64::from_str_radix(&text, 16);
        id.map(Self).map_err(|_| serde::de::Error::custom("a record id is 16 hexadecimal digits"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_arn_comes_apart_and_keeps_colons_of_its_resource() {
        let parts = ArnParts::parse("arn:aws-cn:logs:cn-north-1:111122223333:log-group:/a:*").unwrap();
        assert_eq!(parts.partition, "aws-cn");
        assert_eq!(parts.resource, "log-group:/a:*");
        for broken in ["", "arn", "arn:aws:kms:::", "urn:aws:kms:us-east-1:1:key/x", "arn::kms:r:a:key/x"] {
            assert_eq!(ArnParts::parse(broken), None, "{broken}");
        }
    }

    #[test]
    fn a_region_names_its_partition() {
        for (region, partition) in [
            ("us-east-1", "aws"),
            ("cn-north-1", "aws-cn"),
            ("us-gov-west-1", "aws-us-gov"),
            ("us-iso-east-1", "aws-iso"),
            ("us-isob-east-1", "aws-iso-b"),
            ("us-isof-south-1", "aws-iso-f"),
            ("eu-isoe-west-1", "aws-iso-e"),
            ("eusc-de-east-1", "aws-eusc"),
            ("", "aws"),
        ] {
            assert_eq!(Partition::of_region(region).as_str(), partition);
        }
    }

    #[test]
    fn a_record_id_survives_json() {
        let id = RecordId(0x0123_4567_89ab_cdef);
        let json = serde_json::to_string(&id).unwrap();
        assert_eq!(json, "\"0123456789abcdef\"");
        assert_eq!(serde_json::from_str::<RecordId>(&json).unwrap(), id);
    }
}
