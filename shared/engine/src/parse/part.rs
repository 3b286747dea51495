//! Changes of what Keytrail itself is made of: rules, queues, the table, topics, functions, schedules, roles, the policy.
//!
//! Which of an account's things are Keytrail's, policy says by their names (`own.parts`); a change of any other is ignored.
//! Names of Lambda's events carry the version of its API, as in
//! <https://docs.aws.amazon.com/lambda/latest/dg/logging-using-cloudtrail.html>.

use super::ParseSettings;
use super::record::{Reading, Record, Told};
use super::shape::Gap;
use super::text::clean;
use crate::event::What;

/// The events of each service, and the members of a request that name the thing.
pub(super) const RULES: &[&str] = &["DeleteRule", "DisableRule", "PutRule", "PutTargets", "RemoveTargets"];
pub(super) const QUEUES: &[&str] =
    &["AddPermission", "DeleteQueue", "PurgeQueue", "RemovePermission", "SetQueueAttributes"];
pub(super) const TABLES: &[&str] = &[
    "DeleteResourcePolicy",
    "DeleteTable",
    "PutResourcePolicy",
    "UpdateContinuousBackups",
    "UpdateTable",
    "UpdateTimeToLive",
];
pub(super) const TOPICS: &[&str] =
    &["AddPermission", "DeleteTopic", "RemovePermission", "SetTopicAttributes", "Subscribe", "Unsubscribe"];
pub(super) const FUNCTIONS: &[&str] = &[
    "AddPermission20150331v2",
    "DeleteEventSourceMapping20150331",
    "DeleteFunction20150331",
    "PutFunctionConcurrency20171031",
    "UpdateEventSourceMapping20150331",
    "UpdateFunctionCode20150331v2",
    "UpdateFunctionConfiguration20150331v2",
];
pub(super) const SCHEDULES: &[&str] = &["DeleteSchedule", "UpdateSchedule"];
pub(super) const ROLES: &[&str] = &[
    "AttachRolePolicy",
    "CreatePolicyVersion",
    "DeletePolicy",
    "DeletePolicyVersion",
    "DeleteRole",
    "DeleteRolePermissionsBoundary",
    "DeleteRolePolicy",
    "DetachRolePolicy",
    "PutRolePermissionsBoundary",
    "PutRolePolicy",
    "SetDefaultPolicyVersion",
    "UpdateAssumeRolePolicy",
];
pub(super) const PARAMETERS: &[&str] = &["DeleteParameter", "PutParameter"];

/// Where a request names the thing, the surest first: a targets' rule before the target, a role before its policy.
const NAMED: [&str; 10] = [
    "queueUrl",
    "tableName",
    "topicArn",
    "subscriptionArn",
    "functionName",
    "roleName",
    "policyArn",
    "resourceArn",
    "rule",
    "name",
];

/// A change, whosever the thing is and whether it failed or not: [`ours`] sorts that out.
pub(super) fn read(record: &Record<'_>) -> Reading {
    let (request, response) = (record.request(), record.response());
    let named = NAMED.iter().find_map(|field| request.text(field));
    // An event source mapping is named by its function in the answer.
    let named = named.or_else(|| response.text("functionArn"));
    if let Some(code) = &record.failure {
        // Whose things a denied call was aimed at, nobody can tell: its parameters are null.
        if named.is_none() {
            return Ok(vec![record.attempt(code, None)]);
        }
    }
    let named = named.ok_or(Gap::Target)?;
    Ok(vec![What::PartChanged { part: clean(part_of(&named), 512), call: clean(&record.name, 128) }.into()])
}

/// Without changes of things that are not Keytrail's own; one of its own that failed was an attempt.
pub(super) fn ours(told: Vec<Told>, record: &Record<'_>, settings: &ParseSettings) -> Vec<Told> {
    let own = |part: &str| settings.own_parts.iter().any(|own| own.matches(part));
    let ours = told.into_iter().filter_map(|told| match (&told.what, &record.failure) {
        (What::PartChanged { part, .. }, _) if !own(part) => None,
        (What::PartChanged { .. }, Some(code)) => Some(record.attempt(code, None)),
        _ => Some(told),
    });
    ours.collect()
}

