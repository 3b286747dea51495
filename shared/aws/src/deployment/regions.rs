//! The other regions of the account, and what forwards from there.
//!
//! Sources: <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeRegions.html>,
//! <https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_ListRuleNamesByTarget.html>

use std::collections::BTreeMap;

use keytrail_engine::ids::Region;
use keytrail_ledger::capability::{Answer, RuleSeen};
use serde::Deserialize;
use serde_json::json;

use super::{unread, ways};
use crate::AwsConfig;
use crate::json_call::{EVENTS, JsonClient};
use crate::plain_call::{element, elements};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Names {
    #[serde(default)]
    rule_names: Vec<Box<str>>,
}

/// The rules of every other enabled region that send to the hub's bus.
pub(super) async fn forwarders(
    config: &AwsConfig,
    home: &Region,
    hub: &str,
) -> Answer<BTreeMap<Region, Answer<Vec<RuleSeen>>>> {
    // Without AllRegions EC2 names the enabled ones.
    let answer = config.ec2().form("Action=DescribeRegions&Version=2016-11-15").await;
    let answer = answer.map_err(|failure| unread("ec2:DescribeRegions", failure))?;
    let mut found = BTreeMap::new();
    for item in elements(&answer.body, "item") {
        if element(item, "optInStatus") == Some("not-opted-in") {
            continue;
        }
        let Some(region) = element(item, "regionName").map(Region::new) else { continue };
        if region != *home {
            let rules = rules_to(&config.in_region(&region).json(EVENTS), hub).await;
            found.insert(region, rules);
        }
    }
    Ok(found)
}

/// A page has a hundred names, and a member's stack eight rules.
async fn rules_to(client: &JsonClient, hub: &str) -> Answer<Vec<RuleSeen>> {
    let names: Names = client
        .call("ListRuleNamesByTarget", &json!({"TargetArn": hub}))
        .await
        .map_err(|failure| unread("events:ListRuleNamesByTarget", failure))?;
    let mut rules = Vec::new();
    for name in names.rule_names {
        rules.push(ways::rule(client, &name).await?);
    }
    Ok(rules)
}
