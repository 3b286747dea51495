//! How a deployed Keytrail is: what its stack holds, and what AWS says of each of it.
//!
//! Calls go one after the other: a deployment is looked at by a person who waits some seconds for it, with credentials that
//! should not have to share a throttle with anything else.

mod access;
mod functions;
mod regions;
mod stack;
mod table;
mod ways;

use std::collections::BTreeMap;

use keytrail_engine::ids::{ArnParts, Region};
use keytrail_engine::time::Span;
use keytrail_ledger::capability::{
    Answer, ByName, Clock as _, Deployment, DeploymentReader, Inventory as _, InventoryError, Unread,
};
use serde_json::Value;

use self::stack::Resource;
use crate::json_call::{EVENTS, KMS};
use crate::{AwsConfig, AwsInventory, Failure, FailureKind, SystemClock};

/// The deployment that a configuration's credentials show.
#[derive(Clone, Debug)]
pub struct AwsDeployment {
    config: AwsConfig,
}

impl AwsDeployment {
    /// One in the configuration's region.
    pub fn new(config: &AwsConfig) -> Self {
        Self { config: config.clone() }
    }

    async fn clock_ahead(&self) -> Answer<Span> {
        let there = self.config.clock().await.map_err(|failure| unread("sts:GetCallerIdentity", failure))?;
        Ok(SystemClock.now().since(there))
    }
}

impl DeploymentReader for AwsDeployment {
    async fn deployment(&self, stack: &str) -> Answer<Deployment> {
        let config = &self.config;
        let caller = config.caller().await.map_err(|failure| unread("sts:GetCallerIdentity", failure))?;
        let partition = ArnParts::parse(caller.arn.as_str()).map_or("aws", |parts| parts.partition).into();
        let resources = stack::resources(&config.cloudformation(), stack).await?;
        let region = Region::new(config.region());
        let (events, iam, sqs, sns) = (config.json(EVENTS), config.iam(), config.sqs(), config.sns());
        let (kms, lambda, scheduler, dynamodb) =
            (config.json(KMS), config.lambda(), config.scheduler(), config.dynamodb());
        let of = |kind| resources.iter().filter(move |(_, it)| &*it.kind == kind);

        let mut deployment = Deployment {
            partition,
            account: caller.account.as_str().into(),
            region: region.clone(),
            names: resources.keys().cloned().collect(),
            clock_ahead: self.clock_ahead().await,
            trails: AwsInventory::new(config).trails(&region).await.map_err(unlisted),
            rules: ByName::new(),
            hub: ByName::new(),
            forwarders: Ok(BTreeMap::new()),
            queues: ByName::new(),
            functions: ByName::new(),
            roles: ByName::new(),
            policies: ByName::new(),
            topics: ByName::new(),
            keys: ByName::new(),
            schedules: ByName::new(),
            tables: ByName::new(),
        };
        for (name, Resource { physical, .. }) in of("AWS::Events::Rule") {
            deployment.rules.insert(name.clone(), ways::rule(&events, physical).await);
        }
        for (name, Resource { physical, .. }) in of("AWS::Events::EventBus") {
            deployment.hub.insert(name.clone(), ways::bus(&events, physical).await);
        }
        for (name, Resource { physical, .. }) in of("AWS::SQS::Queue") {
            deployment.queues.insert(name.clone(), ways::queue(&sqs, physical).await);
        }
        for (name, Resource { physical, .. }) in of("AWS::SNS::Topic") {
            deployment.topics.insert(name.clone(), ways::topic(&sns, physical).await);
        }
        for (name, Resource { physical, .. }) in of("AWS::Lambda::Function") {
            deployment.functions.insert(name.clone(), functions::function(&lambda, physical).await);
        }
        for (name, Resource { physical, .. }) in of("AWS::Scheduler::Schedule") {
            deployment.schedules.insert(name.clone(), functions::schedule(&scheduler, physical).await);
        }
        for (name, Resource { physical, .. }) in of("AWS::IAM::Role") {
            deployment.roles.insert(name.clone(), access::role(&iam, physical).await);
        }
        for (name, Resource { physical, .. }) in of("AWS::IAM::ManagedPolicy") {
            deployment.policies.insert(name.clone(), access::policy(&iam, physical).await);
        }
        for (name, Resource { physical, .. }) in of("AWS::KMS::Key") {
            deployment.keys.insert(name.clone(), access::key(&kms, physical).await);
        }
        for (name, Resource { physical, .. }) in of("AWS::DynamoDB::Table") {
            deployment.tables.insert(name.clone(), table::table(&dynamodb, physical).await);
        }
        let hub = deployment.hub.values().find_map(|bus| bus.as_ref().ok());
        if let Some(hub) = hub.map(|bus| bus.arn.clone()) {
            deployment.forwarders = regions::forwarders(config, &region, &hub).await;
        }
        Ok(deployment)
    }
}

/// A call that failed, by the permission that it needs.
fn unread(call: &str, failure: Failure) -> Unread {
    let gone = failure.kind == FailureKind::NoSuchEntity
        || failure.code.contains("NotFound")
        || failure.code.contains("NonExistent")
        || failure.code.contains("DoesNotExist");
    Unread { call: call.into(), code: failure.code, gone }
}

fn unlisted(error: InventoryError) -> Unread {
    let code = match error {
        InventoryError::Refused { code, .. } => code,
        other => other.to_string().into(),
    };
    Unread { call: "cloudtrail:DescribeTrails".into(), code, gone: false }
}

/// What a call should have said and didn't.
fn without(call: &str, what: &str) -> Unread {
    Unread { call: call.into(), code: format!("no {what} in the answer").into(), gone: false }
}

/// A policy as AWS keeps it: a text of JSON.
fn policy_text(call: &str, text: &str) -> Answer<Value> {
    serde_json::from_str(text).map_err(|_| without(call, "readable policy"))
}