/// The name of a thing, without what its ARN or address has before: `keytrail-Pages-1` of
/// `arn:aws:sns:us-east-1:111122223333:keytrail-Pages-1:2bcf…`. A parameter's name is a path and stays one.
fn part_of(named: &str) -> &str {
    if let Some(address) = named.strip_prefix("https://") {
        return address.rsplit('/').next().unwrap_or(address);
    }
    let mut parts = named.splitn(6, ':');
    let (arn, resource) = (parts.next(), parts.nth(4));
    let Some(resource) = resource.filter(|_| arn == Some("arn")) else { return named };
    let kinds = ["function:", "table/", "role/", "policy/", "rule/", "parameter"];
    let name = kinds.iter().find_map(|kind| resource.strip_prefix(kind)).unwrap_or(resource);
    let name = if resource.starts_with("parameter") { name } else { name.rsplit('/').next().unwrap_or(name) };
    name.split(':').next().unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{Case, events, ignored};
    use super::*;

    fn changed(source: &str, name: &str, request: &str) -> Option<(String, String)> {
        let case = Case::new(source, name).with(&format!(r#""requestParameters":{request}"#));
        if ignored(&case) {
            return None;
        }
        match events(&case).remove(0).what {
            What::PartChanged { part, call } => Some((part.into(), call.into())),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn keytrails_own_parts_are_known_by_name_in_every_form() {
        for (source, name, request, part) in [
            ("events", "DisableRule", r#"{"name":"keytrail-ApiKeysRule-1"}"#, "keytrail-ApiKeysRule-1"),
            (
                "events",
                "RemoveTargets",
                r#"{"rule":"keytrail-UsersRule-1","ids":["control"]}"#,
                "keytrail-UsersRule-1",
            ),
            (
                "sqs",
                "SetQueueAttributes",
                r#"{"queueUrl":"https://sqs.us-east-1.amazonaws.com/111122223333/keytrail-ControlQueue-1"}"#,
                "keytrail-ControlQueue-1",
            ),
            (
                "dynamodb",
                "DeleteTable",
                r#"{"tableName":"arn:aws:dynamodb:us-east-1:111122223333:table/keytrail-Table-1"}"#,
                "keytrail-Table-1",
            ),
            ("dynamodb", "UpdateTable", r#"{"tableName":"keytrail-Table-1"}"#, "keytrail-Table-1"),
            (
                "sns",
                "Unsubscribe",
                r#"{"subscriptionArn":"arn:aws:sns:us-east-1:111122223333:keytrail-Pages-1:2bcfbf39"}"#,
                "keytrail-Pages-1",
            ),
            (
                "lambda",
                "UpdateFunctionCode20150331v2",
                r#"{"functionName":"arn:aws:lambda:us-east-1:111122223333:function:keytrail-Respond-1"}"#,
                "keytrail-Respond-1",
            ),
            (
                "iam",
                "PutRolePolicy",
                r#"{"roleName":"keytrail-RespondRole-1","policyName":"x"}"#,
                "keytrail-RespondRole-1",
            ),
            (
                "iam",
                "CreatePolicyVersion",
                r#"{"policyArn":"arn:aws:iam::111122223333:policy/KeytrailDenyBearer"}"#,
                "KeytrailDenyBearer",
            ),
            ("ssm", "PutParameter", r#"{"name":"/keytrail/policy"}"#, "/keytrail/policy"),
            ("scheduler", "DeleteSchedule", r#"{"name":"keytrail-Tick-1"}"#, "keytrail-Tick-1"),
        ] {
            let source = format!("{source}.amazonaws.com");
            assert_eq!(
                changed(&source, name, request),
                Some((part.to_owned(), name.to_owned())),
                "{request}"
            );
        }
    }

    #[test]
    fn a_failed_change_of_our_own_is_an_attempt() {
        let failed = |name: &str| {
            let request = format!(r#""requestParameters":{{"name":"{name}"}}"#);
            Case::new("events.amazonaws.com", "DeleteRule").with(&request).error("ResourceNotFoundException")
        };
        let attempt = events(&failed("keytrail-ApiKeysRule-1")).remove(0).what;
        assert!(matches!(attempt, What::Attempt { on: None, .. }), "{attempt:?}");
        assert!(ignored(&failed("nightly")));
    }

    #[test]
    fn what_belongs_to_others_is_ignored() {
        for (source, name, request) in [
            ("events.amazonaws.com", "PutRule", r#"{"name":"nightly"}"#),
            ("iam.amazonaws.com", "DeleteRole", r#"{"roleName":"app"}"#),
            ("ssm.amazonaws.com", "PutParameter", r#"{"name":"/app/keytrail"}"#),
        ] {
            assert_eq!(changed(source, name, request), None, "{request}");
        }
    }
}
