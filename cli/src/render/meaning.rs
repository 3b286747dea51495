//! What an event says, in one sentence.

use keytrail_engine::event::{
    BearerCall, CompromiseSource, Compromised, Expiry, Grant, KmsKeyChange, KmsKeyRef, LogTargetName, Token,
    TrailChange, UserSeen, What,
};
use keytrail_engine::subject::SubjectId;
use keytrail_engine::time::Time;

/// What an event says. Names are as the record has them: hostile text.
pub fn meaning(what: &What) -> String {
    match what {
        What::ApiKeyCreated(seen) => {
            let expiry = match seen.expires {
                Some(Expiry::Never) => ", which never expires".to_owned(),
                Some(Expiry::At(at)) => format!(", which expires {at}"),
                None => String::new(),
            };
            let (user, service) = (or_unknown(seen.user.as_ref()), or_unknown(seen.service.as_ref()));
            format!("API key {} of user {user} for {service} was created{expiry}", seen.key)
        }
        What::ApiKeyObserved(seen) => format!("API key {} was seen in a listing", seen.key),
        What::ApiKeyAbsent { key } => format!("API key {key} was missing from a listing"),
        What::LogGroupObserved { target, .. } => format!("{} was seen in a listing", name(target)),
        What::TrailObserved { trail, .. } => format!("trail {trail} was seen in a listing"),
        What::ApiKeyStatusChanged { key, status, .. } => format!("API key {key} was set {status:?}"),
        What::ApiKeyReset(seen) => format!("API key {} got a new secret", seen.key),
        What::ApiKeyDeleted { key, .. } => format!("API key {key} was deleted"),
        What::BearerCall(call) => bearer_call(call),
        What::BearerAuthenticationSet { target, enabled } => {
            format!(
                "bearer authentication of {} was switched {}",
                name(target),
                if *enabled { "on" } else { "off" }
            )
        }
        What::KmsKeyCreated { key, .. } => format!("KMS key {} was created", key.name),
        What::KmsKeyObserved { key, .. } => format!("KMS key {} was described by KMS", key.name),
        What::KmsKeyAbsent { key } => format!("KMS key {} does not exist, says KMS", key.name),
        What::KmsKeyReplicated { key, region, .. } => {
            format!("KMS key {} was replicated to {region}", key.name)
        }
        What::KmsKeyChanged { key, change } => format!("KMS key {} {}", key.name, kms_change(change)),
        What::Associated { target, key } => {
            format!("{} was put under KMS key {}", name(target), key_name(key))
        }
        What::Disassociated { target } => format!("{} was taken from its KMS key", name(target)),
        What::AssociationFailed { target, key, code } => format!(
            "an association of {} with {} failed: {code}",
            target.as_ref().map_or_else(|| "an unknown log target".to_owned(), name),
            key.as_ref()
                .map_or_else(|| "an unknown KMS key".to_owned(), |key| format!("KMS key {}", key_name(key))),
        ),
        What::LogGroupCreated { target, key } => {
            let under = key.as_ref().map(|key| format!(" under KMS key {}", key_name(key)));
            format!("{} was created{}", name(target), under.unwrap_or_default())
        }
        What::LogGroupDeleted { target } => format!("{} was deleted", name(target)),
        What::RetentionSet { target, days } => {
            let kept = days.map_or_else(|| "for ever".to_owned(), |days| format!("for {days} days"));
            format!("{} keeps its data {kept} from now on", name(target))
        }
        What::UserCreated { user } => format!("user {user} was created"),
        What::UserDeleted { user } => format!("user {user} was deleted"),
        What::UserTagged { user, tag, value: Some(value) } => {
            format!("user {user} was tagged {tag} = {value}")
        }
        What::UserTagged { user, tag, value: None } => format!("user {user} lost the tag {tag}"),
        What::UserObserved { user, seen: UserSeen::Shown { path, tags } } => {
            let tags: Vec<String> = tags.iter().map(|(tag, value)| format!("{tag} = {value}")).collect();
            let tags = if tags.is_empty() {
                "without tags".to_owned()
            } else {
                format!("tagged {}", tags.join(", "))
            };
            format!("user {user} was looked at: at {path}, {tags}")
        }
        What::UserObserved { user, seen: UserSeen::Unreadable } => {
            format!("user {user} could not be looked at")
        }
        What::UserGranted { user, grant } => grant_of(user.as_str(), grant),
        What::TrailChanged { trail, change } => format!("trail {trail} {}", trail_change(change)),
        What::CompromiseReported { of, source } => compromise(of, source),
        What::Requested { key, request, why } => {
            format!("a person asked Keytrail to {} API key {key}: {why}", request.word())
        }
        What::Expected { subject, lesson, why } => {
            let found = super::plural(lesson.findings.len() as u64, "finding", "findings");
            format!("a person said that {found} about {subject} are expected: {why}")
        }
        What::PartChanged { part, call } => format!("a part of Keytrail was changed: {call} {part}"),
        What::Attempt { name, code, on } => {
            format!(
                "an attempt: {name} failed with {code}{}",
                on.as_ref().map(|on| format!(" on {on}")).unwrap_or_default()
            )
        }
    }
}

