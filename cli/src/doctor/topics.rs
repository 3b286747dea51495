//! Whether people are told.

use keytrail_ledger::capability::Deployment;
use serde_json::Value;

use super::Diagnosis;
use super::parts::TOPICS;
use super::permits::{is_about, is_kept_from_others, names, statements};

const DEPLOY: &str = "deploy the stack again";
const PUBLISH: &str = "sns:Publish";
const ALARMS: &str = "cloudwatch.amazonaws.com";

pub(super) fn topics(deployment: &Deployment, found: &mut Diagnosis) {
    for name in TOPICS {
        let Some(topic) = found.part(&deployment.topics, name) else { continue };
        if topic.confirmed == 0 {
            let what = if topic.unconfirmed.is_empty() {
                format!("nobody is subscribed to {name}: what it says is heard by nobody")
            } else {
                format!("nobody has confirmed a subscription to {name}: what it says is heard by nobody")
            };
            let fix = format!(
                "aws sns subscribe --topic-arn {} --protocol email --notification-endpoint ADDRESS, and \
                               follow the link in the mail",
                topic.arn
            );
            found.wrong("topic_unheard", what, fix);
        } else if !topic.unconfirmed.is_empty() {
            let what =
                format!("subscriptions to {name} wait to be confirmed: {}", topic.unconfirmed.join(", "));
            found.warn(
                "subscription_unconfirmed",
                what,
                "the link in the mail does it; it is good for three days",
            );
        }
        let allows = |kind: &str, who: &str| {
            let policy = topic.policy.as_ref();
            policy.is_some_and(|policy| {
                statements(policy, "Allow").any(|it| is_about(it, PUBLISH) && names(it, kind, who))
            })
        };
        if !allows("Service", ALARMS) {
            found.wrong(
                "topic_refuses_alarms",
                format!("the policy of {name} doesn't let alarms publish"),
                DEPLOY,
            );
        }
        if name != "Pages" {
            continue;
        }
        if let Some(Ok(role)) = deployment.roles.get("NotifyRole")
            && !allows("AWS", &role.arn)
        {
            found.wrong("topic_refuses_notify", "the policy of Pages doesn't let notify publish", DEPLOY);
        }
        if topic.policy.as_ref().is_none_or(|policy| !is_kept_from_others(policy, PUBLISH)) {
            let what = "the policy of Pages keeps nobody from publishing: a page can be forged";
            found.wrong("topic_open", what, DEPLOY);
        }
        let key = deployment.keys.get("PagesKey").and_then(|key| key.as_ref().ok());
        if let Some(key) = key
            && topic
                .key
                .as_deref()
                .is_none_or(|its| its != &*key.arn && !key.arn.ends_with(&format!("/{its}")))
        {
            found.wrong("topic_key", "Pages is not encrypted under the stack's key", DEPLOY);
        }
    }
}

pub(super) fn key(deployment: &Deployment, found: &mut Diagnosis) {
    let Some(key) = found.part(&deployment.keys, "PagesKey") else { return };
    if &*key.state != "Enabled" {
        let what = format!("the KMS key of Pages is {}: no page can be published", key.state);
        let fix = format!("aws kms cancel-key-deletion and aws kms enable-key --key-id {}", key.arn);
        found.wrong("key_unusable", what, fix);
    }
    let notify = deployment.roles.get("NotifyRole").and_then(|role| role.as_ref().ok());
    let uses = |it: &Value| is_about(it, "kms:GenerateDataKey") && is_about(it, "kms:Decrypt");
    for (who, kind, name) in
        [("notify", "AWS", notify.map(|role| &*role.arn)), ("alarms", "Service", Some(ALARMS))]
    {
        let Some(name) = name else { continue };
        if !statements(&key.policy, "Allow").any(|it| uses(it) && names(it, kind, name)) {
            let what = format!(
                "the policy of the KMS key of Pages doesn't let {who} use it: none of their pages arrives"
            );
            found.wrong("key_refuses", what, DEPLOY);
        }
    }
}
