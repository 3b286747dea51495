//! The ways that events take: rules, forwarders of other regions, the bus, queues.

use keytrail_ledger::capability::{BusSeen, Deployment, QueueSeen, RuleSeen};
use serde_json::Value;

use super::Diagnosis;
use super::parts::{CONTROL_RULES, DEAD_LETTERS, FORWARDERS, QUEUES, USAGE_RULES};
use super::permits::{conditions, is_about, is_for_all, is_kept_from_others, names, statements};

const ALL: &str = "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS";
const DEPLOY: &str = "deploy the stack again; drift detection of CloudFormation shows what else was changed";
const SEND: &str = "sqs:SendMessage";

pub(super) fn rules(deployment: &Deployment, found: &mut Diagnosis) {
    let control = CONTROL_RULES.iter().map(|name| (*name, "ControlQueue"));
    let usage = USAGE_RULES.iter().map(|name| (*name, "UsageQueue"));
    for (name, queue) in control.chain(usage) {
        let Some(rule) = found.part(&deployment.rules, name) else { continue };
        if rule.state.starts_with("DISABLED") {
            let fix = format!("aws events enable-rule --name '{}', or deploy again", name_of(rule));
            found.wrong("rule_disabled", format!("the rule {name} is disabled: what it hears is lost"), fix);
        } else if queue == "UsageQueue" && &*rule.state != ALL {
            let what = format!(
                "the rule {name} hears no read-only events: some uses of API keys of Bedrock are lost"
            );
            found.wrong("rule_hears_less", what, format!("put it into the state {ALL}, or deploy again"));
        }
        let Some(Ok(queue_seen)) = deployment.queues.get(queue) else { continue };
        match rule.targets.iter().find(|(arn, _)| *arn == queue_seen.arn) {
            None => {
                let what = format!("the rule {name} doesn't send to {queue}: what it hears is lost");
                found.wrong("rule_without_target", what, DEPLOY);
            }
            Some((_, None)) => {
                let what = format!(
                    "the rule {name} has no dead-letter queue: what it can't deliver for a day is lost"
                );
                found.warn("rule_without_dead_letters", what, DEPLOY);
            }
            Some(_) => {}
        }
        if queue_seen.policy.as_ref().is_none_or(|policy| !lets_send(policy, &rule.arn)) {
            let what =
                format!("the policy of {queue} doesn't let the rule {name} send: what it hears is lost");
            found.wrong("queue_refuses_rule", what, DEPLOY);
        }
    }
}

/// `arn:aws:events:us-east-1:111122223333:rule/NAME`, or `…:rule/BUS/NAME`.
fn name_of(rule: &RuleSeen) -> &str {
    rule.arn.rsplit('/').next().unwrap_or_default()
}

fn lets_send(policy: &Value, rule: &str) -> bool {
    let mut allowing = statements(policy, "Allow").filter(|it| is_about(it, SEND));
    allowing.any(|it| {
        names(it, "Service", "events.amazonaws.com") && conditions(it, "aws:SourceArn").contains(&rule)
    })
}

pub(super) fn forwarders(deployment: &Deployment, found: &mut Diagnosis) {
    let Some(regions) = found.read("the account's other regions", &deployment.forwarders) else { return };
    let mut without = Vec::new();
    for (region, rules) in regions {
        let Some(rules) = found.read(&format!("the forwarders of {region}"), rules) else { continue };
        let disabled: Vec<_> =
            rules.iter().filter(|rule| rule.state.starts_with("DISABLED")).map(name_of).collect();
        if rules.is_empty() {
            without.push(region.as_str());
        } else if !disabled.is_empty() {
            let what = format!("in {region} forwarders are disabled: {}", disabled.join(", "));
            found.wrong(
                "forwarder_disabled",
                what,
                format!("aws events enable-rule --region {region} --name NAME"),
            );
        } else if rules.len() < FORWARDERS {
            let what = format!("in {region} {} of {FORWARDERS} rules forward to the hub", rules.len());
            found.wrong("forwarder_incomplete", what, format!("deploy infra/member.yaml in {region} again"));
        }
    }
    if !without.is_empty() {
        found.wrong(
            "forwarder_missing",
            format!("nothing is forwarded from {}: what happens to KMS keys, log groups and trails there, and the use of \
                     API keys, is not heard", without.join(", ")),
            "deploy infra/member.yaml there with this stack's HubBusArn, or disable the regions",
        );
    }
}

pub(super) fn hub(deployment: &Deployment, found: &mut Diagnosis) {
    let Some(BusSeen { policy: Some(policy), .. }) = found.part(&deployment.hub, "Hub") else { return };
    for statement in statements(policy, "Allow") {
        if is_for_all(statement) && conditions(statement, "aws:PrincipalOrgID").is_empty() {
            found.wrong("hub_open", "the policy of the bus lets anybody in the world send events", DEPLOY);
        }
    }
}

pub(super) fn queues(deployment: &Deployment, found: &mut Diagnosis) {
    for (name, dead) in QUEUES {
        let Some(queue) = found.part(&deployment.queues, name) else { continue };
        let wanted = deployment.queues.get(dead).and_then(|dead| dead.as_ref().ok()).map(|dead| &dead.arn);
        if wanted.is_some() && queue.dead_letters.as_ref() != wanted {
            let what = format!(
                "what fails in {name} doesn't go to {dead}: it comes back until it is too old, and is lost"
            );
            found.wrong("queue_without_dead_letters", what, DEPLOY);
        }
        guarded(name, queue, found);
    }
    for name in DEAD_LETTERS {
        let Some(queue) = found.part(&deployment.queues, name) else { continue };
        if queue.messages > 0 {
            let what =
                format!("about {} in {name}", crate::render::plural(queue.messages, "message", "messages"));
            found.wrong(
                "dead_letters",
                what,
                "docs/deployment.md, \"Where things end that do not work\", says what to do with each",
            );
        }
    }
}

/// Who can send into these queues can make up records, or have sweep do work.
fn guarded(name: &str, queue: &QueueSeen, found: &mut Diagnosis) {
    let Some(policy) = &queue.policy else {
        return found.wrong(
            "queue_unguarded",
            format!("{name} has no policy: every role of the account with sqs:SendMessage can send"),
            DEPLOY,
        );
    };
    if !is_kept_from_others(policy, SEND) {
        let what = format!("the policy of {name} keeps nobody from sending: records can be made up");
        found.wrong("queue_unguarded", what, DEPLOY);
    }
    let strange = |it: &&Value| is_about(it, SEND) && !names(it, "Service", "events.amazonaws.com");
    if statements(policy, "Allow").any(|it| strange(&it)) {
        let what = format!("the policy of {name} lets somebody else than EventBridge send");
        found.wrong("queue_open", what, DEPLOY);
    }
}
