//! Functions, what calls them, and schedules.
//!
//! Sources: <https://docs.aws.amazon.com/lambda/latest/api/API_GetFunctionConfiguration.html>,
//! <https://docs.aws.amazon.com/lambda/latest/api/API_GetFunctionConcurrency.html>,
//! <https://docs.aws.amazon.com/lambda/latest/api/API_ListEventSourceMappings.html>,
//! <https://docs.aws.amazon.com/scheduler/latest/APIReference/API_GetSchedule.html>

use std::collections::BTreeMap;

use keytrail_ledger::capability::{Answer, FunctionSeen};
use serde::Deserialize;

use super::unread;
use crate::Failure;
use crate::plain_call::{PlainClient, encoded};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Function {
    function_arn: Box<str>,
    state: Box<str>,
    role: Box<str>,
    environment: Option<Environment>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Environment {
    variables: BTreeMap<Box<str>, Box<str>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Concurrency {
    reserved_concurrent_executions: Option<u64>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Sources {
    event_source_mappings: Vec<Source>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Source {
    event_source_arn: Box<str>,
    state: Box<str>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Schedule {
    state: Box<str>,
}

/// A function by its name.
pub(super) async fn function(client: &PlainClient, name: &str) -> Answer<FunctionSeen> {
    let name = encoded(name);
    let get =
        async |call: &str, path: String| client.get(path).await.map_err(|failure| unread(call, failure));
    let call = "lambda:GetFunctionConfiguration";
    let function = get(call, format!("/2015-03-31/functions/{name}/configuration")).await?;
    let function: Function = function.json().map_err(|failure| unread(call, failure))?;
    let call = "lambda:GetFunctionConcurrency";
    let concurrency = get(call, format!("/2019-09-30/functions/{name}/concurrency")).await?;
    let concurrency: Concurrency = concurrency.json().map_err(|failure| unread(call, failure))?;
    let call = "lambda:ListEventSourceMappings";
    // A page has a hundred, and a function of Keytrail's two.
    let sources = get(call, format!("/2015-03-31/event-source-mappings?FunctionName={name}")).await?;
    let sources: Sources = sources.json().map_err(|failure| unread(call, failure))?;
    let mut variables = function.environment.unwrap_or_default().variables;
    variables.retain(|name, _| name.starts_with("KEYTRAIL_"));
    Ok(FunctionSeen {
        arn: function.function_arn,
        state: function.state,
        role: function.role,
        concurrency: concurrency.reserved_concurrent_executions,
        variables,
        sources: sources
            .event_source_mappings
            .into_iter()
            .map(|it| (it.event_source_arn, it.state))
            .collect(),
    })
}

/// The state of a schedule of the default group, by its name.
pub(super) async fn schedule(client: &PlainClient, name: &str) -> Answer<Box<str>> {
    let refused = |failure: Failure| unread("scheduler:GetSchedule", failure);
    let schedule = client.get(format!("/schedules/{}", encoded(name))).await.map_err(refused)?;
    schedule.json().map(|it: Schedule| it.state).map_err(refused)
}
