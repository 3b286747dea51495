//! Trails, whether they record, and what they let through.
//!
//! Sources: <https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_DescribeTrails.html>,
//! <https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_GetTrailStatus.html>,
//! <https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_GetEventSelectors.html>

use keytrail_engine::ids::{AccountId, ArnParts, Region, TrailName};
use keytrail_engine::parse::trail_selectors;
use keytrail_ledger::capability::{InventoryError, TrailSeen};
use serde::Deserialize;
use serde_json::json;
use serde_json::value::RawValue;

use super::stopped;
use crate::json_call::JsonClient;
use crate::{Failure, FailureKind};

/// A trail that was deleted meanwhile, or one of an organization that a member account may see and not look into.
const NOT_TO_BE_SEEN: [&str; 3] =
    ["TrailNotFoundException", "OperationNotPermittedException", "UnsupportedOperationException"];

/// An answer without a list is no answer.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Trails {
    trail_list: Vec<serde_json::Value>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Trail {
    #[serde(rename = "TrailARN")]
    arn: Box<str>,
    #[serde(default)]
    is_multi_region_trail: bool,
    #[serde(default)]
    is_organization_trail: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Status {
    is_logging: bool,
}

/// All trails that record the region, those of other regions and of the organization included.
pub(super) async fn all(client: &JsonClient) -> Result<Vec<TrailSeen>, InventoryError> {
    let listed: Trails =
        client.call("DescribeTrails", &json!({"includeShadowTrails": true})).await.map_err(stopped)?;
    let mut trails = Vec::new();
    for listed in listed.trail_list {
        let Some((trail, place)) = named(listed) else { continue };
        match look_into(client, &trail, place).await {
            Ok(seen) => trails.push(seen),
            Err(failure) if is_not_to_be_seen(&failure, &trail) => {
                tracing::warn!(trail = %trail.arn, code = %failure.code, "a trail can't be looked into: nothing is known of it");
            }
            Err(failure) => return Err(stopped(failure)),
        }
    }
    Ok(trails)
}

/// Where a trail lives, and its name.
struct Named {
    name: TrailName,
    home: Region,
    account: AccountId,
}

fn named(trail: serde_json::Value) -> Option<(Trail, Named)> {
    let read: Result<Trail, _> = serde_json::from_value(trail);
    let found = read.ok().and_then(|trail| {
        let parts = ArnParts::parse(&trail.arn).filter(|parts| parts.service == "cloudtrail")?;
        let name = parts.resource.strip_prefix("trail/")?;
        let is_account = parts.account.len() == 12 && parts.account.bytes().all(|byte| byte.is_ascii_digit());
        let is_name = (3..=128).contains(&name.len()) && !name.contains('/');
        let named = Named {
            name: TrailName::new(name),
            home: Region::new(parts.region),
            account: AccountId::new(parts.account),
        };
        (is_account && is_name && !parts.region.is_empty()).then_some((trail, named))
    });
    if found.is_none() {
        tracing::warn!("the listing shows a trail that can't be read");
    }
    found
}

/// A trail of another region or account is asked for by its ARN; by its name it would not be found.
async fn look_into(client: &JsonClient, trail: &Trail, named: Named) -> Result<TrailSeen, Failure> {
    let status: Status = client.call("GetTrailStatus", &json!({"Name": trail.arn})).await?;
    let selectors: Box<RawValue> = client.call("GetEventSelectors", &json!({"TrailName": trail.arn})).await?;
    Ok(TrailSeen {
        name: named.name,
        account: named.account,
        home: named.home,
        multi_region: trail.is_multi_region_trail,
        logging: status.is_logging,
        // None at all let nothing through.
        selectors: trail_selectors(selectors.get()).unwrap_or_default(),
    })
}

fn is_not_to_be_seen(failure: &Failure, trail: &Trail) -> bool {
    NOT_TO_BE_SEEN.contains(&&*failure.code)
        || (trail.is_organization_trail && failure.kind == FailureKind::AccessDenied)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ARN: &str = "arn:aws-us-gov:cloudtrail:us-gov-west-1:111122223333:trail/audit";

    #[test]
    fn a_trail_is_where_its_arn_is() {
        let (trail, named) =
            named(json!({"TrailARN": ARN, "Name": "audit", "IsMultiRegionTrail": true, "x": 1})).unwrap();
        assert_eq!((named.name.as_str(), named.home.as_str()), ("audit", "us-gov-west-1"));
        assert_eq!(named.account.as_str(), "111122223333");
        assert!(trail.is_multi_region_trail && !trail.is_organization_trail);
    }

    #[test]
    fn what_names_no_trail_is_passed_over() {
        for arn in [
            "",
            "audit",
            "arn:aws:s3:::trail/audit",
            "arn:aws:cloudtrail:us-east-1:111122223333:eventdatastore/audit",
            "arn:aws:cloudtrail:us-east-1:1111:trail/audit",
            "arn:aws:cloudtrail::111122223333:trail/audit",
            "arn:aws:cloudtrail:us-east-1:111122223333:trail/a/../b",
        ] {
            assert!(named(json!({"TrailARN": arn})).is_none(), "{arn}");
        }
        assert!(named(json!({"Name": "audit"})).is_none());
        assert!(named(json!({"TrailARN": ARN, "IsMultiRegionTrail": "yes"})).is_none());
    }

    #[test]
    fn one_trail_that_may_not_be_seen_is_passed_over_and_a_role_that_may_not_look_is_not() {
        let trail = |of_organization| Trail {
            arn: ARN.into(),
            is_multi_region_trail: true,
            is_organization_trail: of_organization,
        };
        let refused = |code: &str, kind| Failure { kind, code: code.into(), source: "words".into() };
        let gone = refused("TrailNotFoundException", FailureKind::Refused);
        assert!(is_not_to_be_seen(&gone, &trail(false)));
        let denied = refused("AccessDeniedException", FailureKind::AccessDenied);
        assert!(is_not_to_be_seen(&denied, &trail(true)));
        assert!(!is_not_to_be_seen(&denied, &trail(false)));
        assert!(!is_not_to_be_seen(&refused("ThrottlingException", FailureKind::Later), &trail(true)));
    }
}
