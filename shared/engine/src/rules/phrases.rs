//! Phrases and commands that several rules use. Names in commands are quoted: they are hostile text.

use crate::document::{ApiKey, Life};
use crate::event::{Expiry, KmsKeyRef, LogTargetName};
use crate::ids::Principal;
use crate::policy::Policy;
use crate::subject::SubjectId;
use crate::time::Time;

/// `user NAME`, or that it isn't known.
pub(super) fn user_of(key: &ApiKey) -> String {
    key.user.value().map_or_else(|| "an unknown user".to_owned(), |user| format!("user {user}"))
}

/// Who created a key.
pub(super) fn creator(key: &ApiKey) -> Option<&Principal> {
    let mut creations = key.life.entries().filter(|entry| entry.value.what == Life::Created);
    creations.find_map(|entry| entry.value.by.who.as_ref())
}

/// The command that creates a key within the limit.
pub(super) fn create_key(key: &ApiKey, policy: &Policy) -> String {
    format!(
        "aws iam create-service-specific-credential --user-name {} --service-name {} --credential-age-days {}",
        quoted(key.user.value().map_or("USER", |user| user.as_str())),
        quoted(key.service.value().map_or("SERVICE", |service| service.as_str())),
        policy.api_keys.max_lifetime_days
    )
}

/// What to do about a key that somebody else may have, in order: another one, and then the end of this one. One that must
/// keep its id gets a new secret instead, as long as it hasn't expired.
pub(super) fn replace_key(key: &ApiKey, id: &str, policy: &Policy, now: Time) -> Vec<String> {
    let id = quoted(id);
    let mut steps = vec![
        format!("Make another key, and give it to the sender: {}", create_key(key, policy)),
        format!(
            "Say that it takes this one's place, so that this one is deleted once it works: \
             keytrail replace {id} --by NEW_KEY --why REASON --table TABLE"
        ),
    ];
    if key.expires.value().is_none_or(|expires| !matches!(expires, Expiry::At(end) if *end <= now)) {
        let user = quoted(key.user.value().map_or("USER", |user| user.as_str()));
        steps.push(format!(
            "If it must keep its id, give it a new secret instead: keytrail reset {id} --user {user}"
        ));
    }
    steps
}

/// The command that switches a key off.
pub(super) fn deactivate_key(key: &ApiKey, id: &str) -> String {
    set_status(key, id, "Inactive")
}

/// The command that switches a key on again.
pub(super) fn reactivate_key(key: &ApiKey, id: &str) -> String {
    set_status(key, id, "Active")
}

fn set_status(key: &ApiKey, id: &str, status: &str) -> String {
    format!(
        "aws iam update-service-specific-credential --user-name {} --service-specific-credential-id {} --status {status}",
        quoted(key.user.value().map_or("USER", |user| user.as_str())),
        quoted(id)
    )
}

/// A log target as people name it.
pub(super) fn log_target(subject: &SubjectId) -> String {
    match subject.log_target_name() {
        Some(LogTargetName::LogGroup(name)) => format!("log group {name}"),
        Some(LogTargetName::QueryResults) => format!("the query results of {}", subject.region),
        Some(LogTargetName::Other(part, name)) => format!("{} {name}", part.title()),
        None => "a log target that the record does not name".to_owned(),
    }
}

/// A KMS key as the record named it.
pub(super) fn key_name(key: &KmsKeyRef) -> String {
    match key {
        KmsKeyRef::Key(subject) => kms_arn(subject),
        KmsKeyRef::Unresolved(text) => text.to_string(),
    }
}

/// The command that associates a log target with a key.
pub(super) fn associate(target: &SubjectId, key: Option<&KmsKeyRef>) -> String {
    let (partition, region, account) = (&target.partition, &target.region, &target.account);
    if let Some(LogTargetName::Other(part, _)) = target.log_target_name() {
        return format!(
            "make the {} anew with a key of yours: its key is given when it is made",
            part.title()
        );
    }
    let which = match target.log_target_name() {
        Some(LogTargetName::LogGroup(name)) => format!("--log-group-name {}", quoted(name.as_str())),
        _ => format!("--resource-identifier 'arn:{partition}:logs:{region}:{account}:query-result:*'"),
    };
    let key = key.map_or_else(|| "KEY_ARN".to_owned(), |key| quoted(&key_name(key)));
    format!("aws logs associate-kms-key --region {region} {which} --kms-key-id {key}")
}

/// Values in their order, each once, at most ten; `None` for none.
pub(crate) fn joined<T: ToString>(values: impl Iterator<Item = T>) -> Option<String> {
    const SHOWN: usize = 10;
    let mut texts: Vec<String> = values.map(|value| value.to_string()).collect();
    texts.sort_unstable();
    texts.dedup();
    let more = texts.len().saturating_sub(SHOWN);
    texts.truncate(SHOWN);
    let more = (more > 0).then(|| format!(" and {more} more"));
    (!texts.is_empty()).then(|| texts.join(", ") + more.as_deref().unwrap_or_default())
}

/// A word for a POSIX shell: quoted if it holds anything but plain characters. Control characters are dropped: no
/// AWS name has any, and a pasted line feed would run the rest.
pub(crate) fn quoted(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:@=+,".contains(c);
    let text: String = text.chars().filter(|c| !c.is_control()).collect();
    if !text.is_empty() && text.chars().all(plain) && !text.starts_with('-') {
        return text;
    }
    format!("'{}'", text.replace('\'', r"'\''"))
}

/// A KMS key as AWS names it.
pub(super) fn kms_arn(key: &SubjectId) -> String {
    let SubjectId { partition, account, region, name, .. } = key;
    format!("arn:{partition}:kms:{region}:{account}:key/{name}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hostile_name_cannot_leave_its_quotes() {
        for (name, word) in [
            ("otel-gateway", "otel-gateway"),
            ("a b", "'a b'"),
            ("x'; rm -rf /; '", r"'x'\''; rm -rf /; '\'''"),
            ("two\nlines", "twolines"),
            ("$(id)", "'$(id)'"),
            ("--profile", "'--profile'"),
            ("", "''"),
        ] {
            assert_eq!(quoted(name), word);
        }
    }
}