fn or_unknown<T: ToString>(value: Option<&T>) -> String {
    value.map_or_else(|| "unknown".to_owned(), ToString::to_string)
}

fn bearer_call(call: &BearerCall) -> String {
    let who = match (call.token, &call.user) {
        (Token::ShortTerm, _) => "a short-term token".to_owned(),
        (Token::LongTerm, Some(user)) => format!("an API key of user {user}"),
        (Token::LongTerm, None) => "an API key of an unknown user".to_owned(),
    };
    let key = call.key.as_ref().map_or_else(
        || {
            if call.token == Token::LongTerm {
                ", the record does not say which".to_owned()
            } else {
                String::new()
            }
        },
        |key| format!(", {key}"),
    );
    let to = call.log_group.as_ref().map(|group| format!(", to log group {group}")).unwrap_or_default();
    let denied = call.denied.as_ref().map(|code| format!("; refused: {code}")).unwrap_or_default();
    format!("a call to {} with {who}{key}{to}{denied}", call.service)
}

fn name(target: &LogTargetName) -> String {
    match target {
        LogTargetName::LogGroup(name) => format!("log group {name}"),
        LogTargetName::QueryResults => "the query results".to_owned(),
        LogTargetName::Other(part, name) => format!("{} {name}", part.title()),
    }
}

fn key_name(key: &KmsKeyRef) -> String {
    match key {
        KmsKeyRef::Key(SubjectId { name, .. }) => name.to_string(),
        KmsKeyRef::Unresolved(text) => format!("{text} (which only KMS can resolve)"),
    }
}

fn kms_change(change: &KmsKeyChange) -> String {
    let until = |date: &Option<Time>, or: &str| date.map_or_else(|| or.to_owned(), |date| date.to_string());
    match change {
        KmsKeyChange::Enabled => "was enabled".to_owned(),
        KmsKeyChange::Disabled => "was disabled".to_owned(),
        KmsKeyChange::DeletionScheduled { waits_for_replicas: true, .. } => {
            "will be deleted once its replicas are".to_owned()
        }
        KmsKeyChange::DeletionScheduled { date, .. } => {
            format!("will be deleted on {}", until(date, "an unknown date"))
        }
        KmsKeyChange::DeletionCancelled => "will not be deleted; KMS leaves it disabled".to_owned(),
        KmsKeyChange::Deleted => "was deleted".to_owned(),
        KmsKeyChange::MaterialImported { expires } => {
            format!("got imported key material, which expires {}", until(expires, "never"))
        }
        KmsKeyChange::MaterialDeleted => "lost its imported key material".to_owned(),
        KmsKeyChange::MaterialExpired => "lost its imported key material, which expired".to_owned(),
        KmsKeyChange::Rotated => "was rotated".to_owned(),
        KmsKeyChange::PolicyChanged { .. } => "got another key policy".to_owned(),
        KmsKeyChange::PrimaryMoved(region) => format!("has its primary in {region} now"),
    }
}

fn grant_of(user: &str, grant: &Grant) -> String {
    match grant {
        Grant::AccessKey => format!("user {user} got an access key"),
        Grant::LoginProfile => format!("user {user} got a console password"),
        Grant::ManagedPolicy(policy) => format!("user {user} got the policy {policy}"),
        Grant::InlinePolicy(policy) => format!("user {user} got the inline policy {policy}"),
        Grant::ManagedPolicyTaken(policy) => format!("user {user} lost the policy {policy}"),
        Grant::Group(group) => format!("user {user} was added to the group {group}"),
    }
}

fn trail_change(change: &TrailChange) -> String {
    match change {
        TrailChange::Started => "records again".to_owned(),
        TrailChange::Stopped => "stopped recording".to_owned(),
        TrailChange::Created => "was created".to_owned(),
        TrailChange::Updated => "was changed".to_owned(),
        TrailChange::Deleted => "was deleted".to_owned(),
        TrailChange::SelectorsPut(selectors) => format!(
            "records {}management events{}, {}bearer calls{} from now on",
            if selectors.management_writes { "" } else { "no " },
            if selectors.kms_excluded { " but KMS's" } else { "" },
            if selectors.bearer_calls { "" } else { "no " },
            if selectors.narrowed { " (some of them only)" } else { "" },
        ),
    }
}

fn compromise(of: &Compromised, source: &CompromiseSource) -> String {
    let whom = match of {
        Compromised::ApiKey(key) => format!("API key {key}"),
        Compromised::User(user) => format!("user {user}"),
        Compromised::AccessKey(key) => format!("access key {key}"),
    };
    match source {
        CompromiseSource::Health(code) => format!("AWS Health reports {whom} as compromised ({code})"),
        CompromiseSource::GuardDuty { finding_type, sample, .. } => {
            let sample = if *sample { "; a sample" } else { "" };
            format!("GuardDuty reports {whom} ({finding_type}{sample})")
        }
        CompromiseSource::QuarantinePolicy(policy) => format!("AWS quarantined {whom} with {policy}"),
    }
}
