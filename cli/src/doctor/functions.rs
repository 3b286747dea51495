//! Functions, their roles and what calls them.

use keytrail_engine::services::API_KEY_SERVICES;
use keytrail_ledger::capability::{Deployment, FunctionSeen};

use super::Diagnosis;
use super::parts::{FUNCTIONS, Function};
use super::permits::{is_about, statements, texts};

const DEPLOY: &str = "deploy the stack again";

pub(super) fn functions(deployment: &Deployment, found: &mut Diagnosis) {
    let mut policies = Vec::new();
    // One that only some stacks have, as rescue, has to be alive too.
    for name in deployment.functions.keys() {
        if let Some(function) = found.part(&deployment.functions, name) {
            alive(name, function, found);
        }
    }
    for expected in &FUNCTIONS {
        let Some(Ok(function)) = deployment.functions.get(expected.name) else { continue };
        let name = expected.name;
        if let Some(Ok(role)) = deployment.roles.get(expected.role)
            && role.arn != function.role
        {
            let what = format!("the function {name} runs as {}, not as its own role", function.role);
            found.wrong("function_role", what, DEPLOY);
        }
        sources(deployment, expected, function, found);
        variables(deployment, name, function, found);
        policies
            .extend(function.variables.get("KEYTRAIL_POLICY_PARAMETER").map(|parameter| (name, parameter)));
    }
    if let Some((_, first)) = policies.first()
        && policies.iter().any(|(_, parameter)| parameter != first)
    {
        let each: Vec<_> = policies.iter().map(|(name, parameter)| format!("{name} {parameter:?}")).collect();
        found.wrong(
            "policy_differs",
            format!("the functions read different policies: {}", each.join(", ")),
            DEPLOY,
        );
    }
}

fn alive(name: &str, function: &FunctionSeen, found: &mut Diagnosis) {
    if &*function.state != "Active" {
        let what = format!("the function {name} is {}", function.state);
        found.wrong(
            "function_not_active",
            what,
            "Lambda's console says why; a new deployment mends most of it",
        );
    }
    if function.concurrency == Some(0) {
        let what = format!("the function {name} is switched off: its reserved concurrency is 0");
        let fix = "aws lambda delete-function-concurrency --function-name NAME, or deploy again";
        found.wrong("function_switched_off", what, fix);
    }
}

fn sources(deployment: &Deployment, expected: &Function, function: &FunctionSeen, found: &mut Diagnosis) {
    let table = deployment.tables.get("Table").and_then(|table| table.as_ref().ok());
    let mut wanted: Vec<(&str, String)> = Vec::new();
    if expected.queues.is_empty() {
        wanted.extend(table.map(|table| ("the table's stream", format!(":table/{}/stream/", table.name))));
    }
    for queue in expected.queues {
        let seen = deployment.queues.get(*queue).and_then(|queue| queue.as_ref().ok());
        wanted.extend(seen.map(|seen| (*queue, seen.arn.to_string())));
    }
    let name = expected.name;
    for (what, arn) in wanted {
        match function.sources.iter().find(|(source, _)| source.contains(&arn)) {
            None => {
                found.wrong("source_missing", format!("nothing hands {what} to the function {name}"), DEPLOY);
            }
            Some((_, state)) if state.starts_with("Disabl") => found.wrong(
                "source_disabled",
                format!("{name}'s event source for {what} is disabled"),
                "aws lambda update-event-source-mapping --uuid UUID --enabled",
            ),
            Some(_) => {}
        }
    }
}

fn variables(deployment: &Deployment, name: &str, function: &FunctionSeen, found: &mut Diagnosis) {
    let table = deployment.tables.get("Table").and_then(|table| table.as_ref().ok()).map(|table| &table.name);
    let pages = deployment.topics.get("Pages").and_then(|topic| topic.as_ref().ok()).map(|topic| &topic.arn);
    let wanted = [("KEYTRAIL_TABLE", table), ("KEYTRAIL_TOPIC_ARN", pages.filter(|_| name == "Notify"))];
    for (variable, wanted) in wanted {
        let Some(wanted) = wanted else { continue };
        if function.variables.get(variable) != Some(wanted) {
            let what = format!("{variable} of the function {name} is not {wanted}");
            found.wrong("function_variable", what, DEPLOY);
        }
    }
}

pub(super) fn roles(deployment: &Deployment, found: &mut Diagnosis) {
    for Function { name, role, policy, .. } in &FUNCTIONS {
        let Some(seen) = found.part(&deployment.roles, role) else { continue };
        let trusted = statements(&seen.trust, "Allow").all(|it| {
            it.get("Principal").is_some_and(|principal| {
                texts(principal, "Service") == ["lambda.amazonaws.com"]
                    && principal.as_object().is_some_and(|kinds| kinds.len() == 1)
            })
        });
        if !trusted || statements(&seen.trust, "Allow").next().is_none() {
            let what = format!("{role} can be taken by another than Lambda, or by nobody");
            found.wrong("role_trust", what, format!("whoever takes it does what {name} may: {DEPLOY}"));
        }
        if !seen.inline.iter().any(|inline| **inline == **policy) {
            let what = format!("{role} has lost its policy {policy}: {name} can do nothing");
            found.wrong("role_without_policy", what, DEPLOY);
        }
        let more = seen.inline.iter().filter(|inline| ***inline != **policy).chain(&seen.attached);
        let more: Vec<_> = more.map(|it| &**it).collect();
        if !more.is_empty() {
            let what = format!("{role} has more policies than the template gives it: {}", more.join(", "));
            found.wrong(
                "role_with_more",
                what,
                "take them away: aws iam detach-role-policy, delete-role-policy",
            );
        }
    }
    found.part(&deployment.roles, "ScheduleRole");
}

pub(super) fn schedules(deployment: &Deployment, found: &mut Diagnosis) {
    for name in deployment.schedules.keys() {
        let Some(state) = found.part(&deployment.schedules, name) else { continue };
        if &**state != "ENABLED" {
            let what = format!("the schedule {name} is {state}: what it starts isn't started");
            found.wrong("schedule_disabled", what, DEPLOY);
        }
    }
}

/// What stops every key of a user, where no single key can be named.
pub(super) fn deny_policy(deployment: &Deployment, found: &mut Diagnosis) {
    let Some(policy) = found.part(&deployment.policies, "KeytrailDenyBearer") else { return };
    let actions = API_KEY_SERVICES.iter().flat_map(|service| service.deny_actions);
    let left: Vec<_> = actions
        .filter(|action| {
            !statements(policy, "Deny").any(|it| {
                is_about(it, action) && texts(it, "Resource").contains(&"*") && it.get("Condition").is_none()
            })
        })
        .copied()
        .collect();
    if !left.is_empty() {
        let what =
            format!("KeytrailDenyBearer doesn't deny {}: keys that it is to stop go on", left.join(", "));
        found.wrong("deny_policy_weak", what, DEPLOY);
    }
}
