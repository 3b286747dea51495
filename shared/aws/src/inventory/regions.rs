//! The regions that an account has enabled.
//!
//! Source: <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeRegions.html>

use std::collections::BTreeSet;

use keytrail_engine::ids::Region;
use keytrail_ledger::capability::InventoryError;

use super::stopped;
use crate::AwsConfig;
use crate::plain_call::{element, elements};

/// All of them: EC2 knows no pages of regions, and without `AllRegions` it names the enabled ones.
pub(super) async fn enabled(config: &AwsConfig) -> Result<BTreeSet<Region>, InventoryError> {
    let answer = config.ec2().form("Action=DescribeRegions&Version=2016-11-15").await.map_err(stopped)?;
    read(&answer.body)
}

fn read(xml: &str) -> Result<BTreeSet<Region>, InventoryError> {
    let enabled = |item: &&str| element(item, "optInStatus") != Some("not-opted-in");
    let names = elements(xml, "item").into_iter().filter(enabled).map(|item| element(item, "regionName"));
    match names.map(|name| name.map(Region::new)).collect::<Option<BTreeSet<_>>>() {
        Some(regions) if !regions.is_empty() => Ok(regions),
        // An account has one region at least: what names none is no answer.
        _ => Err(InventoryError::Refused {
            code: "UnreadableAnswer".into(),
            source: "EC2's list of regions names none, or one without a name".into(),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_names_the_enabled_regions_and_whatever_names_none_is_no_list() {
        let xml = "<R><regionInfo>\
            <item><regionName>us-east-1</regionName><optInStatus>opt-in-not-required</optInStatus></item>\
            <item><regionName>af-south-1</regionName><optInStatus>not-opted-in</optInStatus></item>\
            <item><regionName>eu-south-1</regionName><optInStatus>opted-in</optInStatus></item></regionInfo></R>";
        assert_eq!(read(xml).unwrap(), BTreeSet::from([Region::new("us-east-1"), Region::new("eu-south-1")]));
        for broken in ["", "<R/>", "<item><regionEndpoint>x</regionEndpoint></item>", "<html>"] {
            assert!(matches!(read(broken), Err(InventoryError::Refused { .. })), "{broken}");
        }
    }
}
