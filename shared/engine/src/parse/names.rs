//! Names as AWS permits them. What is none goes no further, so that no subject's id can be forged out of hostile text.

use crate::ids::{
    AccountId, ArnParts, CredentialId, KmsKeyId, LogGroupName, Partition, Region, TrailName, UserName,
};
use crate::subject::SubjectId;

/// A credential id: `ACCA`, IAM's prefix for service-specific credentials, and word characters.
///
/// Sources: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-unique-ids>;
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateServiceSpecificCredential.html> (at most 128).
pub(super) fn credential_id(text: &str) -> Option<CredentialId> {
    let right = text.starts_with("ACCA")
        && (12..=128).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    right.then(|| text.into())
}

/// An IAM user's name: `[\w+=,.@-]`, at most 64 (128 in some APIs).
pub(super) fn user_name(text: &str) -> Option<UserName> {
    let right = (1..=128).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_+=,.@-".contains(&byte));
    right.then(|| text.into())
}

/// The user of an ARN such as `arn:aws:iam::111122223333:user/path/name`.
pub(super) fn user_of_arn(arn: &str) -> Option<UserName> {
    let parts = ArnParts::parse(arn).filter(|parts| parts.service == "iam")?;
    user_name(parts.resource.strip_prefix("user/")?.rsplit('/').next()?)
}

/// Twelve digits.
pub(super) fn account(text: &str) -> Option<AccountId> {
    let right = text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit());
    right.then(|| text.into())
}

/// A region's code.
pub(super) fn region(text: &str) -> Option<Region> {
    let right = (4..=32).contains(&text.len())
        && text.contains('-')
        && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
    right.then(|| text.into())
}

/// A partition: `aws`, or `aws-` and more.
pub(super) fn partition(text: &str) -> Option<Partition> {
    let rest = text.strip_prefix("aws")?;
    let right = rest.is_empty() || rest.starts_with('-') && rest.len() <= 16;
    let right = right && rest.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-');
    right.then(|| text.into())
}

/// A log group's name: `[.\-_/#A-Za-z0-9]`, at most 512.
///
/// Source: <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_CreateLogGroup.html>
pub(super) fn log_group(text: &str) -> Option<LogGroupName> {
    let right = (1..=512).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-/#".contains(&byte));
    right.then(|| text.into())
}

/// A KMS key's id: a UUID or `mrk-…`. Aliases and ARNs are none.
pub(super) fn kms_key_id(text: &str) -> Option<KmsKeyId> {
    let right = (1..=64).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    right.then(|| text.into())
}

/// A KMS key by its ARN.
pub(super) fn kms_key_of_arn(arn: &str) -> Option<SubjectId> {
    let parts = ArnParts::parse(arn).filter(|parts| parts.service == "kms")?;
    let id = kms_key_id(parts.resource.strip_prefix("key/")?)?;
    Some(SubjectId::kms_key(partition(parts.partition)?, account(parts.account)?, region(parts.region)?, &id))
}

/// A trail's name (`[A-Za-z0-9._-]`, 3 to 128), or the name in its ARN.
///
/// Source: <https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-trail-naming-requirements.html>
pub(super) fn trail(text: &str) -> Option<TrailName> {
    let name = match ArnParts::parse(text) {
        Some(parts) => parts.resource.strip_prefix("trail/")?,
        None => text,
    };
    let right = (3..=128).contains(&name.len())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte));
    right.then(|| name.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_what_aws_permits() {
        assert!(credential_id("ACCA1234EXAMPLE1234").is_some());
        for other in ["ABSKabc", "AKIAIOSFODNN7EXAMPLE", "ACCA", "ACCA1234/EXAMPLE", ""] {
            assert_eq!(credential_id(other), None, "{other}");
        }
        assert!(user_name("a.b+c=d,e@f_g-h").is_some());
        for other in ["", "a/b", "a b", "é", "a\n", "=HYPERLINK(1)"] {
            assert_eq!(user_name(other), None, "{other}");
        }
        assert_eq!(user_of_arn("arn:aws:iam::111122223333:user/a/b/name").unwrap().as_str(), "name");
        assert_eq!(user_of_arn("arn:aws:sts::111122223333:assumed-role/user/name"), None);
        assert!(account("111122223333").is_some() && account("HIDDEN_DUE_TO").is_none());
        assert!(region("us-gov-west-1").is_some() && region("us/east").is_none());
        assert!(partition("aws-iso-b").is_some() && partition("awsome").is_none());
        assert!(log_group("/aws/a#b").is_some() && log_group("a:*").is_none());
    }

    #[test]
    fn a_trail_has_one_name_however_it_is_written() {
        let arn = "arn:aws:cloudtrail:us-east-1:111122223333:trail/audit";
        assert_eq!(trail(arn), trail("audit"));
        assert_eq!(trail("arn:aws:s3:::bucket"), None);
    }

    #[test]
    fn a_key_is_a_key_only_by_a_whole_arn() {
        assert!(kms_key_of_arn("arn:aws:kms:us-east-1:111122223333:key/mrk-1").is_some());
        for other in
            ["arn:aws:kms:us-east-1:111122223333:alias/a", "arn:aws:kms:us-east-1:evil/x:key/a", "mrk-1"]
        {
            assert_eq!(kms_key_of_arn(other), None, "{other}");
        }
    }
}
