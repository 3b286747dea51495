//! Who asks KMS, and what the request says of itself.

use crate::event::LogTargetName;
use crate::subject::SubjectId;

/// Who asks.
pub(super) enum Asking<'a> {
    /// CloudWatch Logs, as the service of the log target's region.
    Logs {
        /// For this log target.
        target: &'a SubjectId,
    },
    /// Somebody of the key's own account.
    OwnAccount {
        /// The account.
        account: &'a str,
    },
}

/// What a request says under a condition key.
pub(super) enum Said {
    /// One of these, where `None` is nothing.
    OneOf(Vec<Option<String>>),
    /// Nobody knows.
    Unknown,
}

impl Said {
    fn is(value: impl Into<String>) -> Self {
        Self::OneOf(vec![Some(value.into())])
    }

    /// That, or nothing: nothing is documented.
    fn perhaps(value: impl Into<String>) -> Self {
        Self::OneOf(vec![Some(value.into()), None])
    }
}

/// The encryption context that CloudWatch Logs gives for a log group; for query results no value is documented.
///
/// Source: <https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html>
const CONTEXT: &str = "aws:logs:arn";

impl Asking<'_> {
    /// What the request says under a condition key, whose name is in lower case.
    pub(super) fn said(&self, key: &str) -> Said {
        match self {
            Self::Logs { target } => of_logs(target, key),
            Self::OwnAccount { account } => match key {
                "aws:principalisawsservice" => Said::is("false"),
                "kms:calleraccount" | "aws:principalaccount" => Said::is(*account),
                _ => Said::Unknown,
            },
        }
    }
}

fn of_logs(target: &SubjectId, key: &str) -> Said {
    let group = group_arn(target);
    if let Some(name) = key.strip_prefix("kms:encryptioncontext:") {
        return match group {
            Some(arn) if name == CONTEXT => Said::is(arn),
            Some(_) => Said::OneOf(vec![None]),
            None => Said::Unknown,
        };
    }
    match (key, group) {
        ("aws:principalisawsservice", _) => Said::is("true"),
        ("kms:encryptioncontextkeys", Some(_)) => Said::is(CONTEXT),
        // CloudWatch Logs calls KMS as itself and, since 2024, also for a caller; the page doesn't say which when.
        ("kms:viaservice", _) => Said::perhaps(service(target)),
        ("aws:sourceaccount", _) => Said::perhaps(target.account.as_str()),
        ("aws:sourcearn", Some(arn)) => Said::perhaps(arn),
        _ => Said::Unknown,
    }
}

/// The service's name in the log target's region.
pub(super) fn service(target: &SubjectId) -> String {
    format!("logs.{}.amazonaws.com", target.region)
}

fn group_arn(target: &SubjectId) -> Option<String> {
    let Some(LogTargetName::LogGroup(name)) = target.log_target_name() else { return None };
    let SubjectId { partition, account, region, .. } = target;
    Some(format!("arn:{partition}:logs:{region}:{account}:log-group:{name}"))
}
