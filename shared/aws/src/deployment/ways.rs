//! The ways that events and pages take: rules, buses, queues, topics.
//!
//! Sources: <https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_DescribeRule.html>,
//! <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_GetQueueAttributes.html>,
//! <https://docs.aws.amazon.com/sns/latest/api/API_GetTopicAttributes.html>,
//! <https://docs.aws.amazon.com/sns/latest/api/API_ListSubscriptionsByTopic.html>

use aws_sdk_sqs::types::QueueAttributeName;
use keytrail_ledger::capability::{Answer, BusSeen, QueueSeen, RuleSeen, TopicSeen};
use serde::Deserialize;
use serde_json::json;

use super::{policy_text, unread, without};
use crate::Failure;
use crate::json_call::JsonClient;

/// A topic of Keytrail's has a few subscribers; a listing that is longer leads in a circle.
const MOST_PAGES: usize = 50;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Rule {
    arn: Box<str>,
    state: Box<str>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Targets {
    targets: Vec<Target>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Target {
    arn: Box<str>,
    dead_letter_config: Option<DeadLetters>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct DeadLetters {
    arn: Option<Box<str>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Bus {
    arn: Box<str>,
    policy: Option<Box<str>>,
}

/// A rule by what CloudFormation calls it: its name, after `bus|` where it is on another bus than the default one.
pub(super) async fn rule(client: &JsonClient, physical: &str) -> Answer<RuleSeen> {
    let (bus, name) = physical.split_once('|').unwrap_or(("default", physical));
    let rule: Rule = client
        .call("DescribeRule", &json!({"Name": name, "EventBusName": bus}))
        .await
        .map_err(|failure| unread("events:DescribeRule", failure))?;
    let targets: Targets = client
        .call("ListTargetsByRule", &json!({"Rule": name, "EventBusName": bus}))
        .await
        .map_err(|failure| unread("events:ListTargetsByRule", failure))?;
    let targets = targets.targets.into_iter();
    let targets = targets.map(|it| (it.arn, it.dead_letter_config.and_then(|dead| dead.arn))).collect();
    Ok(RuleSeen { arn: rule.arn, state: rule.state, targets })
}

/// A bus.
pub(super) async fn bus(client: &JsonClient, name: &str) -> Answer<BusSeen> {
    const CALL: &str = "events:DescribeEventBus";
    let bus: Bus = client
        .call("DescribeEventBus", &json!({"Name": name}))
        .await
        .map_err(|failure| unread(CALL, failure))?;
    let policy = bus.policy.map(|text| policy_text(CALL, &text)).transpose()?;
    Ok(BusSeen { arn: bus.arn, policy })
}

/// A queue by its URL.
pub(super) async fn queue(client: &aws_sdk_sqs::Client, url: &str) -> Answer<QueueSeen> {
    const CALL: &str = "sqs:GetQueueAttributes";
    let asked = client.get_queue_attributes().queue_url(url).attribute_names(QueueAttributeName::All);
    let answer = asked.send().await.map_err(|error| unread(CALL, Failure::of(error)))?;
    let text = |name| answer.attributes().and_then(|all| all.get(&name)).map(String::as_str);
    let messages =
        text(QueueAttributeName::ApproximateNumberOfMessages).and_then(|number| number.parse().ok());
    let redrive = text(QueueAttributeName::RedrivePolicy).map(|it| policy_text(CALL, it)).transpose()?;
    Ok(QueueSeen {
        arn: text(QueueAttributeName::QueueArn).ok_or_else(|| without(CALL, "ARN"))?.into(),
        messages: messages.ok_or_else(|| without(CALL, "number of messages"))?,
        dead_letters: redrive.and_then(|it| it.get("deadLetterTargetArn")?.as_str().map(Into::into)),
        policy: text(QueueAttributeName::Policy).map(|it| policy_text(CALL, it)).transpose()?,
    })
}

/// A topic by its ARN, with who hears it.
pub(super) async fn topic(client: &aws_sdk_sns::Client, arn: &str) -> Answer<TopicSeen> {
    const CALL: &str = "sns:GetTopicAttributes";
    let answer = client.get_topic_attributes().topic_arn(arn).send().await;
    let answer = answer.map_err(|error| unread(CALL, Failure::of(error)))?;
    let text = |name| answer.attributes().and_then(|all| all.get(name)).map(String::as_str);
    let mut topic = TopicSeen {
        arn: arn.into(),
        policy: text("Policy").map(|it| policy_text(CALL, it)).transpose()?,
        key: text("KmsMasterKeyId").map(Into::into),
        confirmed: 0,
        unconfirmed: Vec::new(),
    };
    let mut after: Option<String> = None;
    for _ in 0..MOST_PAGES {
        let asked = client.list_subscriptions_by_topic().topic_arn(arn).set_next_token(after.clone());
        let page = asked.send().await;
        let page = page.map_err(|error| unread("sns:ListSubscriptionsByTopic", Failure::of(error)))?;
        for subscription in page.subscriptions() {
            // An unconfirmed one has a word instead of an ARN.
            if subscription.subscription_arn().is_some_and(|arn| arn.starts_with("arn:")) {
                topic.confirmed += 1;
            } else {
                topic.unconfirmed.push(subscription.protocol().unwrap_or("unknown").into());
            }
        }
        match page.next_token() {
            Some(token) if after.as_deref() != Some(token) => after = Some(token.to_owned()),
            _ => return Ok(topic),
        }
    }
    Err(without("sns:ListSubscriptionsByTopic", "end of the listing"))
}
