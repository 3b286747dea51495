//! What the rules about the operator's lists of networks share.

use std::collections::BTreeMap;
use std::net::IpAddr;

use super::Rule;
use crate::document::{Document, Facts};
use crate::finding::Finding;
use crate::ids::Network;
use crate::network::site_of;
use crate::subject::Part;
use crate::time::Time;

/// One finding for each network (/24, /48) of which a list says something; `what` follows on the user's name. Calls that
/// were refused count too: somebody holds the key.
pub(super) fn found(
    rule: &Rule,
    document: &Document,
    is_meant: impl Fn(IpAddr) -> bool,
    what: &str,
) -> Vec<Finding> {
    let (Part::Main, Facts::Usage(facts)) = (&document.part, &document.facts) else { return Vec::new() };
    let Some((_, user)) = document.subject.service_and_user() else { return Vec::new() };
    let mut sites: BTreeMap<Network, Vec<(IpAddr, Option<Time>)>> = BTreeMap::new();
    for held in facts.habits.addresses.values() {
        let address = held.value.0;
        if is_meant(address) {
            sites.entry(site_of(address)).or_default().push((address, held.first.or(held.last)));
        }
    }
    let found = sites.into_iter().map(|(site, addresses)| {
        let finding = rule
            .found(&document.subject, site.as_str(), format!("User {user} calls from {site}, {what}"))
            .evidence("addresses", super::joined(addresses.iter().map(|(address, _)| address)))
            .evidence("networks of all calls", super::joined(networks(facts).iter()))
            .next("Find out what runs there. If nobody knows it, switch the key off and replace it.");
        match addresses.iter().filter_map(|(_, at)| *at).min() {
            Some(at) => finding.since(at),
            None => finding,
        }
    });
    found.collect()
}

fn networks(facts: &crate::document::Use) -> Vec<&Network> {
    facts.sightings.networks.values().map(|held| &held.value).collect()
}
