//! `keytrail doctor`.

use anyhow::Context as _;
use keytrail_aws::json_call::SSM;
use keytrail_aws::policy::{Origin, Policies};
use keytrail_aws::{AwsConfig, AwsDeployment, SystemClock};
use keytrail_engine::time::{Span, Time};
use keytrail_ledger::capability::{
    Answer, Clock as _, Deployment, DeploymentReader, PolicySource as _, Unread,
};
use keytrail_ledger::{LedgerError, Slots as _, paused};
use serde::Deserialize;

use crate::args::ImpactFormat;
use crate::args::doctor::Doctor;
use crate::doctor::{Diagnosis, Heartbeat, Memory, alert, diagnose};
use crate::exit::Exit;
use crate::{ledger, render};

pub(super) fn run(asked: &Doctor) -> anyhow::Result<Exit> {
    let config = ledger::aws(&asked.aws())?;
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().context("cannot start")?;
    let (deployment, memory) = runtime.block_on(read(&config, &asked.stack))?;
    let mut diagnosis = diagnose(&deployment, &memory, SystemClock.now());
    if let Some(severity) = asked.test_alert {
        runtime.block_on(alert::send(&config, &deployment, severity, asked.wait, &mut diagnosis));
    }
    match asked.format {
        ImpactFormat::Json => render::json(&diagnosis)?,
        ImpactFormat::Text => render::print(&render::diagnosis(&diagnosis, &asked.stack, render::width()))?,
    }
    Ok(exit(&diagnosis))
}

fn exit(diagnosis: &Diagnosis) -> Exit {
    match diagnosis {
        Diagnosis { problems, .. } if !problems.is_empty() => Exit::Found,
        Diagnosis { unread, .. } if !unread.is_empty() => Exit::Unknown,
        _ => Exit::Fine,
    }
}

async fn read(config: &AwsConfig, stack: &str) -> anyhow::Result<(Deployment, Memory)> {
    let read = AwsDeployment::new(config).deployment(stack).await;
    let deployment = read.map_err(|Unread { call, code, .. }| {
        anyhow::anyhow!("cannot look at the stack {stack} in {}: {call} says {code}", config.region())
    })?;
    let memory = match deployment.tables.get("Table") {
        Some(Ok(table)) => {
            let ledger = keytrail_aws::dynamo::DynamoLedger::new(config.dynamodb(), &table.name);
            let heartbeat =
                ledger.slot("heartbeat").await.map_err(|error| unread("dynamodb:GetItem", &error));
            Memory {
                heartbeat: heartbeat
                    .and_then(|slot| slot.map(|(value, _)| read_heartbeat(value)).transpose()),
                paused: paused(&ledger).await.map_err(|error| unread("dynamodb:GetItem", &error)),
                policy_fault: policy_fault(config, &deployment).await,
            }
        }
        // That the table can't be looked at is told already.
        _ => {
            let nothing = || Unread { call: "dynamodb:GetItem".into(), code: "no table".into(), gone: false };
            Memory { heartbeat: Err(nothing()), paused: Err(nothing()), policy_fault: None }
        }
    };
    Ok((deployment, memory))
}

/// What sweep writes every minute.
#[derive(Deserialize)]
struct Written {
    at: Time,
    version: Option<Box<str>>,
}

fn read_heartbeat(value: serde_json::Value) -> Answer<Heartbeat> {
    let written: Result<Written, _> = serde_json::from_value(value);
    let unreadable =
        |_| Unread { call: "dynamodb:GetItem".into(), code: "unreadable heartbeat".into(), gone: false };
    written.map(|Written { at, version }| Heartbeat { at, version }).map_err(unreadable)
}

fn unread(call: &str, error: &LedgerError) -> Unread {
    Unread { call: call.into(), code: alert::told(error).into(), gone: false }
}

/// Reads the policy as the functions do, and says what is wrong with it.
async fn policy_fault(config: &AwsConfig, deployment: &Deployment) -> Option<String> {
    let respond = deployment.functions.get("Respond")?.as_ref().ok()?;
    let name = respond.variables.get("KEYTRAIL_POLICY_PARAMETER").filter(|name| !name.is_empty())?;
    let origin = Origin::Parameter { client: config.json(SSM), name: name.clone() };
    match Policies::start(origin, Span::days(1), SystemClock).await {
        Ok(policies) => policies.policy().await.broken.map(|broken| broken.why.to_string()),
        Err(error) => Some(format!("{:#}", anyhow::Error::new(error))),
    }
}
